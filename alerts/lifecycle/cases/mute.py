"""Snoozes: the one predicate that decides whether people learn of a step, and the memory of those that they miss."""

from __future__ import annotations

import msgspec

from alerts.lifecycle.cases.state import AccountState, Case, Missed, Mute, RuleState
from alerts.step import SEVERITIES, CaseStatus, StepKind
from scoring.instants import DAY_MS

LONGEST_MS = 90 * DAY_MS
"""Every snooze ends: nobody can forget one for ever."""
MISSED_LIMIT = 16
"""Of the cases that one summary names."""


def muted(account: AccountState, rule: RuleState | None, at_ms: int) -> Mute | None:
    """The snooze that keeps steps of a rule from people at an instant: the one that ends last. None when none does.

    It is asked before every first message, update, escalation and resolve.
    """
    own = rule.mute if rule is not None and rule.mute is not None and at_ms < rule.mute.until_ms else None
    whole = account.mute if account.mute is not None and at_ms < account.mute.until_ms else None
    if own is None or whole is None:
        return own or whole
    return own if own.until_ms > whole.until_ms else whole


def shown_status(account: AccountState, rule: RuleState, case: Case, at_ms: int) -> CaseStatus:
    """The status of an open case as people see it: "snoozed" while it is muted."""
    return case.status if muted(account, rule, at_ms) is None else "snoozed"


def remember(mute: Mute, rule: str, case: Case, step: StepKind, status: CaseStatus) -> None:
    """Keep a step that is not told because of `mute`, for the summary at its end."""
    missed = Missed(
        rule=rule,
        case_id=case.id,
        step=step,
        status=status,
        severity=case.severity,
        tier=case.tier,
        opened_ms=case.opened_ms,
        steps=case.steps,
        was_told=case.was_told,
    )
    add_missed(mute, missed)


def add_missed(mute: Mute, missed: Missed) -> None:
    """Keep a missed step, one entry a case: its latest step, and its worst severity."""
    for index, known in enumerate(mute.missed):
        if known.case_id == missed.case_id:
            worst = min(known.severity, missed.severity, key=SEVERITIES.index)
            mute.missed[index] = msgspec.structs.replace(missed, severity=worst)
            return
    if len(mute.missed) < MISSED_LIMIT:
        mute.missed.append(missed)
    else:
        mute.more += 1
