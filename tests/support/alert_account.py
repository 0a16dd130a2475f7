"""An account under alert rules in virtual time: what a partition does with its alerts, without the partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.account_view import Details
from alerts.lifecycle.command import Command, CommandKind
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules, Calendar, Header, Route, Rule, TierRule
from alerts.notification import Cause, Delta
from alerts.step import AlertStep
from scoring.instants import HOUR_MS, MINUTE_MS, parse_instant
from scoring.model.model import Tier
from scoring.result import Baseline, Driver, TierForecast, TransitionCause

TIERS = (Tier("red", 0.0), Tier("yellow", 45.0), Tier("green", 75.0))
TIER_RULE = TierRule(severities={"red": "critical", "yellow": "warning"}, margin=3.0, label="Health fell")
START_MS = parse_instant("2026-03-02T09:00:00Z")
"""A Monday."""
UNCHANGED = -1.0
"""For the score, which is never negative."""
DRIVER = Driver(component="use", label="Use", lost=9.0, words="no use for 12 days")


def rules_of(rules: dict[str, Rule], *, calendars: dict[str, Calendar] | None = None, zone: str = "UTC") -> AlertRules:
    """Rules by name, with one route."""
    header = Header(name="test", zone=zone, page="https://vitals.example/{account_id}")
    return AlertRules(header=header, rules=rules, routes={"all": Route()}, calendars=calendars or {})


def policy_of(tiers: Sequence[Tier] = TIERS, /, **rules: Rule) -> Policy:
    """The policy of rules by name, for the tiers red, yellow, green unless others are given."""
    return Policy(rules_of(rules), tiers)


def tier_of(score: float, tiers: Sequence[Tier] = TIERS) -> str:
    return next(tier.name for tier in reversed(tiers) if score >= tier.lower)


class View:
    """An `AccountView` of plain values."""

    def __init__(self, **values: Any) -> None:
        self.account_id = "acme"
        self.as_of_ms = START_MS
        self.score: float | None = None
        self.is_provisional = False
        self.standing = ""
        self.cause_kind = "event"
        self.is_settling = False
        self.held_rules: frozenset[str] = frozenset()
        self.flags: tuple[str, ...] = ()
        self.mrr: float | None = None
        self.outage = ""
        self.is_outage_over = False
        self.before: Baseline | None = None
        self.traits: dict[str, str] = {}
        self.next_fall: TierForecast | None = None
        self.asked: list[int] = []
        self.tiers: Sequence[Tier] = TIERS
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def tier(self) -> str:
        return "" if self.score is None else tier_of(self.score, self.tiers)

    def after(self) -> Baseline | None:
        return None if self.score is None else Baseline(self.score, self.tier, {})

    def cause(self) -> TransitionCause | None:
        return TransitionCause(kind=self.cause_kind)

    def details(self, before: Baseline | None, cause: TransitionCause | None) -> Details:
        deltas: tuple[Delta, ...] = ()
        if before is not None and before.tier and self.score is not None:
            change = (round(self.score * 100) - round(before.value * 100)) / 100
            deltas = (Delta(component="use", label="Use", points=change),) if change else ()
        told = None if cause is None else Cause(kind=cause.kind, words="no use for 12 days")
        return Details(cause=told, deltas=deltas, plan=None, model="m", model_version=1)

    def drivers(self) -> tuple[Driver, ...]:
        return (DRIVER,)

    def trait(self, signal: str) -> str | None:
        return self.traits.get(signal)

    def forecast(self) -> TierForecast | None:
        self.asked.append(self.as_of_ms)
        return self.next_fall


class AlertedAccount:
    """Drives `AccountAlerts` as its partition does: due times are kept, and a score within the band needs no call.

    With `restarts`, the alerts are restored from their snapshot before every call.
    """

    def __init__(self, policy: Policy, *, restarts: bool = False, always: bool = False) -> None:
        self.policy = policy
        self.alerts = AccountAlerts(policy)
        self.view = View()
        self.steps: list[AlertStep] = []
        self.calls = 0
        self._restarts = restarts
        self._always = always
        self._seen: tuple[object, ...] = ()

    @property
    def now_ms(self) -> int:
        return self.view.as_of_ms

    def wait(self, *, hours: float = 0, minutes: float = 0, ms: int = 0) -> list[AlertStep]:
        """Let time pass, and do what is due on the way; the steps of that."""
        until = self.now_ms + round(hours * HOUR_MS + minutes * MINUTE_MS) + ms
        first = len(self.steps)
        while self.alerts.next_due_ms <= until:
            at_ms = max(self.now_ms, self.alerts.next_due_ms)
            self.view.as_of_ms = at_ms
            self._settle_before()
            due = self._called(lambda alerts, at_ms=at_ms: alerts.due(at_ms, self.view))  # type: ignore[misc]
            assert self.alerts.next_due_ms > at_ms, "what is due must be done"
            assert due is not None
        self.view.as_of_ms = until
        return self.steps[first:]

    def see(self, score: float | None = UNCHANGED, *, cause: str = "event", **values: Any) -> list[AlertStep]:
        """Judge the account now, with what changes; the steps of that."""
        self._settle_before()
        if score is None or score >= 0:
            self.view.score = score
        for name, value in values.items():
            setattr(self.view, name, value)
        self.view.cause_kind = cause
        if self._needs_call(cause):
            return self._called(lambda alerts: alerts.judge(self.view))
        return []

    def command(self, kind: CommandKind, by: str = "ann", rule: str = "", **fields: Any) -> list[AlertStep]:
        """A person's command, now."""
        self._settle_before()
        command = Command(kind=kind, author=by, at_ms=self.now_ms, rule=rule, **fields)
        return self._called(lambda alerts: alerts.command(command, self.view))

    def change_rules(self, policy: Policy, tiers: Sequence[Tier] = TIERS) -> list[AlertStep]:
        """Start again under other rules, and walk over the account."""
        self.policy, self.view.tiers = policy, tiers
        self.alerts = AccountAlerts.restore(policy, self.alerts.snapshot())
        return self.see(cause="rules")

    def told(self) -> list[tuple[str, str]]:
        """(step, reason) of all that was told."""
        return [(step.step, step.reason) for step in self.steps if step.is_told]

    def decided(self) -> list[str]:
        """The reasons of all records, suppressed ones with "not"."""
        return [step.reason if step.is_told else f"not {step.reason}" for step in self.steps]

    def _settle_before(self) -> None:
        """The next judgement is measured from the last one."""
        self.view.before = self.view.after() or self.view.before

    def _needs_call(self, cause: str) -> bool:
        view = self.view
        known = (view.standing, view.is_provisional, view.is_settling)
        seen = (view.score is None, *known, view.held_rules, view.mrr, view.outage)
        changed, self._seen = seen != self._seen, seen
        low, high = self.alerts.band
        is_out = view.score is not None and not low <= view.score < high
        return self._always or changed or is_out or cause in ("norm", "model", "backfill", "guard", "rules")

    def _called(self, call: Callable[[AccountAlerts], list[AlertStep]]) -> list[AlertStep]:
        if self._restarts:
            self.alerts = AccountAlerts.restore(self.policy, self.alerts.snapshot())
        steps = call(self.alerts)
        self.calls += 1
        self.steps += steps
        return steps
