"""The benchmark of many accounts: its midnight, its sums and its table. Nothing here is timed."""

from __future__ import annotations

import pytest

from bench.cost_by_accounts import changes_in, sample_after
from bench.mass_expiry import (
    PARTITIONS,
    Hour,
    Templates,
    busiest,
    forecast_us_of,
    restored,
    templates_of,
    through_a_day,
)
from bench.report import Result, Sample
from bench.scaling_table import ACCOUNTS, EVENTS_PER_SECOND, Choice, Measured, few_us_of, markdown_of, need
from bench.throughput import Point
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.errors import UserError

MEASURED = Measured(
    few_us=50.0,
    many_us=150.0,
    change_bytes=1_000.0,
    account_bytes=2.0**13,
    account_records=4.0,
    records_per_second=100_000.0,
    wake_us=50.0,
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(load_preset("default"))


@pytest.fixture(scope="module")
def templates(plan: Plan) -> Templates:
    return templates_of(plan)


def test_restored_accounts_are_as_many_as_asked_for_and_have_nothing_to_send(plan: Plan, templates: Templates) -> None:
    partitions = restored(plan, templates, 90)
    assert sum(len(partition.accounts) for partition in partitions) == 90
    assert len(partitions) == PARTITIONS
    assert not any(partition.has_pending for partition in partitions)


def test_every_account_wakes_at_midnight_and_at_the_next_one(plan: Plan, templates: Templates) -> None:
    #  noon ──────── midnight ──────── noon ──────── midnight ──────── noon
    #                all wake                        all wake
    partitions = restored(plan, templates, 90)
    for day in range(2):
        hours = list(through_a_day(partitions, day))
        assert [hour.woke for hour in hours] == [0] * 12 + [90] + [0] * 11
        assert hours[12].answers == 90


def test_at_the_first_midnight_some_accounts_change_their_tier(plan: Plan, templates: Templates) -> None:
    assert sum(hour.transitions for hour in through_a_day(restored(plan, templates, 90), 0)) > 0


def test_forecasts_are_wanted_after_a_midnight_and_not_before(plan: Plan, templates: Templates) -> None:
    partitions = restored(plan, templates, 8)
    assert not any(partition.compute_next_forecast() for partition in partitions)
    list(through_a_day(partitions, 0))
    assert forecast_us_of(partitions) > 0
    assert not any(partition.compute_next_forecast() for partition in partitions)  # all of them were worked out


def test_the_busiest_hour_is_the_one_that_took_most() -> None:
    hours = [Hour(wake_seconds=1.0), Hour(woke=10, wake_seconds=0.5, flush_seconds=0.75), Hour()]
    assert busiest(hours) is hours[1]
    assert (hours[1].cpu_seconds, hours[1].wake_us, hours[1].flush_us) == (1.25, 50_000.0, 75_000.0)
    assert hours[2].wake_us == 0.0


def test_what_was_committed_before_is_not_counted() -> None:
    #  committed   100 ── 130 ── 180 ┊ 200     100 before, 100 now; near the end it waits
    points = [Point(1.0, 100, 0.5), Point(2.0, 130, 0.75), Point(4.0, 180, 1.25), Point(5.0, 200, 1.5)]
    assert sample_after(points, 100, 100) == Sample(events=50, seconds=2.0, cpu_seconds=0.5)


def test_with_one_commit_on_the_way_the_clock_starts_when_the_worker_goes_on() -> None:
    points = [Point(1.0, 100, 0.5), Point(2.0, 180, 0.75), Point(3.0, 200, 1.5)]
    assert sample_after(points, 100, 100) == Sample(events=80, seconds=1.0, cpu_seconds=0.25)
    with pytest.raises(UserError, match="raise EVENTS"):
        sample_after([points[0], points[2]], 100, 100)


def test_changes_of_tier_are_summed_over_their_causes() -> None:
    metrics = (
        "# TYPE vitals_transitions_total counter\n"
        'vitals_transitions_total{cause="event",from_tier="green",to_tier="red"} 3.0\n'
        'vitals_transitions_total{cause="expiry",from_tier="red",to_tier="green"} 4.0\n'
        'vitals_shadow_transitions_total{from_tier="red"} 9.0\n'
    )
    assert changes_in(metrics) == 7


def test_events_on_few_accounts_cost_what_they_do_there_and_on_many_what_they_do_there() -> None:
    few, many = need(MEASURED, Choice(), 10, 1_000_000), need(MEASURED, Choice(), 10**9, 1_000)
    assert (round(few.cpu_us_per_event), round(many.cpu_us_per_event)) == (50, 150)
    assert (round(few.changes_per_second), round(many.changes_per_second)) == (10, 1_000)


@pytest.mark.parametrize(
    ("accounts", "rate", "bound", "workers"),
    [
        (1_000, 1_000, "–", 1),  # 1,000 events/s x 113 us: a ninth of a core
        (1_000, 240_000, "CPU", 21),  # x 50.4 us / 0.6 = 20.2 cores
        (2**24, 10, "memory", 16),  # 2^24 x 2^13 bytes = 128 GiB, 8 for each
    ],
)  # fmt: skip
def test_what_is_scarcest_says_how_many_workers_there_are(accounts: int, rate: int, bound: str, workers: int) -> None:
    needed = need(MEASURED, Choice(), accounts, rate)
    assert (needed.bound, needed.workers) == (bound, workers)
    assert needed.partitions >= Choice().partitions_a_worker * workers
    assert needed.partitions.bit_count() == 1


def test_a_short_recovery_may_need_more_workers_than_memory_does() -> None:
    needed = need(MEASURED, Choice(recovery_seconds=10.0), 2**24, 10)
    assert (needed.bound, needed.workers) == ("recovery", 68)  # 2^24 x 4 / 100,000 = 671 s of one
    assert needed.recovery_seconds <= 10.0


def test_what_is_written_are_the_events_and_the_changes() -> None:
    assert need(MEASURED, Choice(), 10**9, 1_000).bytes_per_second == pytest.approx(1_000 * (271 + 1_000), rel=1e-3)


def test_the_table_has_a_line_for_each_size_and_rate() -> None:
    lines = markdown_of(need(MEASURED, Choice(), a, r) for a in ACCOUNTS for r in EVENTS_PER_SECOND).splitlines()
    assert len(lines) == 2 + len(ACCOUNTS) * len(EVENTS_PER_SECOND)
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| 10,000 | 1,000 | 952 |")


def a_result(name: str, cpu_us_per_event: float) -> Result:
    return Result(name=name, events_per_second=1.0, cpu_us_per_event=cpu_us_per_event, ratio=1.0)


def test_our_own_row_is_the_first_of_the_benchmark() -> None:
    ours, other = a_result("us, kernel", 42.0), a_result("Faust", 1.0)
    assert few_us_of([ours, other]) == 42.0
    for results in ([], [other]):
        with pytest.raises(UserError, match="make bench"):
            few_us_of(results)
