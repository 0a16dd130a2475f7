"""The canary: a case that opens and is resolved for no account, so that the whole path of an alert can be watched.

A message on `control` makes the worker decide it, by the same code that decides about accounts. Nothing else knows it:
no event, no score, no tier, no norm, no route. Pure.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.account_view import Details
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules, Header, TierRule
from alerts.step import CANARY_ACCOUNT, AlertStep
from scoring.model.model import Tier
from scoring.result import Baseline, Driver, TierForecast, TransitionCause

_TIERS = (Tier("low", 0.0), Tier("high", 50.0))
_RULES = AlertRules(
    header=Header(name="canary"),
    rules={CANARY_ACCOUNT: TierRule(severities={"low": "info"}, margin=0.0, guarded=False)},
    routes={},
)


class _View:
    """The account that is none, at one score (0-100)."""

    account_id = CANARY_ACCOUNT
    is_provisional = is_settling = is_outage_over = False
    standing = outage = ""
    cause_kind = "event"
    held_rules: frozenset[str] = frozenset()
    flags: tuple[str, ...] = ()
    mrr: float | None = None

    def __init__(self, as_of_ms: int, score: float, before: float) -> None:
        self.as_of_ms = as_of_ms
        self.score: float | None = score
        self.tier = _tier(score)
        self.before: Baseline | None = _baseline(before)

    def after(self) -> Baseline | None:
        return _baseline(self.score or 0.0)

    def cause(self) -> TransitionCause | None:
        return TransitionCause(kind="event")

    def details(self, before: Baseline | None, cause: TransitionCause | None) -> Details:
        return Details(cause=None, deltas=(), plan=None, model="canary", model_version=1)

    def drivers(self) -> tuple[Driver, ...]:
        return ()

    def trait(self, signal: str) -> str | None:
        return None

    def forecast(self) -> TierForecast | None:
        return None


def canary_steps(partition: int, offset: int, instant_ms: int) -> list[AlertStep]:
    """The told steps of one canary, whose message is at `offset` of a partition of `control`: a case opens and is
    resolved. They are the same whenever that message is applied.

    >>> [(step.step, step.outcome) for step in canary_steps(0, 7, 0)]
    [('opened', 'sent'), ('resolved', 'sent')]
    """
    alerts = AccountAlerts(Policy(_RULES, _TIERS))
    steps: list[AlertStep] = []
    for score, before in ((90.0, 90.0), (10.0, 90.0), (90.0, 10.0)):
        steps += alerts.judge(_View(instant_ms, score, before))
    told = [step for step in steps if step.is_told]
    return [_numbered(step, partition, offset, number) for number, step in enumerate(told)]


def _numbered(step: AlertStep, partition: int, offset: int, number: int) -> AlertStep:
    """No two canaries have an id in common: an id has one content."""
    text = f"{CANARY_ACCOUNT}\0canary\0{partition}\0{offset}\0{number}"
    return msgspec.structs.replace(step, id=sha256(text.encode()).hexdigest()[:32], sequence=2 * offset + number + 1)


def _tier(score: float) -> str:
    return "low" if score < _TIERS[1].lower else "high"


def _baseline(score: float) -> Baseline:
    return Baseline(score, _tier(score), {})
