"""Signs, bounds, hours from open to close and instants, which floods seldom have: read from the kernel as from an
account."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec
import pytest

from scoring.instants import plain_instant
from scoring.model import schema
from scoring.model.loader import load_preset, with_resolution
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.kernel.kernel import Kernel, is_built
from streams.kernel.reading import Readings
from tests.builders import Sent, a_model, at_ms, ticket, usage
from tests.kernel.answers.answered import compare_answers
from tests.kernel.both import Both, BothCohort
from tests.kernel.records.reads import read_by_both, written
from tests.oracle import DAY_MS

BEGINS_MS = at_ms("2026-01-05T00:00Z")
FUTURE_MS = at_ms("2100-01-01T00:00Z")
HOUR_MS = 3_600_000
COUNT = {"kind": "count", "window": "30d", "exclude": ["@machine"]}
SIGNS = {"alike": {"signal": "usage", "at_least": 3, "days": 2}, "often": {"signal": "usage", "at_least": 20}}
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def taken(cohort: BothCohort, sent: Sent) -> Both:
    """The account after an event."""
    event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
    both = cohort.apply(event, event.occurred_at_ms, looks=False)
    compare_answers(both, {})
    return both


@pytest.mark.parametrize("resolution", ["1s", "1h", "1d"])
@pytest.mark.parametrize("seed", range(6))
def test_signs_come_and_go(seed: int, resolution: str) -> None:
    """What is alike changes every few weeks: the name, the user, the hour; some events are late."""
    luck = random.Random(seed)
    cohort = BothCohort(Plan(with_resolution(a_model({"usage": COUNT}, signs=SIGNS), resolution)))
    found: set[tuple[str, bool, bool, bool]] = set()
    for day in range(90):
        if day % 30 == 0:
            names, users, hours = (luck.choice((1, 1, 3)) for _ in range(3))
        for _ in range(luck.randrange(3)):
            at_ms_ = BEGINS_MS + (day - luck.choice((0, 0, 2))) * DAY_MS + luck.randrange(hours) * HOUR_MS
            name, user = f"event-{luck.randrange(names)}", luck.choice((None, *("kim", "lee")[: users - 1], "kim"))
            both = taken(cohort, usage("acme", at=at_ms_ + luck.randrange(HOUR_MS), event=name, user_id=user))
            signs = Readings(cohort.kernel).of(both.number).signs(())
            found.update((sign.name, bool(sign.event), bool(sign.user), sign.hour is not None) for sign in signs)
            assert Readings(cohort.kernel).of(both.number).signs(("usage",)) == ()
    assert found


def test_a_name_that_is_beyond_ascii() -> None:
    cohort = BothCohort(Plan(a_model({"usage": COUNT}, signs=SIGNS)))
    for day in range(4):
        both = taken(cohort, usage("acme", at=BEGINS_MS + day * DAY_MS, event="naïve «été» 🚀", user_id="ünï"))
    (sign,) = Readings(cohort.kernel).of(both.number).signs(())
    assert (sign.event, sign.user, sign.number, sign.hour) == ("naïve «été» 🚀", "ünï", 4, 0)


def test_an_event_of_tomorrow_is_no_part_of_a_sign() -> None:
    """An account may have events of days that are to come: a sign looks at those until today."""
    cohort = BothCohort(Plan(a_model({"usage": COUNT}, signs=SIGNS)))
    for day in (0, 1, 2, 3):
        sent = usage("acme", at=BEGINS_MS + day * DAY_MS, user_id="kim")
        event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, BEGINS_MS + 2 * DAY_MS, looks=False)
        compare_answers(both, {})
    (sign,) = Readings(cohort.kernel).of(both.number).signs(())
    assert sign.number == 3


def test_a_sign_that_the_model_has_since_the_middle_of_a_day() -> None:
    """The day is read from records in which nothing is kept of what its events have in common."""
    before, after = Plan(a_model({"usage": COUNT})), Plan(a_model({"usage": COUNT}, signs=SIGNS))
    cohort = BothCohort(before)
    for hour in (0, 1):
        both = taken(cohort, usage("acme", at=BEGINS_MS + hour * HOUR_MS, user_id="kim"))
    restored = read_by_both(Kernel(after), *written(before, both.account))
    found = []
    for hour in (2, 3, 26, 50):
        sent = usage("acme", at=BEGINS_MS + hour * HOUR_MS, user_id="lee")
        event = after.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        restored.apply(event, event.occurred_at_ms, looks=False)
        compare_answers(restored, {})
        found.append([sign.user for sign in Readings(restored.kernel).of(restored.number).signs(())])
    assert found == [[], [], [], []], "kim was there, too"


def test_the_oldest_event_lies_before_the_account_s_life() -> None:
    """After a silence that is longer than `pause_max`."""
    cohort = BothCohort(Plan(load_preset("default")))
    for day in (0, 500, 501, 1_000):
        both = taken(cohort, usage("acme", at=BEGINS_MS + day * DAY_MS))
    reading = Readings(cohort.kernel).of(both.number)
    assert reading.oldest_ms == BEGINS_MS < reading.first_ms


def hours_model() -> Model:
    hours = {"kind": "duration", "topics": ["tickets"], "events": ["ticket_opened"], "item": "ticket_id"}
    more = {"closed_by": ["ticket_closed"], "window": "30d", "within": "14d"}
    return a_model({each: {**hours, **more, "measure": each} for each in ("mean", "median")})


def test_how_many_were_closed() -> None:
    """Both measures share what is found; the second asks what the first has found."""
    cohort, luck, at = BothCohort(Plan(hours_model())), random.Random(5), BEGINS_MS
    counts = set()
    for _ in range(120):
        at += luck.randrange(20 * HOUR_MS)
        event = luck.choice(("ticket_opened", "ticket_closed"))
        both = taken(cohort, ticket("acme", at=at, event=event, ticket_id=f"t{luck.randrange(6)}"))
        details = Readings(cohort.kernel).of(both.number).details()
        assert details.get("mean") == details.get("median")
        counts.add(details.get("mean", {}).get("count"))
    both.advance_by_timers(at + 40 * DAY_MS, 50)
    compare_answers(both, {})
    assert len(counts) > 3


def test_what_is_past_its_bounds() -> None:
    values = {"kind": "distinct", "of": "user", "window": "7d"}
    cohort = BothCohort(Plan(a_model({"users": values})))
    for number in range(schema.bounds.VALUES_MAX + 10):
        event = usage("acme", at=BEGINS_MS + number, user_id=f"user {number}")
        both = cohort.apply(
            cohort.kernel.plan.decoder.decode(event.topic, event.value, 0, FUTURE_MS), BEGINS_MS + number, looks=False
        )
    assert b'"past_bounds":["users"]' in compare_answers(both, {})
    both.advance(BEGINS_MS + 9 * DAY_MS)
    assert b"past_bounds" not in compare_answers(both, {})


def test_instants_are_shown_as_sql_prints_them() -> None:
    plan = Plan(a_model({"usage": COUNT, "last": {"kind": "last_at", "topics": ["analytics"]}}))
    kernel, luck = Kernel(plan), random.Random(1)
    sent = usage(at=BEGINS_MS)
    event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
    days = ("01-01", "02-28", "03-01", "12-31")
    edges = [at_ms(f"{year}-{day}T00:00Z") for year in (1970, 1999, 2000, 2023, 2024, 2100, 2105) for day in days]
    for edge_ms in (*edges, at_ms("2024-02-29T12:00Z"), *(luck.randrange(4_200_000_000_000) for _ in range(300))):
        for instant_ms in (edge_ms, edge_ms + 1, edge_ms + DAY_MS - 1_000):
            number = kernel.begin(instant_ms)
            kernel.apply(number, msgspec.structs.replace(event, occurred_at_ms=instant_ms), instant_ms)
            shown = kernel.facts(number, plan.primary)["last"]
            moment = datetime.fromtimestamp(instant_ms // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
            assert shown == plain_instant(instant_ms) == moment + f".{instant_ms % 1000:03}" * (instant_ms % 1000 > 0)
            kernel.free(number)
