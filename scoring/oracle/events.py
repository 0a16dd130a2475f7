"""Events as the oracle sees them, which of them feed a signal, and what their properties say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from scoring import spec
from scoring.spec.rules import Plain

_DECIMAL_BITS = 256
"""Past so many bits a whole number is written in hexadecimal, as everywhere: Python refuses to write long decimals."""


class Happened(NamedTuple):
    """One event in its canonical form; `event_id` and `user_id` are "" when they were not sent."""

    account_id: str
    topic: str
    name: str
    at_ms: int
    event_id: str
    user_id: str
    properties: Mapping[str, Any]


def once_by_id(events: Iterable[Happened]) -> list[Happened]:
    """Of the events of an account with one id the first, and all that have none."""
    seen: set[tuple[str, str]] = set()
    once = []
    for event in events:
        if event.event_id:
            if (event.account_id, event.event_id) in seen:
                continue
            seen.add((event.account_id, event.event_id))
        once.append(event)
    return once


def feeds(signal: spec.Filtered, event: Happened) -> bool:
    """A name in `also`; or of these topics, with one of these names (any, when empty) and not excluded. And all of
    `where` hold."""
    named = not signal.events or event.name in signal.events
    of_topic = event.topic in signal.topics and named and event.name not in signal.exclude
    return (of_topic or event.name in signal.also) and fulfils(signal.where, event)


def fulfils(conditions: Iterable[spec.Where], event: Happened) -> bool:
    """Whether the event's properties are as all of the conditions want them."""
    return all(_holds(condition, event.properties.get(condition.property)) for condition in conditions)


def _holds(condition: spec.Where, found: object) -> bool:
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
    """Equal, and both texts, both truth values, or both numbers."""
    kinds = [(isinstance(each, str), isinstance(each, bool)) for each in (value, found)]
    return value == found and kinds[0] == kinds[1]


def is_number(found: object) -> TypeGuard[int | float]:
    """A truth value is none."""
    return isinstance(found, int | float) and not isinstance(found, bool)


def text_of(found: object) -> str:
    """A text, or a number as a text; "" for all else.

    >>> text_of("t1"), text_of(7), text_of(True)
    ('t1', '7', '')
    """
    if isinstance(found, int) and not isinstance(found, bool) and found.bit_length() > _DECIMAL_BITS:
        return f"{found:x}"
    return str(found) if isinstance(found, str) or is_number(found) else ""
