"""Messages of one topic's partition that were read from its log and not decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self

from streams.message import Message


class MessageBatch(Protocol):
    """Messages in offset order, of which none exists as an object yet. A value; two readers do not disturb each other.

    There may be fewer than `count`, also none: their offsets may have gaps.
    """

    @property
    def first_offset(self) -> int:
        """No message of the batch has a smaller offset."""
        ...

    @property
    def next_offset(self) -> int:
        """The offset behind the batch, and behind the last of its gaps."""
        ...

    @property
    def count(self) -> int:
        """The most messages that there may be."""
        ...

    @property
    def size(self) -> int:
        """Bytes of memory that its content takes."""
        ...

    @property
    def content(self) -> bytes:
        """The batch as a log has it, header and records, in version 2 of the format and uncompressed."""
        ...

    def messages(self) -> Iterator[Message]:
        """The messages, each made when it is asked for.

        Raises:
            UnreadableMessage: at the first that cannot be read. Those before it were handed out.
        """
        ...

    def starting_at(self, offset: int) -> Self:
        """The same batch without the messages below `offset`."""
        ...
