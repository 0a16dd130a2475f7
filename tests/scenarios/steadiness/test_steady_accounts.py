"""Accounts of every rhythm whose use is steady: their tier hardly changes, and no routine event moves the score much.

A small version of `make steady`, with fixed seeds.
"""

from __future__ import annotations

import pytest

from bench.steady.figures import line_of, watched
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from tests.support.worlds.judged import Walk
from tests.support.worlds.rhythms import FIRST_DAY, RHYTHMS, Rhythm, steady_account

WARM_UP_DAYS, JUDGED_DAYS = 240, 160
CHANGES_MOST, MOVE_MOST = 0.3, 10.0
SMALL_ACCOUNTS = 4
TARGET = [rhythm for rhythm in RHYTHMS if rhythm.of_the_target]


@pytest.mark.parametrize(
    "rhythm", [pytest.param(each, id=each.name, marks=[pytest.mark.slow] * (each.weekly > 500)) for each in TARGET]
)
def test_a_steady_account_keeps_its_tier_and_no_event_moves_it_far(plan: Plan, rhythm: Rhythm) -> None:
    found = []
    for number in range(1 if rhythm.weekly >= 100 else SMALL_ACCOUNTS):
        events = steady_account(rhythm, number, 7, WARM_UP_DAYS + JUDGED_DAYS)
        from_ms = (FIRST_DAY + WARM_UP_DAYS) * DAY_MS
        count = sum(event.at_ms <= from_ms for event in events)
        walk = Walk(plan)
        walk.fold(events[:count])
        until_ms = from_ms + JUDGED_DAYS * DAY_MS
        found.append(watched(walk.judged(events[count:], from_ms, until_ms), until_ms))
    line = line_of(plan.model.name, plan.model.version, rhythm.name, found, "")
    assert line.changes_per_account_month <= CHANGES_MOST
    assert line.largest_move <= MOVE_MOST
