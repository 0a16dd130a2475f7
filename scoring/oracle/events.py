"""The oracle's events: which of them feed a signal, and the values of their properties."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from scoring.model import schema
from scoring.model.schema.rules import Plain

_UNSEEN = ("Cc", "Cf")
_FILLERS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x2800, 0x3164, 0xFFA0}
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))
_FOR_NOTHING = {
    *("null", "(null)", "<null>", '"null"', "'null'", "undefined", "none", "<none>", "nil", "<nil>", "nan", "n/a"),
    *("#n/a", "#ref!", "#value!", "#null!", "#name?", "#num!", "#div/0!", "true", "false", "{}", "[]", '""', "''"),
    *("(none)", "(not set)", "<no value>", "\\n", "0" * 32, "-".join("0" * digits for digits in (8, 4, 4, 4, 12))),
}
"""Placeholders that programs write for a missing id, in lower case."""


class OracleEvent(NamedTuple):
    """One event in canonical form; `event_id` and `user_id` are "" when not sent."""

    account_id: str
    topic: str
    name: str
    at_ms: int
    event_id: str
    user_id: str
    properties: Mapping[str, Any]


def once_by_id(events: Iterable[OracleEvent]) -> list[OracleEvent]:
    """The events of an account without duplicates: the first of each topic, name and id, and all without an id."""
    seen: set[tuple[str, str, str, str]] = set()
    once = []
    for event in events:
        if event.event_id:
            it = (event.account_id, event.topic, event.name, event.event_id)
            if it in seen:
                continue
            seen.add(it)
        once.append(event)
    return once


def feeds(signal: schema.Filtered, event: OracleEvent) -> bool:
    """A name in `also`; or one of these topics, with one of these names (any, when empty) and not excluded. And all of
    `where` hold."""
    chosen = not signal.events or is_named(signal.events, event.name)
    of_topic = event.topic in signal.topics and chosen and not is_named(signal.exclude, event.name)
    return (of_topic or is_named(signal.also, event.name)) and fulfils(signal.where, event)


@lru_cache(maxsize=50_000)
def is_named(entries: tuple[str, ...], name: str) -> bool:
    """Whether a list of names takes this one: some entry matches, and none that begins with `!`.

    >>> is_named(("Export Job*", "!export_job_by_hand"), "EXPORT-JOB-1"), is_named(("a_1_2",), "a_12")
    (True, False)
    """
    wanted = _bare(name)
    hits = [entry.startswith("!") for entry in entries if fnmatchcase(wanted, _pattern(entry.removeprefix("!")))]
    return bool(hits) and not any(hits)


@lru_cache(maxsize=10_000)
def _pattern(entry: str) -> str:
    """An entry for `fnmatchcase`: only a star is a wildcard; all other characters are literal."""
    return "".join("*" if sign == "*" else f"[{sign}]" if sign in "?[" else sign for sign in _bare(entry))


@lru_cache(maxsize=10_000)
def _bare(name: str) -> str:
    """The name in one case, without spaces and `_-.:/`; between two digits one of these is kept as `_`. All other
    characters stay."""
    bare: list[str] = []
    gap = False
    for sign in name:
        if sign.isspace() or sign in "_-.:/":
            gap = True
            continue
        if gap and bare and bare[-1][-1].isdecimal() and sign.isdecimal():
            bare.append("_")
        bare.append(sign)
        gap = False
    return "".join(bare).casefold()


def fulfils(conditions: Iterable[schema.Where], event: OracleEvent) -> bool:
    """Whether the event's properties fulfil all conditions."""
    return all(_holds(condition, sent(event, condition.property)) for condition in conditions)


def sent(event: OracleEvent, name: str) -> Any:
    """The value of a property, None when it was not sent. Of synonyms, "@" with `names` and `values` as JSON, it is the
    first that has a value: neither null nor blank, and no text that stands for "". A text that stands for another
    value, in any case, is that value."""
    if not name.startswith("@{"):
        return event.properties.get(name)
    synonyms = json.loads(name[1:])
    for each in synonyms["names"]:
        found = event.properties.get(each)
        if isinstance(found, str):
            plain = found.strip().casefold()
            found = synonyms["values"].get(plain, found) if plain else None
        if found is not None and found != "":
            return found
    return None


def _holds(condition: schema.Where, found: object) -> bool:
    if condition.exists is not None and condition.exists != (found is not None):
        return False
    if condition.is_ is not None:
        values = condition.is_ if isinstance(condition.is_, tuple) else (condition.is_,)
        if not any(_is_same(value, found) for value in values):
            return False
    if condition.at_least is not None and not (is_number(found) and found >= condition.at_least):
        return False
    return condition.at_most is None or (is_number(found) and found <= condition.at_most)


def _is_same(value: Plain, found: object) -> bool:
    """Equal and of one type: both texts, both truth values, or both numbers."""
    kinds = [(isinstance(each, str), isinstance(each, bool)) for each in (value, found)]
    return value == found and kinds[0] == kinds[1]


def is_number(found: object) -> TypeGuard[int | float]:
    """A truth value is not a number."""
    return isinstance(found, int | float) and not isinstance(found, bool)


def id_of(found: object) -> str:
    """The id of an item: a text in NFC, without invisible characters, trimmed, unless it is a placeholder; a whole
    number (also 7.0) as its digits; "" for anything else.

    >>> id_of("t1 "), id_of(7), id_of(7.0), id_of(True), id_of("NULL")
    ('t1', '7', '7', '', '')
    """
    if is_number(found):
        whole = abs(found) < 2**53 and found == int(found) if isinstance(found, float) else found.bit_length() <= 256
        return str(int(found)) if whole else ""
    text = _trimmed(found) if isinstance(found, str) else ""
    named = text.lower().removeprefix("[object ").removesuffix("]")
    is_object = text.lower() == f"[object {named}]" and named.isascii() and named.isalpha()
    return "" if is_object or text.lower() in _FOR_NOTHING else text


def is_blank(found: object) -> bool:
    """Whether nothing was sent, or a text without visible characters."""
    return found is None or (isinstance(found, str) and not _trimmed(found))


def _trimmed(text: str) -> str:
    seen = (char for char in text if unicodedata.category(char) not in _UNSEEN and not _leaves_no_mark(ord(char)))
    return unicodedata.normalize("NFC", "".join(seen)).strip()


def _leaves_no_mark(point: int) -> bool:
    return point in _FILLERS or any(first <= point <= last for first, last in _SELECTORS)


def text_of(found: object) -> str:
    """The key by which distinct values are counted: an id, or any other number; "" for anything else.

    >>> text_of("t1"), text_of(7), text_of(0.5), text_of(True)
    ('t1', '7', '0.5', '')
    """
    return str(found) if isinstance(found, float) and not id_of(found) else id_of(found)
