"""The walk through one account says what the reference fold says."""

from __future__ import annotations

import pytest

from bench.steady.figures import Line
from bench.steady.measure import FIRST_JUDGED_MS, Job, Pool, norms_of, steady_job
from bench.steady.table import markdown_of, tables_of
from scoring.instants import DAY_MS, FAR
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from tests.support.plain.tiers import tier_history
from tests.support.worlds.judged import Walk, norm_parts
from tests.support.worlds.rhythms import BY_NAME, FIRST_DAY, RHYTHMS, Change, steady_account


@pytest.mark.parametrize("preset", ["default", "health-index"])
def test_the_walk_finds_the_changes_of_the_reference_fold(preset: str) -> None:
    plan, days = Plan(load_preset(preset)), 120
    events = steady_account(BY_NAME["5 a week"], 1, 1, days)
    end_ms = (FIRST_DAY + days) * DAY_MS
    expected = tier_history(plan, [plan.decoder.decode(each.topic, each.value, 0, FAR) for each in events], end_ms)
    walk = Walk(plan)
    walk.fold(events[:1])
    names, found, tier = plan.primary.tier_names, [], -1
    for step in walk.judged(events[1:], events[0].at_ms, end_ms):
        if step.score is not None and step.tier != tier:
            if tier >= 0:
                found.append((step.at_ms, names[tier], names[step.tier]))
            tier = step.tier
    assert found == [(each.at_ms, each.from_tier, each.to_tier) for each in expected.changes]
    assert found


def test_an_account_is_judged_by_the_norm_of_the_day() -> None:
    plan = Plan(load_preset("usage-trend-friction"))
    small = steady_account(BY_NAME["5 a week"], 0, 1, 60)
    large = steady_account(BY_NAME["100 a week"], 0, 1, 60)
    day = FIRST_DAY + 50
    norm = norm_parts(plan, large, [day])[day]
    scores = []
    for events in (small, large):
        walk = Walk(plan, {day: norm})
        walk.fold([event for event in events if event.at_ms < day * DAY_MS])
        scores.append(walk.at(day * DAY_MS).score)
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] < scores[1]


@pytest.mark.parametrize("rhythm", RHYTHMS, ids=lambda rhythm: rhythm.name)
def test_a_rhythm_keeps_its_pace_and_a_change_starts_on_its_day(rhythm: object) -> None:
    of = next(each for each in RHYTHMS if each is rhythm)
    weeks, change = 26, Change(91, 0.0)
    events = [each for each in steady_account(of, 1, 3, 7 * weeks) if each.topic == "analytics"]
    assert len(events) / weeks == pytest.approx(of.weekly, rel=0.35)
    changed = [each for each in steady_account(of, 1, 3, 7 * weeks, change) if each.topic == "analytics"]
    assert max(each.at_ms for each in changed) < (FIRST_DAY + change.day + 1) * DAY_MS
    assert events == sorted(events)


def test_the_same_account_is_the_same_twice_and_another_is_another() -> None:
    weekly = BY_NAME["weekly"]
    assert steady_account(weekly, 1, 1, 50) == steady_account(weekly, 1, 1, 50)
    assert steady_account(weekly, 1, 1, 50) != steady_account(weekly, 1, 2, 50)


def test_jobs_run_in_processes_and_count_as_they_end() -> None:
    ended: list[int] = []
    jobs = [Job(rhythm="weekly", number=number, seed=1) for number in range(2)]
    with Pool(1, lambda: ended.append(1)) as pool:
        assert norms_of(pool, jobs, []) == {}
        judged = dict(pool.run(steady_job, jobs, ("default",), {}))
    assert len(ended) == 2
    assert [answers[0].watched.days for answers in judged.values()] == [160, 160]
    assert FIRST_JUDGED_MS == (FIRST_DAY + 240) * DAY_MS


def test_tables_mark_what_misses_its_target() -> None:
    line = Line(
        preset="default", version=3, rhythm="weekly", accounts=1, days=160, changes_per_account_month=8.5,
        worst_seed=9.0, reversed_share=None, largest_move=12.34, largest_move_by="login", largest_fall_hour=1.0,
        largest_rise_hour=2.0, mean=80.0, deviation=1.5, stop_to_yellow_days=2.0,
    )  # fmt: skip
    assert "| weekly | **8.50** (9.00) | – | **12.3** use | 1.0, 2.0 | 80, 1.5 | 2/never |" in markdown_of([line])
    assert [table.row_count for table in tables_of([line])] == [1]
