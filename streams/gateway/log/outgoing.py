"""A message to write, and what can keep it from being written. Pure."""

from __future__ import annotations

import msgspec


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A message for a partition of `topic`, a name in Kafka. `instant_ms` is its time; None as value deletes `key`."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    instant_ms: int


class NotWritten(Exception):
    """Kafka has not acknowledged all messages, and may never; sending them again is harmless. The text says why.

    `reason` is one of a small closed set: full, held, failed, late, stopping.
    """

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def size_of(message: Outgoing) -> int:
    """The bytes of a message that count against the limit of what may wait, with some for what surrounds it."""
    return len(message.key) + len(message.value or b"") + 32
