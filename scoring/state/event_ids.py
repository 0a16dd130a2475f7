"""The ids of the events that an account got, by period: by them a repeated event is a duplicate.

Kept in chunks in the order of arrival, so that writing the latest ids does not write all; chunks grow with what there
is. An id costs some 20 bytes. With an id goes the message that brought it, until a head is written that has applied the
message: it distinguishes a replayed message from a repeated event.
"""

from __future__ import annotations

from array import array

from scoring.instants import FAR
from scoring.state.sorted_ids import SortedIds

CHUNK_MIN, CHUNK_MAX = 64, 4_096
"""Ids in a chunk: a sixteenth of what its period has, within these."""
IDS_MAX = 1 << 22
"""Ids of an account: four days of a million. Beyond it the first chunk of the oldest period is forgotten."""
SMALL_MAX = 8_192
"""Up to this number of ids one set holds the known ones; beyond it, sorted lists do."""
BLOCK_DAYS = 8
"""Days of events in a period, where the day of arrival is not known."""

ChunkKey = tuple[int, int]
"""(period, number of the chunk within it)"""


def period_of_block(day: int) -> int:
    """The period of ids whose arrival is not known, by the day of the event: a negative number."""
    return -1 - day // BLOCK_DAYS


def last_day_of(period: int) -> int:
    """The last day since 1970 of a period.

    >>> last_day_of(20_000), last_day_of(period_of_block(20_000))
    (20000, 20007)
    """
    return period if period >= 0 else -period * BLOCK_DAYS - 1


class Chunk:
    """Some ids in the order of their arrival, as fingerprints, and where the last of them came from: `origins` are of
    the last ids, and may be fewer. Mutable."""

    __slots__ = ("origins", "prints")

    def __init__(self, prints: array[int] | None = None, origins: array[int] | None = None) -> None:
        self.prints: array[int] = prints if prints is not None else array("Q")
        self.origins: array[int] = origins if origins is not None else array("q")


class EventIds:
    """All ids that an account remembers. Mutable; owned by its `Account`.

    A period is a day of arrival since 1970, or the `period_of_block` of the event's own day. `changed` and `dropped`
    are the chunks to write, or to remove, since the last record; `fold.note_written` clears them.
    """

    __slots__ = ("_known", "_last", "_last_key", "_room", "_sorted", "changed", "count", "dropped", "periods")

    def __init__(self) -> None:
        self.periods: dict[int, dict[int, Chunk]] = {}
        self.count = 0
        self.changed: set[ChunkKey] = set()
        self.dropped: set[ChunkKey] = set()
        self._known: set[int] = set()
        """All ids, while there are few."""
        self._sorted: dict[int, SortedIds] = {}
        """By day of arrival, and one at -1 for all other periods, when there are many."""
        self._last_key: ChunkKey = (FAR, 0)
        self._last: Chunk | None = None
        self._room = 0
        """How many more ids go into the last chunk."""

    def put(self, period: int, print_of_id: int, origin: int) -> bool:
        """Remember an id; False when it is remembered already, in whatever period."""
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
        """Put a restored chunk in place; `restore` comes after the last."""
        self.periods.setdefault(period, {})[number] = chunk
        self.count += len(chunk.prints)

    def restore(self) -> None:
        """All chunks are in place: work out which ids are known."""
        if self.count > SMALL_MAX:
            self._sort()
        else:
            for chunks in self.periods.values():
                for chunk in chunks.values():
                    self._known.update(chunk.prints)

    def keys(self) -> list[ChunkKey]:
        """Every chunk's."""
        return [(period, number) for period, chunks in self.periods.items() for number in chunks]

    def forget(self, period: int) -> None:
        """Forget the ids of a period."""
        is_at_once = period >= 0 and self._sorted.pop(period, None) is not None
        for number in list(self.periods[period]):
            self._drop(period, number, one_by_one=not is_at_once)
        del self.periods[period]

    @property
    def is_full(self) -> bool:
        """Whether it may have forgotten ids before their time."""
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
        """Make the chunk of a period that takes the next id the last one."""
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
    """The size of the chunk that begins when its period has `count` ids.

    >>> [_size_after(count) for count in (0, 2_000, 5_000, 1_000_000)]
    [64, 64, 256, 4096]
    """
    return max(CHUNK_MIN, min(CHUNK_MAX, 1 << (count // 16).bit_length() >> 1))
