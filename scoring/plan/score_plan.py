"""The score of one model, compiled: its components in order, its weights by profile, floors, flags and tiers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import msgspec

from scoring.model.model import Model
from scoring.model.references import signals_of
from scoring.plan.components.base import CohortNorm, Shape, bounded
from scoring.plan.conditions import Conditions
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal, age_ms
from scoring.result import Detail, Fact
from scoring.state.account import Account

NEUTRAL, BOUNDS, FLOOR, OVERRIDE = "neutral", "bounds", "floor", "override"
"""Parts of a score that belong to no component: the neutral share without evidence, the cut to 0-100, the cut by a
floor, and the change by an override."""


class Component(msgspec.Struct, frozen=True):
    """A compiled component. `bit` is its own in `Account.changed_dependents`."""

    name: str
    label: str
    shape: Shape
    bit: int


class Weights(msgspec.Struct, frozen=True):
    """The weight of each component under a profile ("" for the model's own), by number, and the largest share 0-1 of
    the score that each may have when others have no evidence."""

    profile: str
    when: Conditions | None
    weights: tuple[float, ...]
    total: float
    limits: tuple[float, ...]
    provisional: bool


class TriggeredRule(msgspec.Struct, frozen=True):
    """A floor or a flag, compiled; `to` is None for a flag."""

    name: str
    label: str
    when: Conditions
    to: float | None


class Evaluation(msgspec.Struct, frozen=True):
    """A score with its parts: `value` 0-100 after floors, the tier's number (0 the worst), `coverage` 0-1."""

    value: float
    tier: int
    coverage: float
    provisional: bool
    weights: Weights
    triggered: tuple[TriggeredRule, ...]
    judgements: tuple[float | None, ...]

    @property
    def profile(self) -> str:
        """The profile that is applied, "" for the model's own weights."""
        return self.weights.profile

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the floors and flags that hold."""
        return tuple(rule.name for rule in self.triggered)


class ScorePlan:
    """Computes scores from signals by one model. Immutable once compiled; shared by all accounts."""

    def __init__(
        self,
        model: Model,
        number: int,
        signals: Mapping[str, Signal],
        components: Sequence[Component],
        order: Sequence[int],
        first_bit: int,
    ) -> None:
        self.model = model
        self.number = number
        self.signals = signals
        self.components = tuple(components)
        self.order = tuple(order)
        """The components' numbers, each blend after its parts."""
        self.conditions_bit = 1 << (first_bit + len(components))
        self.mask = ((1 << (len(components) + 1)) - 1) << first_bit
        self.norm_dependents = 0
        """Which of the bits depend on the cohort norm; set once, when the plan is compiled."""
        self.adds_up = model.header.combine == "sum"
        self.tier_names = tuple(tier.name for tier in model.tiers)
        self._tier_bounds = [tier.lower for tier in model.tiers]
        self._judges: tuple[tuple[int, int, Shape], ...] = tuple(
            (index, components[index].bit, components[index].shape) for index in order
        )
        self.has_conditions = bool(model.profiles or model.floors or model.flags)
        self._own = self._weights("", None, {name: each.weight for name, each in model.components.items()})
        ranked = sorted(model.profiles.items(), key=lambda named: -named[1].rank)
        self._profiles = tuple(
            self._weights(name, Conditions(each.when, signals), each.weights, provisional=each.provisional)
            for name, each in ranked
        )
        self.rules: tuple[TriggeredRule, ...] = (
            *(
                TriggeredRule(name, each.label or name, Conditions(each.when, signals), each.to)
                for name, each in model.floors.items()
            ),
            *(
                TriggeredRule(name, each.label or name, Conditions(each.when, signals), None)
                for name, each in model.flags.items()
            ),
        )

    def counting(self, judged: Evaluation) -> set[str]:
        """The names of the signals that have a weight under the applied profile, or are tested by a floor."""
        names = {condition.signal for floor in self.model.floors.values() for condition in floor.when}
        for component, weight in zip(self.components, judged.weights.weights, strict=True):
            if weight:
                names.update(signals_of(self.model, component.name))
        return names

    def tier_of(self, value: float) -> int:
        """The tier's number, 0 the worst, of a score 0-100; half-open, on the unrounded value."""
        return bisect_right(self._tier_bounds, value) - 1

    def evaluate(self, account: Account, norm: CohortNorm) -> list[float | None]:
        """Every component's judgement, in the model's order."""
        judgements: list[float | None] = [None] * len(self.components)
        for number in self.order:
            judgements[number] = self.components[number].shape.judge(account, norm, judgements)
        return judgements

    def score(self, account: Account, norm: CohortNorm) -> Evaluation | None:
        """The score at the account's instant, without a cache; None when nothing can be judged."""
        weights, triggered = self.taken(account), self.holding(account)
        return self.combined(self.evaluate(account, norm), weights, triggered)

    def judge_again(self, account: Account, norm: CohortNorm, stale: int, judgements: list[float | None]) -> bool:
        """Update, in place, the judgements of the components with these bits. Returns True when one changed."""
        changed = False
        for index, bit, shape in self._judges:
            if stale & bit:
                judgement = shape.judge(account, norm, judgements)
                if judgement != judgements[index]:
                    judgements[index] = judgement
                    changed = True
        return changed

    def score_from(self, judgements: Sequence[float | None], facts: Mapping[str, Fact]) -> Evaluation | None:
        """The score of judgements (0-100, in the model's order) and facts (by signal name) from elsewhere.

        Blends are computed from their parts; conditions are tested on the facts.
        """
        whole = list(judgements)
        for number in self.order:
            whole[number] = self.components[number].shape.rejudge(whole[number], whole)
        taken = (each for each in self._profiles if each.when is not None and each.when.hold_for(facts))
        triggered = tuple(each for each in self.rules if each.when.hold_for(facts))
        return self.combined(whole, next(taken, self._own), triggered)

    def shares(self, judged: Evaluation) -> list[float]:
        """The share 0-1 of the score that each component has, in the model's order; 0 without evidence."""
        weights = judged.weights
        if self.adds_up:
            return [weight / 100.0 for weight in weights.weights]
        with_evidence = [
            0.0 if judgement is None else weight
            for weight, judgement in zip(weights.weights, judged.judgements, strict=True)
        ]
        evidence = sum(with_evidence)
        return [min(weight / evidence, limit) for weight, limit in zip(with_evidence, weights.limits, strict=True)]

    def points(self, judged: Evaluation) -> dict[str, float]:
        """The points of the score by component, and by the parts that belong to none. They sum to the score."""
        shares = self.shares(judged)
        points = {
            component.name: share * judgement if judgement is not None else 0.0
            for component, share, judgement in zip(self.components, shares, judged.judgements, strict=True)
        }
        points[NEUTRAL] = 0.0 if self.adds_up else (1.0 - min(1.0, sum(shares))) * self.model.header.neutral
        total = sum(points.values())
        within = bounded(total)
        points[BOUNDS] = within - total
        points[FLOOR] = judged.value - within
        return points

    def _weights(
        self, profile: str, when: Conditions | None, by_name: Mapping[str, float], *, provisional: bool = False
    ) -> Weights:
        weights = tuple(by_name.get(component.name, 0.0) for component in self.components)
        total = sum(weights)
        limits = tuple(max(self.model.header.share_max, weight / total) for weight in weights)
        return Weights(profile, when, weights, total, limits, provisional)

    def taken(self, account: Account) -> Weights:
        """The weights of the first profile whose conditions hold, else the model's own."""
        for each in self._profiles:
            if each.when is not None and each.when.hold(account):
                return each
        return self._own

    def holding(self, account: Account) -> tuple[TriggeredRule, ...]:
        """The floors and flags whose conditions hold."""
        return tuple([each for each in self.rules if each.when.hold(account)])

    def combined(
        self, judgements: Sequence[float | None], weights: Weights, triggered: tuple[TriggeredRule, ...]
    ) -> Evaluation | None:
        """The score of judgements in the model's order; None when nothing can be judged."""
        total = evidence = 0.0
        each = weights.weights
        for number in range(len(each)):  # not zip: this runs with every event, and is compiled
            weight, judgement = each[number], judgements[number]
            if judgement is not None:
                total += weight * judgement
                evidence += weight
            elif self.adds_up and weight:
                return None
        if not evidence:
            return None
        if self.adds_up:
            value = total / 100.0
        elif evidence >= weights.total:
            value = total / evidence
        else:
            value = self._with_limits(judgements, weights, evidence)
        value = bounded(value)
        for rule in triggered:
            if rule.to is not None and rule.to < value:
                value = rule.to
        coverage = evidence / weights.total
        provisional = weights.provisional or coverage < self.model.header.provisional_below
        return Evaluation(value, self.tier_of(value), coverage, provisional, weights, triggered, tuple(judgements))

    def _with_limits(self, judgements: Sequence[float | None], weights: Weights, evidence: float) -> float:
        """The mean when some have no evidence: the others take over their share, each up to its limit."""
        value = taken = 0.0
        each, limits = weights.weights, weights.limits
        for number in range(len(each)):
            judgement = judgements[number]
            if judgement is not None:
                share = min(each[number] / evidence, limits[number])
                value += share * judgement
                taken += share
        return value + (1.0 - min(1.0, taken)) * self.model.header.neutral


def facts_of(plan: ScorePlan, account: Account, norm: CohortNorm) -> Facts:
    """The facts for texts about the account, at its instant."""
    values: dict[str, Fact] = {}
    details: dict[str, Detail] = {}
    for name, signal in plan.signals.items():
        values[name] = signal.fact(account)
        detail = signal.detail(account)
        if detail is not None:
            details[name] = detail
    return Facts(values, details, norm, age_ms(account, plan.model.resolution_ms))
