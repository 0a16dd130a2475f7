"""The pure fold alone: decode, apply and judge in one loop, without Kafka. `PRESET CLOCK EVENTS ACCOUNTS UNTIL_MS`.

No log, no merging, no flush, no wake-ups of silent accounts, no notifications: what the core itself costs.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from bench.events import BenchEvent, make_events
from bench.peers.result import Stopwatch
from scoring.account import Account
from scoring.model import load_preset
from scoring.plan import Plan

_NORM = 1_000.0
"""The greatest of each signal over all accounts, for a preset that compares with them."""


def fold(plan: Plan, events: Sequence[BenchEvent], wall_ms: int) -> dict[str, Account]:
    """Fold the events. Each is judged at `wall_ms`, milliseconds since 1970, or, with 0, when it occurred."""
    maxima = dict.fromkeys(plan.norm_signals, _NORM)
    accounts: dict[str, Account] = {}
    decode, refresh = plan.decoder.decode, plan.live.refresh
    for each in events:
        event = decode(each.topic, each.value, each.occurred_at_ms, wall_ms or each.occurred_at_ms)
        as_of_ms = wall_ms or event.occurred_at_ms
        account = accounts.get(event.account_id)
        if account is None:
            account = accounts[event.account_id] = Account(plan, as_of_ms)
        account.apply(plan, event, as_of_ms)
        refresh(account, maxima)
    return accounts


def main(preset: str, clock: str, count: int, accounts: int, until_ms: int) -> None:
    """Make the events, then measure the fold over them."""
    events = list(make_events(count, accounts, until_ms))
    plan = Plan(load_preset(preset))
    gc.collect()
    gc.freeze()  # a worker has no such list, so the collector should not walk it here
    stopwatch = Stopwatch()
    fold(plan, events, until_ms if clock == "wall" else 0)
    stopwatch.tell(count)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
