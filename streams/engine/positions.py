"""The read and committed offsets of the inputs, from one reset of positions to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from streams.engine.flush import Flush
from streams.engine.ports import Place
from streams.message_batch import MessageBatch


class Positions:
    """Next offsets by place. Each reset makes a new object, so a step that began before the reset can compare it."""

    def __init__(self, committed: Mapping[Place, int]) -> None:
        """`committed` has the next offset to read of every input, 0 where none was committed."""
        self.committed = dict(committed)
        """The next offsets that the group holds, as far as known."""
        self.read = dict(committed)
        """The next offsets to fetch."""

    def trim(self, place: Place, batches: Sequence[MessageBatch]) -> Sequence[MessageBatch]:
        """`batches` without the messages that were read before."""
        next_ = self.read.get(place, 0)
        if batches and batches[0].first_offset < next_:
            return [batch.starting_at(next_) for batch in batches if batch.next_offset > next_]
        return batches

    def one_committed(self) -> dict[Place, int]:
        """One committed offset; empty when no input is read.

        Committing it again changes nothing, and only a member of the current generation may do it.
        """
        return dict(islice(self.committed.items(), 1))

    def is_behind(self, places: Iterable[Place], applied: Sequence[int]) -> bool:
        """Whether some of the last applied offsets (-1 for none) are beyond the committed ones."""
        return any(
            offset >= 0 and self.committed.get(place, 0) < offset + 1
            for place, offset in zip(places, applied, strict=True)
        )


def offsets_of(flushes: Iterable[Flush]) -> dict[Place, int]:
    """The next offsets to read after these flushes."""
    return {(topic, flush.partition): next_ for flush in flushes for topic, next_ in flush.offsets.items()}
