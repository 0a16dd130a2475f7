"""A message as the client delivers it, and what becomes of one that is no use or not at home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from scoring.event.event import Event

LOG_APPEND_TIME = 1
DEAD_LETTER_MAX_BYTES = 64 * 1024
TIME_DIGITS_MAX = 15
ORIGIN_MAX_BYTES = 300
KEY_MAX_BYTES = 1_024
WORDS_MAX_CHARACTERS = 1_000
ORIGIN_HEADER = "vitals-origin"
"""Marks a forwarded message with where it came from: one that is forwarded again after a crash is a duplicate by id."""
TIME_HEADER = "vitals-time"
"""The time that a forwarded message had where it came from, in milliseconds since 1970, in digits: the new one may be
that of its second arrival. An event without a timestamp of its own happened then."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """Input that could not be used, with its reason, its coordinates and its bytes (base64; at most 64 KiB of them)."""

    reason: str
    words: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    value_bytes: int


class Message(Protocol):
    """A message as the client delivers it; `timestamp` in milliseconds since 1970."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def timestamp_type(self) -> int | None:
        """Of whom `timestamp` is: 0 of the producer, 1 of the broker, which put it down when the message came in."""
        ...

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def dead_letter_of(topic: str, partition: int, message: Message, reason: str, words: str) -> DeadLetter:
    """The dead letter of a message that cannot be used; long keys and values are cut, with their length told."""
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
    """When a message says that it happened, in milliseconds since 1970: by its own time, or by that which it had before
    it was forwarded."""
    for name, value in message.headers:
        if name == TIME_HEADER and value.isdigit() and len(value) <= TIME_DIGITS_MAX:
            return int(value)
    return message.timestamp


def arrived_ms(message: Message, now_ms: int) -> int:
    """When a message came in, in milliseconds since 1970: by the broker, or `now_ms` where it put down no time."""
    return message.timestamp if message.timestamp_type == LOG_APPEND_TIME else now_ms


def with_origin(event: Event, message: Message) -> Event:
    """The event with its origin for an id, when it was forwarded without one of its own."""
    origin = first_origin(message)
    if not origin:
        return event
    return msgspec.structs.replace(event, event_id=f"forwarded {origin.decode(errors='backslashreplace')}")


def partition_of_origin(origin: bytes, topic: str) -> int:
    """The partition of `topic` that an origin names, -1 for none.

    >>> partition_of_origin(b"analytics/3/17", "analytics"), partition_of_origin(b"billing/3/17", "analytics")
    (3, -1)
    """
    name, _, rest = origin.partition(b"/")
    number = rest.partition(b"/")[0]
    return int(number) if name == topic.encode() and number.isdigit() and len(number) <= TIME_DIGITS_MAX else -1


def first_origin(message: Message) -> bytes:
    """Where a forwarded message came from at first, b"" for one that was not forwarded.

    It is handed on when a message is forwarded once more, as after a change of the number of partitions, when the
    message that it is a copy of is read and forwarded again too.
    """
    origins: Iterator[bytes] = (value for name, value in message.headers if name == ORIGIN_HEADER)
    return next(origins, b"")[:ORIGIN_MAX_BYTES]
