"""The name, account and time of an event that does not have them in the usual fields. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from scoring.event import shapes
from scoring.event.bodies import Rejected, kind_of, refuse_envelope, whole_body
from scoring.event.ids import clean
from scoring.event.timestamps import Untimely, any_stamp_ms

ACCOUNT_ID_MAX_CHARACTERS = 200
EVENT_NAME_MAX_CHARACTERS = 200
EARLIEST_MS = 946_684_800_000
"""2000-01-01: an earlier timestamp has a wrong unit or comes from an unset clock."""


def name_of(topic: str, wire: Any, value: bytes | None) -> str:
    """The name of an event without a plain `event` field."""
    given = wire.event
    name = ""
    if isinstance(given, str):
        name = clean(given)
    elif given is not None:
        refuse_envelope(value)
        raise Rejected("invalid", f"event must be a text, the event's name, but is {kind_of(given)}")
    if not name:
        if topic == "exceptions" and wire.account_id is not None and not isinstance(wire.account_id, str):
            refuse_envelope(value)  # else the vendor's own number for its customer would become the account
        name = shapes.name_of_nameless(topic, wire.type)
    if not name:
        refuse_envelope(value)
        if wire.type == "delete":
            raise Rejected("no_event_name", "a delete call asks to delete a user; it is not an event")
    if not name or len(name) > EVENT_NAME_MAX_CHARACTERS:
        raise Rejected("no_event_name", f"the event's name must have 1 to {EVENT_NAME_MAX_CHARACTERS} characters")
    return name


def account_of(wire: Any, properties: Any, value: bytes | None) -> str:
    """The account of an event without a plain `account_id`."""
    account_id = shapes.account_of(wire, properties) or shapes.account_elsewhere(whole_body(value))
    if not account_id:
        refuse_envelope(value)
        if placeholder := shapes.placeholder_in(wire, properties):
            raise Rejected(
                "placeholder_account",
                f"the account is {placeholder!r}, which programs write when they have none: send account_id",
            )
        raise Rejected("no_account", "the event names no account: send account_id, a text or a whole number")
    if len(account_id) > ACCOUNT_ID_MAX_CHARACTERS:
        raise Rejected(
            "account_too_long",
            f"account_id has {len(account_id)} characters; the most is {ACCOUNT_ID_MAX_CHARACTERS}",
        )
    return account_id


def occurred_at(stamp: object) -> int:
    """The instant of a given timestamp, in milliseconds since 1970."""
    try:
        return _plausible(any_stamp_ms(stamp))
    except Untimely as untimely:
        raise Rejected("bad_timestamp", str(untimely)) from None


def _plausible(occurred_at_ms: int) -> int:
    if occurred_at_ms < EARLIEST_MS:
        raise Rejected("bad_timestamp", "timestamp is before the year 2000: a wrong unit, or a clock that was not set")
    return occurred_at_ms


def undated(wire: Any, properties: Any, message_time_ms: int) -> int:
    """The instant, in milliseconds, of an event without a timestamp: from its call, a browser's clock or the message.

    A browser's clock may be fast, so the result is never after the message's own time, when there is one.
    """
    try:
        occurred_at_ms = shapes.call_ms(wire)
        if occurred_at_ms is None and properties.client_time is not UNSET:
            occurred_at_ms = any_stamp_ms(properties.client_time)
            if message_time_ms >= EARLIEST_MS:
                occurred_at_ms = min(occurred_at_ms, message_time_ms)
    except Untimely as untimely:
        raise Rejected("bad_timestamp", str(untimely)) from None
    if occurred_at_ms is not None:
        return _plausible(occurred_at_ms)
    if message_time_ms < EARLIEST_MS:
        raise Rejected("bad_timestamp", "the event has no timestamp, and its message has none either")
    return message_time_ms
