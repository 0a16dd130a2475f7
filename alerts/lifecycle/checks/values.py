"""Checks of single values: names, durations, zones, times of day, links and names of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, duration_words
from scoring.model.rule_checks import ModelRuleError, check_duration, suggestion

TEXT_MAX = 200
"""The longest label, action or name of a person, in characters."""
SECRET_PREFIX = "VITALS_SECRET_"
_SECRET = re.compile(r"VITALS_SECRET_[A-Z0-9_]*[A-Z0-9]")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_PLACE = re.compile(r"\{([^{}]*)\}")


def check_known(key: str, name: str, what: str, known: Iterable[str]) -> None:
    """Reject a name that is not among the known ones of a kind."""
    names = list(known)
    if name not in names:
        words = f"no {what} is called {name!r}{suggestion(name, names)}"
        there = f"Take one of {', '.join(names)}, or add it" if names else f"There is no {what} at all; add it"
        raise ModelRuleError(key, f"{words} {there}")


def check_different(key: str, values: Sequence[str]) -> None:
    """Reject a list with a value twice."""
    for value in values:
        if values.count(value) > 1:
            raise ModelRuleError(key, f"{value!r} is named twice; remove one of them")


def check_span(key: str, text: str, least_ms: int, most_ms: int) -> int:
    """The duration in milliseconds; rejects one outside [least, most]."""
    length = check_duration(key, text)
    if not least_ms <= length <= most_ms:
        words = f"it must be from {duration_words(least_ms)} to {duration_words(most_ms)}, and {text} is not; change it"
        raise ModelRuleError(key, words)
    return length


def check_span_or_none(key: str, text: str, least_ms: int, most_ms: int) -> int:
    """The same, where "" is allowed and 0 milliseconds."""
    return check_span(key, text, least_ms, most_ms) if text else 0


def check_zone(key: str, zone: str) -> None:
    """Reject what is not the name of a time zone. "" is allowed: it is the header's."""
    if not zone:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ModelRuleError(key, f"{zone!r} is not a time zone; write one like 'UTC' or 'Europe/Berlin'") from None


def check_time(key: str, text: str) -> int:
    """The minute of the day of a time such as 09:30."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ModelRuleError(key, f"{text!r} is not a time of day; write it like '09:00', from '00:00' to '23:59'")
    return int(match[1]) * 60 + int(match[2])


def check_days(key: str, days: Sequence[str]) -> None:
    """Reject an empty list of weekdays, and one with a day twice."""
    if not days:
        raise ModelRuleError(key, "the list of days is empty, so it is never time; name a day, like 'mon'")
    check_different(key, days)


def check_text(key: str, text: str) -> None:
    """Reject a text for people that is too long, or has characters that cannot be printed."""
    if len(text) > TEXT_MAX:
        raise ModelRuleError(key, f"it has {len(text)} characters, and the most is {TEXT_MAX}; say it in fewer")
    if not text.isprintable():
        raise ModelRuleError(key, f"{text!r} has characters that cannot be printed; leave them out")


def check_link(key: str, link: str, places: Sequence[str] = ("account_id", "rule")) -> None:
    """Reject what is not a link, or has other places in braces than these. "" is allowed."""
    if not link:
        return
    if not link.startswith(("https://", "http://")) or len(link) > 2_000 or not link.isprintable() or " " in link:
        raise ModelRuleError(key, f"{link[:80]!r} is not a link; write one that begins with https://")
    check_places(key, link, places)


def check_places(key: str, text: str, places: Sequence[str]) -> None:
    """Reject names in braces other than these."""
    for name in _PLACE.findall(text):
        if name not in places:
            known = ", ".join(f"{{{each}}}" for each in places) or "none"
            raise ModelRuleError(key, f"nothing is known to put in the place of {{{name}}}; the places are {known}")


def check_secret(key: str, name: str, *, needed: bool = True) -> None:
    """Reject what is not the name of a variable for secrets; without `needed`, "" is allowed."""
    if not name and not needed:
        return
    if not _SECRET.fullmatch(name) or name.endswith("_FILE"):
        shown = name if re.fullmatch(r"[A-Z0-9_]{1,60}", name) else "what is given"
        words = f"{shown} is not the name of a secret's variable; put the secret itself into one such as"
        raise ModelRuleError(key, f"{words} {SECRET_PREFIX}SLACK, and write that name here")


MINUTE, HOUR, DAY, YEAR = MINUTE_MS, HOUR_MS, DAY_MS, 366 * DAY_MS
