"""Unpacks gzip while it is read."""

from __future__ import annotations

import zlib

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_FORMAT = 31  # zlib's number for «gzip, with the largest window»


class Gunzip:
    """A gzip of one or more members, perhaps followed by zeros, as tapes and some tools write."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_FORMAT)

    @property
    def is_whole(self) -> bool:
        """Whether the last member has ended."""
        return self._member.eof

    def feed(self, data: bytes) -> bytes:
        """What these further bytes unpack to.

        Raises:
            zlib.error: when they are no gzip.
        """
        found: list[bytes] = []
        while data:
            if self._member.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                self._member = zlib.decompressobj(_GZIP_FORMAT)
            found.append(self._member.decompress(data))
            data = self._member.unused_data
        return b"".join(found)
