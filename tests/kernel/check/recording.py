"""Records a life as the reference lives it, for `check.c`: the tables, then each step with what it led to.

Words of eight bytes, little-endian: the length of the tables, the tables, the first instant; then for each step those
of `Step` in `check.c`, the judgements (NaN for none), the length of the packed event, and the event, which is empty for
time alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import nan

from scoring.fold.fold import advance, apply
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.kernel.effects import packed_event
from streams.kernel.tables import tables_of
from tests.kernel.flood import BEGINS_MS, Flood
from tests.oracle import DAY_MS

_STEP, _WORD = struct.Struct("<6q2d"), struct.Struct("<q")


def recording(seed: int, events: int) -> bytes:
    """One life: the events of a flood, all of one account, and a silence now and then."""
    flood = Flood(seed)
    tables = tables_of(flood.plan)
    steps = _steps(flood, Account(flood.plan.sizes, BEGINS_MS), events)
    return b"".join([_WORD.pack(len(tables)), tables, _WORD.pack(BEGINS_MS), *steps])


def _steps(flood: Flood, account: Account, events: int) -> Iterator[bytes]:
    plan, score = flood.plan, ScoreCache(flood.plan.score_plans)
    for number in range(events):
        flood.wait()
        event = flood.event(number)
        arrived_ms = flood.now_ms if flood.by_wall_clock else -1
        as_of_ms = flood.now_ms if flood.by_wall_clock else event.occurred_at_ms
        outcome = apply(plan, account, event, as_of_ms, arrived_ms=arrived_ms)
        head = (as_of_ms, arrived_ms, int(outcome))
        yield _step(plan, account, score, head, packed_event(plan, event))
        if number % 20 == 19:
            as_of_ms = account.as_of_ms + 3 * DAY_MS
            changed = advance(plan, account, as_of_ms)
            yield _step(plan, account, score, (as_of_ms, -1, int(changed)), b"")


def _step(plan: Plan, account: Account, score: ScoreCache, head: tuple[int, int, int], event: bytes) -> bytes:
    found = score.refresh(plan.primary, account, {})
    judgements = [nan] * len(plan.primary.components)
    value, coverage, tier = 0.0, 0.0, -1
    if found is not None:
        value, coverage, tier = found.value, found.coverage, found.tier
        judgements = [nan if each is None else each for each in found.judgements]
    said = _STEP.pack(*head, account.next_due, found is not None, tier, value, coverage)
    return b"".join([said, struct.pack(f"<{len(judgements)}d", *judgements), _WORD.pack(len(event)), event])
