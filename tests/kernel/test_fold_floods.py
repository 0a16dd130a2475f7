"""Many events far out of order, many values, many ids: what is kept is the same in both folds, and costs no more."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from scoring.event.event import Event
from scoring.model.loader import with_resolution
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.kernel.effects import packed_event
from streams.kernel.kernel import Kernel, is_built
from tests.builders import a_model, at_ms
from tests.kernel.kept import BothKept
from tests.oracle import DAY_MS

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
BEGINS_MS = at_ms("2026-03-01T06:00:30Z")


def of_use(resolution: str) -> Model:
    use = {"kind": "count", "topics": ["analytics"]}
    users = {"kind": "distinct", "of": "user", "topics": ["analytics"]}
    model = a_model(
        {
            "use": use | {"window": "7d"},
            "before": use | {"window": "7d", "prior": True},
            "users": users | {"window": "3d"},
            "users_before": users | {"window": "3d", "prior": True},
            "amount": {"kind": "sum", "property": "amount", "topics": ["analytics"], "window": "7d"},
        }
    )
    return with_resolution(model, resolution)


def sent(plan: Plan, chance: random.Random, number: int, late_days: float, users: int) -> Event:
    """An event up to so many days late, of one of so many users; one in eight has the id of another."""
    at = BEGINS_MS + 20 * DAY_MS + number * 1_000 - int(chance.random() ** 2 * late_days * DAY_MS)
    event_id = f"e{chance.randrange(number * 8 + 8)}"
    properties = plan.decoder.properties_of({"amount": chance.randrange(-50, 100)})
    return Event("acme", "analytics", "login", at, event_id, f"user-{chance.randrange(users)}", properties)


def run(both: BothKept, events: Iterator[tuple[int, Event]], every: int) -> None:
    """Fold events by the time of their arrival; compare at every so many."""
    for number, event in events:
        now_ms = BEGINS_MS + 20 * DAY_MS + number * 1_000
        both.apply(event, now_ms, arrived_ms=now_ms if number % 3 else -1, looks=number % every == 0)
    both.compare()


@pytest.mark.parametrize("resolution", ["1s", "1m", "1h", "1d"])
def test_events_far_out_of_order(resolution: str) -> None:
    plan, chance = Plan(of_use(resolution)), random.Random(1)
    both = BothKept(Kernel(plan), BEGINS_MS)
    run(both, ((number, sent(plan, chance, number, 18, 5_000)) for number in range(2_400)), 601)
    both.restore()
    for days in range(1, 24):
        both.advance(both.account.as_of_ms + days * DAY_MS // 3)


@pytest.mark.parametrize("resolution", ["1m", "1d"])
def test_more_users_a_day_than_are_kept_while_windows_move(resolution: str) -> None:
    plan, chance = Plan(of_use(resolution)), random.Random(2)
    both = BothKept(Kernel(plan), BEGINS_MS)
    run(both, ((number, sent(plan, chance, number, 0.2, 10**6)) for number in range(5_000)), 2_001)
    assert any(both.kernel.native.ceilings(both.number))
    both.restore()
    for hours in range(0, 8 * 24, 17):
        both.advance(BEGINS_MS + 20 * DAY_MS + 5_000_000 + hours * 3_600_000)


def seconds_of(plan: Plan, events: list[bytes]) -> float:
    """CPU seconds to fold these events into one account, the least of three."""
    found = []
    for _ in range(3):
        native = Kernel(plan).native
        number = native.begin(BEGINS_MS)
        begun = time.process_time()
        for event in events:
            native.apply(number, event, BEGINS_MS + 40 * DAY_MS)
        found.append(time.process_time() - begun)
    return min(found)


def test_the_cost_of_an_event_does_not_grow_with_hostile_input() -> None:
    """Thirty thousand buckets that come in reverse cost about as much each as the first thousand in order."""
    plan = Plan(of_use("1s"))
    packed = [
        packed_event(plan, Event("acme", "analytics", "login", at, f"e{at}", f"u{at}", plan.decoder.properties_of({})))
        for at in (BEGINS_MS + 30 * DAY_MS + number * 7_000 for number in range(30_000))
    ]
    few = seconds_of(plan, packed[:1_000]) / 1_000
    assert seconds_of(plan, packed[::-1]) / len(packed) < 6 * few
