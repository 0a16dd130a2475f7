"""What some records of an account have applied, and its head has not: a torn flush wrote them."""

from __future__ import annotations

from scoring.fingerprint import fingerprint
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from streams.topics import TOPIC_BITS


class Ahead:
    """Empty for nearly every account. Messages that come again are not counted again where they are."""

    __slots__ = ("_head", "_ids", "_tiles", "_totals", "is_empty")

    def __init__(self, head: list[int]) -> None:
        """`head` are the head's applied offsets as they were restored."""
        self._head = list(head)
        self._tiles: dict[int, list[int]] = {}
        self._totals: dict[int, list[int]] = {}
        self._ids: dict[int, int] = {}
        """By fingerprint, the origin of each id whose message the head has not applied."""
        self.is_empty = True

    def note_tile(self, day: int, applied_offsets: list[int]) -> None:
        """A tile was restored that has applied this much."""
        if self._is_further(applied_offsets):
            self._tiles[day] = applied_offsets
            self.is_empty = False

    def note_totals(self, block: int, applied_offsets: list[int]) -> None:
        """A block of daily totals was restored that has applied this much."""
        if self._is_further(applied_offsets):
            self._totals[block] = applied_offsets
            self.is_empty = False

    def note_ids(self, chunk: Chunk) -> None:
        """A chunk of event ids was restored."""
        begin = len(chunk.prints) - len(chunk.origins)
        for index, origin in enumerate(chunk.origins):
            if is_ahead(origin, self._head):
                self._ids[chunk.prints[begin + index]] = origin
                self.is_empty = False

    def holds(self, day: int, topic_index: int, offset: int) -> tuple[bool, bool]:
        """Whether the tile, and the daily totals, of `day` were restored from records that have applied the message."""
        tile, block = self._tiles.get(day), self._totals.get(day // TOTALS_BLOCK_DAYS)
        return (
            tile is not None and offset <= tile[topic_index],
            block is not None and offset <= block[topic_index],
        )

    def knows_by(self, scoped_id: str, origin: int) -> bool:
        """Whether an id is remembered because this very message had brought it to whoever wrote the record."""
        return self._ids.get(fingerprint(scoped_id)) == origin

    def _is_further(self, applied_offsets: list[int]) -> bool:
        return any(own > heads for own, heads in zip(applied_offsets, self._head, strict=True))


def is_ahead(origin: int, applied_offsets: list[int]) -> bool:
    """Whether the message with this origin is not applied yet."""
    return origin >> TOPIC_BITS > applied_offsets[origin & ((1 << TOPIC_BITS) - 1)]
