"""What a person may do to a case from a message, and how a button or a link names the case. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerts.step import AlertStep, CaseStatus
from scoring.instants import DAY_MS

CaseCommandKind = Literal["acknowledge", "snooze", "wake", "resolve"]
"""Those of `streams.control.messages.CaseCommand` that a message offers."""
ActionId = Literal["acknowledge", "snooze_24h", "snooze_7d", "resolve", "wake"]


FLEET_KIND = "guard"
"""The kind of the steps about the whole fleet: a feed that stopped, many accounts that fall together."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action: its label, the command that it becomes, and how long a snooze lasts, 0 for none."""

    label: str
    done: str
    command: CaseCommandKind
    snooze_ms: int = 0


ACTIONS: dict[ActionId, Action] = {
    "acknowledge": Action(label="Acknowledge", done="acknowledged", command="acknowledge"),
    "snooze_24h": Action(label="Snooze 24 h", done="snoozed for 24 hours", command="snooze", snooze_ms=DAY_MS),
    "snooze_7d": Action(label="Snooze 7 d", done="snoozed for 7 days", command="snooze", snooze_ms=7 * DAY_MS),
    "resolve": Action(label="Resolve", done="resolved", command="resolve"),
    "wake": Action(label="End snooze", done="woken", command="wake"),
}
_FITTING: dict[CaseStatus, tuple[ActionId, ...]] = {
    "open": ("acknowledge", "snooze_24h", "snooze_7d", "resolve"),
    "escalated": ("acknowledge", "snooze_24h", "snooze_7d", "resolve"),
    "acknowledged": ("snooze_24h", "snooze_7d", "resolve"),
    "snoozed": ("wake", "resolve"),
    "resolved": (),
    "retracted": (),
}


class CaseRef(msgspec.Struct, frozen=True, kw_only=True):
    """The case that a button or a link is about, and the number of its step that the person saw.

    Two people who act on the same step of the same case in the same way do the same thing: the second learns who was
    first.
    """

    account: str
    rule: str
    case: str
    step: int


def fitting_actions(status: CaseStatus | None) -> tuple[ActionId, ...]:
    """The actions that fit a case of this status, the most usual first; none when there is no case.

    >>> fitting_actions("snoozed"), fitting_actions("resolved")
    (('wake', 'resolve'), ())
    """
    return _FITTING[status] if status is not None else ()


def offered_actions(step: AlertStep) -> tuple[ActionId, ...]:
    """The actions that a message about `step` offers: none without a case, nor about the fleet, which is no account
    and has no partition to send a command to."""
    return fitting_actions(step.status) if step.case_id and step.rule_kind != FLEET_KIND else ()


def ref_of(step: AlertStep) -> CaseRef:
    """The case of `step`, as the step shows it."""
    return CaseRef(account=step.account_id, rule=step.rule, case=step.case_id, step=step.step_number)
