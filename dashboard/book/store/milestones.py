"""When accounts reached what the team is measured by: an instant by account for each KPI. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


class Milestones:
    """By name and row an instant in milliseconds since 1970, NaN for never. Mutable."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._columns: dict[str, NDArray[np.float64]] = {}

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        for name, column in self._columns.items():
            self._columns[name] = np.full(capacity, np.nan)
            self._columns[name][: len(column)] = column
        self._capacity = capacity

    def put(self, row: int, reached_ms: Mapping[str, float]) -> None:
        """These are all milestones of the row."""
        self.clear(row)
        for name, at_ms in reached_ms.items():
            if name not in self._columns:
                self._columns[name] = np.full(self._capacity, np.nan)
            self._columns[name][row] = at_ms

    def clear(self, row: int) -> None:
        """The row has reached nothing."""
        for column in self._columns.values():
            column[row] = np.nan

    def column(self, name: str, rows: int) -> NDArray[np.float64]:
        """By row: when it was reached."""
        found = self._columns.get(name)
        return np.full(rows, np.nan) if found is None else found[:rows]
