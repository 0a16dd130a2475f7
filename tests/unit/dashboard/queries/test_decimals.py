"""Decimals that keep a score in its tier, and columns that add up."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries.decimals import apportioned, decimals_of, shown, split

BOUNDS = (0.0, 45.0, 75.0)
PARTS = st.lists(st.tuples(st.floats(-30, 100), st.floats(0, 100)), min_size=1, max_size=15)


def test_a_score_just_below_a_bound_does_not_look_as_if_it_had_reached_it() -> None:
    assert shown(74.96, BOUNDS) == 74.96
    assert shown(74.94, BOUNDS) == 74.9
    assert shown(75.0, BOUNDS) == 75.0
    assert decimals_of(74.99996, BOUNDS) == 5


@given(st.floats(0, 100))
def test_what_is_shown_is_of_the_same_tier(score: float) -> None:
    if 75 - score > 1e-5 or score >= 75:
        assert bisect_right(BOUNDS, shown(score, BOUNDS)) == bisect_right(BOUNDS, score) or 0 < 45 - score < 1e-5


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_a_column_adds_up_and_no_part_is_off_by_more_than_a_unit(values: list[float]) -> None:
    total = round(sum(values) / 0.1)
    units = apportioned(values, total, 0.1)
    assert sum(units) == total
    assert all(abs(unit - value / 0.1) < 1 + 1e-6 for unit, value in zip(units, values, strict=True))


@given(PARTS)
def test_both_columns_add_up_and_so_does_each_row(parts: list[tuple[float, float]]) -> None:
    earned, lost = [one for one, _ in parts], [other for _, other in parts]
    total, whole = round(sum(earned) / 0.1), round((sum(earned) + sum(lost)) / 0.1)
    rows = split(earned, lost, total, whole, 0.1)
    assert sum(one for one, _ in rows) == total
    assert sum(one + other for one, other in rows) == whole
    for (one, other), mine, theirs in zip(rows, earned, lost, strict=True):
        assert abs(one - mine / 0.1) < 2
        assert abs(other - theirs / 0.1) < 2


def test_what_lost_nothing_shows_no_loss() -> None:
    rows = split([15.0, 10.04, 32.86], [0.0, 14.96, 27.14], 579, 1000, 0.1)
    assert rows[0] == (150, 0)
