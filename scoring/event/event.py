"""The canonical event, and the one place in the core where bytes are read.

Nothing that arrives is trusted: what cannot be decoded is *malformed*, what breaks a rule is *invalid*, and both end as
`Rejected` with a reason for the dead letter. Only the properties that the model names are decoded. Where producers put
things is in `scoring.event.shapes` and `scoring.event.nested_fields`, the rule for ids in `scoring.event.ids`, that for
times in `scoring.event.timestamps`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from scoring.event import shapes
from scoring.event.bodies import BYTE_ORDER_MARK, Rejected, kind_of, refuse_envelope, refuse_packed
from scoring.event.envelopes import packed
from scoring.event.ids import clean, familiar_id, text_id
from scoring.event.nested_fields import (
    ACCOUNT_ID_MAX_CHARACTERS,
    EARLIEST_MS,
    EVENT_NAME_MAX_CHARACTERS,
    account_of,
    name_of,
    occurred_at,
    undated,
)
from scoring.event.wire import Wire
from scoring.instants import MINUTE_MS

EVENT_MAX_BYTES = 1_000_000
FUTURE_TOLERANCE_MS = 5 * MINUTE_MS
READ_ANYWAY = {
    "account_id": "account_id",
    "user_id": "user_id",
    "distinct_id": "distinct_id",
    "uuid": "uuid",
    "insert_id": "$insert_id",
    "groups": "$groups",
    "group_key": "$group_key",
    "group_set": "$group_set",
    "person_set": "$set",
    "client_time": "$time",
}
"""Properties that are read whatever the model names, by field: traits never take their place."""
_BODY = msgspec.json.Decoder()
_familiar_name = lru_cache(maxsize=1 << 12)(clean)

__all__ = [
    "ACCOUNT_ID_MAX_CHARACTERS",
    "EARLIEST_MS",
    "EVENT_MAX_BYTES",
    "EVENT_NAME_MAX_CHARACTERS",
    "FUTURE_TOLERANCE_MS",
    "READ_ANYWAY",
    "Event",
    "EventDecoder",
    "PropertyReader",
    "Rejected",
    "scoped_id",
]
PropertyReader = Callable[[Any], object]


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


def scoped_id(event: Event) -> str:
    """What tells the event from the others of its account: its id, which counts within its topic and its name.

    So a ticket's number may be the id of its opening and of its close. "" when it has no id.
    """
    return f"{event.topic}\0{event.name}\0{event.event_id}" if event.event_id else ""


class EventDecoder:
    """Decodes messages for a model that names `properties`.

    No property is a reason to refuse an event: the signal that cannot use its value is left unchanged. `unusable`
    counts ids that are none, by "id" and "user_id": such an event has no id, or no user, and counts. Whoever tells of
    them clears it.
    """

    def __init__(self, properties: Iterable[str] = ()) -> None:
        names = sorted(set(properties))
        read_anyway = {wire_name: field for field, wire_name in READ_ANYWAY.items()}
        fields = {name: read_anyway.get(name, f"p{number}") for number, name in enumerate(names)}
        self.unusable: Counter[str] = Counter()
        self._readers: dict[str, PropertyReader] = {name: attrgetter(field) for name, field in fields.items()}
        self._wire_names = wire_names = {field: name for name, field in fields.items() if name not in read_anyway}
        values = msgspec.defstruct(
            "Properties",
            [(field, Any, UNSET) for field in (*READ_ANYWAY, *wire_names)],
            rename={**READ_ANYWAY, **wire_names},
            gc=False,
        )
        self._properties = values
        self._none_given = values()
        self._written: Callable[[str], Any] = msgspec.json.Decoder(values | list[Any] | None).decode
        self._wire = msgspec.defstruct(
            "Wire", [("properties", values | list[Any] | str | None, None)], bases=(Wire,), gc=False
        )
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(self._wire).decode

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
        properties = wire.properties
        if properties is None:
            properties = self._none_given
        elif isinstance(properties, str | list):
            properties = self._unwrapped(properties)
        given = wire.event
        name = _familiar_name(given) if isinstance(given, str) and len(given) <= EVENT_NAME_MAX_CHARACTERS else ""
        is_call = not name
        if is_call:
            name = name_of(topic, wire, value)
        given = wire.account_id
        if given is None:
            given = properties.account_id
        account_id = familiar_id(given) if isinstance(given, str) and len(given) <= ACCOUNT_ID_MAX_CHARACTERS else ""
        if not account_id:
            account_id = account_of(wire, properties, value)
        if is_call or shapes.lends(wire, properties):
            properties = self._with_traits(properties, shapes.traits_of(wire, properties, account_id))
        stamp = wire.timestamp
        occurred_at_ms = occurred_at(stamp) if stamp is not None else undated(wire, properties, message_time_ms)
        if occurred_at_ms > now_ms + FUTURE_TOLERANCE_MS:
            raise Rejected("in_the_future", "the event's timestamp is more than 5 minutes in the future")
        given = wire.id
        event_id = text_id(given) if isinstance(given, str) else ""
        if not event_id:
            event_id, is_odd = shapes.event_id_of(wire, properties)
            if is_odd:
                self.unusable["id"] += 1
        given = wire.user_id
        if given is None:
            given = wire.distinct_id
        user_id = familiar_id(given) if isinstance(given, str) and len(given) <= ACCOUNT_ID_MAX_CHARACTERS else ""
        if not user_id:
            user_id, is_odd = shapes.user_of(wire, properties)
            if is_odd:
                self.unusable["user_id"] += 1
        if name == "$groupidentify" and user_id.startswith("$"):
            user_id = ""  # PostHog's servers make one up, of the group's kind and key
        return Event(account_id, topic, name, occurred_at_ms, event_id, user_id, properties)

    def _with_traits(self, properties: Any, tables: list[dict[str, Any]]) -> Any:
        """The properties, and what they lack from these tables, the first first."""
        if not tables:
            return properties
        merged = {field: getattr(properties, field) for field in properties.__struct_fields__}
        for field, name in self._wire_names.items():
            for table in tables:
                if merged[field] is UNSET:
                    merged[field] = table.get(name, UNSET)
        return self._properties(**merged)

    def _parse(self, value: bytes | None) -> Any:
        if value is None:
            raise Rejected("tombstone", "the message has no value; an input topic has no tombstones")
        if len(value) > EVENT_MAX_BYTES:
            raise Rejected("oversize", f"the event has {len(value)} bytes; the most is {EVENT_MAX_BYTES}")
        try:
            return self._decode(value)
        except msgspec.ValidationError:
            return self._parse_loosely(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if value.startswith(BYTE_ORDER_MARK):
                return self._parse(value.lstrip(BYTE_ORDER_MARK))
            if words := packed(value):
                refuse_packed(words)
            raise Rejected("malformed", f"not JSON: {error}") from None

    def _parse_loosely(self, value: bytes) -> Any:
        """A message with a field of another type than most have: a date in a rarer form is read, the rest refused."""
        try:
            body = _BODY.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("invalid", str(error)) from None
        if not isinstance(body, dict):
            refuse_envelope(value)
            raise Rejected("invalid", f"an event is a JSON object, and this is {kind_of(body)}")
        stamp = body.pop("timestamp", None)
        try:
            wire = msgspec.convert(body, self._wire)
        except msgspec.ValidationError as error:
            raise Rejected("invalid", str(error)) from None
        setattr(wire, "timestamp", stamp)  # noqa: B010  # as it was written, whatever its type
        return wire

    def _unwrapped(self, properties: str | list[Any]) -> Any:
        """Properties that were written as JSON within JSON, or as PHP writes an empty map."""
        found: Any = properties
        if isinstance(properties, str):
            try:
                found = self._written(properties) if properties else None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise Rejected("invalid", f"properties is a text, but no JSON object in one: {error}") from None
        if found is None or found == []:
            return self._none_given
        if isinstance(found, list):
            raise Rejected("invalid", "properties must be an object, and is a list")
        return found
