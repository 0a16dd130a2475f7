"""The ids of an account's events, in order of arrival: they identify a repeated event as a duplicate.

The latest ids are in the *open* chunk. When it is full it is *closed*: from then on it never changes, so it is written
once. Chunks grow with the number of ids. An id costs about 20 bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from scoring.state.sorted_ids import SortedIds

CHUNK_MIN, CHUNK_MAX = 32, 4_096
"""Ids in a chunk: a sixteenth of the ids before it, within these limits."""
IDS_MAX = 1 << 22
"""The most ids of an account: four days of a million. Beyond it the first chunk is dropped."""
SMALL_MAX = 8_192
"""Up to this number of ids, one set holds the known ones; above it, sorted lists do."""
BLOCK_DAYS = 8
"""Days of events in a period when the day of arrival is unknown."""


def period_of_block(day: int) -> int:
    """The period of ids with an unknown arrival, from the day of the event: a negative number."""
    return -1 - day // BLOCK_DAYS


def last_day_of(period: int) -> int:
    """The last day of a period, in days since 1970.

    >>> last_day_of(20_000), last_day_of(period_of_block(20_000))
    (20000, 20007)
    """
    return period if period >= 0 else -period * BLOCK_DAYS - 1


class Chunk:
    """Ids that arrived one after another, as fingerprints: by period, each in order of arrival. Mutable."""

    __slots__ = ("periods", "size")

    def __init__(self) -> None:
        self.periods: dict[int, array[int]] = {}
        self.size = 0
        """The number of ids."""

    def add(self, period: int, prints: array[int]) -> None:
        """Add the ids of a period that it does not hold yet."""
        self.periods[period] = prints
        self.size += len(prints)

    def drop(self, period: int) -> array[int] | None:
        """Drop the ids of a period. Returns them, None when there are none."""
        prints = self.periods.pop(period, None)
        if prints is not None:
            self.size -= len(prints)
        return prints

    def replace(self, period: int, prints: array[int]) -> None:
        """Hold these ids of a period instead of those that it has."""
        self.drop(period)
        if prints:
            self.add(period, prints)


class EventIds:
    """All event ids of an account. Mutable; owned by its `Account`.

    A period is the day of arrival since 1970, or the `period_of_block` of the event's own day. Chunks are numbered in
    the order in which they were closed.
    """

    __slots__ = ("_known", "_sorted", "closed", "count", "next_number", "open", "periods")

    def __init__(self) -> None:
        self.open = Chunk()
        self.closed: dict[int, Chunk] = {}
        self.next_number = 0
        """The number of the chunk that is closed next."""
        self.count = 0
        self.periods: dict[int, int] = {}
        """How many ids each period has."""
        self._known: set[int] = set()
        """All ids, while they are few."""
        self._sorted: dict[int, SortedIds] = {}
        """When they are many: by day of arrival, with one at -1 for all other periods."""

    def put(self, period: int, print_of_id: int) -> bool:
        """Add an id. Returns False when it is known already, in any period."""
        if self._sorted:
            if self._is_sorted_in(print_of_id):
                return False
        elif print_of_id in self._known:
            return False
        held = self.open
        prints = held.periods.get(period)
        if prints is None:
            prints = held.periods[period] = array("Q")
        prints.append(print_of_id)
        held.size += 1
        self.count += 1
        self.periods[period] = self.periods.get(period, 0) + 1
        self._know(period, print_of_id)
        if held.size >= CHUNK_MIN and held.size >= _size_after(self.count - held.size):
            self._close()
        return True

    def add(self, number: int, chunk: Chunk) -> None:
        """Add a restored chunk, the open one with the number -1; call `restore` after the last."""
        if number < 0:
            self.open = chunk
        else:
            self.closed[number] = chunk

    def restore(self, is_gone: Callable[[int], bool]) -> None:
        """Compute what is known from the chunks, after the last `add`. Ids of periods that are gone are dropped first.

        A closed chunk is not written again without those. One of them may have come again since, and is then in a later
        chunk too, where it stays: of up to `SMALL_MAX` ids each is kept once."""
        self._drop_gone(is_gone)
        if sum([chunk.size for chunk in self._chunks()]) <= SMALL_MAX:
            self._keep_latest()
        self.count = 0
        self.periods.clear()
        self._known.clear()
        self._sorted.clear()
        for chunk in self._chunks():
            self.count += chunk.size
            for period, prints in chunk.periods.items():
                self.periods[period] = self.periods.get(period, 0) + len(prints)
        if self.count > SMALL_MAX:
            self._sort()
        else:
            for chunk in self._chunks():
                for prints in chunk.periods.values():
                    self._known.update(prints)

    def forget(self, period: int) -> None:
        """Drop the ids of a period, and the chunks that are then empty."""
        is_at_once = period >= 0 and self._sorted.pop(period, None) is not None
        self._drop(self.open, period, one_by_one=not is_at_once)
        for number in list(self.closed):
            self._drop(self.closed[number], period, one_by_one=not is_at_once)
            if not self.closed[number].size:
                del self.closed[number]

    @property
    def is_full(self) -> bool:
        """Whether ids may have been dropped early."""
        return self.count > IDS_MAX - 2 * CHUNK_MAX

    def _drop_gone(self, is_gone: Callable[[int], bool]) -> None:
        for chunk in self._chunks():
            for period in [each for each in chunk.periods if is_gone(each)]:
                chunk.drop(period)
        self.closed = {number: chunk for number, chunk in self.closed.items() if chunk.size}

    def _keep_latest(self) -> None:
        known = set[int]()
        for chunk in reversed(self._chunks()):
            for period in sorted(chunk.periods, reverse=True):
                prints = chunk.periods[period]
                kept = array("Q")
                for each in reversed(prints):
                    if each not in known:
                        known.add(each)
                        kept.append(each)
                if len(kept) < len(prints):
                    kept.reverse()
                    chunk.replace(period, kept)
        self.closed = {number: chunk for number, chunk in self.closed.items() if chunk.size}

    def _chunks(self) -> list[Chunk]:
        return [*self.closed.values(), self.open]

    def _know(self, period: int, print_of_id: int) -> None:
        if self._sorted:
            sorted_ids = self._sorted.get(max(period, -1))
            if sorted_ids is None:
                sorted_ids = self._sorted[max(period, -1)] = SortedIds()
            sorted_ids.add(print_of_id)
        else:
            self._known.add(print_of_id)
            if self.count > SMALL_MAX:
                self._sort()

    def _is_sorted_in(self, print_of_id: int) -> bool:
        return any(print_of_id in ids for ids in self._sorted.values())

    def _sort(self) -> None:
        self._known.clear()
        prints: dict[int, list[array[int]]] = {}
        for chunk in self._chunks():
            for period, each in chunk.periods.items():
                prints.setdefault(max(period, -1), []).append(each)
        for period, arrays in prints.items():
            self._sorted[period] = SortedIds(arrays)

    def _close(self) -> None:
        """Close the open chunk. Drops the first chunks when there would be too many ids."""
        self.closed[self.next_number] = self.open
        self.next_number += 1
        self.open = Chunk()
        while self.count > IDS_MAX - CHUNK_MAX:
            first = min(self.closed)
            chunk = self.closed.pop(first)
            for period in list(chunk.periods):
                self._drop(chunk, period, one_by_one=True)

    def _drop(self, chunk: Chunk, period: int, *, one_by_one: bool) -> None:
        prints = chunk.drop(period)
        if prints is None:
            return
        self.count -= len(prints)
        left = self.periods[period] - len(prints)
        if left:
            self.periods[period] = left
        else:
            del self.periods[period]
        if one_by_one and self._sorted:
            ids = self._sorted[max(period, -1)]
            for each in prints:
                ids.discard(each)
        elif one_by_one:
            self._known.difference_update(prints)


def _size_after(count: int) -> int:
    """The size of a chunk that comes after `count` ids.

    >>> [_size_after(count) for count in (0, 2_000, 5_000, 1_000_000)]
    [32, 64, 256, 4096]
    """
    return max(CHUNK_MIN, min(CHUNK_MAX, 1 << (count // 16).bit_length() >> 1))
