"""The ids of an account's events, by period: they identify a repeated event as a duplicate.

Ids are kept in chunks in order of arrival, so writing the latest ids does not rewrite all; chunks grow with the number
of ids. An id costs about 20 bytes. Each id is stored with the message that brought it, until a head that includes the
message is written: this distinguishes a replayed message from a repeated event.
"""

from __future__ import annotations

from array import array

from scoring.instants import FAR
from scoring.state.sorted_ids import SortedIds

CHUNK_MIN, CHUNK_MAX = 64, 4_096
"""Ids in a chunk: a sixteenth of the ids of its period, within these limits."""
IDS_MAX = 1 << 22
"""The most ids of an account: four days of a million. Beyond it the first chunk of the oldest period is dropped."""
SMALL_MAX = 8_192
"""Up to this number of ids, one set holds the known ones; above it, sorted lists do."""
BLOCK_DAYS = 8
"""Days of events in a period when the day of arrival is unknown."""

ChunkKey = tuple[int, int]
"""(period, number of the chunk within it)"""


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
    """Ids in order of arrival, as fingerprints. `origins` are the messages of the last ids. Mutable."""

    __slots__ = ("origins", "prints")

    def __init__(self, prints: array[int] | None = None, origins: array[int] | None = None) -> None:
        self.prints: array[int] = prints if prints is not None else array("Q")
        self.origins: array[int] = origins if origins is not None else array("q")


class EventIds:
    """All event ids of an account. Mutable; owned by its `Account`.

    A period is the day of arrival since 1970, or the `period_of_block` of the event's own day. `changed` and `dropped`
    are the chunks to write, or to remove, since the last record; `fold.note_written` clears them.
    """

    __slots__ = ("_known", "_last", "_last_key", "_room", "_sorted", "changed", "count", "dropped", "periods")

    def __init__(self) -> None:
        self.periods: dict[int, dict[int, Chunk]] = {}
        self.count = 0
        self.changed: set[ChunkKey] = set()
        self.dropped: set[ChunkKey] = set()
        self._known: set[int] = set()
        """All ids, while they are few."""
        self._sorted: dict[int, SortedIds] = {}
        """When they are many: by day of arrival, with one at -1 for all other periods."""
        self._last_key: ChunkKey = (FAR, 0)
        self._last: Chunk | None = None
        self._room = 0
        """How many more ids fit into the last chunk."""

    def put(self, period: int, print_of_id: int, origin: int) -> bool:
        """Add an id. Returns False when it is known already, in any period."""
        if self._sorted:
            if self._is_sorted_in(print_of_id):
                return False
        elif print_of_id in self._known:
            return False
        if self._room <= 0 or period != self._last_key[0]:
            self._begin(period)
        chunk = self._last
        assert chunk is not None
        chunk.prints.append(print_of_id)
        chunk.origins.append(origin)
        self._room -= 1
        self.count += 1
        self.changed.add(self._last_key)
        if self._sorted:
            self._sorted[max(period, -1)].add(print_of_id)
        else:
            self._known.add(print_of_id)
            if self.count > SMALL_MAX:
                self._sort()
        return True

    def add(self, period: int, number: int, chunk: Chunk) -> None:
        """Add a restored chunk; call `restore` after the last."""
        self.periods.setdefault(period, {})[number] = chunk
        self.count += len(chunk.prints)

    def restore(self) -> None:
        """Compute the set of known ids, after the last `add`."""
        if self.count > SMALL_MAX:
            self._sort()
        else:
            for chunks in self.periods.values():
                for chunk in chunks.values():
                    self._known.update(chunk.prints)

    def keys(self) -> list[ChunkKey]:
        """The keys of all chunks."""
        return [(period, number) for period, chunks in self.periods.items() for number in chunks]

    def forget(self, period: int) -> None:
        """Drop the ids of a period."""
        is_at_once = period >= 0 and self._sorted.pop(period, None) is not None
        for number in list(self.periods[period]):
            self._drop(period, number, one_by_one=not is_at_once)
        del self.periods[period]

    @property
    def is_full(self) -> bool:
        """Whether ids may have been dropped early."""
        return self.count > IDS_MAX - 2 * CHUNK_MAX

    def _is_sorted_in(self, print_of_id: int) -> bool:
        return any(print_of_id in ids for ids in self._sorted.values())

    def _sort(self) -> None:
        self._known.clear()
        prints: dict[int, list[array[int]]] = {}
        for period, chunks in self.periods.items():
            prints.setdefault(max(period, -1), []).extend(chunk.prints for chunk in chunks.values())
        for period, each in prints.items():
            self._sorted[period] = SortedIds(each)

    def _begin(self, period: int) -> None:
        """Start a chunk for the next id of a period."""
        while self.count > IDS_MAX - CHUNK_MAX:
            self._forget_first()
        chunks = self.periods.setdefault(period, {})
        if self._sorted:
            self._sorted.setdefault(max(period, -1), SortedIds())
        number = max(chunks, default=0)
        before = sum(len(chunk.prints) for chunk in chunks.values())
        chunk = chunks.get(number)
        room = 0
        if chunk is not None:
            room = _size_after(before - len(chunk.prints)) - len(chunk.prints)
        if room <= 0:
            number += chunk is not None
            chunk = chunks[number] = Chunk()
            room = _size_after(before)
            self.dropped.discard((period, number))
        self._last_key, self._last, self._room = (period, number), chunk, room

    def _forget_first(self) -> None:
        period = min(self.periods, key=last_day_of)
        number = min(self.periods[period])
        self._drop(period, number, one_by_one=True)
        del self.periods[period][number]
        if not self.periods[period]:
            del self.periods[period]

    def _drop(self, period: int, number: int, *, one_by_one: bool) -> None:
        prints = self.periods[period][number].prints
        self.count -= len(prints)
        if one_by_one and self._sorted:
            ids = self._sorted[max(period, -1)]
            for each in prints:
                ids.discard(each)
        elif one_by_one:
            self._known.difference_update(prints)
        self.changed.discard((period, number))
        self.dropped.add((period, number))
        if self._last_key == (period, number):
            self._last, self._last_key, self._room = None, (FAR, 0), 0


def _size_after(count: int) -> int:
    """The size of a chunk that is started when its period has `count` ids.

    >>> [_size_after(count) for count in (0, 2_000, 5_000, 1_000_000)]
    [64, 64, 256, 4096]
    """
    return max(CHUNK_MIN, min(CHUNK_MAX, 1 << (count // 16).bit_length() >> 1))
