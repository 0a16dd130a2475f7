"""Columns that grow in place: a row is a number, a removed row is used again. Pure.

What an account is called, who owns it and the like, both its answer and its activity say. Both are kept, and mixed
into the column that lists read, so that it does not matter which of them came first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.book.activity_values import ActivityValues
from dashboard.book.row_values import Labels, Numbers, RowValues
from dashboard.book.store.texts import Texts

FIRST_ROWS = 1_024
INSTANTS = ("as_of_ms", "generation", "version")
SAID_FIRST = ("name", "owner", "segment", "industry", "renewal")
"""Of these the activity counts before the answer; of `FACT_FIRST` the answer does."""
FACT_FIRST = ("plan", "nps", "csat")
SAID_ONLY = ("last_login_ms", "csat_trend")
_TEXTS = tuple(name for name in (*SAID_FIRST, *FACT_FIRST) if name in Labels._fields)
_NUMBERS = tuple(name for name in (*SAID_FIRST, *FACT_FIRST) if name in Numbers._fields)
_TEXT_ROWS = [Labels._fields.index(name) for name in _TEXTS]
_NUMBER_ROWS = [Numbers._fields.index(name) for name in _NUMBERS]
_SAID_ROWS = [Numbers._fields.index(name) for name in SAID_ONLY]


class Table:
    """The columns of the book. Mutable; rows that are not `alive` mean nothing."""

    def __init__(self) -> None:
        self.rows = 0
        """How many rows were ever used: every column is meant up to here."""
        self.ids: list[str] = []
        self.texts = {name: Texts() for name in Labels._fields}
        self._numbers = np.full((len(Numbers._fields), FIRST_ROWS), np.nan)
        self._codes = np.zeros((len(Labels._fields), FIRST_ROWS), np.int32)
        self._instants = np.zeros((len(INSTANTS), FIRST_ROWS), np.int64)
        self._alive = np.zeros(FIRST_ROWS, np.bool_)
        self._provisional = np.zeros(FIRST_ROWS, np.bool_)
        # By source, the answer and the activity.
        self._text_sources = np.zeros((2, len(_TEXTS), FIRST_ROWS), np.int32)
        self._number_sources = np.full((2, len(_NUMBERS), FIRST_ROWS), np.nan)

    @property
    def numbers_names(self) -> tuple[str, ...]:
        """The columns of numbers."""
        return Numbers._fields

    @property
    def capacity(self) -> int:
        """How many rows there is room for."""
        return len(self._alive)

    @property
    def alive(self) -> NDArray[np.bool_]:
        return self._alive[: self.rows]

    @property
    def provisional(self) -> NDArray[np.bool_]:
        return self._provisional[: self.rows]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of `Numbers`."""
        return self._numbers[Numbers._fields.index(name), : self.rows]

    def codes(self, name: str) -> NDArray[np.int32]:
        """A column of `Labels`, by the codes of `texts`."""
        return self._codes[Labels._fields.index(name), : self.rows]

    def instants(self, name: str) -> NDArray[np.int64]:
        """ "as_of_ms", "generation" or "version"."""
        return self._instants[INSTANTS.index(name), : self.rows]

    def number(self, name: str, row: int) -> float | None:
        """One number; None for none."""
        value = float(self._numbers[Numbers._fields.index(name), row])
        return None if value != value else value

    def label(self, name: str, row: int) -> str:
        """One text."""
        return self.texts[name][int(self._codes[Labels._fields.index(name), row])]

    def instant(self, name: str, row: int) -> int:
        """One of `INSTANTS`."""
        return int(self._instants[INSTANTS.index(name), row])

    def reserve(self, rows: int) -> None:
        """Make room for this many rows."""
        if rows > self.capacity:
            self._numbers = _widened(self._numbers, rows, np.nan)
            self._codes = _widened(self._codes, rows, 0)
            self._instants = _widened(self._instants, rows, 0)
            self._alive = _widened(self._alive, rows, False)
            self._provisional = _widened(self._provisional, rows, False)
            self._text_sources = _widened(self._text_sources, rows, 0)
            self._number_sources = _widened(self._number_sources, rows, np.nan)

    def append(self) -> int:
        """A new row, with nothing in it."""
        if self.rows == self.capacity:
            self.reserve(self.capacity * 2)
        self.rows += 1
        self.ids.append("")
        return self.rows - 1

    def put(self, row: int, values: RowValues) -> None:
        """Put what an answer says into a row."""
        self.ids[row] = values.account_id
        said = self._numbers[_SAID_ROWS, row]
        self._numbers[:, row] = values.numbers
        self._numbers[_SAID_ROWS, row] = said
        codes = [texts.code(label) for texts, label in zip(self.texts.values(), values.labels, strict=True)]
        self._codes[:, row] = codes
        self._text_sources[0, :, row] = [codes[each] for each in _TEXT_ROWS]
        self._number_sources[0, :, row] = [values.numbers[each] for each in _NUMBER_ROWS]
        self._instants[:, row] = (values.as_of_ms, values.generation, values.version)
        self._provisional[row] = values.is_provisional
        self._alive[row] = True
        self._mix(row)

    def put_activity(self, row: int, values: ActivityValues) -> None:
        """Put what the activity says into a row."""
        self._text_sources[1, :, row] = [self.texts[name].code(getattr(values, name)) for name in _TEXTS]
        self._number_sources[1, :, row] = [getattr(values, name) for name in _NUMBERS]
        self._numbers[_SAID_ROWS, row] = [getattr(values, name) for name in SAID_ONLY]
        self._mix(row)

    def clear(self, row: int) -> None:
        """Nobody has this row any more."""
        self._numbers[:, row] = self._number_sources[:, :, row] = np.nan
        self._codes[:, row] = self._text_sources[:, :, row] = 0
        self._alive[row] = False
        self.ids[row] = ""

    def _mix(self, row: int) -> None:
        facts, said = self._text_sources[:, :, row].tolist()
        self._codes[_TEXT_ROWS, row] = [
            (second or first) if name in SAID_FIRST else (first or second)
            for name, first, second in zip(_TEXTS, facts, said, strict=True)
        ]
        if not self._codes[Labels._fields.index("name"), row]:
            self._codes[Labels._fields.index("name"), row] = self.texts["name"].code(self.ids[row])
        numbers = self._number_sources[:, :, row].tolist()
        self._numbers[_NUMBER_ROWS, row] = [
            _first(second, first) if name in SAID_FIRST else _first(first, second)
            for name, first, second in zip(_NUMBERS, *numbers, strict=True)
        ]


def _first(preferred: float, other: float) -> float:
    return preferred if preferred == preferred else other


def _widened(column: NDArray[Any], rows: int, filler: float | bool) -> NDArray[Any]:
    """The same column with more room at its end."""
    wider = np.full((*column.shape[:-1], rows), filler, column.dtype)
    wider[..., : column.shape[-1]] = column
    return wider
