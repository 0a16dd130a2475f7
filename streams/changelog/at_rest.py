"""An account at rest: the bytes of its records, without its id. They were checked when they were read."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from streams.changelog.record_types import Stored
from streams.changelog.records import NAME_BEGINS, begin_of_head

AtRest = bytes | tuple[bytes, bytes]
"""Its head, or its head and its other records in one buffer: see `packed`."""
_PACKED = struct.Struct(">BI")


def head_of(at_rest: AtRest) -> bytes:
    """The head."""
    return at_rest if isinstance(at_rest, bytes) else at_rest[0]


def timer_of(at_rest: AtRest) -> int:
    """The next timer, in milliseconds since 1970; FAR for none."""
    return begin_of_head(head_of(at_rest), is_checked=True)[2]


def packed(stored: Iterable[Stored]) -> bytes:
    """The records of one account in one buffer, without its id."""
    parts: list[bytes] = []
    for key, value in stored:
        begin = NAME_BEGINS[key[:1]]
        parts += (_PACKED.pack(begin, len(value)), key[:begin], value)
    return b"".join(parts)


def unpacked(pack: bytes, account_id: str) -> list[Stored]:
    """The records in a pack."""
    stored: list[Stored] = []
    name, at = account_id.encode(), 0
    while at < len(pack):
        begin, length = _PACKED.unpack_from(pack, at)
        at += _PACKED.size
        stored.append((pack[at : at + begin] + name, pack[at + begin : at + begin + length]))
        at += begin + length
    return stored
