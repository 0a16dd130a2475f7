"""Which judgements and which scores a model can make at all: bounds that hold whatever events arrive.

Each component is taken for itself: that two of them may never be good at once is not looked at. So every score of every
account is within the bounds, and not every score within them need be possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import inf

import msgspec

from scoring.model import schema
from scoring.model.checks.ranges import Range, range_of
from scoring.model.interpolation import along
from scoring.model.model import Model

OPTIONAL_MAX = 10
"""Components without evidence at times: of up to so many every combination is looked at, of more only the hull."""


class Reach(msgspec.Struct, frozen=True):
    """Judgements or scores from `lower` to `upper`, both included; `always`: there is never none."""

    lower: float
    upper: float
    always: bool = False


def judgement_reaches(model: Model) -> dict[str, Reach]:
    """The judgements that each component can make, by name, in the model's order."""
    reaches: dict[str, Reach] = {}
    return {name: _judged(model, name, reaches) for name in model.components}


def score_reaches(model: Model) -> list[Reach]:
    """The scores that the model can make: a reach for its own weights and each profile's, and under each floor."""
    judged = judgement_reaches(model)
    own = {name: component.weight for name, component in model.components.items()}
    scores = [_score(model, judged, weights) for weights in (own, *(each.weights for each in model.profiles.values()))]
    floors = [floor.to for floor in model.floors.values()]
    lowered = [Reach(min(each.lower, to), min(each.upper, to)) for each in scores for to in floors]
    return list(dict.fromkeys((*scores, *lowered)))


def _score(model: Model, judged: Mapping[str, Reach], weights: Mapping[str, float]) -> Reach:
    weighted = [(weight, judged[name]) for name, weight in weights.items() if weight > 0]
    if model.header.combine == "sum":
        lower = sum(weight * reach.lower for weight, reach in weighted) / 100.0
        upper = sum(weight * reach.upper for weight, reach in weighted) / 100.0
        score = Reach(lower, upper)
    else:
        score = _mean(weighted, model.header.share_max, model.header.neutral)
    return Reach(min(100.0, max(0.0, score.lower)), min(100.0, max(0.0, score.upper)))


def _mean(weighted: Sequence[tuple[float, Reach]], share_max: float = 1.0, neutral: float = 0.0) -> Reach:
    """The weighted means, over whatever has evidence, of judgements within their reaches."""
    always = any(reach.always for _, reach in weighted)
    whole = sum(weight for weight, _ in weighted)
    lowers, uppers = [], []
    for there in _combinations(weighted):
        evidence = sum(weight for weight, _ in there)
        shares = [min(weight / evidence, max(share_max, weight / whole)) for weight, _ in there]
        rest = (1.0 - sum(shares)) * neutral
        lowers.append(rest + sum(share * reach.lower for share, (_, reach) in zip(shares, there, strict=True)))
        uppers.append(rest + sum(share * reach.upper for share, (_, reach) in zip(shares, there, strict=True)))
    if not lowers:
        ends = [end for _, reach in weighted for end in (reach.lower, reach.upper)]
        ends += [neutral] if share_max < 1 else []
        return Reach(min(ends), max(ends), always)
    return Reach(min(lowers), max(uppers), always)


def _combinations(weighted: Sequence[tuple[float, Reach]]) -> Iterator[list[tuple[float, Reach]]]:
    """What may have evidence at once, never nothing; no combination at all where there are too many."""
    fixed = [each for each in weighted if each[1].always]
    optional = [each for each in weighted if not each[1].always]
    if len(optional) > OPTIONAL_MAX:
        return
    for number in range(len(optional) + 1):
        for chosen in itertools.combinations(optional, number):
            if there := [*fixed, *chosen]:
                yield there


def _judged(model: Model, name: str, reaches: dict[str, Reach]) -> Reach:
    if name in reaches:
        return reaches[name]
    component = model.components[name]
    if isinstance(component, schema.Blend):
        parts = [(weight, _judged(model, part, reaches)) for part, weight in component.parts.items() if weight > 0]
        reach = _mean(parts)
    else:
        reach = _shape(model, component)
    ruled = [rule.judgement for rule in component.when]
    reaches[name] = Reach(
        min(reach.lower, *ruled, inf), max(reach.upper, *ruled, -inf), reach.always and not component.needs
    )
    return reaches[name]


def _shape(model: Model, component: schema.Component) -> Reach:
    match component:
        case schema.Capped():
            return _scaled(_values(model, component.signal), component.cap, -100.0)
        case schema.Trend():
            is_counted = min(_values(model, name).lower for name in (component.signal, component.prior)) >= 0
            return Reach(max(0.0, component.flat - component.flat / component.full) if is_counted else 0.0, 100.0)
        case schema.Ratio():
            return _ratio(model, component)
        case schema.Linear():
            return _linear(model, component)
        case schema.Cadence():
            return Reach(0.0, 100.0, component.never is not None)
        case schema.Category():
            judgements = [*component.values.values()]
            judgements += [] if component.otherwise is None else [component.otherwise]
            return Reach(min(judgements), max(judgements))
        case _:
            return Reach(0.0, 100.0)


def _ratio(model: Model, component: schema.Ratio) -> Reach:
    if isinstance(component.of, str) or component.key:
        return Reach(0.0, 100.0)
    return _scaled(_values(model, component.signal), component.of, 0.0)


def _scaled(values: Range, whole: float, least: float) -> Reach:
    """100 × signal / whole, from `least` to 100."""
    lower, upper = (min(100.0, max(least, 100.0 * end / whole)) for end in (values.lower, values.upper))
    return Reach(lower, upper, values.known)


def _linear(model: Model, component: schema.Linear) -> Reach:
    """The ends of a broken line over x within the signal's range are its points in between, or where x ends."""
    values = _values(model, component.signal)
    lower, upper = values.lower, values.upper
    if component.per:
        both = lower >= 0 and _values(model, component.per).lower >= 0
        lower, upper = (0.0, inf) if both else (-inf, inf)
    ends = [along(component.points, lower), along(component.points, upper)]
    ends += [judgement for x, judgement in component.points if lower <= x <= upper]
    return Reach(min(ends), max(ends), values.known and not component.per)


def _values(model: Model, signal: str) -> Range:
    return range_of(model.signals, model.signals[signal])
