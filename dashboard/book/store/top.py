"""The rows with the greatest values of a column, found again only when a change could concern them. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Top:
    """The `size` greatest values above 0. Mutable."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._floor = 0.0
        self._rows: NDArray[np.int64] | None = None

    def changed(self, before: float, after: float) -> None:
        """A row had the value `before` and has `after`, NaN for none."""
        if before >= self._floor or after >= self._floor:
            self._rows = None

    def rows(self, values: NDArray[np.float64], places: NDArray[np.int32]) -> NDArray[np.int64]:
        """The rows, the greatest first, equal ones by `places`; fewer when there are not as many."""
        if self._rows is None:
            rows = np.flatnonzero(values > 0)
            self._floor = 0.0
            if len(rows) > self._size:
                self._floor = float(np.partition(values[rows], len(rows) - self._size)[len(rows) - self._size])
                rows = rows[values[rows] >= self._floor]
            self._rows = rows[np.lexsort((places[rows], -values[rows]))][: self._size]
        return self._rows
