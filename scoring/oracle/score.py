"""The judgements of an account, and its score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from scoring.instants import plain_instant
from scoring.model.model import Model
from scoring.oracle.components import Seen, all_hold, bounded, evidence_of, has_sent, judgement_of, latest_of, number_of
from scoring.oracle.events import OracleEvent, once_by_id
from scoring.oracle.signals import Fact, fact, is_past_bounds
from scoring.oracle.signs import OracleSign, signs


class OracleScore(NamedTuple):
    """The score of one account at an instant, with its parts.

    `judgements` and their `evidence`, 0-1, are in the model's order. `score` is 0-100, unrounded, floors applied; None
    in a `standing`, and when nothing can be judged; then `tier`, `coverage`, `provisional` and `profile` are empty.
    `coverage` is the share 0-1 of the weight with evidence. `profile` is "" for the model's own weights. `flags` names
    the floors that hold, then the red flags, each in the model's order, with a score or without. `past_bounds` names
    the signals that may be incomplete because the account exceeds a bound of its state. `sources` has the instant of
    the account's latest event of each source that it ever had.
    """

    facts: dict[str, Fact]
    judgements: list[float | None]
    score: float | None
    tier: str
    coverage: float = 0.0
    provisional: bool = False
    profile: str = ""
    flags: tuple[str, ...] = ()
    signs: tuple[OracleSign, ...] = ()
    past_bounds: tuple[str, ...] = ()
    evidence: tuple[float, ...] = ()
    standing: str = ""
    sources: Mapping[str, str] = MappingProxyType({})


def verdicts(
    model: Model, events: Iterable[OracleEvent], as_of_ms: int, norms: Mapping[str, float] | None = None
) -> dict[str, OracleScore]:
    """Judge every account with an event up to `as_of_ms` (milliseconds since 1970, inclusive), at that instant.

    Events may be in any order; of an account's events with one id the first counts, however far apart they are. `norms`
    is the cohort norm by signal (a missing signal is no evidence); without it, the maximum over these accounts is used.
    """
    by_account: dict[str, list[OracleEvent]] = {}
    for event in once_by_id(events):
        if event.at_ms <= as_of_ms:
            by_account.setdefault(event.account_id, []).append(event)
    facts = {
        account_id: {name: fact(model, name, own, as_of_ms) for name in model.signals}
        for account_id, own in by_account.items()
    }
    measured_by = norms_of(model, facts, by_account) if norms is None else norms
    return {
        account_id: _verdict(Seen(model, own, as_of_ms, facts[account_id], measured_by))
        for account_id, own in by_account.items()
    }


def norms_of(
    model: Model, facts: Mapping[str, Mapping[str, Fact]], events: Mapping[str, Sequence[OracleEvent]]
) -> dict[str, float]:
    """The maximum of every signal over all accounts; an unknown value counts as 0, and so does one of an account in a
    standing. And for each source 1 if any account ever sent it, else 0."""
    given = [{} if standing_of(model, each) else each for each in facts.values()]
    norms = {name: max((number_of(each.get(name)) or 0.0 for each in given), default=0.0) for name in model.signals}
    for name, source in model.sources.items():
        norms[f"source:{name}"] = 1.0 if any(has_sent(source, own) for own in events.values()) else 0.0
    return norms


def standing_of(model: Model, facts: Mapping[str, Fact]) -> str:
    """The first standing that holds, "" for none."""
    return next((name for name, each in model.standings.items() if all_hold(each.when, facts)), "")


def _verdict(seen: Seen) -> OracleScore:
    model = seen.model
    judgements = [judgement_of(seen, name) for name in model.components]
    evidence = [evidence_of(seen, name) for name in model.components]
    profile = _profile(seen)
    told = signs(model, seen.events, seen.as_of_ms)
    standing = standing_of(model, seen.facts)
    value = None if standing else score_of(model, judgements, profile, evidence)
    past = tuple(name for name in model.signals if is_past_bounds(model, name, seen.events, seen.as_of_ms))
    floors = {name: floor.to for name, floor in model.floors.items() if all_hold(floor.when, seen.facts)}
    flags = (*floors, *(name for name, flag in model.flags.items() if all_hold(flag.when, seen.facts)))
    found = {name: latest_of(source, seen.events) for name, source in model.sources.items()}
    held = {name: plain_instant(at) for name, at in found.items() if at is not None}
    if value is None:
        return OracleScore(
            dict(seen.facts),
            judgements,
            None,
            "",
            flags=flags,
            signs=told,
            past_bounds=past,
            standing=standing,
            sources=held,
        )
    score = min([value, *floors.values()])
    coverage = coverage_of(model, judgements, profile, evidence)
    return OracleScore(
        facts=dict(seen.facts),
        judgements=judgements,
        score=score,
        tier=tier_of(model, score),
        coverage=coverage,
        provisional=coverage < model.header.provisional_below
        or (bool(profile) and model.profiles[profile].provisional),
        profile=profile,
        flags=flags,
        signs=told,
        past_bounds=past,
        evidence=tuple(evidence),
        sources=held,
    )


# --- the score


def score_of(
    model: Model, judgements: Sequence[float | None], profile: str = "", evidence: Sequence[float] = ()
) -> float | None:
    """The score 0-100, before floors, of judgements in the model's order, by the weights of `profile` ("" for
    the model's own) and their evidence (all, when it is left out).

    With E = weight × evidence × (emphasis - (emphasis - 1) × judgement / 100), the score is (Σ E × judgement +
    neutral_weight × neutral) / (Σ E + neutral_weight), summed in the model's order; in a model without a
    `neutral_weight`, where some evidence lacks, no share is above its limit, and the rest is neutral.

    None without evidence in a model without a `neutral_weight`, or when a model that adds points up has no evidence for
    a component with weight.
    """
    weights, header = weights_of(model, profile), model.header
    if header.combine == "sum":
        if any(weight > 0 and each is None for weight, each in zip(weights, judgements, strict=True)):
            return None
        return bounded(sum(weight * (each or 0.0) / 100 for weight, each in zip(weights, judgements, strict=True)))
    known = evidence or [1.0] * len(weights)
    effective = [
        0.0 if each is None else weight * there * (header.emphasis - (header.emphasis - 1) * each / 100)
        for weight, there, each in zip(weights, known, judgements, strict=True)
    ]
    if not any(effective) and not header.neutral_weight:
        return None
    has_all = all(
        not weight or (each is not None and there == 1)
        for weight, there, each in zip(weights, known, judgements, strict=True)
    )
    if not header.neutral_weight and not has_all:
        return bounded(_limited(model, weights, judgements, effective))
    total = heavy = 0.0
    for each, judgement in zip(effective, judgements, strict=True):
        heavy, total = heavy + each, total + each * (judgement or 0.0)
    return bounded((total + header.neutral_weight * header.neutral) / (heavy + header.neutral_weight))


def _limited(
    model: Model, weights: Sequence[float], judgements: Sequence[float | None], effective: Sequence[float]
) -> float:
    """The mean where no component takes over more than its limit, and the rest is neutral."""
    header, whole = model.header, sum(weights)
    limits = [max(header.share_limit, weight / whole) for weight in weights]
    shares = [min(each / sum(effective), limit) for each, limit in zip(effective, limits, strict=True)]
    mean = sum(share * (judgement or 0.0) for share, judgement in zip(shares, judgements, strict=True))
    return mean + (1 - min(1.0, sum(shares))) * header.neutral


def coverage_of(
    model: Model, judgements: Sequence[float | None], profile: str = "", evidence: Sequence[float] = ()
) -> float:
    """The share 0-1 of the weight of the components of `known_by`, of all without it, that has evidence."""
    known = whole = 0.0
    rows = zip(
        model.components, weights_of(model, profile), judgements, evidence or [1.0] * len(judgements), strict=True
    )
    for name, weight, judgement, there in rows:
        if not model.header.known_by or name in model.header.known_by:
            whole += weight
            known += 0.0 if judgement is None else weight * there
    return known / whole


def weights_of(model: Model, profile: str) -> list[float]:
    """The weight of every component, in the model's order; 0 for those that the profile leaves out."""
    if profile:
        return [model.profiles[profile].weights.get(name, 0.0) for name in model.components]
    return [component.weight for component in model.components.values()]


def tier_of(model: Model, score: float) -> str:
    """The tier of an unrounded score; ranges are half-open."""
    return [tier.name for tier in model.tiers if tier.lower <= score][-1]


def _profile(seen: Seen) -> str:
    """The matching profile of the highest rank, "" when none matches."""
    profiles = seen.model.profiles
    taken = [name for name, profile in profiles.items() if all_hold(profile.when, seen.facts)]
    return max(taken, key=lambda name: profiles[name].rank, default="")
