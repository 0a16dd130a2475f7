"""What alert rules would have decided about one account over its whole history: the steps that a worker under the
event clock writes on `alerts`, account by account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.scored_view import NOTHING, Occasion, Previous, ScoredView
from alerts.step import AlertStep
from scoring.event.event import Event
from scoring.explain.explained import ExplainedAccount
from scoring.fold.account_tiers import DeclaredNorm
from scoring.fold.fold import Outcome, advance, apply
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.state.account import Account

EVENT, EXPIRY, NORM = "event", "expiry", "norm"
SuppressedBy = tuple[str, str, str]
"""Rule, severity, reason."""


class AlertSteps(msgspec.Struct, kw_only=True):
    """The decisions about some accounts, each from a given instant on: the `told` steps, and how many were suppressed
    by what. `first_ms` is each account's first event."""

    first_ms: dict[str, int] = {}
    told: list[AlertStep] = []
    suppressed: Counter[SuppressedBy] = msgspec.field(default_factory=Counter)

    def by_reason(self) -> Counter[str]:
        """How many were suppressed, by reason."""
        found = Counter[str]()
        for (_, _, reason), count in self.suppressed.items():
            found[reason] += count
        return found

    def add(self, other: AlertSteps) -> None:
        """Take in those of other accounts."""
        self.first_ms.update(other.first_ms)
        self.told += other.told
        self.suppressed.update(other.suppressed)


class RuledPlan(NamedTuple):
    """Policies with the same watches, and the plan that has them."""

    plan: Plan
    policies: list[Policy]


class AccountSteps:
    """Judges one account after every event, at every timer, declared instant and due time of an alert. Mutable.

    `policies` have the same watches, which the plan has too: their decisions are made in one fold. An event counts when
    it happened, so nothing is late; and there is no first day by the wall clock, in which accounts settle.
    """

    def __init__(self, plan: Plan, policies: Sequence[Policy], account_id: str, first_ms: int) -> None:
        self.steps: list[list[AlertStep]] = [[] for _ in policies]
        """By policy."""
        self._plan, self._policies = plan, policies
        self._account_id = account_id
        self._account = Account(plan.sizes, first_ms)
        self._scores = ScoreCache(plan.score_plans)
        self._mrr_of = plan.primary.signals.get("mrr")
        self._alerts = [AccountAlerts(policy) for policy in policies]
        self._low, self._high, self._due_ms = -1.0, -1.0, FAR
        """What all have in common: the score within which none needs a call, and when the first is due."""
        self._norm: Mapping[str, float] = {}
        self._judged: Evaluation | None = None
        self._previous = NOTHING
        """The latest score since the account was in a standing."""
        self._mrr = 0.0
        self._has_begun = False
        """Whether it ever had a score: before, no rule looks at it."""

    def fold(self, events: Iterable[Event], norms: Sequence[DeclaredNorm], end_ms: int) -> None:
        """Fold all its events, ordered by time, until `end_ms`, inclusive. `norms` are ascending, none after the
        end."""
        first_ms = self._account.as_of_ms
        waiting = [norm for norm in reversed(norms) if norm[0] >= first_ms]
        if len(waiting) < len(norms):
            self._norm = norms[len(norms) - len(waiting) - 1][1]
        for event in events:
            at_ms = event.occurred_at_ms
            if at_ms > end_ms:
                break
            while waiting and waiting[-1][0] < at_ms:
                self._declare(waiting.pop())
            self._advance(at_ms)
            if apply(self._plan, self._account, event, at_ms) is not Outcome.DUPLICATE:
                self._judge(EVENT, event)
        while waiting:
            self._declare(waiting.pop())
        self._advance(end_ms)

    def _declare(self, norm: DeclaredNorm) -> None:
        instant_ms, values = norm
        self._advance(instant_ms)
        if advance(self._plan, self._account, instant_ms):
            self._judge(EXPIRY)
        if values != self._norm:
            self._norm = values
            self._judge(NORM)

    def _advance(self, until_ms: int) -> None:
        """Judge at each timer of the account and of its alerts that is due at or before `until_ms`."""
        account, plan = self._account, self._plan
        while True:
            timer_ms = account.next_due * plan.resolution_ms if account.next_due < FAR else FAR
            due_ms = min(timer_ms, self._due_ms)
            if due_ms > until_ms:
                return
            if advance(plan, account, due_ms):
                self._judge(EXPIRY)
            if self._due_ms <= due_ms:
                self._fire(due_ms)

    def _fire(self, due_ms: int) -> None:
        self._scores.refresh(self._plan.primary, self._account, self._norm)
        for policy, alerts, steps in zip(self._policies, self._alerts, self.steps, strict=True):
            if alerts.next_due_ms <= due_ms:
                steps += alerts.due(due_ms, self._view(policy, EXPIRY, self._previous))
        self._bound()

    def _judge(self, kind: str, event: Event | None = None) -> None:
        """Score again, and ask the rules if anything changed that they look at, as `streams.engine` does."""
        before, previous, mrr_before = self._judged, self._previous, self._mrr
        primary, account = self._plan.primary, self._account
        judged = self._judged = self._scores.refresh(primary, account, self._norm)
        mrr = self._mrr = 0.0 if self._mrr_of is None else self._mrr_of.number(account) or 0.0
        if judged is not None:
            self._previous = Previous(judged=judged)
        elif primary.standing_of(account):
            self._previous = NOTHING
        is_other = kind == NORM or mrr != mrr_before or judged is None or before is None
        if not is_other and judged is before:
            return
        if not is_other and judged is not None and before is not None:
            is_other = judged.looks_other_than(before)
        if not self._has_begun:
            if judged is None:
                return
            self._has_begun = is_other = True
        if not is_other and judged is not None and self._low <= judged.value < self._high:
            return
        for policy, alerts, steps in zip(self._policies, self._alerts, self.steps, strict=True):
            low, high = alerts.band
            if is_other or (judged is not None and not low <= judged.value < high):
                steps += alerts.judge(self._view(policy, kind, previous, event))
        self._bound()

    def _bound(self) -> None:
        self._low = max(alerts.band[0] for alerts in self._alerts)
        self._high = min(alerts.band[1] for alerts in self._alerts)
        self._due_ms = min(alerts.next_due_ms for alerts in self._alerts)

    def _view(self, policy: Policy, kind: str, previous: Previous, event: Event | None = None) -> ScoredView:
        return ScoredView(
            policy,
            self._plan,
            self._account_id,
            ExplainedAccount(self._plan, self._account, self._scores),
            self._norm,
            Occasion(kind, event),
            previous,
        )


def counted(steps: Iterable[AlertStep], since_ms: int) -> AlertSteps:
    """The told ones, and the number of the others, from `since_ms` on."""
    found = AlertSteps(told=[], first_ms={})
    for step in steps:
        if step.as_of_ms < since_ms:
            continue
        if step.is_told:
            found.told.append(step)
        else:
            found.suppressed[step.rule, step.severity, step.reason] += 1
    return found
