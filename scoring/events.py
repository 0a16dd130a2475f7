"""The canonical event, and the one place in the core where bytes are read.

Nothing that arrives is trusted: what cannot be decoded is *malformed*, what breaks a rule is *invalid*, and both end as
`Rejected` with a reason for the dead letter. Only the properties that the model names are decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NoReturn

import msgspec
from msgspec import UNSET

from scoring.instants import MINUTE_MS, instant_of
from scoring.wire import Wire

ACCOUNT_ID_MAX_CHARACTERS = 200
EVENT_NAME_MAX_CHARACTERS = 200
EVENT_MAX_BYTES = 1_000_000
FUTURE_TOLERANCE_MS = 5 * MINUTE_MS
EARLIEST_MS = 946_684_800_000
"""2000-01-01: an earlier timestamp is a wrong unit or an unset clock, not an event."""
NUMBER_LIMIT = 1e15
_MILLISECONDS_FROM = 1e11
"""An epoch number from here on is in milliseconds; below, in seconds (until the year 5138)."""
_ACCOUNT_GROUPS = ("account", "company", "organization", "workspace")
_CALLS = ("group", "identify")
"""Calls of customer data platforms that have a type and no event name: they carry traits."""

PropertyReader = Callable[[Any], object]


class Rejected(ValueError):
    """Unusable input: `reason` is one of a small closed set of codes, the text says it to a person."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class Event(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened in an account, at `occurred_at_ms` (milliseconds since 1970, UTC).

    `topic` is the input's plain name (`analytics`, …). `event_id` and `user_id` are "" when not given. `properties`
    holds only what the model names: read it with the readers of the `EventDecoder` that made it.
    """

    account_id: str
    topic: str
    name: str
    occurred_at_ms: int
    event_id: str
    user_id: str
    properties: Any


class EventDecoder:
    """Decodes messages for a model that names `properties`.

    `minimums` bounds numbers from below: an event with `properties.mrr` under its minimum is invalid. A property of
    the wrong type is no reason to reject an event: the signal that wanted it is left unchanged.
    """

    def __init__(self, properties: Iterable[str] = (), minimums: Mapping[str, float] | None = None) -> None:
        names = sorted(set(properties))
        fixed = {"account_id": "account_id", "user_id": "user_id", "groups": "$groups", "group_set": "$group_set"}
        read_anyway = {wire_name: field for field, wire_name in fixed.items()}
        fields = {name: read_anyway.get(name, f"p{number}") for number, name in enumerate(names)}
        self._readers: dict[str, PropertyReader] = {name: attrgetter(field) for name, field in fields.items()}
        self._wire_names = wire_names = {field: name for name, field in fields.items() if name not in read_anyway}
        values = msgspec.defstruct(
            "Properties",
            [(field, Any, UNSET) for field in (*fixed, *wire_names)],
            rename={**fixed, **wire_names},
        )
        self._properties = values
        self._none_given = values()
        wire = msgspec.defstruct("Wire", [("properties", values | None, None)], bases=(Wire,))
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(wire).decode
        bounds = minimums or {}
        self._minimums = tuple((name, self._readers[name], bounds[name]) for name in names if name in bounds)

    def reader(self, property_name: str) -> PropertyReader:
        """How to read `property_name` from an event's properties; it answers UNSET when it was not sent."""
        return self._readers[property_name]

    def properties_of(self, properties: Mapping[str, object]) -> Any:
        """Properties by name as those of an event that was decoded; what the model does not name is left out."""
        return self._properties(
            **{field: properties[name] for field, name in self._wire_names.items() if name in properties}
        )

    def decode(self, topic: str, value: bytes | None, message_time_ms: int, now_ms: int) -> Event:
        """The event in one message.

        Args:
            topic: the input's plain name, without a prefix.
            value: the message's bytes; None is a tombstone.
            message_time_ms: the message's own time, used when the event has no timestamp.
            now_ms: wall time, milliseconds; an event more than five minutes after it is refused.

        Raises:
            Rejected: for everything that is not an event.
        """
        wire = self._parse(value)
        properties: Any = wire.properties if wire.properties is not None else self._none_given
        if wire.traits is not None or properties.group_set is not UNSET:
            properties = self._with_traits(properties, wire.traits)
        name = wire.event or _name_of_nameless(topic, wire.type)
        if not name or len(name) > EVENT_NAME_MAX_CHARACTERS:
            raise Rejected("no_event_name", f"the event's name must have 1 to {EVENT_NAME_MAX_CHARACTERS} characters")
        if wire.timestamp is None and message_time_ms < EARLIEST_MS:
            raise Rejected("bad_timestamp", "the event has no timestamp, and neither has its message")
        occurred_at_ms = message_time_ms if wire.timestamp is None else _occurred_at(wire.timestamp)
        if occurred_at_ms > now_ms + FUTURE_TOLERANCE_MS:
            raise Rejected("in_the_future", "the event's timestamp is more than 5 minutes in the future")
        for property_name, read, minimum in self._minimums:
            _check_number(property_name, read(properties), minimum)
        return Event(
            wire.account_id or _account_id(wire, properties),
            topic,
            name,
            occurred_at_ms,
            "" if wire.id is None else number_text(wire.id),
            _user_id(wire, properties),
            properties,
        )

    def _with_traits(self, properties: Any, traits: object) -> Any:
        """The properties, and where they lack one, the traits of a group or identify call, or of `$group_set`."""
        merged = {field: getattr(properties, field) for field in properties.__struct_fields__}
        for given in (traits, properties.group_set):
            if isinstance(given, dict):
                for field, name in self._wire_names.items():
                    if merged[field] is UNSET:
                        merged[field] = given.get(name, UNSET)
        return self._properties(**merged)

    def _parse(self, value: bytes | None) -> Any:
        if value is None:
            raise Rejected("tombstone", "the message has no value; an input topic has no tombstones")
        if len(value) > EVENT_MAX_BYTES:
            raise Rejected("oversize", f"the event has {len(value)} bytes; the most is {EVENT_MAX_BYTES}")
        try:
            wire = self._decode(value)
        except msgspec.ValidationError as error:
            raise _invalid(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("malformed", f"not JSON: {error}") from None
        if wire.account_id is not None and len(wire.account_id) > ACCOUNT_ID_MAX_CHARACTERS:
            _refuse_account(wire.account_id)
        return wire


def _invalid(error: msgspec.ValidationError) -> Rejected:
    words = str(error)
    if "$.timestamp" in words:
        return Rejected("bad_timestamp", f"timestamp is neither RFC 3339 nor epoch seconds or milliseconds: {words}")
    if "$.account_id" in words:
        return Rejected("no_account", f"account_id must be text: {words}")
    return Rejected("invalid", words)


def _occurred_at(timestamp: datetime | float) -> int:
    """Milliseconds of a timestamp: RFC 3339, epoch seconds or epoch milliseconds."""
    if isinstance(timestamp, datetime):
        try:
            occurred_at_ms = instant_of(timestamp)
        except OverflowError:
            raise Rejected("bad_timestamp", "timestamp is out of the calendar's range") from None
    elif abs(timestamp) > NUMBER_LIMIT:
        raise Rejected("bad_timestamp", "timestamp is in no unit that we know: send seconds or milliseconds")
    else:
        occurred_at_ms = int(timestamp if timestamp >= _MILLISECONDS_FROM else timestamp * 1_000)
    if occurred_at_ms < EARLIEST_MS:
        raise Rejected("bad_timestamp", "timestamp is before the year 2000: a wrong unit, or a clock that was not set")
    return occurred_at_ms


def _check_number(name: str, value: object, minimum: float) -> None:
    if isinstance(value, int | float) and not minimum <= value <= NUMBER_LIMIT:
        raise Rejected("bad_property", f"properties.{name} must be from {minimum:g} to {NUMBER_LIMIT:g}")


def _name_of_nameless(topic: str, call: object) -> str:
    if topic == "exceptions":
        return "$exception"
    return call if isinstance(call, str) and call in _CALLS else ""


def _account_id(wire: Any, properties: Any) -> str:
    """The account from the other places where producers put it; see `docs/events.md`."""
    group_id = wire.context.get("groupId") if isinstance(wire.context, dict) else None
    for candidate in (properties.account_id, _tag(wire.tags), wire.groupId, group_id, _group(properties.groups)):
        if isinstance(candidate, str) and candidate:
            if len(candidate) > ACCOUNT_ID_MAX_CHARACTERS:
                _refuse_account(candidate)
            return candidate
    raise Rejected("no_account", "the event names no account: send account_id")


def _refuse_account(account_id: str) -> NoReturn:
    raise Rejected(
        "account_too_long",
        f"account_id has {len(account_id)} characters; the most is {ACCOUNT_ID_MAX_CHARACTERS}",
    )


def _tag(tags: object) -> object:
    if isinstance(tags, dict):
        return tags.get("account_id")
    if isinstance(tags, list):
        for pair in tags:
            if isinstance(pair, list) and len(pair) == 2 and pair[0] == "account_id":
                return pair[1]
    return None


def _group(groups: object) -> object:
    if not isinstance(groups, dict):
        return None
    known = [groups[kind] for kind in _ACCOUNT_GROUPS if kind in groups]
    return next(iter(known or (groups[kind] for kind in sorted(groups))), None)


def _user_id(wire: Any, properties: Any) -> str:
    of_user = wire.user.get("id") if isinstance(wire.user, dict) else None
    for candidate in (wire.user_id, wire.distinct_id, of_user, properties.user_id):
        if isinstance(candidate, str) and candidate:
            return candidate
        if isinstance(candidate, int) and not isinstance(candidate, bool):
            return number_text(candidate)
    return ""


def number_text(value: str | float) -> str:
    """A text as it is, a number in digits; hexadecimal past 256 bits, where Python refuses to write decimals.

    >>> number_text(42), number_text("a")
    ('42', 'a')
    """
    return f"{value:x}" if isinstance(value, int) and value.bit_length() > 256 else str(value)
