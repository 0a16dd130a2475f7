"""The table of steps that a case allows: from a status, by an edge, to a status. All else raises.

The person's "mute" of a case is an overlay: a snoozed case goes back to the status that it had before.
"""

from __future__ import annotations

from typing import Literal

from alerts.step import CaseStatus, StepKind

Edge = Literal[
    "opened",
    "worse",
    "better",
    "acknowledged",
    "assigned",
    "noted",
    "snoozed",
    "snooze_ended",
    "escalated",
    "resolved",
    "retracted",
]
ENDED: tuple[CaseStatus, ...] = ("resolved", "retracted")
"""The statuses of a case that is over."""


class IllegalStep(RuntimeError):
    """A step that the case's status does not allow. When a person did not ask for it, it is a bug of ours."""


_COMMON: dict[Edge, tuple[CaseStatus, ...]] = {
    "acknowledged": ("acknowledged",),
    "snoozed": ("snoozed",),
    "resolved": ("resolved",),
    "retracted": ("retracted",),
}
ALLOWED: dict[CaseStatus | Literal[""], dict[Edge, tuple[CaseStatus, ...]]] = {
    "": {"opened": ("open", "snoozed")},
    "open": {
        **_COMMON,
        "worse": ("open",),
        "better": ("open",),
        "assigned": ("open",),
        "noted": ("open",),
        "escalated": ("escalated",),
    },
    "acknowledged": {
        **_COMMON,
        "worse": ("open",),
        "better": ("acknowledged",),
        "assigned": ("acknowledged",),
        "noted": ("acknowledged",),
    },
    "snoozed": {
        **_COMMON,
        "acknowledged": ("snoozed",),
        "worse": ("snoozed",),
        "better": ("snoozed",),
        "assigned": ("snoozed",),
        "noted": ("snoozed",),
        "snooze_ended": ("open", "acknowledged", "escalated"),
    },
    "escalated": {
        **_COMMON,
        "worse": ("open",),
        "better": ("escalated",),
        "assigned": ("escalated",),
        "noted": ("escalated",),
    },
    "resolved": {},
    "retracted": {},
}
"""A snoozed case that is acknowledged stays snoozed, and is acknowledged when the snooze ends. A case that gets worse
is open again, although somebody acknowledged it before. A case that is over allows no step."""

STEP_OF: dict[Edge, StepKind] = {
    "opened": "opened",
    "worse": "changed",
    "better": "changed",
    "acknowledged": "acknowledged",
    "assigned": "assigned",
    "noted": "none",
    "snoozed": "snoozed",
    "snooze_ended": "snooze_ended",
    "escalated": "escalated",
    "resolved": "resolved",
    "retracted": "retracted",
}
"""The step that is recorded for each edge."""


def allows(status: CaseStatus | Literal[""], edge: Edge) -> bool:
    """Whether a case with this status ("" before it is opened) may take this step.

    >>> allows("open", "acknowledged"), allows("resolved", "acknowledged")
    (True, False)
    """
    return edge in ALLOWED[status]


def checked(status: CaseStatus | Literal[""], edge: Edge, after: CaseStatus) -> CaseStatus:
    """`after`, when the table allows it.

    Raises:
        IllegalStep: when it does not.
    """
    if after not in ALLOWED[status].get(edge, ()):
        raise IllegalStep(f"a case that is {status or 'not open'} cannot be {edge} and then be {after}")
    return after
