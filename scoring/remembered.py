"""The ids of the events that an account got lately, by day of arrival: by them a repeated event is a duplicate.

Kept in chunks, so that writing the latest ids does not write the whole day's. With each id goes the message that
brought it: a replayed message is then told from a repeated event.
"""

from __future__ import annotations

from array import array

from scoring.series import FAR

CHUNK = 64
"""Ids in a chunk: its record has some 1 KB."""
SEEN_MAX = 4_096
"""Ids remembered of one day: beyond it the oldest chunk is forgotten."""

ChunkKey = tuple[int, int]
"""(day of arrival since 1970, number of the chunk within the day)"""


class Chunk:
    """Some ids in the order of their arrival, as fingerprints, and where each came from. Mutable."""

    __slots__ = ("origins", "prints")

    def __init__(self, prints: array[int] | None = None, origins: array[int] | None = None) -> None:
        self.prints: array[int] = prints if prints is not None else array("Q")
        self.origins: array[int] = origins if origins is not None else array("q")


class Remembered:
    """All ids that an account remembers. Mutable; owned by its `Account`.

    `changed` and `dropped` are what must be written, or removed, since the last record; whoever writes clears them.
    """

    __slots__ = ("_day", "_key", "_last", "changed", "days", "dropped", "prints")

    def __init__(self) -> None:
        self.prints: set[int] = set()
        self.days: dict[int, dict[int, Chunk]] = {}
        self.changed: set[ChunkKey] = set()
        self.dropped: set[ChunkKey] = set()
        self._day = -1
        self._key: ChunkKey = (-1, -1)
        self._last: Chunk | None = None

    def put(self, day: int, print_of_id: int, origin: int) -> bool:
        """Remember an id that arrived on `day`; False when it is remembered already."""
        prints = self.prints
        if print_of_id in prints:
            return False
        prints.add(print_of_id)
        chunk = self._last
        if chunk is None or day != self._day or len(chunk.prints) >= CHUNK:
            chunk = self._begin(day)
        chunk.prints.append(print_of_id)
        chunk.origins.append(origin)
        self.changed.add(self._key)
        return True

    def add(self, day: int, number: int, chunk: Chunk) -> None:
        """Put a restored chunk in place."""
        self.days.setdefault(day, {})[number] = chunk
        self.prints.update(chunk.prints)

    def keys(self) -> list[ChunkKey]:
        """Every chunk's."""
        return [(day, number) for day, chunks in self.days.items() for number in chunks]

    def forget(self, before: int) -> None:
        """Forget what arrived on days before this one."""
        for day in [day for day in self.days if day < before]:
            for number in list(self.days[day]):
                self._drop(day, number)
            del self.days[day]

    @property
    def oldest_day(self) -> int:
        """The first day of which something is remembered, FAR when there is none."""
        return min(self.days, default=FAR)

    def _begin(self, day: int) -> Chunk:
        """The chunk of a day that takes the next id."""
        chunks = self.days.setdefault(day, {})
        number = max(chunks, default=0)
        chunk = chunks.get(number)
        if chunk is not None and len(chunk.prints) >= CHUNK:
            number, chunk = number + 1, None
        if chunk is None:
            chunk = chunks[number] = Chunk()
            self.dropped.discard((day, number))
        if len(chunks) > SEEN_MAX // CHUNK:
            oldest = min(chunks)
            self._drop(day, oldest)
            del chunks[oldest]
        self._day, self._key, self._last = day, (day, number), chunk
        return chunk

    def _drop(self, day: int, number: int) -> None:
        self.prints.difference_update(self.days[day][number].prints)
        self.changed.discard((day, number))
        self.dropped.add((day, number))
        if self._key == (day, number):
            self._day, self._last = -1, None
