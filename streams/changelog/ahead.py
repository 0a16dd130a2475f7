"""Messages that own records of an account have applied and its head has not, because a flush was torn."""

from __future__ import annotations

from scoring.state.daily_totals import TOTALS_BLOCK_DAYS


class Ahead:
    """Empty for nearly every account. A replayed message is not counted again in records that have applied it."""

    __slots__ = ("_head", "_tiles", "_totals", "is_empty")

    def __init__(self, head: list[int]) -> None:
        """`head` are the head's applied offsets as they were restored."""
        self._head = list(head)
        self._tiles: dict[int, list[int]] = {}
        self._totals: dict[int, list[int]] = {}
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

    def holds(self, day: int, topic_index: int, offset: int) -> tuple[bool, bool]:
        """Whether the tile, and the daily totals, of `day` were restored from records that have applied the message."""
        tile, block = self._tiles.get(day), self._totals.get(day // TOTALS_BLOCK_DAYS)
        return (
            tile is not None and offset <= tile[topic_index],
            block is not None and offset <= block[topic_index],
        )

    def _is_further(self, applied_offsets: list[int]) -> bool:
        return any(own > heads for own, heads in zip(applied_offsets, self._head, strict=True))
