"""A message that could not be used. Not compiled: mypyc drops the types of optional fields, which decoding needs."""

from __future__ import annotations

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that could not be used: the reason, its coordinates and its bytes (base64, at most 64 KiB)."""

    reason: str
    words: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    value_bytes: int
