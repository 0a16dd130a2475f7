"""A model in lines: how judgements become a score, what holds it down, and its tiers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from scoring.model.model import Model
from scoring.model.schema.rules import conditions_text


def formula_of(model: Model) -> tuple[str, ...]:
    """The lines, as they are printed."""
    held = (*_profiles(model), *_floors(model), *_standings(model))
    return (*_score(model), *held, f"tiers: {', '.join(_tiers(model))}")


def _score(model: Model) -> Iterator[str]:
    header = model.header
    if header.combine == "sum":
        yield "score = Σ weight × judgement / 100, between 0 and 100; no score while a component has no evidence"
        return
    factors = ["weight", "evidence"] if any(each.evidence for each in model.components.values()) else ["weight"]
    if header.emphasis > 1:
        factors.append(f"({header.emphasis:g} − {header.emphasis - 1:g} × judgement / 100)")
    weight = " × ".join(factors) if len(factors) == 1 else "E"
    if len(factors) > 1:
        yield f"E = {' × '.join(factors)}"
    if header.neutral_weight:
        constant = f"{header.neutral_weight:g} × {header.neutral:g}"
        yield f"score = (Σ {weight} × judgement + {constant}) / (Σ {weight} + {header.neutral_weight:g})"
        return
    yield f"score = Σ {weight} × judgement / Σ {weight}, over the components that have evidence"
    if header.share_limit < 1:
        yield (
            f"where some have none, no component takes over more than {header.share_limit:.0%} of the score, and the "
            f"rest counts {header.neutral:g}"
        )


def _profiles(model: Model) -> Iterator[str]:
    for name, profile in sorted(model.profiles.items(), key=lambda named: -named[1].rank):
        weights = ", ".join(f"{each} {weight:g}" for each, weight in profile.weights.items())
        yield f"{profile.label or name}, while {conditions_text(profile.when)}: weights {weights}"


def _floors(model: Model) -> Iterator[str]:
    for name, floor in model.floors.items():
        yield f"at most {floor.to:g} while {conditions_text(floor.when)} ({floor.label or name})"


def _standings(model: Model) -> Iterator[str]:
    for name, standing in model.standings.items():
        yield f"no score while {conditions_text(standing.when)} ({standing.label or name})"


def _tiers(model: Model) -> Iterator[str]:
    for tier, above in pairwise(model.tiers):
        yield f"{tier.name} {tier.lower:g} to below {above.lower:g}"
    yield f"{model.tiers[-1].name} {model.tiers[-1].lower:g} to 100"
