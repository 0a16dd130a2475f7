"""Messages that some records of an account have applied and its head has not, because a flush was torn."""

from __future__ import annotations

from scoring.fingerprint import fingerprint
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from streams.topics import TOPIC_BITS


class Ahead:
    """Empty for nearly every account. A replayed message is not counted again in records that have applied it."""

    __slots__ = ("_head", "_ids", "_tiles", "_totals", "is_empty")

    def __init__(self, head: list[int]) -> None:
        """`head` are the head's applied offsets as they were restored."""
        self._head = list(head)
        self._tiles: dict[int, list[int]] = {}
        self._totals: dict[int, list[int]] = {}
        self._ids: dict[int, int] = {}
        """By fingerprint of the id, the origin of each message that the head has not applied."""
        self.is_empty = True

    def note_tile(self, day: int, applied_offsets: list[int]) -> None:
        """Note a restored tile with these applied offsets."""
        if self._is_further(applied_offsets):
            self._tiles[day] = applied_offsets
            self.is_empty = False

    def note_totals(self, block: int, applied_offsets: list[int]) -> None:
        """Note a restored block of daily totals with these applied offsets."""
        if self._is_further(applied_offsets):
            self._totals[block] = applied_offsets
            self.is_empty = False

    def note_ids(self, chunk: Chunk) -> None:
        """Note a restored chunk of event ids."""
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
        """Whether an id is known only because the record's writer had applied this very message."""
        return self._ids.get(fingerprint(scoped_id)) == origin

    def _is_further(self, applied_offsets: list[int]) -> bool:
        return any(own > heads for own, heads in zip(applied_offsets, self._head, strict=True))


def is_ahead(origin: int, applied_offsets: list[int]) -> bool:
    """Whether the message with this origin is not applied yet."""
    return origin >> TOPIC_BITS > applied_offsets[origin & ((1 << TOPIC_BITS) - 1)]
