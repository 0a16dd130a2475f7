"""Both folds write an account: the same state of its head, the same own records, the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from alerts.transition import baseline_of
from scoring.instants import FAR
from scoring.result import Baseline
from scoring.state import event_ids
from streams.changelog import account_codec, opaque_part, own_records, records
from streams.changelog.own_records import IDS, Name, name_of, name_of_key
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank
from streams.engine.folds.head_part import packed_part
from streams.engine.folds.id_prints import FIXED_KEY
from streams.engine.folds.kernel_account import packed_names, unpacked_names
from streams.kernel.answer_texts import name_baseline
from streams.kernel.decoder import NativeDecoder
from streams.kernel.kernel import Kernel
from streams.kernel.worker import worker_of
from streams.topics import TOPICS
from tests.kernel.both import Both, Difference
from tests.support.worlds.small_heads import small_heads

CHANGED, ALL, AT_REST, VIEW = range(4)
ID, BEGINS_MS = "ümläut & Söhne", 1_772_325_030_000
SIZES = (None, False, True)
"""Heads as they are, or small ones, without the open day or with it."""


class Written(NamedTuple):
    """What a write gives: the names of its own records, those that are written by key, the head."""

    own: set[Name]
    others: list[tuple[bytes, bytes]]
    head: bytes

    @property
    def kinds_and_numbers(self) -> list[tuple[int, int]]:
        """The own records that are written."""
        return [(name & 3, name >> 2) for name in map(name_of_key, map(records.parse_key, dict(self.others)))]


def some_progress(chance: random.Random, offsets: list[int]) -> AccountProgress:
    """The part of a head that is not the account's own state, with this and that in it."""
    baseline = chance.choice((None, Baseline(41.5, "green", {"use": 41.25, "floor": -1.0})))
    outbox, matters = chance.choice(([], [b"{}", bytes(300)])), chance.choice(({}, {"cases": b"kept"}))
    return AccountProgress(offsets, chance.choice((0, 7, 1 << 40)), outbox, baseline, matters, {}, None, -1, 0, [], {})


def some_prefix(chance: random.Random) -> HeadPrefix:
    """Any of a head."""
    due_at_ms, mrr = chance.choice((0, 255, BEGINS_MS, FAR)), chance.choice((0.0, -0.0, 1e9, 12.75))
    return HeadPrefix(due_at_ms, chance.randrange(1 << 33), chance.randrange(-128, 128), mrr, chance.random() < 0.5)


@contextmanager
def limits(kernel: Kernel, small: bool | None) -> Iterator[None]:
    """The same limits in both folds."""
    with nullcontext() if small is None else small_heads(with_open_day=small):
        heads = (own_records.OPEN_DAY_MAX, own_records.OLDER_DAYS_MAX, own_records.TOTALS_MAX, own_records.ITEMS_MAX)
        kernel.native.set_limits(*heads, event_ids.CHUNK_MIN)
        yield


def due_at_ms_of(both: Both) -> int:
    """When the account's signals may change by themselves."""
    due = both.account.next_due
    return FAR if due >= FAR else due * both.plan.resolution_ms


class Writes:
    """An account in both folds that is written again and again. Mutable."""

    def __init__(self, both: Both) -> None:
        self.both = both
        self._chance = random.Random(both.number)
        name_baseline(both.kernel)
        self.held: set[Name] = set()
        """Its own records, as last written."""

    def compare(self, how: int, offsets: list[int]) -> Written:
        """Write it in both folds. Raises `Difference` where they differ."""
        progress, prefix = some_progress(self._chance, offsets), some_prefix(self._chance)
        rank = Rank(self._chance.randrange(1 << 32), self._chance.randrange(1 << 64))
        judged = self.both.score.refresh(self.both.plan.primary, self.both.account, self.both.norm)
        is_in_loop = judged is not None and how != VIEW and self._chance.random() < 0.5
        if is_in_loop:
            due_at_ms = min(due_at_ms_of(self.both), prefix.due_at_ms)
            theirs = self._by_loop(how, progress, rank, prefix)
            progress = progress._replace(baseline=baseline_of(self.both.plan, judged, None))
            ours = self._ours(how, progress, rank, prefix._replace(due_at_ms=due_at_ms))
        else:
            ours, theirs = self._ours(how, progress, rank, prefix), self._theirs(how, progress, rank, prefix)
        for field, one, other in zip(Written._fields, ours, theirs, strict=True):
            if one != other:
                raise Difference(f"{self.both.step}: {field} in the way {how}: {one!r}, the kernel {other!r}")
        if how != VIEW:
            self.held = ours.own
        return ours

    def _theirs(self, how: int, progress: AccountProgress, rank: Rank, prefix: HeadPrefix) -> Written:
        """What the kernel writes."""
        native, number = self.both.kernel.native, self.both.number
        if how == VIEW:
            state, chunks = native.view(number)
            return Written(
                {name_of(IDS, chunk) for chunk, _ in chunks},
                [(records.ids_key(ID, chunk), body) for chunk, body in chunks],
                state,
            )
        offsets, opaque = tuple(progress.applied_offsets), opaque_part.opaque_of(progress)
        of: list[Any] = [number, ID.encode(), offsets, packed_names(self.held), how, *rank, *prefix, opaque]
        names, others, head = native.write(*of)
        return Written(self.held if names is None else unpacked_names(names), others, head)

    def _by_loop(self, how: int, progress: AccountProgress, rank: Rank, prefix: HeadPrefix) -> Written:
        """What the kernel writes of an account of its loop, with a score."""
        kernel, number, plan = self.both.kernel, self.both.number, self.both.plan
        found = kernel.native.refresh(number, plan.primary.number)
        assert found is not None
        loop = worker_of(kernel, NativeDecoder(plan, FIXED_KEY), is_event_clock=True)
        *applied, control = progress.applied_offsets
        due_at_ms, flush, tier, mrr, has_cases = prefix
        version = found[7]
        loop.enter(number, ID.encode(), tuple(applied), 0, FAR, due_at_ms, tier, 0.0, 100.0, mrr, version)
        before, after = opaque_part.opaque_around(progress._replace(baseline=None, matters={}))
        after = opaque_part.matters_of(progress.matters) + after
        part = packed_part(control, packed_names(self.held), has_cases, before, None, after)
        [written] = loop.write([(number, rank.version, how, part)], rank.epoch, flush)
        assert written is not None
        names, others, head = written
        return Written(self.held if names is None else unpacked_names(names), others, head)

    def _ours(self, how: int, progress: AccountProgress, rank: Rank, prefix: HeadPrefix) -> Written:
        """What the reference writes."""
        account, plan = self.both.account, self.both.plan
        if how == VIEW:
            own = {name_of(IDS, number) for number in account.event_ids.closed}
            progress = progress._replace(applied_offsets=[-1] * len(TOPICS))
        elif how == AT_REST:
            own = own_records.living(plan, account, self.held)
        else:
            own = own_records.own_records(plan, account, self.held)
        marks = account.changed_days.copy(), account.changed_blocks.copy(), account.items_changed
        held = self.held if how == CHANGED else set()
        head, others, _ = account_codec.encode(plan, ID, account, progress, rank, prefix, own, held)
        if how != VIEW:
            return Written(own, list(others.items()), head)
        account.changed_days, account.changed_blocks, account.items_changed = marks
        return Written(own, [(key, _body(value)) for key, value in others.items()], _state(head))


def _body(value: bytes) -> bytes:
    reader = records.checked_body(value)
    return reader.data[reader.at : reader.end]


def _state(head: bytes) -> bytes:
    reader = records.split_head(head)[1]
    return reader.data[reader.at : reader.end]
