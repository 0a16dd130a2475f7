"""How many messages routes make of a history of steps."""

from __future__ import annotations

from typing import Any

from alerts.lifecycle.schema import (
    AlertRules,
    Digest,
    Header,
    Match,
    PagerDutySink,
    Quiet,
    Route,
    Volume,
)
from alerts.step import AlertStep
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, rfc3339
from streams.alerting.routed import LaneCount, routed
from tests.builders import an_alert_step

MIDNIGHT = 1_795_219_200_000  # Saturday, 21 November 2026


def at(ms: int, number: int = 0, **given: Any) -> AlertStep:
    as_of_ms = MIDNIGHT + ms
    fields = {"account_id": f"a{number}", "as_of_ms": as_of_ms, "as_of": rfc3339(as_of_ms), **given}
    return an_alert_step(sequence=as_of_ms // 1_000 + number, **fields)


def lanes(steps: list[AlertStep], sinks: dict[str, Any] | None = None, **routes: Route) -> list[LaneCount]:
    return routed(steps, AlertRules(header=Header(name="t"), rules={}, routes=routes, sinks=sinks or {}))


def test_without_any_limit_each_step_is_a_message() -> None:
    (lane,) = lanes([at(hour * HOUR_MS) for hour in range(5)], all=Route(storm=None))
    assert (lane.steps, lane.messages, lane.kinds) == (5, 5, {"single": 5})


def test_a_digest_is_one_message_a_day() -> None:
    """Two steps on Saturday, one on Sunday: each day's digest is at 9 o'clock of the next morning, or of that day."""
    steps = [at(10 * HOUR_MS), at(20 * HOUR_MS), at(DAY_MS + 10 * HOUR_MS)]
    (lane,) = lanes(steps, all=Route(digest=Digest(at="09:00"), storm=None))
    assert (lane.steps, lane.messages) == (3, 2)
    assert lane.kinds == {"digest": 1, "single": 1}


def test_a_storm_is_few_messages() -> None:
    steps = [at(number * 1_000, number) for number in range(100)]
    (lane,) = lanes(steps, all=Route(storm=Volume(messages=20, within="10m")))
    assert lane.steps == 100
    assert lane.kinds["single"] == 20
    assert lane.kinds["storm"] == 1


def test_what_comes_in_quiet_hours_is_one_message_afterwards() -> None:
    steps = [at(hour * HOUR_MS, hour) for hour in (1, 2, 3, 12)]
    (lane,) = lanes(steps, all=Route(quiet=Quiet(from_="22:00", to="08:00"), storm=None))
    assert lane.kinds == {"quiet": 1, "single": 1}


def test_a_rate_gathers_what_is_more() -> None:
    steps = [at(number * MINUTE_MS, number) for number in range(6)]
    (lane,) = lanes(steps, all=Route(rate=Volume(messages=2, within="10m"), storm=None))
    assert lane.messages == 3
    assert lane.kinds == {"single": 2, "rate": 1}


def test_a_step_goes_to_the_first_route_that_takes_it_and_to_all_its_sinks() -> None:
    found = lanes([at(0)], red=Route(to=("slack", "mail"), match=Match(severities=("critical",))), rest=Route())
    assert [(lane.route, lane.sink, lane.messages) for lane in found] == [
        ("red", "slack", 1),
        ("red", "mail", 1),
        ("rest", "default", 0),
    ]


def test_a_route_to_none_counts_steps_and_sends_nothing() -> None:
    (lane,) = lanes([at(0)], silent=Route(to=("none",)))
    assert (lane.steps, lane.messages) == (1, 0)


def test_steps_without_a_route_are_counted_apart() -> None:
    found = lanes([at(0)], good=Route(match=Match(severities=("good",))))
    assert (found[-1].route, found[-1].steps) == ("", 1)


def test_a_sink_that_keeps_a_thing_for_each_case_gathers_nothing() -> None:
    steps = [at(number * 1_000, number) for number in range(50)]
    (lane,) = lanes(steps, {"pager": PagerDutySink(routing_secret="VITALS_SECRET_P")}, all=Route(to=("pager",)))
    assert lane.kinds == {"single": 50}


def test_a_step_that_only_brings_a_message_up_to_date_is_none() -> None:
    (lane,) = lanes([at(0), at(HOUR_MS, step="acknowledged", reason="action", by="ann")], all=Route(storm=None))
    assert (lane.steps, lane.messages) == (1, 1)
