"""A message that could not be used."""

from __future__ import annotations

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    source: str = ""
    """The gateway's source that took it; its topic, partition and offset are then "", -1 and -1."""
    headers: dict[str, str] = {}
    """What a reader of that source needs of the request's headers, and `:path`; never a secret. With `:event` the value
    is an event that was read already (`streams.gateway.refused_event`)."""
