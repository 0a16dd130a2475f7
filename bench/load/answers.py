"""Reads HTTP answers as they come: the status of each, when it is whole. Pure."""

from __future__ import annotations

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class AnswerReader:
    """Takes the bytes of one connection, on which one request at a time is under way. Mutable."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> int:
        """The status of the answer that ends in these further bytes; 0 when it does not end yet.

        Raises:
            ValueError: when it is not an answer with a length.
        """
        self._data += data
        end = self._data.find(_END)
        if end < 0:
            return 0
        head = self._data[:end].lower()
        at = head.find(_LENGTH)
        status = int(head[9:12])
        if at < 0 and status not in (204, 304):
            raise ValueError(f"an answer without a length: {head[:200]!r}")
        length = 0 if at < 0 else int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._data) < end + len(_END) + length:
            return 0
        self._data = self._data[end + len(_END) + length :]
        return status
