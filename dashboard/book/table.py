"""Columns that grow in place: a row is a number, a removed row is used again. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.book.row_values import Labels, Numbers, RowValues
from dashboard.book.texts import Texts

FIRST_ROWS = 1_024
INSTANTS = ("as_of_ms", "generation", "version")


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

    def reserve(self, rows: int) -> None:
        """Make room for this many rows."""
        if rows > self.capacity:
            self._numbers = _widened(self._numbers, rows, np.nan)
            self._codes = _widened(self._codes, rows, 0)
            self._instants = _widened(self._instants, rows, 0)
            self._alive = _widened(self._alive, rows, False)
            self._provisional = _widened(self._provisional, rows, False)

    def append(self) -> int:
        """A new row, with nothing in it."""
        if self.rows == self.capacity:
            self.reserve(self.capacity * 2)
        self.rows += 1
        self.ids.append("")
        return self.rows - 1

    def set(self, row: int, values: RowValues) -> None:
        """Put an account's values into a row."""
        self.ids[row] = values.account_id
        self._numbers[:, row] = values.numbers
        self._codes[:, row] = [
            texts.code(label) for texts, label in zip(self.texts.values(), values.labels, strict=True)
        ]
        self._instants[:, row] = (values.as_of_ms, values.generation, values.version)
        self._provisional[row] = values.is_provisional
        self._alive[row] = True

    def clear(self, row: int) -> None:
        """Nobody has this row any more."""
        self._numbers[:, row] = np.nan
        self._codes[:, row] = 0
        self._alive[row] = False
        self.ids[row] = ""


def _widened(column: NDArray[Any], rows: int, filler: float | bool) -> NDArray[Any]:
    """The same column with more room at its end."""
    wider = np.full((*column.shape[:-1], rows), filler, column.dtype)
    wider[..., : column.shape[-1]] = column
    return wider
