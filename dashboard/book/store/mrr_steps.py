"""What accounts paid on days that are over: the steps by which their MRR changed. Pure.

An MRR seldom changes, so the steps of a million accounts take a few megabytes where its closes would take hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

COMPACT_FROM = 4_096


class MrrSteps:
    """By row: the days on which its MRR changed, and its value before, NaN for none. Mutable."""

    def __init__(self) -> None:
        self._rows = np.full(256, -1, np.int32)
        self._days = np.zeros(256, np.int32)
        self._before = np.zeros(256)
        self._size = 0
        self._dead = 0
        self._places: dict[int, list[int]] = {}

    def add(self, row: int, day: int, before: float) -> None:
        """The row's MRR at the close of `day` is not `before` any more, as it was at the close of the day before."""
        if self._size == len(self._rows):
            self._rows = np.concatenate((self._rows, np.full_like(self._rows, -1)))
            self._days = np.concatenate((self._days, np.zeros_like(self._days)))
            self._before = np.concatenate((self._before, np.zeros_like(self._before)))
        place = self._size
        self._rows[place], self._days[place], self._before[place] = row, day, before
        self._places.setdefault(row, []).append(place)
        self._size += 1

    def replace(self, row: int, steps: Iterable[tuple[int, float]]) -> None:
        """These are all steps of the row."""
        self.clear(row)
        for day, before in steps:
            self.add(row, day, before)

    def clear(self, row: int) -> None:
        """The row has no steps."""
        places = self._places.pop(row, [])
        self._rows[places] = -1
        self._dead += len(places)
        if self._dead > COMPACT_FROM and self._dead > self._size // 2:
            self._compact()

    def at(self, day: int, now: NDArray[np.float64]) -> NDArray[np.float64]:
        """By row: the MRR at the close of `day`, where `now` has what is paid now."""
        then = now.copy()
        later = np.flatnonzero((self._days[: self._size] > day) & (self._rows[: self._size] >= 0))
        # The earliest step after the day is written last, and the first of one day after the others of it.
        later = later[::-1][np.argsort(-self._days[later[::-1]], kind="stable")]
        then[self._rows[later]] = self._before[later]
        return then

    def of_row(self, row: int) -> tuple[tuple[int, float], ...]:
        """The row's steps, the oldest first."""
        return tuple(
            sorted((int(self._days[place]), float(self._before[place])) for place in self._places.get(row, ()))
        )

    def _compact(self) -> None:
        kept = np.flatnonzero(self._rows[: self._size] >= 0)
        for column in (self._rows, self._days, self._before):
            column[: len(kept)] = column[kept]
        self._rows[len(kept) :] = -1
        self._size, self._dead, self._places = len(kept), 0, {}
        for place in range(self._size):
            self._places.setdefault(int(self._rows[place]), []).append(place)
