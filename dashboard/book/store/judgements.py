"""What each component said of each account, in matrices: for what-if, medians, and what moved the index. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.result import ComponentScore

RECENT = 8
"""Of this many days the points at the close are kept: enough for a week."""
FIELDS = ("judgement", "evidence", "possible", "points")
LONG_AGO = -(1 << 20)
NONE = -(1 << 15)
"""In place of the points of a day without a score."""


class Judgements:
    """By component and row. Mutable. `names` are the components of all models, in the order they were met.

    A judgement is 0-100, NaN without evidence; `possible` and `points` are points of the score, NaN without a score.
    """

    def __init__(self, capacity: int) -> None:
        self.names: tuple[str, ...] = ()
        self._capacity = capacity
        self._values = np.full((len(FIELDS), 0, capacity), np.nan, np.float32)
        self._recent = np.full((RECENT, 0, capacity), NONE, np.int16)
        self._model_days = np.full(capacity, LONG_AGO, np.int32)
        self._places: dict[tuple[str, ...], list[int]] = {}

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        days = np.full(capacity, LONG_AGO, np.int32)
        days[: self._capacity] = self._model_days
        self._model_days, self._capacity = days, capacity
        self._grow()

    def clear(self, row: int) -> None:
        """Nothing is known of the row."""
        self._values[:, :, row] = np.nan
        self._recent[:, :, row] = NONE
        self._model_days[row] = LONG_AGO

    def put_model(self, row: int, day: int) -> None:
        """Since `day` the row's model is the one of now."""
        self._model_days[row] = day

    def model_days(self, rows: int) -> NDArray[np.int32]:
        """By row: since which day its model is the one of now, `LONG_AGO` when nothing else is known."""
        return self._model_days[:rows]

    def put(self, row: int, components: Mapping[str, ComponentScore]) -> None:
        """What the components say now; empty without a score."""
        self._values[:, :, row] = np.nan
        if components:
            places = self._placed(tuple(components))
            self._values[:, places, row] = [
                [np.nan if each.judgement is None else each.judgement for each in components.values()],
                [each.evidence for each in components.values()],
                [each.possible for each in components.values()],
                [each.points for each in components.values()],
            ]

    def hold(self, row: int, begin: int, end: int) -> None:
        """At the closes of the days from `begin` until `end`, exclusive, the points were those of now."""
        if self.names:
            points = self._values[FIELDS.index("points"), :, row]
            for day in range(max(begin, end - RECENT), end):
                self._recent[day % RECENT, :, row] = _coded(points)

    def put_day(self, row: int, day: int, names: Sequence[str], points: Sequence[float | None]) -> None:
        """The points at the close of a day, by component; empty without a score."""
        places = self._placed(tuple(names))
        self._recent[day % RECENT, :, row] = NONE
        if points:
            self._recent[day % RECENT, places, row] = _coded(np.array(points, np.float64))

    def now(self, field: str, rows: int) -> NDArray[np.float32]:
        """One of `FIELDS`, by component and row."""
        return self._values[FIELDS.index(field), :, :rows]

    def then(self, day: int, rows: int) -> NDArray[np.float32]:
        """The points at the close of one of the last seven days, by component and row; NaN without."""
        coded = self._recent[day % RECENT, :, :rows]
        points = coded.astype(np.float32)
        points /= np.float32(100.0)
        points[coded == NONE] = np.nan
        return points

    def _placed(self, names: tuple[str, ...]) -> list[int]:
        if names not in self._places:
            self.names += tuple(name for name in names if name not in self.names)
            self._grow()
            self._places[names] = [self.names.index(name) for name in names]
        return self._places[names]

    def _grow(self) -> None:
        shape = (len(self.names), self._capacity)
        self._values, self._recent = _wider(self._values, shape, np.nan), _wider(self._recent, shape, NONE)


def _coded(points: NDArray[Any]) -> NDArray[np.int16]:
    coded = np.clip(np.rint(points * 100.0), NONE + 1, -NONE - 1)
    coded[np.isnan(coded)] = NONE
    return coded.astype(np.int16)


def _wider(values: NDArray[Any], shape: tuple[int, int], filler: float) -> NDArray[Any]:
    if values.shape[1:] == shape:
        return values
    wider = np.full((len(values), *shape), filler, values.dtype)
    wider[:, : values.shape[1], : values.shape[2]] = values
    return wider
