"""A compact set of many 64-bit numbers."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

LEAF = 1_024
"""Numbers in a new leaf; at twice as many it is split."""


class SortedIds:
    """A sorted list of numbers, in leaves: 8 to 16 bytes for each. Mutable.

    A look-up is two bisections, and an insertion moves at most one leaf, so neither slows down with size.

    >>> ids = SortedIds([array("Q", [5, 1]), array("Q", [3])])
    >>> ids.add(4), 4 in ids, 2 in ids
    (None, True, False)
    """

    __slots__ = ("_greatest", "_leaves")

    def __init__(self, given: Iterable[array[int]] = ()) -> None:
        numbers: list[int] = []
        for each in given:
            numbers.extend(each)
        numbers.sort()
        self._leaves: list[array[int]] = [
            array("Q", numbers[begin : begin + LEAF]) for begin in range(0, len(numbers), LEAF)
        ]
        self._greatest: list[int] = [leaf[-1] for leaf in self._leaves]

    def __contains__(self, number: int) -> bool:
        index = bisect_left(self._greatest, number)
        if index == len(self._leaves):
            return False
        leaf = self._leaves[index]
        return leaf[bisect_left(leaf, number)] == number

    def add(self, number: int) -> None:
        """Add a number that is not in the list."""
        leaves, greatest = self._leaves, self._greatest
        if not leaves:
            leaves.append(array("Q", [number]))
            greatest.append(number)
            return
        index = min(bisect_left(greatest, number), len(leaves) - 1)
        leaf = leaves[index]
        leaf.insert(bisect_left(leaf, number), number)
        if len(leaf) >= 2 * LEAF:
            leaves[index : index + 1] = [leaf[:LEAF], leaf[LEAF:]]
            greatest.insert(index, leaf[LEAF - 1])
        greatest[index + (len(leaf) >= 2 * LEAF)] = leaf[-1]

    def discard(self, number: int) -> None:
        """Remove a number, if present."""
        if number not in self:
            return
        index = bisect_left(self._greatest, number)
        leaf = self._leaves[index]
        del leaf[bisect_left(leaf, number)]
        if leaf:
            self._greatest[index] = leaf[-1]
        else:
            del self._leaves[index], self._greatest[index]
