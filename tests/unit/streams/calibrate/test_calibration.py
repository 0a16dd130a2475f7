"""A calibration as a whole: what it refuses, and that what it proposes belongs together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring.model.loader import load_model
from scoring.model.model import Model
from streams.calibrate.calibration import Asked, calibrate, lacking, rounded
from streams.calibrate.data import CalibrationData
from streams.calibrate.from_panel import Rows
from streams.calibrate.goals import parse_goal
from streams.errors import UserError
from tests.unit.streams.calibrate.worlds import NOISE, OWN_WEIGHTS, World

TIERS = ("red", "yellow", "green")
PART = '[components.part{0}]\nshape = "linear"\nsignal = "use"\npoints = [[0, 0], [9, 100]]\nweight = {1:g}\n'
MODEL = load_model(
    '[model]\nname = "simulated"\n[signals.use]\nkind = "count"\ntopics = ["analytics"]\nwindow = "30d"\n'
    + "".join(PART.format(number, weight) for number, weight in enumerate(OWN_WEIGHTS))
)
FAST = Asked(draws=200)


def rows(data: CalibrationData) -> Rows:
    return Rows(data, np.ones(len(data), dtype=np.bool_))


def asked(*goals: str) -> Asked:
    return Asked(draws=200, goals=tuple(parse_goal(each, TIERS) for each in goals))


def applied(model: Model, data: CalibrationData, *goals: str) -> Model:
    return calibrate(rows(data), model, asked(*goals))[1].applied(model)


def test_too_little_data_is_refused_with_what_is_missing() -> None:
    data = World(accounts=40, instants=2, middle=20.0).data(1)
    found, changes = calibrate(rows(data), MODEL, FAST)
    assert found.missing == (
        "2 instants whose outcomes are known; 3 are needed: 1 more",
        f"{found.outcome_accounts} accounts with churn; 30 are needed: {30 - found.outcome_accounts} more",
    )
    assert not changes
    assert found.curve == ()


def test_one_account_and_no_rows_are_too_little() -> None:
    one = World(accounts=1, instants=9).data(1)
    assert any("without churn" in each or "with churn" in each for each in lacking(one, "churn"))
    assert len(lacking(one.take(np.zeros(len(one), dtype=np.bool_)), "churn")) == 3
    assert calibrate(rows(one.take(np.zeros(len(one), dtype=np.bool_))), MODEL, FAST)[0].rows == 0


def test_a_score_that_says_nothing_has_no_probability_and_no_proposal() -> None:
    said = [calibrate(rows(NOISE.data(seed)), MODEL, asked("red catches 80%")) for seed in range(5)]
    silent = [found for found, changes in said if not changes]
    assert len(silent) >= 4
    assert all(found.curve == () and found.curve_words.startswith("no probability") for found in silent)


@pytest.mark.slow
def test_wrong_weights_are_changed_and_curve_and_bounds_are_those_of_the_new_scores() -> None:
    data = World(accounts=1_500, instants=9).data(2)
    found, changes = calibrate(rows(data), MODEL, asked("red catches 80%"))
    assert found.gain is not None
    assert found.gain.is_worth_it
    assert sum(changes.weights.values()) + sum(
        each.now for each in found.weights if each.component not in changes.weights
    ) == pytest.approx(sum(OWN_WEIGHTS))
    weights = np.array([changes.weights.get(name, 20.0) for name in data.components])
    (bound,) = changes.bounds.values()
    is_flagged = data.computed(weights) < bound
    assert is_flagged[data.has_outcome].mean() == pytest.approx(0.8, abs=0.01)
    assert changes.calibrations["churn"].accounts == 1_500


def test_right_weights_stay_and_the_words_say_so() -> None:
    data = World(accounts=300, instants=9, weights=OWN_WEIGHTS).data(1)
    found, changes = calibrate(rows(data), MODEL, FAST)
    assert found.weights_words.startswith("no gain worth a change: ")
    assert not changes.weights
    assert not changes.bounds
    assert [each.now for each in found.weights] == list(OWN_WEIGHTS)


def test_few_outcomes_on_later_instants_leave_weights_unjudged() -> None:
    data = World(accounts=400, instants=4).data(1)
    later = data.instant_ms >= data.instants_ms[-1]
    none_later = replace(data, has_outcome=data.has_outcome & ~later)
    found, changes = calibrate(rows(none_later), MODEL, FAST)
    assert found.weights_words.startswith("weights are not judged: 0 accounts with the outcome at the later instants")
    assert list(changes.calibrations) == ["churn"]


def test_scores_that_the_weights_do_not_explain_leave_weights_unjudged() -> None:
    data = World(accounts=300, instants=9).data(1)
    found, _ = calibrate(Rows(data, np.arange(len(data)) % 2 == 0), MODEL, FAST)
    assert found.weights_words.startswith("weights are not judged: only 50 % of the rows")
    assert found.curve


def test_goals_that_would_turn_tiers_over_are_not_proposed() -> None:
    data = World(accounts=400).data(1)
    found, changes = calibrate(rows(data), MODEL, asked("red catches 99%", "yellow flags at most 2%"))
    assert found.bounds_words.startswith("bounds are not proposed: yellow would begin at ")
    assert not changes.bounds
    with pytest.raises(UserError, match="Two goals are for red"):
        applied(MODEL, data, "red catches 80%", "red flags at most 5%")


def test_tiers_are_moved_for_each_goal() -> None:
    data = World(accounts=400).data(1)
    tiers = {each.name: each.lower for each in applied(MODEL, data, "red catches 20%", "yellow catches 90%").tiers}
    assert tiers["red"] == 0.0
    assert 0.0 < tiers["yellow"] < tiers["green"]


def test_an_outcome_of_high_scores_has_a_curve_that_rises_and_no_proposals_else() -> None:
    data = World(accounts=400).data(1)
    upside_down = replace(data, score=100.0 - data.score)
    wanted = Asked(outcome="expansion", draws=200, goals=(parse_goal("red catches 80%", TIERS),))
    found, changes = calibrate(rows(upside_down), MODEL, wanted)
    assert found.rises
    assert found.curve[0].probability < found.curve[-1].probability
    assert list(changes.calibrations) == ["expansion"]
    assert not changes.bounds


def test_rounded_weights_keep_their_sum() -> None:
    own = np.array([25.0, 30.0, 15.0, 20.0, 20.0, 20.0, 5.0])
    for seed in range(20):
        weights = np.random.default_rng(seed).dirichlet(np.ones(7)) * own.sum()
        found = rounded(weights, own)
        assert found.sum() == own.sum()
        assert np.abs(found - weights).max() < 1.0
    tenths = rounded(np.array([0.333, 0.667]), np.array([0.25, 0.75]))
    assert tenths.tolist() == [0.3, 0.7]
