"""Judgements, and the score that they make."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, assert_never

from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import Happened, once_by_id
from scoring.oracle.signals import Fact, age_ms, fact, is_past_bounds, reached
from scoring.oracle.signs import Told, signs


class Verdict(NamedTuple):
    """All that can be said of one account at an instant.

    `judgements` are in the model's order. `score` is 0-100, unrounded, floors applied; None when nothing can be judged,
    and then all after it but `signs` and `past_bounds` is empty. `coverage` is the share 0-1 of the weight that had
    evidence. `profile` is "" for the model's own weights. `flags` names the floors that hold, then the red flags that
    do, each in the model's order. `past_bounds` names the signals that may lack something because the account has more
    than is kept of one.
    """

    facts: dict[str, Fact]
    judgements: list[float | None]
    score: float | None
    tier: str
    coverage: float = 0.0
    provisional: bool = False
    profile: str = ""
    flags: tuple[str, ...] = ()
    signs: tuple[Told, ...] = ()
    past_bounds: tuple[str, ...] = ()


class _Seen(NamedTuple):
    """What the components of one account are judged by."""

    model: Model
    events: Sequence[Happened]
    as_of_ms: int
    facts: Mapping[str, Fact]
    norms: Mapping[str, float]

    def number(self, signal: str) -> float | None:
        """A signal as a number; None when it is unknown, or a text."""
        return _number(self.facts[signal])


def verdicts(
    model: Model, events: Iterable[Happened], as_of_ms: int, norms: Mapping[str, float] | None = None
) -> dict[str, Verdict]:
    """Every account with an event that occurred up to `as_of_ms` (milliseconds since 1970, inclusive), judged then.

    Events come in any order; of those of an account with one id the first counts, however far apart they are. What
    `share_of_max` measures by is `norms` (by signal; one that it lacks is no evidence), or, left out, the greatest of
    these accounts.
    """
    by_account: dict[str, list[Happened]] = {}
    for event in once_by_id(events):
        if event.at_ms <= as_of_ms:
            by_account.setdefault(event.account_id, []).append(event)
    facts = {
        account_id: {name: fact(model, name, own, as_of_ms) for name in model.signals}
        for account_id, own in by_account.items()
    }
    measured_by = norms_of(model, facts.values()) if norms is None else norms
    return {
        account_id: _verdict(_Seen(model, own, as_of_ms, facts[account_id], measured_by))
        for account_id, own in by_account.items()
    }


def norms_of(model: Model, facts: Iterable[Mapping[str, Fact]]) -> dict[str, float]:
    """The greatest of all accounts, of every signal; one that is unknown counts as 0."""
    given = list(facts)
    return {name: max((_number(each[name]) or 0.0 for each in given), default=0.0) for name in model.signals}


def _verdict(seen: _Seen) -> Verdict:
    model = seen.model
    judgements = [_judgement(seen, name) for name in model.components]
    profile = _profile(seen)
    told = signs(model, seen.events, seen.as_of_ms)
    value = score_of(model, judgements, profile)
    past = tuple(name for name in model.signals if is_past_bounds(model, name, seen.events, seen.as_of_ms))
    if value is None:
        return Verdict(dict(seen.facts), judgements, None, "", signs=told, past_bounds=past)
    floors = {name: floor.to for name, floor in model.floors.items() if _all_hold(floor.when, seen.facts)}
    score = min([value, *floors.values()])
    coverage = _evidence(model, judgements, profile) / sum(weights_of(model, profile))
    return Verdict(
        facts=dict(seen.facts),
        judgements=judgements,
        score=score,
        tier=tier_of(model, score),
        coverage=coverage,
        provisional=coverage < model.header.provisional_below
        or (bool(profile) and model.profiles[profile].provisional),
        profile=profile,
        flags=(*floors, *(name for name, flag in model.flags.items() if _all_hold(flag.when, seen.facts))),
        signs=told,
        past_bounds=past,
    )


# --- the score


def score_of(model: Model, judgements: Sequence[float | None], profile: str = "") -> float | None:
    """The score 0-100 that judgements, in the model's order, make before floors, by the weights of `profile` ("" for
    the model's own); None when there is no evidence, or when a model that adds up lacks one that has weight."""
    weights = weights_of(model, profile)
    said = [(weight, each) for weight, each in zip(weights, judgements, strict=True) if each is not None]
    if model.header.combine == "sum":
        if any(weight > 0 and each is None for weight, each in zip(weights, judgements, strict=True)):
            return None
        return _bounded(sum(weight * each / 100 for weight, each in said))
    evidence, whole = sum(weight for weight, _ in said), sum(weights)
    if not evidence:
        return None
    shares = [min(weight / evidence, max(model.header.share_max, weight / whole)) for weight, _ in said]
    mean = sum(share * each for share, (_, each) in zip(shares, said, strict=True))
    return _bounded(mean + (1 - sum(shares)) * model.header.neutral)


def weights_of(model: Model, profile: str) -> list[float]:
    """The weight of every component, in the model's order; a profile gives 0 to those that it leaves out."""
    if profile:
        return [model.profiles[profile].weights.get(name, 0.0) for name in model.components]
    return [component.weight for component in model.components.values()]


def tier_of(model: Model, score: float) -> str:
    """Half-open, on the unrounded score."""
    return [tier.name for tier in model.tiers if tier.lower <= score][-1]


def _evidence(model: Model, judgements: Sequence[float | None], profile: str) -> float:
    weights = weights_of(model, profile)
    return sum(weight for weight, each in zip(weights, judgements, strict=True) if each is not None)


def _profile(seen: _Seen) -> str:
    """Of the profiles that hold the one of the highest rank, "" when none does."""
    profiles = seen.model.profiles
    taken = [name for name, profile in profiles.items() if _all_hold(profile.when, seen.facts)]
    return max(taken, key=lambda name: profiles[name].rank, default="")


# --- conditions


def _all_hold(conditions: Iterable[schema.Condition], facts: Mapping[str, Fact]) -> bool:
    return all(_holds(condition, facts[condition.signal]) for condition in conditions)


def _holds(condition: schema.Condition, value: Fact) -> bool:
    """Texts are only ever equal, numbers only ever compared; of an unknown signal holds that it is not known."""
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


# --- components


def _judgement(seen: _Seen, name: str) -> float | None:
    component = seen.model.components[name]
    if component.needs and (seen.number(component.needs) or 0.0) <= 0:
        return None
    for rule in component.when:
        if _all_hold((rule, *rule.and_), seen.facts):
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
    seen: _Seen,
    component: schema.ShareOfMax
    | schema.InverseShareOfMax
    | schema.Capped
    | schema.VsOwnPeak
    | schema.Trend
    | schema.Ratio
    | schema.Linear
    | schema.Milestones,
    x: float,
) -> float | None:
    match component:
        case schema.ShareOfMax() | schema.InverseShareOfMax():
            norm = seen.norms.get(component.signal)
            if norm is None:
                return None
            share = 100 * x / norm if norm > 0 else 0.0
            return _bounded(share if isinstance(component, schema.ShareOfMax) else 100 - share)
        case schema.Capped():
            return max(-100.0, min(100.0, 100 * x / component.cap))
        case schema.VsOwnPeak():
            peak = seen.number(component.peak)
            return _bounded(100 * x / peak) if peak else None
        case schema.Trend():
            return _trend(seen, component, x)
        case schema.Ratio():
            return _ratio(seen, component, x)
        case schema.Linear():
            per = seen.number(component.per) if component.per else 100.0
            return _along(component.points, 100 * x / per) if per else None
        case schema.Milestones():
            return _milestones(seen, component)
        case _:
            assert_never(component)


def _trend(seen: _Seen, component: schema.Trend, now: float) -> float | None:
    prior = seen.number(component.prior)
    young = age_ms(seen.model, seen.events, seen.as_of_ms) < parse_duration(component.min_history)
    if prior is None or prior < 0 or now == prior == 0 or young:
        return None
    if prior == 0:
        return 100.0 if now > 0 else 0.0
    change = (now - prior) / prior
    if change >= 0:
        return _bounded(component.flat + (100 - component.flat) * change / (component.rise or component.full))
    return _bounded(component.flat + component.flat * change / component.full)


def _ratio(seen: _Seen, component: schema.Ratio, x: float) -> float | None:
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
    return _bounded(100 * (x + more * key) / (of + more * key_of))


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


def _milestones(seen: _Seen, component: schema.Milestones) -> float | None:
    """Of the weight that was reached or is due, the share that was reached."""
    signal = seen.model.signals[component.signal]
    assert isinstance(signal, schema.Reached)
    done = reached(signal, seen.events)
    age = age_ms(seen.model, seen.events, seen.as_of_ms)
    due = [step for step in signal.steps if step in done or not step.due or age >= parse_duration(step.due)]
    weight = sum(step.weight for step in due)
    return 100 * sum(step.weight for step in done) / weight if weight else None


def _blend(seen: _Seen, component: schema.Blend) -> float | None:
    said = [(weight, _judgement(seen, part)) for part, weight in component.parts.items()]
    heard = [(weight, judgement) for weight, judgement in said if judgement is not None]
    weight = sum(weight for weight, _ in heard)
    return sum(weight * judgement for weight, judgement in heard) / weight if weight else None


def _bounded(value: float) -> float:
    return max(0.0, min(100.0, value))


def _number(value: Fact) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)
