"""The score of one model, compiled: its components in order, its weights by profile, floors, flags and tiers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from scoring.model.model import Model
from scoring.model.references import signals_of
from scoring.plan.components.base import CohortNorm, Judged, Shape, bounded
from scoring.plan.components.evidence import Evidence
from scoring.plan.evaluation import Component, Weights, compiled_rules, compiled_weights
from scoring.plan.evaluation import Evaluation as Evaluation
from scoring.plan.evaluation import TriggeredRule as TriggeredRule
from scoring.plan.signals.base import Signal
from scoring.plan.signals.groups import signal_groups
from scoring.plan.signals.sources import SourceSignal
from scoring.plan.standings import compile_standings, hold_for, number_of
from scoring.plan.watches import Watch, with_watched
from scoring.plan.weighing import Weighing, coverage_of, limited, plain_shares
from scoring.result import Fact
from scoring.state.account import Account

NEUTRAL, BOUNDS, FLOOR, OVERRIDE = "neutral", "bounds", "floor", "override"
"""Parts of a score that belong to no component: the neutral share (without evidence, or of the constant), the cut to
0-100, the cut by a floor, and the change by an override."""


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
        self.signals, self.groups = signals, signal_groups(model, signals)
        self.components = tuple(components)
        self.by_name = {component.name: component for component in components}
        self.order = tuple(order)
        """The components' numbers, each blend after its parts."""
        self.conditions_bit = 1 << (first_bit + len(components))
        self.mask = ((1 << (len(components) + 1)) - 1) << first_bit
        self.norm_dependents = 0
        """Which of the bits depend on the cohort norm; set when the plan is compiled."""
        self.adds_up = model.header.combine == "sum"
        self.tier_names = tuple(tier.name for tier in model.tiers)
        self._tier_bounds = [tier.lower for tier in model.tiers]
        self._judges: tuple[tuple[int, int, Shape, Evidence | None], ...] = tuple(
            (index, components[index].bit, components[index].shape, components[index].evidence) for index in order
        )
        header, has_evidence = model.header, any(each.evidence is not None for each in components)
        is_weighed = has_evidence or header.neutral_weight or header.emphasis > 1 or header.known_by
        self.weighing = Weighing(header) if is_weighed else None
        """None for a model of plain weights, which is combined faster."""
        self._all_evidence = (1.0,) * len(components)
        self.has_conditions = bool(model.standings or model.profiles or model.floors or model.flags)
        self.standings = compile_standings(model.standings, signals)
        self.sources: Mapping[str, SourceSignal] = {}
        """The sources by name, and"""
        self.compared: Mapping[str, Signal] = {}
        """the signals whose greatest value the cohort norm has, by their names there."""
        self.watches: tuple[Watch, ...] = ()
        """Evaluations name those that hold. All three are set when the plan is compiled."""
        self.own, self.profiles = compiled_weights(model, signals)
        self.rules = compiled_rules(model, signals)

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

    def judged(self) -> Judged:
        """Judgements of which none is made yet."""
        return Judged([None] * len(self.components))

    def evaluate(self, account: Account, norm: CohortNorm) -> Judged:
        """Every component's judgement and evidence, in the model's order."""
        judged = self.judged()
        self.judge_again(account, norm, -1, judged)
        return judged

    def score(self, account: Account, norm: CohortNorm) -> Evaluation | None:
        """The score at the account's instant, without a cache; None in a standing, and when nothing can be judged."""
        if self.standing_of(account):
            return None
        judged = self.combined(self.evaluate(account, norm), self.taken(account), self.holding(account))
        return with_watched(judged, self.watches, account)

    def standing_of(self, account: Account) -> str:
        """The standing that the account is in, "" for none: then it may have a score."""
        number = number_of(self.standings, account)
        return "" if number < 0 else self.standings[number].name

    def judge_again(self, account: Account, norm: CohortNorm, stale: int, judged: Judged) -> bool:
        """Update the judgements of the components with these bits, in place. True when one changed, or its evidence."""
        changed = False
        judgements = judged.judgements
        for index, bit, shape, evidence in self._judges:
            if stale & bit:
                judgement = shape.judge(account, norm, judged)
                if evidence is not None:
                    known = evidence.of(account, judged)
                    if known != judged.evidence[index]:
                        judged.evidence[index] = known
                        changed = True
                    if not known:
                        judgement = None
                if judgement != judgements[index]:
                    judgements[index] = judgement
                    changed = True
        return changed

    def score_from(self, judgements: Sequence[float | None], facts: Mapping[str, Fact]) -> Evaluation | None:
        """The score of judgements (0-100, in the model's order) and facts (by signal name) from elsewhere.

        Blends are computed from their parts; conditions are tested on the facts, and evidence is theirs.
        """
        if hold_for(self.standings, facts):
            return None
        whole = Judged(judgements)
        for number in self.order:
            component = self.components[number]
            judgement = component.shape.rejudge(whole.judgements[number], whole)
            if component.evidence is not None:
                whole.evidence[number] = component.evidence.from_facts(facts, whole)
                judgement = judgement if whole.evidence[number] else None
            whole.judgements[number] = judgement
        taken = (each for each in self.profiles if each.when is not None and each.when.hold_for(facts))
        return self.combined(whole, next(taken, self.own), tuple(r for r in self.rules if r.when.hold_for(facts)))

    def shares(self, judged: Evaluation) -> list[float]:
        """The share 0-1 of the score that each component has, in the model's order; 0 without evidence."""
        weights = judged.weights
        if self.weighing is not None:
            return self.weighing.shares(weights.weights, weights.limits, judged.judgements, judged.evidence)
        if self.adds_up:
            return [weight / 100.0 for weight in weights.weights]
        return plain_shares(weights.weights, weights.limits, judged.judgements)

    def points(self, judged: Evaluation) -> dict[str, float]:
        """The points of the score by component, and by the parts that belong to none. They sum to the score."""
        points: dict[str, float] = {}
        given = total = 0.0
        for name, share, judgement in zip(self.by_name, self.shares(judged), judged.judgements, strict=True):
            points[name] = 0.0 if judgement is None else share * judgement
            given, total = given + share, total + points[name]
        points[NEUTRAL] = 0.0 if self.adds_up else (1.0 - min(1.0, given)) * self.model.header.neutral
        total += points[NEUTRAL]
        within = bounded(total)
        points[BOUNDS], points[FLOOR] = within - total, judged.value - within
        return points

    def taken(self, account: Account) -> Weights:
        """The weights of the first profile whose conditions hold, else the model's own."""
        for each in self.profiles:
            if each.when is not None and each.when.hold(account):
                return each
        return self.own

    def holding(self, account: Account) -> tuple[TriggeredRule, ...]:
        """The floors and flags whose conditions hold."""
        return tuple([each for each in self.rules if each.when.hold(account)])

    def combined(self, judged: Judged, weights: Weights, triggered: tuple[TriggeredRule, ...]) -> Evaluation | None:
        """The score of judgements; None when nothing can be judged."""
        if self.weighing is not None:
            return self._weighed(self.weighing, judged, weights, triggered)
        judgements = judged.judgements
        total = evidence = 0.0
        for weight, judgement in zip(weights.weights, judgements, strict=True):
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
            value = limited(judgements, weights.weights, weights.limits, evidence, self.model.header.neutral)
        return self._held_down(value, evidence / weights.total, weights, triggered, judgements, self._all_evidence)

    def _weighed(
        self, weighing: Weighing, judged: Judged, weights: Weights, triggered: tuple[TriggeredRule, ...]
    ) -> Evaluation | None:
        judgements, evidence = judged.judgements, judged.evidence
        value = weighing.mean(weights.weights, weights.limits, judgements, evidence)
        if value is None:
            return None
        coverage = coverage_of(weights.known, judgements, evidence)
        return self._held_down(value, coverage, weights, triggered, judgements, tuple(evidence))

    def _held_down(
        self,
        value: float,
        coverage: float,
        weights: Weights,
        triggered: tuple[TriggeredRule, ...],
        judgements: Sequence[float | None],
        evidence: tuple[float, ...],
    ) -> Evaluation:
        """The score within 0-100 and under the floors, with its tier."""
        value = bounded(value)
        for rule in triggered:
            if rule.to is not None and rule.to < value:
                value = rule.to
        provisional = weights.provisional or coverage < self.model.header.provisional_below
        tier = self.tier_of(value)
        return Evaluation(value, tier, coverage, provisional, weights, triggered, tuple(judgements), evidence)
