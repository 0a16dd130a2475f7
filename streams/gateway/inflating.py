"""Unpacks compressed bodies without ever holding more than a limit. Pure."""

from __future__ import annotations

import zlib
from typing import Final

ENCODINGS: Final = ("gzip", "deflate")
"""The values of `Content-Encoding` that can be unpacked."""
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MEMBERS_MAX = 100


class TooLarge(ValueError):
    """A body of more bytes than the limit, as sent or unpacked."""


class NotPacked(ValueError):
    """A body that is not packed as it says; the text says why."""


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """The unpacked body. `encoding` is one of `ENCODINGS`, or "" or "identity" for what is not packed.

    Stops as soon as there are more than `limit` bytes: a bomb costs no more than an honest body.

    >>> inflated(zlib.compress(b"{}"), "deflate", 100)
    b'{}'

    Raises:
        TooLarge: when it has more than `limit` bytes.
        NotPacked: when it is cut off, or not packed like that.
    """
    if encoding in ("", "identity"):
        unpacked = body
    elif encoding == "gzip":
        unpacked = _members(body, limit)
    elif encoding == "deflate":
        try:
            unpacked, _ = _member(body, _ZLIB, limit)
        except NotPacked:
            unpacked, _ = _member(body, _RAW, limit)  # as some clients take the word
    else:
        raise NotPacked(f"the encoding {encoding!r} cannot be unpacked: send gzip, deflate or none")
    if len(unpacked) > limit:
        raise TooLarge
    return unpacked


def _members(body: bytes, limit: int) -> bytes:
    """A gzip file may consist of several, one after the other."""
    parts: list[bytes] = []
    room, rest = limit, body
    while rest or not parts:
        part, rest = _member(rest, _GZIP, room)
        parts.append(part)
        room -= len(part)
        rest = rest.lstrip(b"\0")
        if len(parts) > _MEMBERS_MAX:
            raise NotPacked(f"the body has more than {_MEMBERS_MAX} parts")
    return b"".join(parts)


def _member(body: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    """What is unpacked, and what follows."""
    packed = zlib.decompressobj(window)
    try:
        unpacked = packed.decompress(body, limit + 1)
    except zlib.error as error:
        raise NotPacked(f"the body cannot be unpacked: {error}") from None
    if len(unpacked) > limit:
        raise TooLarge
    if not packed.eof:
        raise NotPacked("the packed body is cut off")
    return unpacked, packed.unused_data
