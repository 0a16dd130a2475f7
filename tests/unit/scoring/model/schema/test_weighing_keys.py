"""The keys of judgement: what is rejected, with the fix, and what scores they can make."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.model.lint import warnings
from scoring.model.model import Model, ModelError
from scoring.model.score_bounds import judgement_bounds, score_bounds
from tests.builders import a_model

Table = dict[str, Any]
SIGNALS: dict[str, Table] = {
    "uses": {"kind": "count", "window": "30d"},
    "seats": {"kind": "last", "property": "seats"},
    "plan": {"kind": "last", "property": "plan", "type": "text"},
}
LINE: Table = {"shape": "linear", "signal": "uses", "points": [[0, 20], [9, 80]], "weight": 10}
USUAL: Table = {"shape": "vs_usual", "signal": "uses", "usual": "seats", "points": [[0.5, 0], [1, 100]], "weight": 10}


def model(component: Table | None = None, *, more: dict[str, Table] | None = None, **header: Any) -> Model:
    return a_model(SIGNALS, {"it": component or LINE, **(more or {})}, **header)


def factor(**table: Any) -> Table:
    return LINE | {"evidence": [{"signal": "uses", **table}]}


@pytest.mark.parametrize(
    ("component", "header", "key", "fix"),
    [
        (LINE, {"neutral_weight": -1}, "model.neutral_weight", "from 0 to 1000"),
        (LINE, {"neutral_weight": 10, "share_max": 0.6}, "model.share_max", "has no meaning; leave it out"),
        (LINE, {"emphasis": 0.9}, "model.emphasis", "from 1, which is none, to 4"),
        (LINE, {"emphasis": 4.1}, "model.emphasis", "from 1, which is none, to 4"),
        (LINE, {"combine": "sum", "emphasis": 2}, "model.emphasis", "for model.combine = 'mean'"),
        (LINE, {"combine": "sum", "neutral_weight": 2}, "model.neutral_weight", "for model.combine = 'mean'"),
        (LINE, {"combine": "sum", "known_by": ["it"]}, "model.known_by", "for model.combine = 'mean'"),
        (LINE, {"known_by": ["itt"]}, "model.known_by", "did you mean 'it'"),
        (LINE, {"known_by": ["it", "it"]}, "model.known_by", "named twice"),
        (LINE, {"known_by": ["idle"]}, "model.known_by", "'idle' has weight 0"),
        (
            LINE,
            {"known_by": ["it"], "profiles": {"p": {"when": [{"signal": "uses", "above": 1}], "weights": {"idle": 1}}}},
            "profiles.p.weights",
            "none of model.known_by (it) has a weight here",
        ),
        (factor(), {}, "components.it.evidence", "exactly one of half, fade, and from with to"),
        (factor(half=1, fade=1), {}, "components.it.evidence", "exactly one of"),
        (factor(half=1, to=1), {}, "components.it.evidence", "exactly one of"),
        (factor(half=0), {}, "components.it.evidence.half", "above 0"),
        (factor(fade=-1), {}, "components.it.evidence.fade", "above 0"),
        (factor(to=1), {}, "components.it.evidence", "from is missing"),
        (factor(**{"from": 1}), {}, "components.it.evidence", "to is missing"),
        (factor(**{"from": 1, "to": 1}), {}, "components.it.evidence.from", "must be below to, 1; for evidence that"),
        (factor(signal="plan", half=1), {}, "components.it.evidence.signal", "'plan' is not a number"),
        (factor(signal="usse", half=1), {}, "components.it.evidence.signal", "did you mean 'uses'"),
        (factor(halve=1), {}, "components.it.evidence[0].halve", "did you mean 'half'"),
        (factor(half=1), {"combine": "sum"}, "components.it.evidence", "for model.combine = 'mean'"),
        (USUAL | {"usual": "plan"}, {}, "components.it.usual", "'plan' is not a number"),
        (USUAL | {"prior": -1}, {}, "components.it.prior", "0 or more"),
        (USUAL | {"least": -1}, {}, "components.it.least", "0 or more"),
        (USUAL | {"dispersion": "seats"}, {}, "components.it.dispersion", "add a prior"),
        (USUAL | {"prior": 1, "dispersion": "plan"}, {}, "components.it.dispersion", "not a number"),
        (USUAL | {"prior": 1}, {"combine": "sum"}, "components.it.prior", "leave it out"),
        (USUAL | {"points": [[1, 1]]}, {}, "components.it.points", "at least two"),
        (LINE | {"prior": [1, 2]}, {}, "components.it.prior", "there is no per"),
        (LINE | {"per": "seats", "prior": [1, 0]}, {}, "components.it.prior", "the second above 0"),
        (LINE | {"per": "seats", "prior": [-1, 1]}, {}, "components.it.prior", "the first 0 or more"),
    ],
)
def test_a_mistake_names_the_key_and_the_fix(component: Table, header: Table, key: str, fix: str) -> None:
    with pytest.raises(ModelError) as caught:
        model(component, more={"idle": LINE | {"weight": 0}}, **header)
    assert f"{key}: " in str(caught.value)
    assert fix in str(caught.value)


def test_the_second_of_several_factors_is_named_by_its_place() -> None:
    factors = [{"signal": "uses", "half": 1}, {"signal": "uses", "half": -1}]
    with pytest.raises(ModelError, match=r"components\.it\.evidence\[1\]\.half"):
        model(LINE | {"evidence": factors})


# --- what they can make


def ends(found: Model) -> list[float]:
    (bounds,) = score_bounds(found)
    return [bounds.lower, bounds.upper]


def test_a_constant_keeps_scores_away_from_the_ends() -> None:
    """20 or 80 of weight 10, and 50 of weight 10."""
    assert ends(model(neutral_weight=10)) == pytest.approx([35, 65])
    assert ends(model(neutral_weight=10, emphasis=2)) == pytest.approx([(18 * 20 + 500) / 28, (12 * 80 + 500) / 22])
    assert ends(model(factor(half=1), neutral_weight=10, neutral=10)) == pytest.approx([10, 45])


def test_evidence_may_be_little_so_that_any_mean_of_what_there_is_may_come_out() -> None:
    other = LINE | {"points": [[0, 40], [1, 60]]}
    assert ends(model(LINE, more={"other": other})) == pytest.approx([30, 70])
    assert ends(model(factor(half=1), more={"other": other}, share_max=1)) == pytest.approx([20, 80])
    assert ends(model(LINE, more={"other": other}, emphasis=2, share_max=1)) == pytest.approx([20, 80])
    mix = {"shape": "blend", "parts": {"it": 1, "other": 1}, "weight": 1}
    found = model(factor(half=1), more={"other": other, "mix": mix})
    assert judgement_bounds(found)["mix"].lower == 20


def test_a_tier_that_the_constant_holds_out_of_reach_is_warned_of() -> None:
    found = {each.key: each.words for each in warnings(model(neutral_weight=10, tiers={"low": 0, "high": 66}))}
    assert "scores are from 35 to 65" in found["tiers.high"]


def test_an_emphasis_beyond_2_is_warned_of() -> None:
    more = {"other": LINE}
    assert "model.emphasis" not in {each.key for each in warnings(model(more=more, emphasis=2))}
    (warning,) = [each for each in warnings(model(more=more, emphasis=3)) if each.key == "model.emphasis"]
    assert "while a score is below 50, a judgement that rises to 100 lowers it" in warning.words
    assert not [each for each in warnings(model(emphasis=3)) if each.key == "model.emphasis"]


def test_formulas_are_told() -> None:
    usual = USUAL | {"prior": 3, "dispersion": "seats", "least": 2, "evidence": factor(half=4)["evidence"]}
    found = model(usual).components["it"]
    assert found.formula_text() == ("(uses + 3 × seats) / (max(seats, 2) + 3 × seats): 0.5 makes 0, 1 makes 100")
    assert found.rule_texts() == [("evidence", "seats / (seats + 3 × seats) · uses / (uses + 4)")]
    rate = model(LINE | {"per": "seats", "prior": [0.5, 25]}).components["it"]
    assert rate.formula_text() == "100 × (uses + 0.5) / (seats + 25): 0 makes 20, 9 makes 80"
