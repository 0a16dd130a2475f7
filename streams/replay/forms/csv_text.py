"""A CSV file of events: the header names the fields, and each row becomes an event.

`streams.replay.forms.fields` knows which. A cell that is written as a JSON number,
true or false is one, unless its column is listed as text or names something; an empty cell is not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from scoring.model.rule_checks import suggestion
from streams.errors import UserError
from streams.replay.forms.csv_cells import BadRow, CsvCells, Row, declared_separator, fitted, is_undecodable
from streams.replay.forms.fields import ALWAYS_TEXTS, PROPERTIES, Column, check_columns, field_of, whole_properties
from streams.replay.forms.form import FileForm
from streams.replay.forms.text import refused_line

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TRUTH = {"true": True, "false": False}


class CsvText:
    """Takes the bytes of a file called `name`. Mutable."""

    def __init__(self, name: str, form: FileForm, separator: str) -> None:
        self._name = name
        self._separator = separator
        self._cells = CsvCells(separator, form.encoding)
        self._encoding = form.encoding
        self._texts = frozenset(form.texts)
        self._columns: list[Column] | None = None
        """By position; the last of each says whether its cells are always texts."""
        self._lines = 0

    def feed(self, data: bytes) -> bytes:
        """See `Text`.

        Raises:
            UserError: when the header cannot be that of events.
        """
        return self._made(self._cells.feed(data))

    def finish(self) -> bytes:
        """See `Text`."""
        return self._made(self._cells.finish())

    def place(self, number: int) -> str:
        """See `Text`."""
        return ""

    def _made(self, rows: Iterable[Row]) -> bytes:
        out: list[bytes] = []
        for number, cells in rows:
            if self._columns is None:
                if number > 1 or not self._declares(cells):
                    self._columns = self._header(cells)
                continue
            out.append(b"\n" * (number - 1 - self._lines))
            out.append(self._line(cells, self._columns))
            out.append(b"\n")
            self._lines = number
        return b"".join(out)

    def _line(self, cells: list[str] | BadRow, columns: list[Column]) -> bytes:
        try:
            if isinstance(cells, BadRow):
                raise cells
            return _event(fitted(cells, len(columns)), columns)
        except BadRow as bad:
            return refused_line("malformed", str(bad))
        except UnicodeEncodeError:
            return refused_line("malformed", f"not {self._encoding}: name the file's encoding in --encoding")

    def _declares(self, cells: list[str] | BadRow) -> bool:
        """Whether these are the line `sep=;` that Excel reads and writes. It must agree with ours."""
        declared = declared_separator(cells, self._separator)
        if declared and declared != self._separator:
            word = "tab" if declared == "\t" else repr(declared)
            raise UserError(f"{self._name}: its first line names its separator: give --separator {word}.")
        return bool(declared)

    def _header(self, cells: list[str] | BadRow) -> list[Column]:
        if isinstance(cells, BadRow):
            raise UserError(f"{self._name}: the header is {cells}.")
        if any(map(is_undecodable, cells)):
            raise UserError(f"{self._name}: the header is not {self._encoding}: name its encoding in --encoding.")
        names = [cell.lstrip("\ufeff").strip() for cell in cells]
        while names and not names[-1]:
            names.pop()  # as spreadsheets write them
        check_columns(self._name, names, self._separator)
        for name in sorted(self._texts - set(names)):
            near = suggestion(name, names)
            raise UserError(f"--text-columns: {self._name} has no column {name!r}{near}")
        return [(*field_of(name), name in self._texts or name in ALWAYS_TEXTS) for name in names]


def _event(cells: list[str], columns: list[Column]) -> bytes:
    own: dict[str, object] = {}
    properties: dict[str, object] = {}
    for cell, (name, is_own, is_text) in zip(cells, columns, strict=True):
        if not cell:
            continue
        value: object = cell
        if not is_text and (cell[0] in "-0123456789tf"):
            if cell in _TRUTH:
                value = _TRUTH[cell]
            elif _NUMBER.fullmatch(cell):
                value = msgspec.Raw(cell.encode())
        if not is_own:
            properties[name] = value
        elif name == PROPERTIES:
            properties = {**whole_properties(cell), **properties}
        else:
            own[name] = value
    return msgspec.json.encode({**own, PROPERTIES: properties})
