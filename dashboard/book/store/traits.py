"""Custom columns: what accounts say of themselves beyond what has a column of its own, with inferred types. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.book.row_values import day_of_text
from dashboard.book.store.texts import Texts
from dashboard.values.listing import Column, CustomValue
from streams.read_model.account_values import Trait

SHOWN_MAX = 20
TRACKED_MAX = 60
PREFIX = "trait."
OWN_COLUMN = frozenset(("name", "owner", "segment", "industry", "plan", "renewal_date"))
"""Traits that are no custom columns."""
Stored = Literal["number", "boolean", "text"]


class TraitColumn:
    """One trait over all rows: numbers, 0 and 1, or codes of texts; NaN for none. Mutable.

    Values of more than one kind make it a column of texts. It is one of dates while every text is a date.
    """

    def __init__(self, name: str, capacity: int) -> None:
        self.name = name
        self.count = 0
        self.texts = Texts()
        self._stored: Stored | None = None
        self._values = np.full(capacity, np.nan)
        self._days: list[float] = [np.nan]

    @property
    def kind(self) -> Literal["number", "boolean", "date", "text"]:
        """Its type."""
        if self._stored != "text":
            return self._stored or "text"
        return "date" if not np.isnan(self._days[1:]).any() else "text"

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        wider = np.full(capacity, np.nan)
        wider[: len(self._values)] = self._values
        self._values = wider

    def put(self, row: int, value: str | float | bool | None) -> None:
        """The row has this value, None for none."""
        self.count += int(value is not None) - int(self._values[row] == self._values[row])
        self._values[row] = np.nan if value is None else self._number(value)

    def value(self, row: int) -> CustomValue:
        """The row's value; None for none."""
        value = float(self._values[row])
        if value != value:
            return None
        if self._stored == "text":
            return self.texts[int(value)]
        return bool(value) if self._stored == "boolean" else value

    def numbers(self, rows: int) -> NDArray[np.float64] | None:
        """Numbers, 0 and 1, or days since 1970; None for a column of texts."""
        values, kind = self._values[:rows], self.kind
        if kind == "date":
            return np.array(self._days)[self.codes(rows)]
        return None if kind == "text" else values

    def codes(self, rows: int) -> NDArray[np.int32]:
        """Codes of `texts`, 0 for none."""
        codes: NDArray[np.int32] = np.nan_to_num(self._values[:rows]).astype(np.int32)
        return codes

    def _number(self, value: str | float | bool) -> float:
        stored = stored_as(value)
        if self._stored is None:
            self._stored = stored
        elif self._stored not in (stored, "text"):
            self._make_texts()
        return self._code(text_of(value)) if self._stored == "text" else float(value)

    def _make_texts(self) -> None:
        rows = np.flatnonzero(~np.isnan(self._values))
        values = [self.value(int(row)) for row in rows]
        self._stored = "text"
        for row, value in zip(rows, values, strict=True):
            assert value is not None
            self._values[row] = self._code(text_of(value))

    def _code(self, text: str) -> float:
        code = self.texts.code(text)
        if code == len(self._days):
            day = day_of_text(text)
            self._days.append(np.nan if day is None else float(day))
        return float(code)


class Traits:
    """The custom columns. Mutable. Of more than sixty traits, those that came first are kept."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._columns: dict[str, TraitColumn] = {}

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        self._capacity = capacity
        for column in self._columns.values():
            column.reserve(capacity)

    def put(self, row: int, traits: Iterable[Trait]) -> None:
        """These are all traits of the row."""
        said = {each.name: each.value for each in traits if each.name not in OWN_COLUMN and each.value != ""}
        for name in said:
            if name not in self._columns and len(self._columns) < TRACKED_MAX:
                self._columns[name] = TraitColumn(name, self._capacity)
        for name, column in self._columns.items():
            column.put(row, said.get(name))

    def clear(self, row: int) -> None:
        """The row has no traits."""
        self.put(row, ())

    def shown(self) -> tuple[TraitColumn, ...]:
        """The twenty that most accounts have, by name."""
        common = sorted(
            (each for each in self._columns.values() if each.count), key=lambda each: (-each.count, each.name)
        )
        return tuple(sorted(common[:SHOWN_MAX], key=lambda each: each.name))

    def columns(self) -> tuple[Column, ...]:
        """The shown ones as columns of the list."""
        return tuple(Column(name=f"{PREFIX}{each.name}", label=each.name, kind=each.kind) for each in self.shown())

    def column(self, name: str) -> TraitColumn | None:
        """The column of the list's name "trait.…"; None when no account has the trait."""
        return self._columns.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def stored_as(value: str | float | bool) -> Stored:
    """How a value is kept.

    >>> stored_as(True), stored_as(3.0), stored_as("2026-03-15")
    ('boolean', 'number', 'text')
    """
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def text_of(value: str | float | bool) -> str:
    """A value as text.

    >>> text_of(True), text_of(3.0), text_of(2.5)
    ('true', '3', '2.5')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 and f"{value:g}" == repr(value) else repr(value).removesuffix(".0")
    return value
