"""An account at one instant under one plan, as values: what sinks keep, and how it is read of an account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scoring.plan.evaluation import TriggeredRule
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.plan.signals.base import Signal
from scoring.plan.standings import number_of
from scoring.result import Fact
from scoring.state.account import Account

NO_STANDING = -1


class Scored(NamedTuple):
    """A score 0-100 with its parts; see `scoring.plan.evaluation.Evaluation`."""

    value: float
    tier: int
    coverage: float
    provisional: bool
    judgements: Sequence[float | None]
    evidence: Sequence[float]


class Shown(NamedTuple):
    """`scored` is None without a score: then `standing` is the number of the standing that the account is in, or
    `NO_STANDING`. `rules` are the floors and flags that hold, as bits by number; `facts` those of the signals that were
    asked for, in their order."""

    first_ms: int
    scored: Scored | None
    standing: int
    rules: int
    facts: Sequence[Fact]


class Shows:
    """Shows accounts under one plan, with the facts of these signals."""

    def __init__(self, plan: Plan, signals: Sequence[str]) -> None:
        """`signals` are names that the plan has."""
        self._live = plan.primary
        self._signals: list[Signal] = [plan.primary.signals[name] for name in signals]
        self._bits = {rule.name: 1 << number for number, rule in enumerate(plan.primary.rules)}

    def show(self, account: Account, judged: Evaluation | None) -> Shown:
        """The account as it was judged."""
        facts = [signal.fact(account) for signal in self._signals]
        if judged is None:
            standing = number_of(self._live.standings, account)
            return Shown(account.first_ms, None, standing, self._bits_of(self._live.holding(account)), facts)
        parts = judged.judgements, judged.evidence
        scored = Scored(judged.value, judged.tier, judged.coverage, judged.provisional, *parts)
        return Shown(account.first_ms, scored, NO_STANDING, self._bits_of(judged.triggered), facts)

    def _bits_of(self, rules: Iterable[TriggeredRule]) -> int:
        return sum([self._bits[rule.name] for rule in rules])


class TierBefore:
    """The tier of an account at the instants so far. Mutable.

    Without a score an account keeps its tier; the first one after a standing is no change.
    """

    def __init__(self) -> None:
        self.tier = -1

    def change(self, shown: Shown) -> int:
        """The tier before, if it is another one now, else -1."""
        before = self.tier
        if shown.scored is None:
            if shown.standing != NO_STANDING:
                self.tier = -1
            return -1
        self.tier = shown.scored.tier
        return -1 if before == self.tier else before
