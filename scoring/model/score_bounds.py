"""The judgements and scores that a model can make: bounds that hold for all events.

Each component is looked at on its own, not whether two of them can be good at the same time. So every score is within
the bounds, but not every score within them is possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from scoring.model import schema
from scoring.model.model import Model
from scoring.model.schema.ranges import Bounds, hull, mean_bounds

HALVINGS = 50
"""Enough for the last digits of a score."""


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
        score = _mean(model.header, weighted)
    return Bounds(min(100.0, max(0.0, score.lower)), min(100.0, max(0.0, score.upper)))


def _judged(model: Model, name: str, found: dict[str, Bounds]) -> Bounds:
    if name in found:
        return found[name]
    component = model.components[name]
    for part in component.part_weights():
        _judged(model, part, found)
    bounds = component.bounds(model.signals, found)
    ruled = [rule.judgement for rule in component.when]
    whole = not component.evidence and not component.has_own_evidence()
    found[name] = Bounds(
        min(bounds.lower, *ruled, inf),
        max(bounds.upper, *ruled, -inf),
        bounds.always and not component.needs and not component.source and whole,
        whole and all(found[part].whole for part in component.part_weights()),
    )
    return found[name]


def _mean(header: schema.Header, weighted: Sequence[tuple[float, Bounds]]) -> Bounds:
    if header.neutral_weight:
        return Bounds(_end(header, weighted, -1.0), _end(header, weighted, 1.0))
    if header.emphasis > 1:
        more = [header.neutral] if header.share_limit < 1 else []
        return hull([bounds for _, bounds in weighted], more, always=False)
    return mean_bounds(weighted, header.share_limit, header.neutral)


def _end(header: schema.Header, weighted: Sequence[tuple[float, Bounds]], sign: float) -> float:
    """The least (`sign` -1) or greatest (1) mean with the constant, found by halving.

    A mean is at least s exactly when Σ E × (J - s) + neutral_weight × (neutral - s) is at least 0, and this is a sum of
    parts, each of which can be made greatest alone. That falls as s grows.
    """
    lower, upper = 0.0, 100.0
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        gain = sign * header.neutral_weight * (header.neutral - middle)
        gain += sum(_most(header.emphasis, weight, bounds, middle, sign) for weight, bounds in weighted)
        if (gain >= 0) is (sign > 0):
            lower = middle
        else:
            upper = middle
    return upper if sign > 0 else lower


def _most(emphasis: float, weight: float, bounds: Bounds, mean: float, sign: float) -> float:
    """The greatest `sign` × E × (J - mean) of a component; 0 where it may have no evidence."""
    turns = mean / 2 + 50.0 * emphasis / (emphasis - 1.0) if emphasis > 1 else bounds.upper
    judgements = (bounds.lower, bounds.upper, min(bounds.upper, max(bounds.lower, turns)))
    gains = [sign * weight * (emphasis - (emphasis - 1.0) * each / 100.0) * (each - mean) for each in judgements]
    return max(gains) if bounds.always else max(0.0, *gains)
