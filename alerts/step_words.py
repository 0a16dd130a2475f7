"""What happened to a case, in words: headline, present state, status, history. Pure.

Every text from outside passes `plain` here. A headline is at most `HEADLINE_LIMIT` characters: a phone shows it whole.
"""

from __future__ import annotations

import re
from typing import Protocol

from alerts.case_action import FLEET_KIND
from alerts.step import AlertStep, InHand
from alerts.text import NAME_LIMIT, TIER_LIMIT, WORDS_LIMIT, plain, points, sentence, signed
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, day_words, parse_instant

HEADLINE_LIMIT = 80
ACCOUNT_LIMIT = 40
"""Of a headline's characters, so that the rest of it is still seen."""
PERSON_LIMIT = 40
OVER = ("resolved", "retracted")
_SLACK_ID = re.compile(r" \([UW][A-Z0-9]{2,20}\)$")


class Standing(Protocol):
    """How a case stands: an `AlertStep`, or an `OpenCase` of a snapshot."""

    @property
    def severity(self) -> str: ...

    @property
    def status(self) -> str | None: ...

    @property
    def by(self) -> str: ...

    @property
    def assignee(self) -> str: ...

    @property
    def until(self) -> str: ...


def headline(step: AlertStep) -> str:
    """What happened, as one clause without a full stop: "acme fell from green to red: 41.2 (−37.2)"."""
    return plain(_headline(step), HEADLINE_LIMIT)


def _headline(step: AlertStep) -> str:
    account, by = name_of(step), person(step.by)
    about = subject(step)
    if (not step.rule or step.rule_kind == FLEET_KIND) and step.words:
        return _said(step)
    match step.step:
        case "acknowledged":
            return f"{account}: {about} acknowledged{by and f' by {by}'}"
        case "assigned":
            return f"{account}: {about} assigned to {person(step.assignee) or 'nobody'}{by and f' by {by}'}"
        case "snoozed":
            return f"{account}: {about} snoozed{by and f' by {by}'}{_until(step.until)}"
        case "snooze_ended":
            over = step.status in OVER
            return f"{account}: snooze{by and f' of {by}'} ended, {about} {'is over' if over else 'still holds'}"
        case "escalated":
            return _said(step) if step.words else f"{account}: nobody acted on {about}"
        case "retracted":
            return f"{account}: {about} taken back, a late event arrived"
        case "resolved" if by:
            return f"{account}: {about} resolved by {by}"
        case "resolved" if step.reason == "rule_changed" and step.words:
            return _said(step)
        case "resolved" if step.tier and step.rule_kind == "tier":
            return f"{account} recovered to {_tier(step.tier)}{_score_now(step)}"
        case "resolved":
            return f"{account}: {about} is over"
        case "none" if by:
            return f"{account}: {about}, a note by {by}"
        case _:
            return _happened(step, account)


def _happened(step: AlertStep, account: str) -> str:
    """The headline of a case that opened or changed."""
    if step.rule_kind == "tier" and step.tier:
        if step.from_tier and step.from_tier != step.tier:
            verb = "fell" if _is_worse(step) else "rose"
            return f"{account} {verb} from {_tier(step.from_tier)} to {_tier(step.tier)}{_score_now(step)}"
        return f"{account} is {_tier(step.tier)}{_score_now(step)}"
    said = _said(step) if step.words else f"{account}: {subject(step)}"
    # Both scores of a drop are below the headline too.
    return said.rpartition(", from ")[0] or said if step.rule_kind == "drop" and len(said) > HEADLINE_LIMIT else said


def present_state(step: AlertStep) -> str:
    """How the case stands after the step, which is the headline of a message that is edited in place."""
    if step.step not in ("acknowledged", "assigned", "snoozed", "escalated", "snooze_ended", "none"):
        return headline(step)
    if step.status in OVER:
        return plain(f"{name_of(step)}: {subject(step)} is over", HEADLINE_LIMIT)
    if step.rule_kind == "tier" and step.tier:
        return plain(f"{name_of(step)} is {_tier(step.tier)}{_score_now(step)}", HEADLINE_LIMIT)
    return plain(f"{name_of(step)}: {subject(step)}", HEADLINE_LIMIT)


def status(step: Standing) -> str:
    """Who has the case in hand, as one line: "Acknowledged by Ann"; "" when there is no case."""
    hand = step.hand if isinstance(step, AlertStep) else InHand(step.by, step.until)
    by = person(step.by if step.status in OVER else hand.by)
    whose = f" · assigned to {person(step.assignee)}" if step.assignee else ""
    match step.status:
        case "acknowledged":
            return f"Acknowledged{by and f' by {by}'}{whose}"
        case "snoozed":
            return f"Snoozed{by and f' by {by}'}{_until(hand.until)}{whose}"
        case "escalated":
            return f"Escalated: nobody acted in time{whose}"
        case "resolved":
            return f"Resolved{by and f' by {by}'}"
        case "retracted":
            return "Taken back: a late event showed that it was no alert"
        case "open" if step.severity == "good":
            return f"Assigned to {person(step.assignee)}" if step.assignee else ""
        case "open":
            due = moment(hand.until)
            return f"Open{whose or ': nobody has it yet'}{f', escalates on {due}' if due else ''}"
        case _:
            return ""


def history(step: AlertStep) -> str:
    """What came before, as small print: "opened 21 November 10:00 UTC · step 3"; "" for a first step."""
    parts = []
    if step.step_number > 1 and (opened := moment(step.opened_at)):
        parts.append(f"opened {opened} · step {step.step_number}")
    if step.reason == "after_outage":
        parts.append("held back by an outage until now")
    return " · ".join(parts)


def why(step: AlertStep) -> str:
    """The cause in one sentence; what happened, where that is more than the headline says; "" when neither is known."""
    if step.reason == "action":
        return ""
    if step.step == "snooze_ended" and step.words:
        return sentence(_said(step))
    if cause := _cause(step):
        return sentence(cause)
    said = _said(step)
    return sentence(said) if said and said not in headline(step) and not _is_told_by_headline(step) else ""


def _cause(step: AlertStep) -> str:
    """The cause, where it is that of the step: of a fall or a rise always, otherwise if the step's sentence has it."""
    cause = _bare(step.cause.words) if step.cause is not None and step.cause.words else ""
    belongs = step.rule_kind == "tier" or (step.rule_kind == "drop" and step.step == "opened")
    return cause if cause and (belongs or _bare(step.words).endswith(f": {cause}")) else ""


def _is_told_by_headline(step: AlertStep) -> bool:
    return step.rule_kind == "tier" or step.step in ("escalated", "retracted")


def forecast(step: AlertStep) -> str:
    """The next tier if nobody is active: "red on 28 November 14:00 UTC, in 3 days"; "" when it is unknown."""
    if not step.next_tier or not (at := moment(step.next_at)):
        return ""
    ahead = _ahead(parse_instant(step.next_at) - step.as_of_ms)
    return f"{_tier(step.next_tier)} on {at}{ahead}"


def name_of(step: AlertStep) -> str:
    return plain(step.account_id, ACCOUNT_LIMIT)


def subject(step: AlertStep) -> str:
    """What the case is about, in a word or two: the tier, or the rule's label, or its name."""
    if step.rule_kind == "tier" and step.tier and step.status not in OVER:
        return _tier(step.tier)
    name = plain(step.label or step.rule.replace("_", " ").replace("-", " "), ACCOUNT_LIMIT)
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def person(name: str) -> str:
    """A person's name made plain, without the Slack id that the author of a button's command has; "" for nobody.

    >>> person("ann (U024BE7LH)")
    'ann'
    """
    return plain(_SLACK_ID.sub("", name), PERSON_LIMIT) if name else ""


def tiers(step: AlertStep) -> str:
    """Both tiers, old to new, or the tier now; "" when there is none."""
    if step.from_tier and step.tier and step.from_tier != step.tier:
        return f"{_tier(step.from_tier)} ▸ {_tier(step.tier)}"
    return _tier(step.tier) if step.tier else ""


def score(step: AlertStep) -> str:
    """The score and its change: "78.4 ▸ 41.2 (−37.2)", "41.2"; "" without a score."""
    if step.score is None:
        return ""
    if step.before is None or not step.change:
        return points(step.score)
    return f"{points(step.before)} ▸ {points(step.score)} ({signed(step.change)})"


def moment(instant: str) -> str:
    """An RFC 3339 instant for people, UTC; "" for none and for what is no instant.

    >>> moment("2026-11-28T14:00:00Z"), moment("")
    ('28 November 14:00 UTC', '')
    """
    try:
        at_ms = parse_instant(instant)
    except ValueError:
        return ""
    minutes = at_ms % DAY_MS // MINUTE_MS
    return f"{day_words(at_ms // DAY_MS)} {minutes // 60:02d}:{minutes % 60:02d} UTC"


def _ahead(span_ms: int) -> str:
    if span_ms <= 0:
        return ""
    if span_ms >= 2 * DAY_MS:
        return f", in {round(span_ms / DAY_MS)} days"
    hours = max(round(span_ms / HOUR_MS), 1)
    return f", in {hours} hours" if hours > 1 else ", in 1 hour"


def _is_worse(step: AlertStep) -> bool:
    if step.reason in ("worse", "better"):
        return step.reason == "worse"
    return step.change < 0 if step.change else step.severity != "good"


def _said(step: AlertStep) -> str:
    """The step's sentence with the account's name in front, without its cause and without a full stop; "" for none."""
    words = _bare(step.words) if step.words else ""
    if cause := _cause(step):
        words = words.removesuffix(f": {cause}")
    full, short = plain(step.account_id, NAME_LIMIT), name_of(step)
    if words.startswith(full):
        return short + words.removeprefix(full)
    if not words or full in words:
        return words[:1].upper() + words[1:]
    return f"{short}: {words}"


def _bare(text: str) -> str:
    return plain(_SLACK_ID.sub("", text), WORDS_LIMIT).rstrip(".")


def _score_now(step: AlertStep) -> str:
    if step.score is None:
        return ""
    return f": {points(step.score)}{f' ({signed(step.change)})' if step.change else ''}"


def _until(instant: str) -> str:
    return f" until {at}" if (at := moment(instant)) else ""


def _tier(name: str) -> str:
    return plain(name, TIER_LIMIT)
