"""What the kernel keeps of an account by day is what the reference keeps, after every step of any history."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event
from scoring.plan.plan import Plan
from streams.kernel.kernel import Kernel, is_built
from tests.builders import at_ms
from tests.kernel.kept import BothKept
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
FUTURE_MS = at_ms("2100-01-01T00:00Z")
PAUSES_MS = (0, 1, 60_000, 3_600_000, DAY_MS, 3 * DAY_MS, 14 * DAY_MS, 30 * DAY_MS, 100 * DAY_MS)
STEPS = st.lists(st.tuples(st.sampled_from(PAUSES_MS), st.integers(0, 15)), min_size=30, max_size=30)


def events_of(plan: Plan, history: History) -> list[Event]:
    """All of one account."""
    decoded = (plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS) for sent in history.arrivals)
    return [event for event in decoded if event.account_id == "acme"]


@given(histories(), STEPS)
def test_any_history_by_the_time_of_events(history: History, steps: list[tuple[int, int]]) -> None:
    plan = Plan(history.model)
    both = BothKept(Kernel(plan), history.end_ms - 100 * DAY_MS)
    for event, (pause_ms, luck) in zip(events_of(plan, history), steps, strict=False):
        if luck < 12:
            both.apply(event, event.occurred_at_ms, times=1 if event.event_id else 1 + luck % 3)
        else:
            in_tile = luck == 13
            both.replay(event, 0, its_own=luck == 12, in_tile=in_tile, in_totals=in_tile or luck == 14)
        if pause_ms <= DAY_MS:
            both.advance(both.account.as_of_ms + pause_ms)
    both.restore()
    both.advance_by_timers(both.account.as_of_ms + 120 * DAY_MS, most=12)


@given(histories(), STEPS)
def test_any_history_by_the_clock(history: History, steps: list[tuple[int, int]]) -> None:
    plan = Plan(history.model)
    now_ms = history.end_ms
    both = BothKept(Kernel(plan), now_ms)
    for event, (pause_ms, luck) in zip(events_of(plan, history), steps, strict=False):
        both.apply(event, now_ms, arrived_ms=now_ms)
        now_ms += pause_ms if luck < 5 else 1_000
        if luck % 2:
            both.advance(now_ms)
    both.restore()
    for pause_ms in PAUSES_MS[3:]:
        both.advance(both.account.as_of_ms + pause_ms)
