"""The cached evaluations of one account: only what changed is judged again."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Protocol

import msgspec

from scoring.model.frozen import Frozen, Readers
from scoring.plan.components.base import CohortNorm, Judged
from scoring.plan.evaluation import TriggeredRule
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.plan.watches import holding, with_watched
from scoring.state.account import Account


class Scores(Protocol):
    """The latest evaluation of one account by each score plan. `ScoreCache` is one."""

    def refresh(self, plan: ScorePlan, account: Account, norm: CohortNorm) -> Evaluation | None:
        """The account's score; None in a standing, and when nothing can be judged. The same object as before, when
        nothing changed that it depends on."""
        ...

    def freeze(self, plan: ScorePlan, frozen: Frozen) -> None:
        """From now on `frozen` stands still, and nothing else."""
        ...

    def captured(self, plan: ScorePlan, account: Account, readers: Readers, before: Frozen) -> Frozen:
        """What stands still from now on, of an account that was just refreshed."""
        ...


def captured_of(
    plan: ScorePlan,
    judgements: Sequence[float | None],
    evidence: Sequence[float],
    holding: Container[str],
    readers: Readers,
    before: Frozen,
) -> Frozen:
    """What stands still from now on: what stood still `before` as it was, and the rest of what `readers` names as it is
    now, by these judgements and this evidence, by component, and the rules that hold."""
    now = {
        component.name: (judgements[number], evidence[number])
        for number, component in enumerate(plan.components)
        if component.name in readers.components
    }
    rules = {
        rule.name: before.rules.get(rule.name, rule.name in holding)
        for rule in plan.rules
        if rule.name in readers.rules
    }
    return Frozen({name: before.judgements.get(name, held) for name, held in now.items()}, rules)


class ScoreCache:
    """The latest evaluation of one account by each score plan. Mutable; owned by the object that holds the account.

    An account has one cache, since the cache takes the account's `changed_dependents`. Its own methods alone write it.
    """

    __slots__ = ("_evaluations", "_frozen_bits", "_frozen_rules", "_judged", "_norms", "_stale")

    def __init__(self, plans: Sequence[ScorePlan]) -> None:
        """`plans` are those of the account's `Plan`, in their order."""
        self._stale = -1
        """Bits of the components and conditions that must be judged again."""
        self._judged: list[Judged] = [plan.judged() for plan in plans]
        self._evaluations: list[Evaluation | None] = [None] * len(plans)
        self._norms: list[Mapping[str, float] | None] = [None] * len(plans)
        """The cohort norms of the cached judgements."""
        self._frozen_bits = 0
        """Bits of the components that stand still; what becomes stale of them waits."""
        self._frozen_rules: dict[str, bool] = {}
        """The floors and flags that stand still, and whether they hold."""

    def copy(self) -> ScoreCache:
        """An independent copy, for a fork of the account."""
        copy = ScoreCache(())
        copy._stale = self._stale
        copy._judged = [judged.copy() for judged in self._judged]
        copy._evaluations, copy._norms = list(self._evaluations), list(self._norms)
        copy._frozen_bits, copy._frozen_rules = self._frozen_bits, self._frozen_rules
        return copy

    def freeze(self, plan: ScorePlan, frozen: Frozen) -> None:
        """From now on `frozen` stands still, and nothing else; names that the plan does not have are ignored.

        What stood still until now is judged again. Only for the account's first score plan.
        """
        judged, bits = self._judged[plan.number], 0
        for number, component in enumerate(plan.components):
            held = frozen.judgements.get(component.name)
            if held is not None:
                judged.judgements[number], judged.evidence[number] = held
                bits |= component.bit
        self._frozen_bits, self._frozen_rules = bits, dict(frozen.rules)
        self._stale |= plan.mask
        self._evaluations[plan.number] = None

    def captured(self, plan: ScorePlan, account: Account, readers: Readers, before: Frozen) -> Frozen:
        """What stands still from now on, of an account that was just refreshed: what stood still `before` as it was,
        and the rest as it is judged now."""
        judged = self._judged[plan.number]
        holding = {rule.name for rule in plan.rules if rule.name in readers.rules and rule.when.hold(account)}
        return captured_of(plan, judged.judgements, judged.evidence, holding, readers, before)

    def refresh(self, plan: ScorePlan, account: Account, norm: CohortNorm) -> Evaluation | None:
        """The account's score, equal to `plan.score`; None in a standing, and when nothing can be judged.

        Only what events, time or another norm changed since the last call is judged again. Norms are compared by
        identity: never change one in place.
        """
        number = plan.number
        self._stale |= account.changed_dependents
        account.changed_dependents = 0
        if norm is not self._norms[number]:
            self._norms[number] = norm
            self._stale |= plan.norm_dependents
        stale = self._stale & plan.mask & ~self._frozen_bits
        held = self._evaluations[number]
        if not stale:
            return held
        self._stale ^= stale
        judged = self._judged[number]
        changed = plan.judge_again(account, norm, stale, judged)
        if plan.standings and (held is None or stale & plan.conditions_bit) and plan.standing_of(account):
            self._evaluations[number] = None
            return None
        if held is None:
            held = plan.combined(judged, plan.taken(account), self._holding(plan, account))
            held = self._evaluations[number] = with_watched(held, plan.watches, account)
            return held
        weights, triggered, watched = held.weights, held.triggered, held.watched
        if stale & plan.conditions_bit and plan.has_conditions:
            weights, triggered = plan.taken(account), self._holding(plan, account)
            if plan.watches:
                watched = holding(plan.watches, account)
            changed = changed or weights is not held.weights or triggered != held.triggered
        if changed:
            held = self._evaluations[number] = plan.combined(judged, weights, triggered)
        if held is not None and watched != held.watched:
            held = self._evaluations[number] = msgspec.structs.replace(held, watched=watched)
        return held

    def _holding(self, plan: ScorePlan, account: Account) -> tuple[TriggeredRule, ...]:
        """The floors and flags that hold, as far as they do not stand still."""
        frozen = self._frozen_rules
        if not frozen or plan.number:
            return plan.holding(account)
        return tuple([each for each in plan.rules if frozen.get(each.name, each.when.hold(account))])
