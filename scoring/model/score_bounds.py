"""The judgements and scores that a model can make: bounds that hold for all events.

Each component is looked at on its own, not whether two of them can be good at the same time. So every score is within
the bounds, but not every score within them is possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from scoring.model.model import Model
from scoring.model.schema.ranges import Bounds, mean_bounds


def judgement_bounds(model: Model) -> dict[str, Bounds]:
    """The judgements that each component can make, by name, in the model's order."""
    found: dict[str, Bounds] = {}
    return {name: _judged(model, name, found) for name in model.components}


def score_bounds(model: Model) -> list[Bounds]:
    """The scores that the model can make: bounds for its own weights and each profile's, and under each floor."""
    judged = judgement_bounds(model)
    own = {name: component.weight for name, component in model.components.items()}
    scores = [_score(model, judged, weights) for weights in (own, *(each.weights for each in model.profiles.values()))]
    floors = [floor.to for floor in model.floors.values()]
    lowered = [Bounds(min(each.lower, to), min(each.upper, to)) for each in scores for to in floors]
    return list(dict.fromkeys((*scores, *lowered)))


def _score(model: Model, judged: Mapping[str, Bounds], weights: Mapping[str, float]) -> Bounds:
    weighted = [(weight, judged[name]) for name, weight in weights.items() if weight > 0]
    if model.header.combine == "sum":
        lower = sum(weight * bounds.lower for weight, bounds in weighted) / 100.0
        upper = sum(weight * bounds.upper for weight, bounds in weighted) / 100.0
        score = Bounds(lower, upper)
    else:
        score = mean_bounds(weighted, model.header.share_max, model.header.neutral)
    return Bounds(min(100.0, max(0.0, score.lower)), min(100.0, max(0.0, score.upper)))


def _judged(model: Model, name: str, found: dict[str, Bounds]) -> Bounds:
    if name in found:
        return found[name]
    component = model.components[name]
    for part in component.part_weights():
        _judged(model, part, found)
    bounds = component.bounds(model.signals, found)
    ruled = [rule.judgement for rule in component.when]
    found[name] = Bounds(
        min(bounds.lower, *ruled, inf), max(bounds.upper, *ruled, -inf), bounds.always and not component.needs
    )
    return found[name]
