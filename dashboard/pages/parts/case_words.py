"""Where a case stands, and what comes next, in words. Pure."""

from __future__ import annotations

from dashboard.queries.account.told import without_account
from dashboard.values.account import CaseView
from dashboard.values.listing import CaseBrief
from dashboard.wording.look import Look

SOON_MS = 24 * 3_600_000
"""An escalation within this time is written in the colour of what is due."""


def cause_words(case: CaseView) -> str:
    """Why there is a case: its latest words, else its rule."""
    return without_account(case.brief.words, case.account_id) or case.brief.label or case.brief.rule


def state_words(brief: CaseBrief, look: Look) -> str:
    """The status and for how long: «open 1 d 22 h», «snoozed to Fri 27 Nov 09:00»."""
    match brief.status:
        case "open":
            return f"open {look.since(brief.opened_at_ms)}"
        case "acknowledged":
            return f"acknowledged {look.since(brief.since_ms)}"
        case "escalated":
            return f"escalated {look.since(brief.since_ms)}"
        case "snoozed":
            return f"snoozed to {look.instant(brief.until_ms)}" if brief.until_ms else "snoozed"
        case other:
            return f"{other} {look.instant(brief.since_ms)}"


def next_words(brief: CaseBrief, look: Look) -> str:
    """What happens if nobody acts; who has it in hand, where nothing does."""
    if brief.status == "open" and brief.until_ms:
        when = look.instant(brief.until_ms)
        return f"was due {when}" if is_overdue(brief, look.now_ms) else f"escalates {when}"
    if brief.status == "escalated":
        return "nobody has acted"
    return f"by {brief.by}" if brief.by else ""


def is_overdue(brief: CaseBrief, now_ms: int) -> bool:
    """Whether the time to act is over, and nobody did."""
    return brief.status == "escalated" or (brief.status == "open" and 0 < brief.until_ms <= now_ms)


def is_soon(brief: CaseBrief, now_ms: int) -> bool:
    """Whether it escalates within a day, or did."""
    return is_overdue(brief, now_ms) or (brief.status == "open" and 0 < brief.until_ms <= now_ms + SOON_MS)
