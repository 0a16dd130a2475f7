"""The waterfall: from 100 down to the score, to the last decimal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.queries.account.contributions import Then, contribution_rows
from dashboard.queries.account.view import account_view, week_ago
from dashboard.queries.decimals import shown
from dashboard.values.account import AccountView, ContributionRow
from scoring.explain.explanation import explain
from scoring.plan.plan import Plan
from scoring.result import Override
from tests.builders import Sent, an_event
from tests.support.account_under_model import Seen, Table
from tests.support.dashboard.kept_account import KeptAccount, kept_account, trouble_at, use_until
from tests.support.explained import snapshot_at

DAYS = 68
UP: Table = {"shape": "linear", "points": [[0, 0], [10, 100]]}


def units(values: list[float]) -> int:
    """The sum in millionths, so that no error of the arithmetic is in the way."""
    return sum(round(value * 1_000_000) for value in values)


def check_columns(rows: tuple[ContributionRow, ...], score: float, bounds: tuple[float, ...]) -> None:
    seen = shown(score, bounds)
    assert units([row.earned for row in rows]) == round(seen * 1_000_000)
    assert units([row.lost for row in rows]) == round((100 - seen) * 1_000_000)
    assert all(round(row.earned + row.lost, 6) == row.possible for row in rows)


@pytest.fixture(scope="module")
def troubled() -> KeptAccount:
    return kept_account([*use_until(60), *trouble_at(62)], DAYS)


def viewed(of: KeptAccount) -> AccountView:
    return account_view(of.row, of.kept, of.plan, None, {}, {})


def test_the_columns_add_up_to_the_score_and_to_its_change_of_seven_days(troubled: KeptAccount) -> None:
    view, score = viewed(troubled), troubled.row.score
    assert score is not None
    assert troubled.row.change_7d is not None
    check_columns(view.contributions, score, tuple(tier.lower for tier in troubled.plan.model.tiers))
    changes = [row.change_7d for row in view.contributions]
    assert None not in changes
    assert units([each for each in changes if each is not None]) == round(round(troubled.row.change_7d, 1) * 1_000_000)


def test_each_row_says_how_many_of_its_points_are_lost(troubled: KeptAccount) -> None:
    rows = {row.component: row for row in viewed(troubled).contributions}
    answer = troubled.kept.answer
    for name, score in answer.components.items():
        assert rows[name].lost == pytest.approx(score.possible - score.points, abs=0.11)
        assert rows[name].judgement == score.judgement
    assert rows["neutral"].kind == "neutral"
    losses = [row.lost for row in viewed(troubled).contributions]
    assert losses == sorted(losses, reverse=True)


def test_without_a_close_of_that_day_no_change_is_claimed() -> None:
    young = kept_account(use_until(3), 3)
    assert week_ago(young.row, young.kept, young.now_ms) is None
    assert all(row.change_7d is None for row in viewed(young).contributions)


def test_a_floor_is_a_row_of_its_own() -> None:
    """x is 9 of 10 and holds 90; the floor cuts it to 40."""
    floors = {"fatal": {"to": 40, "label": "Never paid", "when": [{"signal": "y", "at_most": 0}]}}
    seen = Seen({"it": {**UP, "signal": "x", "weight": 1}}, _sent(x=9, y=0), floors=floors)
    rows = _rows(seen.plan, seen)
    floor = next(row for row in rows if row.kind == "floor")
    assert (floor.label, floor.earned, floor.lost, floor.possible) == ("Never paid", -50.0, 50.0, 0.0)
    check_columns(rows, 40.0, (0.0,))


def test_an_override_is_a_row_between_the_models_score_and_the_one_that_was_set() -> None:
    override = Override(score=72.0, reason="they renew", author="Ann", set_ms=0, until_ms=1 << 45)
    seen = Seen({"it": {**UP, "signal": "x", "weight": 1}}, _sent(x=3))
    rows = _rows(seen.plan, seen, override=override)
    row = next(row for row in rows if row.kind == "override")
    assert (row.earned, row.possible, row.lost) == (42.0, 0.0, -42.0)
    assert "Ann" in row.words
    check_columns(rows, 72.0, (0.0,))


def test_a_score_that_was_set_where_the_model_has_none_is_the_only_row() -> None:
    override = Override(score=72.0, reason="new", author="Ann", set_ms=0, until_ms=1 << 45)
    seen = Seen({"it": {**UP, "signal": "x", "weight": 1}})
    rows = _rows(seen.plan, seen, override=override)
    assert [(row.kind, row.earned, row.lost) for row in rows] == [("override", 72.0, 28.0)]


def test_what_has_no_evidence_counts_as_neutral_in_a_row_of_its_own() -> None:
    """Of two equal components only one is known: it takes over up to 60 %, and 40 % are neutral, 50."""
    components = {name: {**UP, "signal": name, "weight": 1} for name in ("x", "y")}
    seen = Seen(components, _sent(x=10))
    rows = _rows(seen.plan, seen)
    neutral = next(row for row in rows if row.kind == "neutral")
    assert (neutral.earned, neutral.possible) == (20.0, 40.0)
    check_columns(rows, 80.0, (0.0,))


def test_a_change_that_no_component_has_is_a_row_too() -> None:
    """A floor held seven days ago, and does not now."""
    seen = Seen({"it": {**UP, "signal": "x", "weight": 1}}, _sent(x=9))
    rows = _rows(seen.plan, seen, then=Then(score=40.0, points={"it": 90.0}))
    assert {row.component: row.change_7d for row in rows} == {"it": 0.0, "": 50.0}


@settings(max_examples=60)
@given(st.lists(st.floats(0, 10), min_size=3, max_size=3), st.floats(0.1, 3))
def test_the_columns_add_up_whatever_the_judgements_are(values: list[float], weight: float) -> None:
    components = {name: {**UP, "signal": name, "weight": weight if name == "x" else 1.0} for name in ("x", "y", "z")}
    seen = Seen(components, _sent(x=values[0], y=values[1], z=values[2]))
    check_columns(_rows(seen.plan, seen), seen.score.value, (0.0,))


def _sent(**properties: float) -> Sent:
    return an_event("analytics", "acme", "told", "2026-03-01T10:00Z", **properties)


def _rows(
    plan: Plan, seen: Seen, then: Then | None = None, override: Override | None = None
) -> tuple[ContributionRow, ...]:
    answer = snapshot_at(plan, seen.account, override=override)
    bounds = tuple(tier.lower for tier in plan.model.tiers)
    return contribution_rows(answer, explain(plan, answer), bounds, plan.model.header.neutral, then)
