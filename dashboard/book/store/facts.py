"""The numbers that answers give as signals, as columns «fact.<signal>». Pure.

They are kept in 32 bits: 4 bytes a signal and account, so that fifty signals of a million accounts take 200 MB. A row
that is shown has the exact numbers of its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dashboard.values.listing import Column, CustomValue
from scoring.result import Fact

PREFIX = "fact."
TRACKED_MAX = 80
OWN_COLUMN = frozenset(("mrr", "nps", "csat_30d", "renewal_days"))
"""Signals that have a column already."""


class Facts:
    """A row of numbers for each signal, NaN for none. Mutable. Of more than eighty signals, those that came first are
    kept. `labels` are what the model calls its signals."""

    def __init__(self, capacity: int) -> None:
        self.labels: Mapping[str, str] = {}
        self._capacity = capacity
        self._columns: dict[str, NDArray[np.float32]] = {}

    def reserve(self, capacity: int) -> None:
        """Make room for this many accounts."""
        self._capacity = capacity
        for name, column in self._columns.items():
            self._columns[name] = np.full(capacity, np.nan, np.float32)
            self._columns[name][: len(column)] = column

    def put(self, row: int, numbers: Mapping[str, float]) -> None:
        """These are all numbers of the row."""
        for name in numbers.keys() - self._columns.keys():
            if len(self._columns) < TRACKED_MAX:
                self._columns[name] = np.full(self._capacity, np.nan, np.float32)
        for name, column in self._columns.items():
            column[row] = numbers.get(name, np.nan)

    def clear(self, row: int) -> None:
        """The row has no numbers."""
        self.put(row, {})

    def column(self, name: str) -> Column | None:
        """The column of the list's name "fact.…"; None when no account has such a number."""
        signal = name.removeprefix(PREFIX)
        if not name.startswith(PREFIX) or signal not in self._columns:
            return None
        return Column(name=name, label=labelled(signal, self.labels.get(signal, "")), kind="number")

    def columns(self) -> tuple[Column, ...]:
        """All of them as columns of the list, by name."""
        found = (self.column(f"{PREFIX}{signal}") for signal in sorted(self._columns))
        return tuple(column for column in found if column is not None)

    def numbers(self, name: str, rows: int) -> NDArray[np.float32]:
        """The column of the list's name "fact.…"."""
        return self._columns[name.removeprefix(PREFIX)][:rows]

    def of_row(self, row: int) -> dict[str, CustomValue]:
        """By column: the number of one row as it is kept, to about seven digits; those that it has."""
        found = {f"{PREFIX}{name}": column[row] for name, column in self._columns.items()}
        return {name: float(str(value)) for name, value in found.items() if value == value}


def numbers_of(facts: Mapping[str, Fact]) -> dict[str, float]:
    """The signals of an answer that are numbers and have no column of their own.

    >>> numbers_of({"usage_30d": 12, "plan": "pro", "mrr": 900.0})
    {'usage_30d': 12.0}
    """
    return {
        name: float(value)
        for name, value in facts.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in OWN_COLUMN
    }


def shown(numbers: Mapping[str, float]) -> dict[str, CustomValue]:
    """The numbers by column."""
    return {f"{PREFIX}{name}": value for name, value in numbers.items()}


def labelled(signal: str, label: str) -> str:
    """What a column is called: several signals may measure the same thing, so that its name stands there too.

    >>> labelled("usage_30d", "product events"), labelled("seats", "seats"), labelled("trend", "")
    ('Product events, usage_30d', 'Seats', 'trend')
    """
    if not label:
        return signal
    words = f"{label[0].upper()}{label[1:]}"
    return words if label.replace(" ", "_") == signal else f"{words}, {signal}"
