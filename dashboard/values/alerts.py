"""The alerts: cases, decisions, and what a rule file would have sent."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.values.account import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One record of `alerts`: whether a message was sent, and why or why not."""

    id: str
    at_ms: int
    account_id: str
    account: str
    rule: str
    label: str
    severity: str
    step: str
    outcome: str
    reason: str
    words: str
    case_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule: what opens it, how many cases it has open, and what it sent and suppressed in the last 30 days."""

    name: str
    label: str
    kind: str
    severity: str
    open: int
    sent: int
    suppressed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """The alerts page."""

    words: str
    as_of_ms: int
    cases: tuple[CaseView, ...]
    decisions: tuple[Decision, ...]
    rules: tuple[RuleLine, ...]
    rules_name: str
    rules_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """What a rule file would open now: its faults, or the accounts each rule holds for."""

    is_valid: bool
    findings: tuple[str, ...]
    holds: tuple[tuple[str, int], ...]
    sample: tuple[tuple[str, str, str], ...]
    words: str
