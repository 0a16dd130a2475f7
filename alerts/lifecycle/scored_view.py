"""What the rules look at, read from an account's state and its evaluation: in the engine, and in replays."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from alerts.lifecycle.account_view import Details
from alerts.lifecycle.policy import Policy
from alerts.notification import Cause
from alerts.transition import NamedEvent, account_now, baseline_of, cause_in_words, deltas_of, with_event
from scoring.explain.cause import override_cause
from scoring.explain.explained import Explained
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.result import Baseline, Driver, Override, TierForecast, TransitionCause

CONTROL, RULES, BACKFILL, OVERRIDE = "control", "rules", "backfill", "override"
"""Kinds of cause that are not those of an event, of time or of a walk."""


class Occasion(msgspec.Struct, frozen=True):
    """Why an account is judged. `kind` is that of the cause, `is_history` says that the event was old when it arrived;
    `event` came as the message at `offset` of `partition`; `author` ended an override."""

    kind: str
    event: NamedEvent | None = None
    partition: int = -1
    offset: int = -1
    author: str = ""
    is_history: bool = False


class Previous(msgspec.Struct, frozen=True):
    """What an account was judged to be before: a baseline, or the evaluation and the override that make one."""

    baseline: Baseline | None = None
    judged: Evaluation | None = None
    override: Override | None = None

    @property
    def exists(self) -> bool:
        """Whether there was a score before."""
        return self.baseline is not None or self.judged is not None or self.override is not None


NOTHING = Previous()


class Change(NamedTuple):
    """A change of tier: the account before and after it, and its cause, with words where a notification has them."""

    before: Baseline
    after: Baseline
    cause: TransitionCause
    words: Cause | None = None


class AccountCircumstances(msgspec.Struct, frozen=True):
    """What is no part of an account's evaluation: a person's score, and when its transitions begin to be told (0:
    always), whether some signal is warming up, the fleet alarm that is on or has just ended."""

    override: Override | None = None
    settled_ms: int = 0
    is_warming: bool = False
    outage: str = ""
    is_outage_over: bool = False


USUAL = AccountCircumstances()


class ScoredView:
    """One account at its instant: an `AccountView`. Valid until the account or its evaluation changes."""

    def __init__(
        self,
        policy: Policy,
        plan: Plan,
        account_id: str,
        explained: Explained,
        norm: CohortNorm,
        occasion: Occasion,
        previous: Previous = NOTHING,
        circumstances: AccountCircumstances = USUAL,
        change: Change | None = None,
    ) -> None:
        """`change` is the change of tier that it is judged for, where that is known; else it is worked out."""
        self.policy = policy
        self.account_id = account_id
        self.as_of_ms = explained.reading.as_of_ms
        self.judged = explained.judged(norm)
        self.settled_ms = circumstances.settled_ms
        self.outage, self.is_outage_over = circumstances.outage, circumstances.is_outage_over
        self._plan = plan
        self._explained = explained
        self._reading = explained.reading
        self._norm = norm
        self._occasion = occasion
        self._previous = previous
        self._circumstances = circumstances
        self._before: Baseline | None = None
        self._after: Baseline | None = None
        self._cause: TransitionCause | None = None
        self._words: Cause | None = None
        self._is_compared = change is not None
        if change is not None:
            self._before, self._after, self._cause, self._words = change
        self._details: tuple[Baseline | None, TransitionCause | None, Details] | None = None

        self.standing = self._reading.standing() if self.judged is None else ""
        """The standing that the account is in, "" for none."""
        self.score = self._score()
        """Unrounded, after an override; None in a standing, and while nothing can be judged."""
        live = plan.primary
        self.tier = "" if self.score is None else live.tier_names[live.tier_of(self.score)]
        """The tier of the score by the model's bounds alone, "" without a score."""
        self.mrr = self._reading.number("mrr") if "mrr" in live.signals else None
        """In the currency's units per month; None when it is unknown."""

    def _score(self) -> float | None:
        if self.standing:
            return None
        if (override := self._circumstances.override) is not None:
            return override.score
        return None if self.judged is None else self.judged.value

    @property
    def is_provisional(self) -> bool:
        """Whether the account is too young, or a signal is warming up. A person's score is never provisional."""
        if self._circumstances.override is not None or self.judged is None:
            return False
        return self.judged.provisional or self._circumstances.is_warming

    # --- why

    @property
    def cause_kind(self) -> str:
        """The kind of cause for which it was judged."""
        return BACKFILL if self._occasion.is_history else self._occasion.kind

    @property
    def is_settling(self) -> bool:
        """Whether it is the account's first day by the wall clock, when its past may still be arriving."""
        return self.as_of_ms < self.settled_ms

    # --- what holds

    @property
    def held_rules(self) -> frozenset[str]:
        """The rules of the kinds "condition" and "flag" that hold now, by name."""
        held = self._reading.watched() if self.judged is None else self.judged.watched
        flag_rules, flags = self.policy.flag_rules, self.flags
        if not flag_rules or not flags:
            return frozenset(held)
        return frozenset((*held, *(name for name, wanted in flag_rules.items() if not wanted.isdisjoint(flags))))

    @property
    def flags(self) -> tuple[str, ...]:
        """The model's floors and flags that hold, with a score or without."""
        if self.judged is not None:
            return self.judged.flags
        return self._reading.holding()

    # --- what changed

    @property
    def before(self) -> Baseline | None:
        """The score, tier and points before this judgement; None for the first."""
        previous = self._previous
        if self._before is None and previous is not NOTHING and not self._is_compared:
            self._before = previous.baseline or self._baseline(previous.judged, previous.override)
        return self._before

    def _baseline(self, judged: Evaluation | None, override: Override | None) -> Baseline | None:
        return baseline_of(self._plan, judged, override, self._explained.points)

    def after(self) -> Baseline | None:
        """The score, tier and points of this judgement."""
        if self._after is None and self.score is not None:
            self._after = self._baseline(self.judged, self._circumstances.override)
        return self._after

    def cause(self) -> TransitionCause | None:
        """Why the score changed between both; None where there are not both, and where it has not changed: what left
        the windows is known only in the step in which it did."""
        if not self._is_compared:
            self._cause, self._is_compared = self._compared(), True
        return self._cause

    def _compared(self) -> TransitionCause | None:
        occasion, before = self._occasion, self.before
        if before is None or (after := self.after()) is None or before == after:
            return None
        if occasion.kind == OVERRIDE:
            return override_cause(self._circumstances.override, self._previous.override, occasion.author)
        cause = self._explained.cause(self.judged, self._norm, occasion.kind, before.points, after.points)
        if occasion.event is None:
            return cause
        return with_event(cause, occasion.event, occasion.partition, occasion.offset)

    def details(self, before: Baseline | None, cause: TransitionCause | None) -> Details:
        """What a step says whose change is from `before` to now."""
        if self._details is None or self._details[0] is not before or self._details[1] is not cause:
            self._details = before, cause, self._detailed(before, cause)
        return self._details[2]

    def _detailed(self, before: Baseline | None, cause: TransitionCause | None) -> Details:
        plan, after = self._plan, None if before is None else self.after()
        said = self._words if cause is self._cause else None
        return Details(
            cause=cause_in_words(plan, cause) if said is None and cause is not None else said,
            deltas=() if before is None or after is None else deltas_of(plan, before, after),
            plan=self.trait("plan"),
            model=plan.model.name,
            model_version=plan.model.version,
        )

    def drivers(self) -> tuple[Driver, ...]:
        """What costs the account the most points, in words."""
        return account_now(self._plan, self.account_id, self._reading, self.judged, self._norm).drivers

    def trait(self, signal: str) -> str | None:
        """The value of a text signal; None when it is unknown."""
        fact = self._reading.fact(signal) if signal in self._plan.primary.signals else None
        return fact if isinstance(fact, str) else None

    def forecast(self) -> TierForecast | None:
        """The next change of tier if nothing more arrives. Costs far more than anything else here."""
        if self.judged is None or self._circumstances.override is not None:
            return None
        return self._explained.tier_forecast(self.judged, self._norm)
