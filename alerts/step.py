"""The records of the topic `alerts`: each step of a case, and each decision to tell nobody. Only values."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerts.notification import Cause, Delta
from scoring.result import Driver

CANARY_ACCOUNT = "vitals-canary"
"""The account of the steps that no account has: see `alerts.lifecycle.canary`. No route takes them."""

Severity = Literal["critical", "warning", "info", "good"]
"""How much a rule matters. "good" is good news."""
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info", "good")

CaseStatus = Literal["open", "acknowledged", "snoozed", "escalated", "resolved", "retracted"]

StepKind = Literal[
    "opened",
    "changed",
    "acknowledged",
    "assigned",
    "snoozed",
    "snooze_ended",
    "escalated",
    "resolved",
    "retracted",
    "none",
]
"""What happened to the case; "none" for a decision that changed no case."""

Outcome = Literal["sent", "suppressed"]
"""Whether the account's own rules let somebody be told. Routes decide afterwards: `alerts.delivery_record`."""

Reason = Literal[
    # sent
    "first",
    "worse",
    "better",
    "escalated",
    "resolved",
    "retracted",
    "action",
    "summary",
    "after_outage",
    # suppressed
    "hysteresis",
    "dwell",
    "snooze",
    "guard",
    "provisional",
    "settling",
    "backfill",
    "norm",
    "model",
    "standing",
    "rule_changed",
    "filter",
    "repeat",
    "covered",
]
"""Why it is sent, or what suppresses it. "settling" is an account's first day, whose past may still be arriving.
"covered": a step about the account's tier, of the same moment, tells it."""


class InHand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who has acknowledged or snoozed a case, and until when a snooze or the time to act lasts (RFC 3339)."""

    by: str = ""
    until: str = ""


class AlertStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"from_tier": "from"}):
    """One step of a case, or one decision to tell nobody. The key of the message is the account.

    `id` is a hash of (account, "alerts", sequence): one id always has the same content. `sequence` counts the account's
    records from 1 without gaps. `case_id` is "" where no case was open or opened. `status` is that of the case after
    the step. `step_number` counts the steps of the case from 1. `is_told` is `outcome == "sent"`.

    `score`, `before` are 0-100 with two decimals, `deltas` sum to `change` exactly, as in `Notification`; without a
    score they are None, and `deltas` is empty. Where the rule is a drop and the step says that it holds, `before` is
    the highest score of the span, which it fell from, and `deltas` is empty: the parts of that score are not kept.
    `drivers` are what costs the account the most points, worst first; a step that is not sent has none: nobody reads
    them, and every signal is read to find them. `words` is one sentence: what happened. `by` is the person of a
    command, or of the snooze that suppresses; `until` (RFC 3339) is the end of a snooze, a dwell, or a time to act.
    `in_hand` is there when these two are not those of the case as it stands: Bob notes on a case that Ann acknowledged.
    `traits` are those of the table `[traits]`, by name: owner, segment, … `action` is what is recommended, `taken` the
    action that a person's command names as taken.
    `next_tier`, `next_at` are the forecast under silence,
    "" when unknown. `outage` is the id of the fleet alarm that a step was held back by, "" for none.
    `label` is the rule's name for people, "" when it has none.
    """

    id: str
    account_id: str
    sequence: int
    rule: str
    rule_kind: str
    severity: Severity
    step: StepKind
    outcome: Outcome
    reason: Reason
    words: str
    as_of: str
    as_of_ms: int
    model: str
    model_version: int
    case_id: str = ""
    status: CaseStatus | None = None
    step_number: int = 0
    opened_at: str = ""
    tier: str = ""
    from_tier: str = ""
    score: float | None = None
    before: float | None = None
    change: float = 0.0
    deltas: tuple[Delta, ...] = ()
    cause: Cause | None = None
    drivers: tuple[Driver, ...] = ()
    flags: tuple[str, ...] = ()
    mrr: float | None = None
    plan: str | None = None
    traits: dict[str, str] = {}
    assignee: str = ""
    by: str = ""
    until: str = ""
    note: str = ""
    action: str = ""
    taken: str = ""
    playbook: str = ""
    page: str = ""
    next_tier: str = ""
    next_at: str = ""
    outage: str = ""
    label: str = ""
    in_hand: InHand | None = None

    @property
    def hand(self) -> InHand:
        """Who has the case in hand, and until when."""
        return self.in_hand or InHand(self.by, self.until)

    @property
    def is_told(self) -> bool:
        """Whether a route may tell somebody."""
        return self.outcome == "sent"
