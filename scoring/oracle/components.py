"""The judgement of each component, from the signals of an account."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, assert_never

from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, sent
from scoring.oracle.signals import Fact, age_ms, reached


class Seen(NamedTuple):
    """The input of the components of one account."""

    model: Model
    events: Sequence[OracleEvent]
    as_of_ms: int
    facts: Mapping[str, Fact]
    norms: Mapping[str, float]

    def number(self, signal: str) -> float | None:
        """A signal as a number; None when it is unknown or a text."""
        return number_of(self.facts[signal])


def number_of(value: Fact) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def all_hold(conditions: Iterable[schema.Condition], facts: Mapping[str, Fact]) -> bool:
    return all(_holds(condition, facts[condition.signal]) for condition in conditions)


def _holds(condition: schema.Condition, value: Fact) -> bool:
    """Texts are tested for equality, numbers by bounds; an unknown signal fulfils only `known = false`."""
    if value is None or condition.known is False:
        return value is None and condition.known is False
    if condition.is_ is not None:
        texts = (condition.is_,) if isinstance(condition.is_, str) else condition.is_
        if value not in texts:
            return False
    bounds = (condition.at_least, condition.above, condition.at_most, condition.below)
    if isinstance(value, str):
        return all(bound is None for bound in bounds)
    at_least, above, at_most, below = bounds
    return not (
        (at_least is not None and value < at_least)
        or (above is not None and value <= above)
        or (at_most is not None and value > at_most)
        or (below is not None and value >= below)
    )


def was_sent(seen: Seen, source: str) -> bool:
    """Whether any account ever sent an event of a source: by the norm, or this account itself."""
    return seen.norms.get(f"source:{source}", 0.0) > 0 or has_sent(seen.model.sources[source], seen.events)


def has_sent(source: schema.Source, events: Iterable[OracleEvent]) -> bool:
    """Whether one of these events is of a source."""
    return latest_of(source, events) is not None


def latest_of(source: schema.Source, events: Iterable[OracleEvent]) -> int | None:
    """The instant of the latest event of a source: one that passes its filter, and has its property."""
    wanted = source.property
    of = (event for event in events if feeds(source, event))
    return max((event.at_ms for event in of if not wanted or sent(event, wanted) is not None), default=None)


def judgement_of(seen: Seen, name: str) -> float | None:
    """The judgement of a component; None without evidence."""
    return _judgement(seen, name) if evidence_of(seen, name) > 0 else None


def evidence_of(seen: Seen, name: str) -> float:
    """How much of its weight a component has, 0-1: the evidence of its shape, where this decides, times the factors in
    the file's order. It does not ask whether there is a judgement."""
    component = seen.model.components[name]
    evidence = 1.0 if _rule(seen, component) is not None else _own_evidence(seen, component)
    for factor in component.evidence:
        evidence = evidence * factor_at(factor, seen.number(factor.signal))
    return evidence


def _own_evidence(seen: Seen, component: schema.Component) -> float:
    if isinstance(component, schema.VsUsual) and component.prior > 0:
        usual = seen.number(component.usual)
        return 0.0 if usual is None or usual <= 0 else usual / (usual + _k(seen, component))
    if isinstance(component, schema.Blend):
        parts = [part for part in component.parts if judgement_of(seen, part) is not None]
        return max((evidence_of(seen, part) for part in parts), default=1.0)
    return 1.0


def factor_at(factor: schema.EvidenceFactor, x: float | None) -> float:
    """One factor of evidence at a signal of `x`."""
    if x is None:
        return 0.0
    if factor.half is not None:
        return 0.0 if x <= 0 else x / (x + factor.half)
    if factor.fade is not None:
        return 1.0 if x <= 0 else factor.fade / (factor.fade + x)
    begin, end = factor.from_ or 0.0, factor.to or 0.0
    if x <= begin:
        return 0.0
    return 1.0 if x >= end else (x - begin) / (end - begin)


def _rule(seen: Seen, component: schema.Component) -> schema.Rule | None:
    """The first rule that holds."""
    return next((rule for rule in component.when if all_hold((rule, *rule.and_), seen.facts)), None)


def _judgement(seen: Seen, name: str) -> float | None:
    component = seen.model.components[name]
    if component.source and not was_sent(seen, component.source):
        return None
    if component.needs and (seen.number(component.needs) or 0.0) <= 0:
        return None
    if (rule := _rule(seen, component)) is not None:
        return rule.judgement
    if isinstance(component, schema.Blend):
        return _blend(seen, component)
    if isinstance(component, schema.Category):
        return _category(component, seen.facts[component.signal])
    x = seen.number(component.signal)
    if isinstance(component, schema.Cadence):
        return component.never if x is None else _cadence(component, x)
    return None if x is None else _shape(seen, component, x)


def _shape(
    seen: Seen,
    component: schema.ShareOfMax
    | schema.InverseShareOfMax
    | schema.Capped
    | schema.VsOwnPeak
    | schema.Trend
    | schema.Ratio
    | schema.Linear
    | schema.VsUsual
    | schema.Milestones,
    x: float,
) -> float | None:
    match component:
        case schema.ShareOfMax() | schema.InverseShareOfMax():
            norm = seen.norms.get(component.signal)
            if norm is None:
                return None
            share = 100 * x / norm if norm > 0 else 0.0
            return bounded(share if isinstance(component, schema.ShareOfMax) else 100 - share)
        case schema.Capped():
            return max(-100.0, min(100.0, 100 * x / component.cap))
        case schema.VsOwnPeak():
            peak = seen.number(component.peak)
            return bounded(100 * x / peak) if peak else None
        case schema.Trend():
            return _trend(seen, component, x)
        case schema.Ratio():
            return _ratio(seen, component, x)
        case schema.Linear():
            return _linear(seen, component, x)
        case schema.VsUsual():
            return _vs_usual(seen, component, x)
        case schema.Milestones():
            return _milestones(seen, component)
        case _:
            assert_never(component)


def _trend(seen: Seen, component: schema.Trend, now: float) -> float | None:
    prior = seen.number(component.prior)
    young = age_ms(seen.model, seen.events, seen.as_of_ms) < parse_duration(component.min_history)
    if prior is None or prior < 0 or now == prior == 0 or young:
        return None
    if prior == 0:
        return 100.0 if now > 0 else 0.0
    change = (now - prior) / prior
    if change >= 0:
        return bounded(component.flat + (100 - component.flat) * change / (component.rise or component.full))
    return bounded(component.flat + component.flat * change / component.full)


def _ratio(seen: Seen, component: schema.Ratio, x: float) -> float | None:
    def whole(of: float | str) -> float | None:
        return seen.number(of) if isinstance(of, str) else of

    of, key, key_of, more = whole(component.of), 0.0, 0.0, component.emphasis - 1
    if component.key:
        known = whole(component.key_of)
        if known is None:
            return None
        key, key_of = seen.number(component.key) or 0.0, known
    if of is None or of <= 0 or of + more * key_of <= 0:
        return None
    return bounded(100 * (x + more * key) / (of + more * key_of))


def _linear(seen: Seen, component: schema.Linear, x: float) -> float | None:
    per = seen.number(component.per) if component.per else 100.0
    if component.prior is not None and per is not None:
        more, more_per = component.prior
        return _along(component.points, 100 * (x + more) / (per + more_per)) if per + more_per > 0 else None
    return _along(component.points, 100 * x / per) if per else None


def _vs_usual(seen: Seen, component: schema.VsUsual, x: float) -> float | None:
    usual = seen.number(component.usual)
    if usual is None:
        return None
    k = _k(seen, component)
    whole = max(usual, component.least) + k
    return _along(component.points, (x + k) / whole) if whole > 0 else None


def _k(seen: Seen, component: schema.VsUsual) -> float:
    """The prior, times the dispersion within 1 to 16, which is 1 when it is unknown."""
    dispersion = seen.number(component.dispersion) if component.dispersion else None
    return component.prior * (1.0 if dispersion is None else max(1.0, min(16.0, dispersion)))


def _along(points: Sequence[tuple[float, float]], x: float) -> float:
    for (left, low), (right, high) in itertools.pairwise(points):
        if left <= x <= right:
            return low + (high - low) * (x - left) / (right - left)
    return points[0][1] if x < points[0][0] else points[-1][1]


def _cadence(component: schema.Cadence, days: float) -> float:
    lapse = 2 * component.due if component.lapse is None else component.lapse
    if days <= component.due:
        return 100.0
    return 0.0 if days >= lapse else 100 * (lapse - days) / (lapse - component.due)


def _category(component: schema.Category, value: Fact) -> float | None:
    return component.values.get(value, component.otherwise) if isinstance(value, str) else None


def _milestones(seen: Seen, component: schema.Milestones) -> float | None:
    """The share reached of the weight that is reached or due."""
    signal = seen.model.signals[component.signal]
    assert isinstance(signal, schema.Reached)
    done = reached(signal, seen.events)
    age = age_ms(seen.model, seen.events, seen.as_of_ms)
    due = [step for step in signal.steps if step in done or not step.due or age >= parse_duration(step.due)]
    weight = sum(step.weight for step in due)
    return 100 * sum(step.weight for step in done) / weight if weight else None


def _blend(seen: Seen, component: schema.Blend) -> float | None:
    said = [(weight * evidence_of(seen, part), judgement_of(seen, part)) for part, weight in component.parts.items()]
    heard = [(weight, judgement) for weight, judgement in said if judgement is not None]
    weight = sum(weight for weight, _ in heard)
    return sum(weight * judgement for weight, judgement in heard) / weight if weight else None


def bounded(value: float) -> float:
    return max(0.0, min(100.0, value))
