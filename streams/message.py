"""A message as the Kafka client delivers it, its dead letter, and the origin of forwarded messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from scoring.event.event import Event
from streams.dead_letter import DeadLetter

LOG_APPEND_TIME = 1
DEAD_LETTER_MAX_BYTES = 64 * 1024
TIME_DIGITS_MAX = 15
ORIGIN_MAX_BYTES = 300
KEY_MAX_BYTES = 1_024
WORDS_MAX_CHARACTERS = 1_000
ORIGIN_HEADER = "vitals-origin"
"""Header of a forwarded message: where it first came from. One that is forwarded twice, as after a crash, has the same
origin and is recognised as a duplicate event."""
TIME_HEADER = "vitals-time"
"""Header of a forwarded message: its original timestamp, in milliseconds since 1970, as digits. The new timestamp may
be the time of its second arrival. An event without a timestamp of its own takes this one."""

HOPS_HEADER = "vitals-hops"
"""Header of a forwarded message: how often it was sent on because its account was merged into another one, as a
digit."""


class Message(Protocol):
    """A message as the client delivers it; `timestamp` in milliseconds since 1970."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def timestamp_type(self) -> int | None:
        """Who set `timestamp`: 0 the producer, 1 the broker, on arrival."""
        ...

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


def dead_letter_of(topic: str, partition: int, message: Message, reason: str, words: str) -> DeadLetter:
    """The dead letter of a message. Long keys and values are cut; `value_bytes` is the full length of the value."""
    value = message.value
    return DeadLetter(
        reason=reason,
        words=words[:WORDS_MAX_CHARACTERS],
        topic=topic,
        partition=partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key[:KEY_MAX_BYTES] if message.key is not None else None,
        value=value[:DEAD_LETTER_MAX_BYTES] if value is not None else None,
        value_bytes=len(value or b""),
    )


def time_of(message: Message) -> int:
    """The time of a message, in milliseconds since 1970: its own, or the original one if it was forwarded."""
    for name, value in message.headers:
        if name == TIME_HEADER and value and value.isdigit() and len(value) <= TIME_DIGITS_MAX:
            return int(value)
    return message.timestamp


def arrived_ms(message: Message, now_ms: int) -> int:
    """When a message arrived, in milliseconds since 1970: the broker's time, or `now_ms` where the broker set none."""
    return message.timestamp if message.timestamp_type == LOG_APPEND_TIME else now_ms


def with_origin(event: Event, message: Message) -> Event:
    """The event with its origin as its id, if the message was forwarded. For events without an id of their own."""
    origin = first_origin(message)
    if not origin:
        return event
    return msgspec.structs.replace(event, event_id=id_of_origin(origin))


def hops_of(message: Message) -> int:
    """How often a message was sent on because its account was merged; 0 for most."""
    for name, value in message.headers:
        if name == HOPS_HEADER and value and value.isdigit() and len(value) == 1:
            return int(value)
    return 0


def own_origin(topic: str, partition: int, offset: int) -> bytes:
    """The origin of a message that was not forwarded yet.

    >>> own_origin("analytics", 3, 17), id_of_origin(own_origin("analytics", 3, 17))
    (b'analytics/3/17', 'forwarded analytics/3/17')
    """
    return f"{topic}/{partition}/{offset}".encode()


def id_of_origin(origin: bytes) -> str:
    """The id of an event without one of its own that was sent on from there: by a worker, or by a merge of accounts. So
    what both send counts once."""
    return f"forwarded {origin.decode(errors='backslashreplace')}"


def partition_of_origin(origin: bytes, topic: str) -> int:
    """The partition of `topic` that an origin names; -1 if it names none.

    >>> partition_of_origin(b"analytics/3/17", "analytics"), partition_of_origin(b"billing/3/17", "analytics")
    (3, -1)
    """
    name, _, rest = origin.partition(b"/")
    number = rest.partition(b"/")[0]
    return int(number) if name == topic.encode() and number.isdigit() and len(number) <= TIME_DIGITS_MAX else -1


def first_origin(message: Message) -> bytes:
    """Where a forwarded message first came from; b"" if it was not forwarded.

    The first origin wins: after a change of the number of partitions, a copy and the message that it was copied from
    may both be forwarded again.
    """
    origins: Iterator[bytes] = (value or b"" for name, value in message.headers if name == ORIGIN_HEADER)
    return next(origins, b"")[:ORIGIN_MAX_BYTES]
