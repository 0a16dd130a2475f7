"""The unsent alert steps in an account's head. Many are packed, so that the record stays within its bound: the steps of
one command on 64 open cases say much the same, and could otherwise exceed it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

PACKED_FROM_BYTES = 65_536
"""Fewer bytes are kept as they are."""
_MARK = b"z"
"""Begins what is packed; a step begins with "{"."""


def packed(steps: Sequence[bytes]) -> list[bytes]:
    """`steps` as they are written."""
    if sum(map(len, steps)) < PACKED_FROM_BYTES:
        return list(steps)
    return [_MARK + zlib.compress(msgspec.msgpack.encode(list(steps)))]


def unpacked(written: Sequence[bytes]) -> list[bytes]:
    """The steps that were written.

    >>> unpacked(packed([b"{}", b"{ }"])), unpacked(packed([b"{}" * 40_000])) == [b"{}" * 40_000]
    ([b'{}', b'{ }'], True)
    """
    if len(written) == 1 and written[0].startswith(_MARK):
        return msgspec.msgpack.decode(zlib.decompress(written[0][1:]), type=list[bytes])
    return list(written)
