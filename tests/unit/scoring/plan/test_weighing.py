"""How judgements are combined by weight, evidence and emphasis, with a constant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.plan.score_plan import Evaluation
from scoring.plan.weighing import Weighing
from tests.builders import a_model
from tests.support.account_under_model import Seen, Table, sent

STEADY: Table = {"shape": "linear", "points": [[0, 0], [100, 100]]}


def two(*, known: tuple[float, float] = (1, 1), **header: Any) -> Evaluation:
    """Of weight 30 and 10, judged 80 and 20."""
    parts = {
        "x": STEADY | {"signal": "x", "weight": 30, "evidence": [{"signal": "z", "from": 0, "to": 1 / known[0]}]},
        "y": STEADY | {"signal": "y", "weight": 10, "evidence": [{"signal": "z", "from": 0, "to": 1 / known[1]}]},
    }
    return Seen(parts, sent(x=80, y=20, z=1), **header).score


def test_a_constant_joins_every_score() -> None:
    assert two(neutral_weight=10, neutral=69).value == (30 * 80 + 10 * 20 + 690) / 50
    assert two(neutral_weight=10, neutral=69, known=(0.5, 0.25)).value == (15 * 80 + 2.5 * 20 + 690) / 27.5


def test_bad_news_weighs_up_to_the_emphasis() -> None:
    assert two(neutral_weight=10, neutral=69, emphasis=2).value == (36 * 80 + 18 * 20 + 690) / 64
    assert two(emphasis=2).value == pytest.approx((36 * 80 + 18 * 20) / 54)
    assert two(emphasis=1).value == pytest.approx(65)


def test_without_a_constant_no_share_is_above_its_limit_while_evidence_lacks() -> None:
    """30 of 30.1 is more than 0.75, its own share of all weight: the rest is neutral, but for the other's share."""
    lacking = two(known=(1, 0.01), neutral=40)
    assert lacking.value == pytest.approx(0.75 * 80 + 0.1 / 30.1 * 20 + (0.25 - 0.1 / 30.1) * 40)


def test_coverage_is_the_weight_with_evidence_of_the_components_that_it_is_known_by() -> None:
    assert two(known=(0.5, 0.25)).coverage == 17.5 / 40
    one = two(known=(0.5, 0.25), known_by=["y"], provisional_below=0.25)
    assert (one.coverage, one.provisional) == (0.25, False)
    assert two(known=(0.5, 0.24), known_by=["y"], provisional_below=0.25).provisional


def test_to_name_what_a_score_is_known_by_changes_nothing_else() -> None:
    plain: dict[str, Table] = {name: STEADY | {"signal": name, "weight": 33.3} for name in ("x", "y", "z")}
    for values in ({"x": 71, "y": 13, "z": 7}, {"x": 71, "z": 13.7}, {"z": 3.3}):
        before, after = Seen(plain, sent(**values)).score, Seen(plain, sent(**values), known_by=["y"]).score
        assert (before.value, before.tier) == (after.value, after.tier)
        assert after.coverage == ("y" in values)


def test_the_constant_alone_is_a_neutral_score_of_no_coverage() -> None:
    seen = Seen({"x": STEADY | {"signal": "x", "weight": 1}}, sent(y=1), neutral_weight=10)
    score = seen.plan.primary.score(seen.account, {})
    assert score is not None
    assert (score.value, score.coverage, score.provisional) == (seen.plan.model.header.neutral, 0.0, True)
    assert seen.plan.primary.points(score)["neutral"] == score.value


def test_points_sum_to_the_score_with_the_constants_part() -> None:
    parts = {name: STEADY | {"signal": name, "weight": weight} for name, weight in (("x", 30), ("y", 10))}
    seen = Seen(parts, sent(x=80, y=20), neutral_weight=10, neutral=69, emphasis=2)
    points = seen.plan.primary.points(seen.score)
    assert points["neutral"] == pytest.approx(690 / 64)
    assert sum(points.values()) == seen.score.value
    *components, start = seen.explained.contributions
    assert [each.points for each in components] == [points["x"], points["y"]]
    assert (start.component, start.label, start.words) == ("neutral", "Neutral start", "neutral start, 10 of 64")
    assert (start.points, start.possible) == pytest.approx((690 / 64, 1000 / 64))
    assert sum(each.possible for each in seen.explained.contributions) == pytest.approx(100)
    assert [driver.component for driver in seen.explained.drivers] == ["y", "x"]


SHARE, JUDGEMENT = st.floats(0, 1), st.floats(0, 100)
ROWS = st.lists(st.tuples(st.floats(0.1, 100), SHARE, JUDGEMENT), min_size=1, max_size=5)


@given(ROWS, st.floats(1, 2), st.floats(0.1, 50), JUDGEMENT, st.floats(0, 100), st.floats(0, 1))
def test_up_to_an_emphasis_of_2_a_better_judgement_never_lowers_the_score(
    rows: list[tuple[float, float, float]],
    emphasis: float,
    constant: float,
    neutral: float,
    better: float,
    more: float,
) -> None:
    header = a_model(
        {"x": {"kind": "last", "property": "x"}}, neutral_weight=constant, neutral=neutral, emphasis=emphasis
    ).header
    weighing = Weighing(header)
    weights, evidence, judgements = zip(*rows, strict=True)

    def mean(first: float) -> float | None:
        return weighing.mean(weights, (1.0,) * len(rows), [first, *judgements[1:]], list(evidence))

    before, after = mean(judgements[0]), mean(max(judgements[0], better))
    if before is not None and after is not None:
        assert after >= before - 1e-9
        assert 0 <= after <= 100 + 1e-9


def test_beyond_it_can() -> None:
    header = a_model({"x": {"kind": "last", "property": "x"}}, emphasis=4).header
    before, after = (Weighing(header).mean((1, 9), (1, 1), [first, 0], [1, 1]) for first in (70.0, 100.0))
    assert before is not None
    assert after is not None
    assert after < before
