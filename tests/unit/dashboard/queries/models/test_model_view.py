"""The page of the model."""

from __future__ import annotations

import msgspec
import pytest

from dashboard.queries.models.formula import formula_of
from dashboard.queries.service import Service
from scoring.result import ShadowScore
from streams.model_files import read_model
from tests.builders import a_model
from tests.support.dashboard.answers import answers_of, models_of
from tests.support.dashboard.ground import a_ground

UP = {"shape": "linear", "points": [[0, 0], [10, 100]], "signal": "x", "weight": 1}
SIGNALS = {"x": {"kind": "last", "property": "x"}}


async def test_it_shows_the_live_model_and_how_the_book_stands_under_it() -> None:
    answers = answers_of("default", 60)
    view = await Service(await a_ground(answers, models_of("default", "health-index"))).model()
    scored = [answer for answer in answers if answer.score is not None]
    assert (view.name, view.version, view.accounts, view.can_what_if) == ("default", 4, len(scored), True)
    assert sum(view.histogram) == len(scored)
    assert {line.tier: line.accounts for line in view.tiers} == {
        tier: sum(answer.tier == tier for answer in scored) for tier in ("red", "yellow", "green")
    }
    assert view.versions == ("default@4", f"health-index@{read_model('health-index').version}")
    usage = next(line for line in view.components if line.name == "usage")
    held = [answer.components["usage"] for answer in scored if answer.components]
    judged = [each.judgement for each in held if each.judgement is not None]
    assert usage.mean_judgement == pytest.approx(sum(judged) / len(judged), abs=1e-3)
    assert usage.with_evidence == pytest.approx(len(judged) / len(scored))
    lost = sum(each.possible - each.points for each in held)
    assert usage.mean_lost == pytest.approx(lost / len(scored), abs=1e-4)
    assert sum(line.share for line in view.components) == pytest.approx(1)


async def test_shadows_stand_beside_the_live_model() -> None:
    scored = [answer for answer in answers_of("default", 30) if answer.score is not None and answer.override is None]
    first = (scored[0].score or 0.0) + 5.0

    def shadow(score: float, tier: str) -> ShadowScore:
        return ShadowScore(model="next", model_version=2, score=score, tier=tier, transitions=0)

    answers = [
        msgspec.structs.replace(scored[0], tier="red", shadows=(shadow(first, "green"),)),
        msgspec.structs.replace(scored[1], tier="green", shadows=(shadow(scored[1].score or 0.0, "red"),)),
        *scored[2:],
    ]
    (line,) = (await Service(await a_ground(answers, models_of("default"))).model()).shadows
    assert (line.model, line.version, line.accounts, line.better, line.worse) == ("next", 2, 2, 1, 1)
    assert line.shares == {"green": 0.5, "red": 0.5}
    assert line.mean_difference == pytest.approx(2.5)


async def test_an_empty_book_has_a_page_too() -> None:
    view = await Service(await a_ground((), {})).model()
    assert (view.accounts, view.can_what_if) == (0, False)
    assert view.why_not


def test_the_formula_is_printed_line_by_line() -> None:
    lines = formula_of(read_model("default"))
    assert lines[:2] == (
        "E = weight × evidence",
        "score = (Σ E × judgement + 29 × 70) / (Σ E + 29)",
    )
    assert lines[-1] == "tiers: red 0 to below 68, yellow 68 to below 72, green 72 to 100"
    assert "no score while cancelled is known (Cancelled)" in lines
    assert any(
        line.startswith("The first 90 days, while age < 90 and onboarding ≥ 2: weights onboarding 30") for line in lines
    )


def test_every_way_to_combine_has_its_formula() -> None:
    assert formula_of(a_model(SIGNALS, {"x": UP}, combine="sum"))[0].startswith("score = Σ weight × judgement / 100")
    plain = formula_of(a_model(SIGNALS, {"x": UP}, share_max=0.5, neutral=40))
    assert plain[0] == "score = Σ weight × judgement / Σ weight, over the components that have evidence"
    assert plain[1].endswith("no component takes over more than 50% of the score, and the rest counts 40")
    emphatic = formula_of(a_model(SIGNALS, {"x": UP}, emphasis=3))
    assert emphatic[0] == "E = weight × (3 − 2 × judgement / 100)"
    floored = formula_of(
        a_model(SIGNALS, {"x": UP}, floors={"f": {"to": 40, "label": "Gone", "when": [{"signal": "x", "at_most": 0}]}})
    )
    assert "at most 40 while x ≤ 0 (Gone)" in floored
