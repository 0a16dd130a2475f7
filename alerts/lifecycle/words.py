"""The sentence that an alert step says: one place, plain text, safe for any account name. No full stop at the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.text import NAME_LIMIT, TIER_LIMIT, WORDS_LIMIT, money, plain, points
from scoring.instants import DAY_MS, HOUR_MS, duration_words, rfc3339

_NAMED = 3
"""Cases that a summary names."""
_HOURS_MS = 3 * DAY_MS
"""Up to here, people count in hours."""


def with_cause(clause: str, cause: str) -> str:
    """A clause and why: "acme fell from green to red: no use for 12 days".

    >>> with_cause("acme fell from green to red", "No use for 12 days.")
    'acme fell from green to red: No use for 12 days'
    """
    return f"{clause}: {plain(cause, WORDS_LIMIT).rstrip('.')}" if cause.strip() else clause


def tier_change(account_id: str, before: str, after: str, is_worse: bool) -> str:
    """Both tiers: "acme fell from green to red". With only one known: "acme is red".

    >>> tier_change("acme", "red", "yellow", is_worse=False)
    'acme rose from red to yellow'
    """
    name = named(account_id)
    if not before or before == after:
        return f"{name} is {tier_name(after)}"
    return f"{name} {'fell' if is_worse else 'rose'} from {tier_name(before)} to {tier_name(after)}"


def recovered(account_id: str, before: str, after: str) -> str:
    """The end of a case about a tier: "acme recovered from red to green"."""
    return f"{named(account_id)} recovered from {tier_name(before)} to {tier_name(after)}"


def dropped(account_id: str, peak: int, score: int, within_ms: int) -> str:
    """A drop, from the highest of its span, both in hundredths.

    >>> dropped("acme", 8597, 7556, 86_400_000)
    'acme fell by 10.41 points within 24 hours, from 85.97 to 75.56'
    """
    span = "24 hours" if within_ms == DAY_MS else duration_words(within_ms)
    both = f"from {points(peak / 100)} to {points(score / 100)}"
    return f"{named(account_id)} fell by {points((peak - score) / 100)} points within {span}, {both}"


def fall_is_old(account_id: str, within_ms: int) -> str:
    """The end of a drop because time passed: the score stayed low, and is the new normal."""
    span = "24 hours" if within_ms == DAY_MS else duration_words(within_ms)
    return f"{named(account_id)} has not fallen further: the sharp drop is more than {span} old"


def mrr_changed(account_id: str, was_cents: int, mrr: float, within_ms: int) -> str:
    """A change of revenue: "the MRR of acme fell from 5,000 to 4,000 within 30 days"."""
    verb = "fell" if mrr * 100 < was_cents else "rose"
    change = f"{verb} from {money(was_cents / 100)} to {money(mrr)}"
    return f"the MRR of {named(account_id)} {change} within {duration_words(within_ms)}"


def about(account_id: str, label: str) -> str:
    """An account and a rule: "acme: payment failed"."""
    return f"{named(account_id)}: {lower_first(plain(label, NAME_LIMIT))}"


def flagged(account_id: str, label: str, flags: Sequence[str]) -> str:
    """A rule about flags, and which of them hold.

    >>> flagged("acme", "Red flag", ["no_answer", "silent"])
    'acme: red flag: no answer, silent'
    """
    named_flags = ", ".join(plain(flag.replace("_", " "), NAME_LIMIT) for flag in flags)
    return with_cause(about(account_id, label), named_flags)


def over(account_id: str, label: str) -> str:
    """The end of a case: "acme: payment failed is over"."""
    return f"{about(account_id, label)} is over"


def retracted(account_id: str, label: str) -> str:
    """A case that was wrong: "acme: health fell was taken back by a late event"."""
    return f"{about(account_id, label)} was taken back by a late event"


def no_longer_watched(account_id: str, label: str) -> str:
    """The end of a case whose rule is gone."""
    return f"{about(account_id, label)} is no longer watched"


def in_standing(account_id: str, label: str, standing: str) -> str:
    """The end of a case because the account has no score now: "acme: sharp drop is over: the account is churned"."""
    return f"{over(account_id, label)}: the account is {plain(standing, TIER_LIMIT)}"


def will_fall(account_id: str, tier: str, at_ms: int, zone: str) -> str:
    """A forecast: "acme: red on 28 November 14:00 UTC unless active".

    >>> will_fall("acme", "red", 1_795_874_400_000, "UTC")
    'acme: red on 28 November 14:00 UTC unless active'
    """
    return f"{named(account_id)}: {tier_name(tier)} on {moment(at_ms, zone)} unless active"


def nobody_acted(account_id: str, label: str, waited_ms: int, is_open_hours: bool) -> str:
    """An escalation.

    >>> nobody_acted("acme", "Health fell", 172_800_000, is_open_hours=False)
    'acme: nobody acted in 48 hours on health fell'
    """
    in_hours = waited_ms <= _HOURS_MS and waited_ms % HOUR_MS == 0
    waited = f"{waited_ms // HOUR_MS} hours" if in_hours and waited_ms > HOUR_MS else duration_words(waited_ms)
    if is_open_hours:
        waited = waited.replace(" ", " open ", 1)
    return f"{named(account_id)}: nobody acted in {waited} on {lower_first(plain(label, NAME_LIMIT))}"


def acted(account_id: str, label: str, did: str, by: str) -> str:
    """A person's action: "acme: health fell acknowledged by ann"."""
    return f"{about(account_id, label)} {did} by {plain(by, NAME_LIMIT)}"


def account_snoozed(account_id: str, by: str) -> str:
    """A snooze of an account without open cases."""
    return f"all alerts of {named(account_id)} snoozed by {plain(by, NAME_LIMIT)}"


def snooze_ended(account_id: str, by: str, parts: Sequence[str], more: int) -> str:
    """The summary at the end of a snooze: whose it was, and what happened meanwhile.

    >>> snooze_ended("acme", "ann", ["health fell still holds (red)"], 0)
    'acme: the snooze by ann ended: health fell still holds (red)'
    """
    listed = list(parts[:_NAMED])
    if left := len(parts) - len(listed) + more:
        listed.append(f"{left} more")
    text = "; ".join(listed) or "nothing happened"
    return f"{named(account_id)}: the snooze by {plain(by, NAME_LIMIT)} ended: {text}"


def not_told(account_id: str, label: str, why: str) -> str:
    """A decision to tell nobody: "acme: health fell, not told: dwell until 2026-05-03T10:00:00Z"."""
    return f"{about(account_id, label)}, not told: {why}"


def until(at_ms: int) -> str:
    """An instant in a decision."""
    return f"until {rfc3339(at_ms)}"


def moment(at_ms: int, zone: str) -> str:
    """A day and minute by the wall clock of a zone: "28 November 14:00 UTC"."""
    local = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    return f"{local.day} {local:%B %H:%M} {local.tzname() or zone}"


def named(account_id: str) -> str:
    """An account's name, safe to show."""
    return plain(account_id, NAME_LIMIT)


def tier_name(tier: str) -> str:
    """A tier's name, safe to show."""
    return plain(tier, TIER_LIMIT)


def lower_first(text: str) -> str:
    """`text` with a small first letter, unless its first word is written in capitals ("MRR fell").

    >>> lower_first("Sharp drop"), lower_first("MRR fell")
    ('sharp drop', 'MRR fell')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
