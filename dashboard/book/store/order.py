"""The order of many texts, kept while texts come and go: rows are sorted by text, equal ones by account id. Pure."""

from __future__ import annotations

import bisect

import numpy as np
from numpy.typing import NDArray


class Order:
    """Which place each number's text has among all. Mutable.

    Numbers are small integers, such as rows. What came or went is taken in by `settle`, in a time that grows with what
    is waiting and little with all that is there, so that a million texts never have to be sorted at once.
    """

    def __init__(self) -> None:
        self._keys: NDArray[np.object_] = np.empty(0, object)
        self._numbers = np.empty(0, np.int32)
        self._places = np.empty(0, np.int32)
        self._coming: dict[int, str] = {}
        self._gone: set[int] = set()

    @property
    def waiting(self) -> int:
        """How many texts came or went since they were settled."""
        return len(self._coming) + len(self._gone)

    def put(self, number: int, key: str) -> None:
        """`number` has the text `key` from now on; it must have none."""
        self._coming[number] = key

    def drop(self, number: int) -> None:
        """`number` has no text any more."""
        if self._coming.pop(number, None) is None:
            self._gone.add(number)

    def places(self) -> NDArray[np.int32]:
        """By number: its place, 0 the first; the places of numbers without a text mean nothing."""
        self.settle()
        return self._places

    def place_of(self, key: str) -> float:
        """The place of a text; half a place before the next one when it is not there."""
        self.settle()
        place = bisect.bisect_left(self._keys, key)
        return float(place) if place < len(self._keys) and self._keys[place] == key else place - 0.5

    def settle(self) -> None:
        """Take in what came and went."""
        if not self.waiting:
            return
        if self._gone:
            kept = ~np.isin(self._numbers, np.fromiter(self._gone, np.int32, len(self._gone)))
            self._keys, self._numbers = self._keys[kept], self._numbers[kept]
        if self._coming:
            coming = sorted(self._coming.items(), key=lambda item: item[1])
            keys = np.empty(len(coming), object)
            keys[:] = [key for _, key in coming]
            at = np.searchsorted(self._keys, keys)
            self._keys = np.insert(self._keys, at, keys)
            self._numbers = np.insert(self._numbers, at, [number for number, _ in coming])
        size = int(self._numbers.max()) + 1 if len(self._numbers) else 0
        self._places = np.full(max(size, len(self._places)), -1, np.int32)
        self._places[self._numbers] = np.arange(len(self._numbers), dtype=np.int32)
        self._coming, self._gone = {}, set()
