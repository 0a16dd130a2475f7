"""The port of the forms: text of a file comes in as it is read, and goes out as lines of NDJSON. And lines themselves.

A line that goes out has the number by which its event is known: its own line in a file of lines, else its first line,
its element or its row. Blank lines fill the numbers between. What is not an event goes out as a line that says why.
"""

from __future__ import annotations

from typing import Protocol

from scoring.event.bodies import Rejected
from scoring.event.event import EVENT_MAX_BYTES

_MARK = b"\0"


class Text(Protocol):
    """Makes lines of a text. Mutable."""

    def feed(self, data: bytes) -> bytes:
        """The lines that can be made with these further bytes: each ends in LF."""
        ...

    def finish(self) -> bytes:
        """The last lines; the very last need not end in LF."""
        ...

    def place(self, number: int) -> str:
        """Where the event with this number is, as text; "" where the number is that of a line."""
        ...


def refused_line(reason: str, words: str) -> bytes:
    """A line in the place of something that is not an event. It is never JSON, and `refuse_marked` takes it.

    >>> refused_line("malformed", "2 cells")
    b'\\x00malformed\\x002 cells'
    """
    return _MARK + _MARK.join(text.replace("\n", " ").encode(errors="replace") for text in (reason, words))


def refuse_marked(line: bytes) -> None:
    """Reject a line made by `refused_line`; any other passes.

    Raises:
        Rejected: with its reason.
    """
    if line.startswith(_MARK):
        _, reason, words, *_ = *line[: 2 * 1024].split(_MARK, 2), b"", b""
        if reason in (b"malformed", b"invalid", b"oversize"):
            raise Rejected(reason.decode(), words.decode(errors="replace"))


class LineText:
    """Takes text in lines, which end in LF, CR LF or CR. A line over `EVENT_MAX_BYTES` is cut, but stays longer."""

    def __init__(self) -> None:
        self._rest = b""
        self._ends_in_cr = False

    def feed(self, data: bytes) -> bytes:
        """See `Text`."""
        if self._ends_in_cr and data:  # that line has ended; the LF of its CR LF is not another line
            data, self._ends_in_cr = data.removeprefix(b"\n"), False
        if b"\r" in data:
            self._ends_in_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest = (self._rest + data)[: EVENT_MAX_BYTES + 1]
            return b""
        text, self._rest = self._rest + data[:end], data[end:][: EVENT_MAX_BYTES + 1]
        return text

    def finish(self) -> bytes:
        """See `Text`."""
        return self._rest

    def place(self, number: int) -> str:
        """See `Text`."""
        return ""
