"""The rows of a CSV file, in any encoding and with any separator: cells with their line, or what is wrong with a row.

Quotes are those of RFC 4180: a cell in quotes may hold separators, line breaks, and quotes twice. Nothing is guessed.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator

from scoring.event.event import EVENT_MAX_BYTES

_QUOTE = '"'
_DECLARES = "sep="


class BadRow(ValueError):
    """A row that is none; the text is the reason."""


Row = tuple[int, list[str] | BadRow]
"""A row, with the number of its first line, from 1. Blank rows are left out."""


class CsvCells:
    """Takes the bytes of a file. Mutable; holds one row, of `EVENT_MAX_BYTES` characters at most."""

    def __init__(self, separator: str, encoding: str) -> None:
        self._separator = separator
        decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._rest = ""
        self._number = 0
        """The number of lines before those that wait."""
        self._lines: deque[str] = deque()
        self._open: list[str] = []
        """The lines of a row that is not whole yet."""
        self._open_length = 0

    def feed(self, data: bytes) -> Iterator[Row]:
        """The rows that end in these further bytes.

        Raises:
            UnicodeDecodeError: when they are not of this encoding, and it has no way to go on.
        """
        *lines, rest = (self._rest + self._decoder.decode(data)).split("\n")
        self._rest = rest[: EVENT_MAX_BYTES + 1]
        self._lines.extend(lines)
        return self._rows(is_end=False)

    def finish(self) -> Iterator[Row]:
        """The last rows."""
        last = self._rest + self._decoder.decode(b"", final=True)
        if last:
            self._lines.append(last)
        return self._rows(is_end=True)

    def _rows(self, *, is_end: bool) -> Iterator[Row]:
        while True:
            while self._lines:
                line = self._lines.popleft()
                self._number += 1
                row = self._continued(line) if self._open else self._begun(line)
                if row is not None:
                    yield row
            if not (is_end and self._open):
                return
            yield self._never_closed()

    def _begun(self, line: str) -> Row | None:
        if not line.strip(self._separator + " \t"):
            return None
        if _QUOTE not in line:
            return self._number, line.split(self._separator)
        if self._ends_open(line, is_open=False):
            self._open, self._open_length = [line], len(line)
            return None
        return self._number, self._cells([line])

    def _continued(self, line: str) -> Row | None:
        self._open.append(line)
        self._open_length += len(line)
        if self._open_length > EVENT_MAX_BYTES:
            return self._never_closed()
        if self._ends_open(line, is_open=True):
            return None
        whole, self._open = self._open, []
        return self._number - len(whole) + 1, self._cells(whole)

    def _never_closed(self) -> Row:
        """Give up on the first of the lines that wait, and read the others again: one bad quote costs its own line."""
        others = self._open[1:]
        self._number -= len(others)
        self._lines.extendleft(reversed(others))
        self._open = []
        return self._number, BadRow("a quote opens a cell on this line and closes nowhere")

    def _cells(self, lines: list[str]) -> list[str] | BadRow:
        try:
            return next(csv.reader(["\n".join(lines)], delimiter=self._separator, strict=True))
        except csv.Error as error:
            return BadRow(f"not CSV: {error}{_span(len(lines))}")

    def _ends_open(self, line: str, *, is_open: bool) -> bool:
        """Whether a cell in quotes goes on after this line, of which the first does already if `is_open`."""
        at = 0
        while True:
            if not is_open and line[at : at + 1] != _QUOTE:
                at = line.find(self._separator, at) + 1
                if not at:
                    return False
                continue
            at = line.find(_QUOTE, at if is_open else at + 1)
            while at >= 0 and line[at + 1 : at + 2] == _QUOTE:
                at = line.find(_QUOTE, at + 2)
            if at < 0:
                return True
            at = line.find(self._separator, at) + 1
            if not at:
                return False
            is_open = False


def fitted(cells: list[str], columns: int) -> list[str]:
    """The cells of a row, as many as `columns`; empty ones beyond them do not count, as spreadsheets write them.

    Raises:
        BadRow: when there are fewer, or more.
    """
    if len(cells) == columns:
        return cells
    if len(cells) > columns and not any(cells[columns:]):
        return cells[:columns]
    lines = sum(cell.count("\n") for cell in cells) + 1
    raise BadRow(f"{len(cells)} cells, but the header has {columns}{_span(lines)}")


def declared_separator(cells: list[str] | BadRow, separator: str) -> str:
    """The separator that a first line like `sep=;` declares, as Excel reads and writes it; "" for any other line.

    >>> declared_separator(["sep=", ""], ";"), declared_separator(["Id", "Name"], ";")
    (';', '')
    """
    if isinstance(cells, BadRow):
        return ""
    line = separator.join(cells).lstrip("\ufeff")
    return line[len(_DECLARES)] if line.startswith(_DECLARES) and len(line) > len(_DECLARES) else ""


def is_undecodable(text: str) -> bool:
    """Whether a cell holds bytes that its encoding does not have."""
    return any("\udc80" <= character <= "\udcff" for character in text)


def _span(lines: int) -> str:
    return f" (the row goes over {lines} lines: is a quote missing?)" if lines > 1 else ""
