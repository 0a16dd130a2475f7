"""Scores over columns: the same as the plan's, to the last bit."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from dashboard.queries.models.weighed import scores, weighed
from scoring.plan.components.base import Judged
from scoring.plan.evaluation import compiled_weights
from scoring.plan.plan import Plan
from streams.model_files import read_model
from tests.builders import a_model

ACCOUNTS = 400
UP = {"shape": "linear", "points": [[0, 0], [10, 100]]}
SIGNALS = {name: {"kind": "last", "property": name} for name in "abcdef"}


def small(**header: Any) -> Plan:
    """Six components, one of which is only shown."""
    weights = dict(zip("abcdef", (40, 25, 0, 20, 10, 5), strict=True))
    return Plan(a_model(SIGNALS, {name: {**UP, "signal": name, "weight": weights[name]} for name in SIGNALS}, **header))


PLANS = {
    "plain": small(),
    "plain, share_max": small(share_max=0.3, neutral=20),
    "neutral weight": small(neutral_weight=29, neutral=70),
    "emphasis": small(emphasis=3),
    "emphasis and neutral weight": small(emphasis=2.5, neutral_weight=7),
    "known by": small(known_by=["a", "b"], share_max=0.35),
    "sum": small(combine="sum"),
    "default": Plan(read_model("default")),
    "usage-trend-friction": Plan(read_model("usage-trend-friction")),
    "health-index": Plan(read_model("health-index")),
}


def judged_at_random(plan: Plan, seed: int) -> list[Judged]:
    """Judgements of which some are missing, with evidence that is nothing, a part, or all."""
    rng, found = random.Random(seed), []
    for _ in range(ACCOUNTS):
        gap = rng.choice((0.0, 0.2, 1.0))
        judged = Judged([None if rng.random() < gap else rng.uniform(0, 100) for _ in plan.primary.components])
        if plan.primary.weighing is not None:
            judged.evidence = [rng.choice((1.0, 1.0, rng.random())) for _ in plan.primary.components]
        found.append(judged)
    return found


@pytest.mark.parametrize("name", PLANS)
def test_the_scores_are_those_of_the_plan_to_the_last_bit(name: str) -> None:
    plan = PLANS[name]
    weights = tuple(component.weight for component in plan.model.components.values())
    judged = judged_at_random(plan, 7)
    judgements = np.array([[math.nan if j is None else j for j in each.judgements] for each in judged]).T
    evidence = np.array([each.evidence for each in judged]).T
    found = scores(plan, weighed(plan.model.header, weights), judgements, evidence)
    expected = [_plans_score(plan, each) for each in judged]
    assert [None if math.isnan(each) else each for each in found.tolist()] == expected
    assert len({each for each in expected if each is not None}) > 50


def _plans_score(plan: Plan, judged: Judged) -> float | None:
    own, _ = compiled_weights(plan.model, plan.primary.signals)
    evaluation = plan.primary.combined(judged, own, ())
    return None if evaluation is None else evaluation.value
