"""The parts of a compiled score, and its result: components, weights, floors and flags, and an evaluation."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.model.model import Model
from scoring.plan.components.base import Shape
from scoring.plan.components.evidence import Evidence
from scoring.plan.conditions import Conditions
from scoring.plan.signals.base import Signal
from scoring.plan.weighing import in_turn


class Component(msgspec.Struct, frozen=True):
    """A compiled component. `bit` is its own in `Account.changed_dependents`; `evidence` is None when it always has
    all; `judged_by` are the names of what it is judged by: `scoring.model.references.names_judged`."""

    name: str
    label: str
    shape: Shape
    bit: int
    evidence: Evidence | None = None
    judged_by: frozenset[str] = frozenset()


class Weights(msgspec.Struct, frozen=True):
    """The weight of each component under a profile ("" for the model's own), by number, and the largest share 0-1 of
    the score that each may have when others have no evidence. `known` are the weights that coverage is measured by."""

    profile: str
    when: Conditions | None
    weights: tuple[float, ...]
    total: float
    limits: tuple[float, ...]
    known: tuple[float, ...]
    provisional: bool


class TriggeredRule(msgspec.Struct, frozen=True):
    """A floor or a flag, compiled; `to` is None for a flag."""

    name: str
    label: str
    when: Conditions
    to: float | None


class Evaluation(msgspec.Struct, frozen=True, gc=False):
    """A score with its parts: `value` 0-100 after floors, the tier's number (0 the worst), `coverage` 0-1; judgements
    and their evidence 0-1 in the model's order; the names of the watches that hold."""

    value: float
    tier: int
    coverage: float
    provisional: bool
    weights: Weights
    triggered: tuple[TriggeredRule, ...]
    judgements: tuple[float | None, ...]
    evidence: tuple[float, ...]
    watched: tuple[str, ...] = ()

    @property
    def profile(self) -> str:
        """The profile that is applied, "" for the model's own weights."""
        return self.weights.profile

    def looks_other_than(self, other: Evaluation) -> bool:
        """Whether anything besides the score, its tier and its parts differs: flags, watches, being provisional."""
        if self.provisional != other.provisional or self.watched != other.watched:
            return True
        return self.triggered is not other.triggered and self.triggered != other.triggered

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the floors and flags that hold."""
        return tuple([rule.name for rule in self.triggered]) if self.triggered else ()


def compiled_weights(model: Model, signals: Mapping[str, Signal]) -> tuple[Weights, tuple[Weights, ...]]:
    """The model's own weights, and those of its profiles, the highest rank first."""
    own = {name: each.weight for name, each in model.components.items()}
    ranked = sorted(model.profiles.items(), key=lambda named: -named[1].rank)
    profiles = tuple(
        [
            _weights(model, name, Conditions(each.when, signals), each.weights, provisional=each.provisional)
            for name, each in ranked
        ]
    )
    return _weights(model, "", None, own, provisional=False), profiles


def compiled_rules(model: Model, signals: Mapping[str, Signal]) -> tuple[TriggeredRule, ...]:
    """The floors, then the flags, each in the model's order."""
    floors = [
        TriggeredRule(name, each.label or name, Conditions(each.when, signals), each.to)
        for name, each in model.floors.items()
    ]
    flags = [
        TriggeredRule(name, each.label or name, Conditions(each.when, signals), None)
        for name, each in model.flags.items()
    ]
    return (*floors, *flags)


def _weights(
    model: Model, profile: str, when: Conditions | None, by_name: Mapping[str, float], *, provisional: bool
) -> Weights:
    header = model.header
    weights = tuple([by_name.get(name, 0.0) for name in model.components])
    total = in_turn(weights)
    limits = tuple([max(header.share_limit, weight / total) for weight in weights])
    known_by = header.known_by or tuple(model.components)
    known = tuple([by_name.get(name, 0.0) if name in known_by else 0.0 for name in model.components])
    return Weights(profile, when, weights, total, limits, known, provisional)
