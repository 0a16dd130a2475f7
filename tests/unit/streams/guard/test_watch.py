"""The guard over virtual weeks: stops, nights, weekends, silent workers, falls, repeats and restarts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from streams.arrivals import Arrivals
from streams.guard.rates import WINDOW_MS
from streams.guard.watch import State, alarm_id
from tests.builders import at_ms
from tests.unit.streams.guard.week import MONDAY, Run, working_hours

CUT = MONDAY + 8 * DAY_MS + 10 * HOUR_MS  # the second Tuesday, at ten
BACK = CUT + 6 * HOUR_MS


def steady(rate: float = 4.0) -> Run:
    """A billing feed of so many events a minute that is cut for six hours."""
    return Run(lambda at: {"billing": 0.0 if CUT < at <= BACK else rate, "analytics": 50.0})


def test_a_feed_that_is_cut_for_six_hours_is_one_alarm_with_its_end() -> None:
    run = steady()
    assert run.until(CUT) == []
    begun, ended = run.until(CUT + DAY_MS)
    assert (begun.name, begun.change, begun.since_ms) == ("topic:billing", "begun", CUT)
    assert begun.at_ms - CUT == 15 * MINUTE_MS, "at least so long"
    assert (ended.change, ended.alarm, ended.since_ms) == ("ended", begun.alarm, CUT)
    assert 2 * WINDOW_MS <= ended.at_ms - BACK <= 3 * WINDOW_MS, "two whole windows at its usual"
    assert begun.alarm == alarm_id("topic:billing", CUT)


def test_an_alarm_that_was_sent_but_not_noted_is_found_again_as_the_same_one() -> None:
    """A guard that is killed between both, and comes back when its messages are too old to decide about."""
    first, again = steady(), steady()
    again.watch.state.judged_ms = CUT + HOUR_MS
    (begun,), (later,) = first.until(CUT + 2 * HOUR_MS), again.until(CUT + 2 * HOUR_MS)
    assert later.at_ms - begun.at_ms >= 45 * MINUTE_MS
    assert later.alarm == begun.alarm, "workers ignore the second, and its end ends the first"


def test_workers_that_report_each_ten_seconds_are_judged_too() -> None:
    run = steady()
    run.until(CUT - HOUR_MS)
    run.STEP_MS = 10_000
    (begun,) = run.until(CUT + HOUR_MS)
    assert begun.at_ms - CUT <= 16 * MINUTE_MS


def test_a_slow_feed_alarms_later() -> None:
    run = steady(rate=0.5)
    begun, ended = run.until(CUT + DAY_MS)
    assert 40 * MINUTE_MS <= begun.at_ms - CUT <= 41 * MINUTE_MS, "twenty events take that long"
    assert ended.change == "ended"


@pytest.mark.slow
def test_a_feed_of_few_events_says_nothing() -> None:
    assert steady(rate=1 / 300).until(CUT + DAY_MS) == []


@pytest.mark.slow
def test_quiet_nights_and_weekends_are_no_stop() -> None:
    at_work = working_hours(4.0)
    run = Run(lambda at: {"billing": at_work(at), "analytics": 10.0})
    assert run.until(MONDAY + 21 * DAY_MS) == []


@pytest.mark.parametrize(("begin", "end"), [("2026-10-18", "2026-10-27T00:00Z"), ("2026-03-22", "2026-03-31T09:00Z")])
def test_a_change_of_the_clocks_is_no_stop(begin: str, end: str) -> None:
    """People begin to work an hour later, or earlier, by UTC."""
    zone = ZoneInfo("Europe/Berlin")

    def rate(at: int) -> float:
        local = datetime.fromtimestamp(at / 1_000, zone)
        return 4.0 if local.weekday() < 5 and 9 <= local.hour < 18 else 0.0

    run = Run(lambda at: {"billing": rate(at), "analytics": 10.0}, begin=at_ms(f"{begin}T00:00Z"), zone="Europe/Berlin")
    run.STEP_MS = 2 * MINUTE_MS
    assert run.until(at_ms(end)) == []


@pytest.mark.slow
def test_a_monday_morning_without_events_is_a_stop_by_the_monday_before() -> None:
    at_work = working_hours(4.0)
    monday = MONDAY + 14 * DAY_MS
    run = Run(lambda at: {"billing": 0.0 if at > monday else at_work(at), "analytics": 10.0})
    (begun,) = run.until(monday + 10 * HOUR_MS)
    assert monday + 9 * HOUR_MS < begun.at_ms <= monday + 9 * HOUR_MS + 6 * MINUTE_MS


def test_a_new_deployment_says_nothing_for_a_week() -> None:
    run = Run(lambda at: {"billing": 4.0 if at < MONDAY + 3 * DAY_MS else 0.0, "analytics": 10.0})
    assert run.until(MONDAY + 6 * DAY_MS) == []


def test_an_alarm_does_not_flap_while_a_feed_drips() -> None:
    run = Run(lambda at: {"billing": 0.2 if CUT + HOUR_MS < at <= BACK else 0.0 if CUT < at <= BACK else 4.0})
    assert [each.change for each in run.until(CUT + DAY_MS)] == ["begun", "ended"]


def test_all_feeds_that_are_cut_are_found_each_by_its_own_rate() -> None:
    rates = {"analytics": 50.0, "exceptions": 4.0, "billing": 0.5, "tickets": 1 / 300}
    run = Run(lambda at: dict.fromkeys(rates, 0.0) if CUT < at <= BACK else rates)
    decisions = run.until(CUT + DAY_MS)
    assert [each.name for each in decisions if each.change == "begun"] == [
        "topic:analytics",
        "topic:exceptions",
        "topic:billing",
    ]
    assert sorted(each.name for each in decisions if each.change == "ended") == [
        "topic:analytics",
        "topic:billing",
        "topic:exceptions",
    ]


def with_source(run: Run, name: str, rate: float, until: int, end: int) -> None:
    """Go on, with events of a source until an instant."""
    due = 0.0
    while run.now_ms < end:
        run.step()
        due += rate / 2 if run.now_ms <= until else 0.0
        told = {name: int(due)} if due >= 1 else {}
        run.take(Arrivals(partition=0, from_ms=run.now_ms, to_ms=run.now_ms + 1, accounts=400, sources=told))
        due -= int(due)


def test_a_source_that_stops_alone_is_its_own_alarm() -> None:
    run = Run(lambda at: {"billing": 4.0}, payments=("billing",))
    with_source(run, "payments", 2.0, CUT, CUT + HOUR_MS)
    assert [(each.name, each.change) for each in run.decisions] == [("source:payments", "begun")]


def test_a_source_whose_topic_stops_is_part_of_that() -> None:
    run = Run(lambda at: {"billing": 0.0 if CUT < at <= BACK else 4.0}, payments=("billing",))
    with_source(run, "payments", 2.0, CUT, BACK + 10 * MINUTE_MS)
    assert [each.name for each in run.decisions] == ["topic:billing"] * len(run.decisions)


def test_a_silent_worker_is_no_silent_feed() -> None:
    run = Run(lambda at: {"billing": 4.0}, partitions=2)
    run.until(CUT)
    run.silent = {0}
    assert run.until(CUT + 6 * HOUR_MS) == [], "partition 1 reports, and nobody knows of partition 0"
    run.silent = {0, 1}
    assert run.until(CUT + 7 * HOUR_MS) == []
    run.silent = set()
    assert run.until(CUT + 12 * HOUR_MS) == []


def test_after_a_gap_in_the_reports_silence_is_counted_from_its_end() -> None:
    run = steady()
    run.until(CUT)
    run.silent = {0}
    run.until(CUT + HOUR_MS)
    run.silent = set()
    (begun,) = run.until(CUT + 2 * HOUR_MS)
    assert 15 * MINUTE_MS <= begun.at_ms - (CUT + HOUR_MS) <= 16 * MINUTE_MS
    assert begun.since_ms == CUT, "the message says when it was last heard"


def test_a_rebalance_with_a_short_pause_is_no_gap() -> None:
    run = steady()
    run.until(CUT + 5 * MINUTE_MS)
    run.silent = {0}
    run.until(run.now_ms + MINUTE_MS // 2)
    run.silent = set()
    (begun,) = run.until(CUT + HOUR_MS)
    assert begun.at_ms - CUT <= 16 * MINUTE_MS


def test_messages_that_come_again_change_nothing() -> None:
    run = steady()
    run.until(CUT - MINUTE_MS)
    before = msgspec.json.encode(run.watch.state), dict(run.windows)
    for back in (0, 1, 30):
        at = run.now_ms - back * MINUTE_MS
        run.take(Arrivals(partition=0, from_ms=at - 30_000, to_ms=at, topics={"billing": 50}))
    assert (msgspec.json.encode(run.watch.state), run.windows) == before


@pytest.mark.slow
@pytest.mark.parametrize("at", [CUT - HOUR_MS, CUT + 10 * MINUTE_MS, CUT + HOUR_MS, BACK + 6 * MINUTE_MS])
def test_a_restart_at_any_time_decides_the_same(at: int) -> None:
    whole = steady()
    whole.until(CUT + DAY_MS)
    run = steady()
    run.until(at)
    run.watch.state = msgspec.json.decode(msgspec.json.encode(run.watch.state), type=State)
    run.until(CUT + DAY_MS)
    assert run.decisions == whole.decisions


def test_what_could_not_be_sent_is_decided_again() -> None:
    run = steady()
    run.until(CUT + 14 * MINUTE_MS + 30_000)
    kept = msgspec.json.encode(run.watch.state)
    (begun,) = run.until(CUT + 15 * MINUTE_MS)
    run.watch.state = msgspec.json.decode(kept, type=State)  # the send failed, and the process ended
    (again,) = run.until(CUT + 16 * MINUTE_MS)
    assert (again.name, again.change) == (begun.name, begun.change)


@pytest.mark.slow
def test_an_alarm_that_never_ends_is_given_up_and_does_not_begin_again() -> None:
    run = Run(lambda at: {"billing": 4.0 if at <= CUT else 0.0, "analytics": 10.0})
    decisions = run.until(CUT + 6 * DAY_MS)
    assert [each.change for each in decisions] == ["begun", "given_up"]
    assert decisions[1].at_ms - decisions[0].at_ms == 3 * DAY_MS


def test_a_fleet_that_falls_together_is_one_alarm_until_the_falls_end() -> None:
    run = Run(lambda at: {"analytics": 10.0}, accounts=400)
    run.until(CUT)
    assert run.fall(20) == [], "exactly the share is not more than it"
    (begun,) = run.fall(1)
    assert (begun.kind, begun.number, begun.of) == ("fleet", 21, 400)
    assert run.until(CUT + 5 * MINUTE_MS) == []
    (ended,) = run.until(CUT + HOUR_MS)
    assert (ended.change, ended.alarm) == ("ended", begun.alarm)
    assert ended.at_ms - CUT <= 20 * MINUTE_MS


def test_as_many_falls_as_at_this_hour_of_other_days_are_usual() -> None:
    run = Run(lambda at: {"analytics": 10.0}, accounts=400)
    for day in range(1, 9):
        run.until(MONDAY + day * DAY_MS + MINUTE_MS)
        assert run.fall(40) == [], "the first midnight nobody knows what is usual, and then it is known"
    run.until(run.now_ms + HOUR_MS)
    assert [each.change for each in run.fall(40)] == ["begun"], "at another hour it is not"


def test_few_falls_in_a_small_fleet_are_nothing() -> None:
    run = Run(lambda at: {"analytics": 10.0}, accounts=40)
    run.until(CUT)
    assert run.fall(10) == []


def test_nothing_is_decided_before_all_partitions_have_reported() -> None:
    run = Run(lambda at: {"analytics": 10.0}, partitions=2)
    run.silent = {1}
    run.until(MONDAY + HOUR_MS)
    assert run.watch.now_ms == 0
