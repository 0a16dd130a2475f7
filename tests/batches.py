"""Batches of messages that are there already, for tests and benchmarks without a broker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from streams.errors import UnreadableMessage
from streams.message import Message
from tests.support.kafka.log_batches import Written, a_batch


class Batch(NamedTuple):
    """`streams.message_batch.MessageBatch` of messages in offset order, at least one."""

    listed: Sequence[Message]
    first_offset: int
    next_offset: int
    size: int = 0

    @property
    def count(self) -> int:  # type: ignore[override]  # a tuple's own counts something else
        return len(self.listed)

    @property
    def content(self) -> bytes:
        base = self.listed[0].offset if self.listed else self.first_offset
        written = [
            Written(each.offset - base, each.value, each.key, each.timestamp, tuple(each.headers))
            for each in self.listed
        ]
        by_broker = any(each.timestamp_type for each in self.listed)
        assert not by_broker or len({(each.timestamp_type, each.timestamp) for each in self.listed}) == 1
        return a_batch(written, base, last_delta=self.next_offset - base - 1, by_broker=by_broker)

    def messages(self) -> Iterator[Message]:
        return iter(self.listed)

    def starting_at(self, offset: int) -> Self:
        kept = [message for message in self.listed if message.offset >= offset]
        return self._replace(listed=kept, first_offset=max(self.first_offset, offset))


def batches_of(messages: Sequence[Message], each: int = 1_000) -> list[Batch]:
    """The messages in batches of `each`, the last of what is left; none of none."""
    parts = [messages[start : start + each] for start in range(0, len(messages), each)]
    return [Batch(part, part[0].offset, part[-1].offset + 1) for part in parts]


class BrokenBatch(Batch):
    """A batch that cannot be read behind the messages that it has."""

    @property
    def content(self) -> bytes:
        content = bytearray(super().content) + b"behind"
        content[8:12] = (len(content) - 12).to_bytes(4, "big")
        return bytes(content)

    def messages(self) -> Iterator[Message]:
        yield from self.listed
        raise UnreadableMessage("behind them")


def broken_behind(messages: Sequence[Message]) -> BrokenBatch:
    """A batch of these messages, and of one more that cannot be read."""
    first = messages[0].offset if messages else 0
    return BrokenBatch(messages, first, first + len(messages) + 1)
