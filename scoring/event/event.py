"""The canonical event, and the only place in the core that reads bytes.

No input is trusted. What cannot be decoded is *malformed*, what breaks a rule is *invalid*; both raise `Rejected` with
a reason for the dead letter. Only the properties that the model names are decoded. `scoring.event.shapes` and
`scoring.event.nested_fields` know where producers put things, `scoring.event.ids` the rule for ids,
`scoring.event.timestamps` that for times.
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
from scoring.event.synonyms import first_reader, names_of, synonyms_of
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
"""Properties that are always read, by field: traits never replace them."""
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

    `topic` is the logical name of the input (`analytics`, …). `event_id` and `user_id` are "" when not given.
    `properties` has only what the model names; read it with the readers of the `EventDecoder` that made the event.
    """

    account_id: str
    topic: str
    name: str
    occurred_at_ms: int
    event_id: str
    user_id: str
    properties: Any


def scoped_id(event: Event) -> str:
    """The key that identifies an event within its account: its id together with its topic and name.

    So the number of a ticket may be the id of both its opening and its close. "" when the event has no id.
    """
    return f"{event.topic}\0{event.name}\0{event.event_id}" if event.event_id else ""


class EventDecoder:
    """Decodes messages for a model that names these `properties`.

    No property makes an event invalid: a signal that cannot use a value stays as it was. `unusable` counts ids that
    could not be used, by "id" and "user_id"; such an event counts, without an id or user. The code that reports these
    counts clears them.
    """

    def __init__(self, properties: Iterable[str] = ()) -> None:
        self.names = names = sorted({each for name in properties for each in names_of(name)})
        """The properties that it decodes beside `READ_ANYWAY`."""
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
        """A reader of `property_name` in an event's properties; it returns UNSET when the property was not sent. The
        name may be that of synonyms."""
        synonyms = synonyms_of(property_name)
        if synonyms is None:
            return self._readers[property_name]
        return first_reader([self._readers[name] for name in synonyms.names], synonyms.values)

    def sent_as(self, property_name: str, properties: Any) -> str:
        """Under which name a property was sent: its own, or the first of its synonyms that has a value."""
        names = names_of(property_name)
        sent = (name for name in names if self._readers[name](properties) not in (UNSET, None, ""))
        return next(sent, names[0])

    def properties_of(self, properties: Mapping[str, object]) -> Any:
        """Properties in the form of a decoded event's; those that the model does not name are left out."""
        return self._properties(
            **{field: properties[name] for field, name in self._wire_names.items() if name in properties}
        )

    def decode(self, topic: str, value: bytes | None, message_time_ms: int, now_ms: int) -> Event:
        """The event in one message.

        Args:
            topic: the logical name of the input, without the prefix.
            value: the message's bytes; None is a tombstone.
            message_time_ms: the timestamp of the message, used when the event has none.
            now_ms: wall time in milliseconds; an event more than five minutes later is rejected.

        Raises:
            Rejected: when it is not a valid event.
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
            user_id = ""  # PostHog's servers derive it from the group's type and key
        return Event(account_id, topic, name, occurred_at_ms, event_id, user_id, properties)

    def _with_traits(self, properties: Any, tables: list[dict[str, Any]]) -> Any:
        """The properties, completed from these tables; the first table that has a property wins."""
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
        """A message in which a field has an unusual type: rare forms of dates are read, the rest is rejected."""
        try:
            body = _BODY.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("invalid", str(error)) from None
        if not isinstance(body, dict):
            refuse_envelope(value)
            raise Rejected("invalid", f"an event must be a JSON object, but this is {kind_of(body)}")
        stamp = body.pop("timestamp", None)
        try:
            wire = msgspec.convert(body, self._wire)
        except msgspec.ValidationError as error:
            raise Rejected("invalid", str(error)) from None
        setattr(wire, "timestamp", stamp)  # noqa: B010  # as it was written, whatever its type
        return wire

    def _unwrapped(self, properties: str | list[Any]) -> Any:
        """Properties that were sent as JSON inside JSON, or as the empty list that PHP writes for an empty map."""
        found: Any = properties
        if isinstance(properties, str):
            try:
                found = self._written(properties) if properties else None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise Rejected("invalid", f"properties is a text, but not that of a JSON object: {error}") from None
        if found is None or found == []:
            return self._none_given
        if isinstance(found, list):
            raise Rejected("invalid", "properties must be an object, but is a list")
        return found
