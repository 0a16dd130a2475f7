"""What is measured of a judged account, on scores made up by hand."""

from __future__ import annotations

import pytest

from bench.steady.figures import Watched, delays, line_of, watched
from scoring.instants import DAY_MS, HOUR_MS
from tests.support.worlds.judged import Step

T = 19_000 * DAY_MS


def a_step(days: float, score: float | None, tier: int, before: float | None = None) -> Step:
    return Step(T + round(days * DAY_MS), score, tier, before, -1 if before is None else 0)


def measured(*steps: Step, days: float = 30) -> Watched:
    return watched(steps, T + round(days * DAY_MS))


def test_each_change_of_tier_counts_and_the_first_score_is_none() -> None:
    found = measured(a_step(0, 80, 2), a_step(1, 60, 1), a_step(2, 61, 1), a_step(20, 80, 2))
    assert (found.changes, found.taken_back) == (2, 0)


def test_a_change_is_taken_back_when_the_old_tier_returns_within_seven_days_also_by_way_of_another() -> None:
    """
    tier 2 ──┐            ┌── day 7
    tier 1   └──┐         │
    tier 0      └─────────┘
            day 0.5, 1
    """
    found = measured(a_step(0, 80, 2), a_step(0.5, 60, 1), a_step(1, 40, 0), a_step(7, 80, 2))
    assert (found.changes, found.taken_back) == (3, 1)


def test_changes_after_the_judged_days_only_take_back_earlier_ones() -> None:
    found = measured(a_step(0, 80, 2), a_step(29, 60, 1), a_step(31, 80, 2), a_step(32, 60, 1))
    assert (found.changes, found.taken_back) == (1, 1)


def test_an_account_without_a_score_keeps_its_tier() -> None:
    assert measured(a_step(0, 80, 2), a_step(1, None, -1), a_step(2, 80, 2)).changes == 0


def test_the_largest_move_is_that_of_one_event_with_its_sign() -> None:
    found = measured(a_step(0, 80, 2), a_step(1, 79, 2, before=70), a_step(2, 60, 1, before=75), a_step(3, 99, 2))
    assert found.move == -15


def test_a_move_within_an_hour_starts_from_the_score_that_held_an_hour_ago() -> None:
    """80 since yesterday; then 74 and 68, half an hour apart: twelve points within an hour, in two steps."""
    hour = HOUR_MS / DAY_MS
    found = measured(a_step(0, 80, 2), a_step(1, 74, 1), a_step(1 + hour / 2, 68, 1), a_step(1 + 2 * hour, 75, 1))
    assert (found.fall, found.rise) == (12, 7)


def test_mean_and_deviation_are_weighted_by_time() -> None:
    found = measured(a_step(0, 80, 2), a_step(10, 50, 1), days=40)
    assert found.mean == pytest.approx((10 * 80 + 30 * 50) / 40)
    assert found.deviation == pytest.approx((0.25 * 0.75 * 30**2) ** 0.5)


def test_delays_are_days_to_the_first_instant_below_the_best_tier_and_in_the_worst() -> None:
    steps = [a_step(0, 80, 2), a_step(3, 70, 1), a_step(4, 80, 2), a_step(9, 20, 0), a_step(10, 70, 1)]
    assert delays(steps, T, best=2) == (3, 9)
    assert delays(steps[:3], T, best=2) == (3, None)


def test_a_line_sums_over_accounts_and_names_the_worst_seed() -> None:
    def one(seed: int, changes: int) -> Watched:
        steps = [a_step(day, 80 - day % 2, 2 - day % 2) for day in range(changes + 1)]
        return watched(steps, T + 30 * DAY_MS, seed)

    line = line_of("default", 3, "weekly", [one(1, 0), one(1, 2), one(2, 4), one(2, 6)], "login")
    assert (line.changes_per_account_month, line.worst_seed) == (3.0, 5.0)
    assert line.reversed_share == pytest.approx(9 / 12)  # the last change of each is not taken back
