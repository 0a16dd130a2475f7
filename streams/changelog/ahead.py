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

    def forget_passed(self, applied_offsets: list[int]) -> None:
        """Forget the records that are no further than the account is by now."""
        for held in (self._tiles, self._totals):
            for number in [each for each, own in held.items() if _is_past(applied_offsets, own)]:
                del held[number]
        self.is_empty = not self._tiles and not self._totals

    def _is_further(self, applied_offsets: list[int]) -> bool:
        return not _is_past(self._head, applied_offsets)


NOTHING_AHEAD = Ahead([])
"""Of every account that has none. Never to be changed."""


def _is_past(offsets: list[int], others: list[int]) -> bool:
    return all(own >= other for own, other in zip(offsets, others, strict=True))
