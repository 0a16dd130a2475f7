"""What one topic's partition has brought and is not applied yet, held for the kernel's loop: nothing of it is an object
before Python asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from streams.engine.inputs.topic_buffer import BUFFER_BYTES_MAX, BUFFER_MAX, RUN_MAX, TopicBuffer
from streams.message import Message
from streams.message_batch import MessageBatch

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs


class NativeBuffer:
    """One topic of `Inputs`, as `TopicBuffer` has it; owned by a `Merge`. The loop takes messages of it as well: call
    `look` when it has."""

    def __init__(self, inputs: Inputs, topic_index: int) -> None:
        self.is_empty = True
        self.head_ms = 0
        """The time of the first message. Without meaning when there is none."""
        self.is_broken = False
        """Whether the kernel cannot read the next message: then Python has to, in a `plain` buffer."""
        self._inputs = inputs
        self._topic_index = topic_index

    @property
    def held(self) -> int:
        """See `TopicBuffer.held`."""
        return self._inputs.held(self._topic_index)[0]

    @property
    def is_full(self) -> bool:
        """Whether the topic should not be fetched."""
        messages, size = self._inputs.held(self._topic_index)
        return messages >= BUFFER_MAX or size >= BUFFER_BYTES_MAX

    def feed(self, batches: Sequence[MessageBatch]) -> None:
        """Add batches, in offset order."""
        for batch in batches:
            self._inputs.add(self._topic_index, batch, batch.content, batch.first_offset, batch.count)
        self.look()

    def run(self, last_ms: int) -> list[Message]:
        """The first message, and those behind it up to the first that is later than `last_ms`. They stay."""
        return self._inputs.run(self._topic_index, last_ms, RUN_MAX)

    def take(self, number: int) -> None:
        """Remove the first `number` messages, which a run had."""
        self._inputs.take(self._topic_index, number)
        self.look()

    def look(self) -> None:
        """Note what is first now."""
        has_message, self.head_ms, self.is_broken = self._inputs.head(self._topic_index)
        self.is_empty = not has_message and not self.is_broken

    def plain(self) -> TopicBuffer:
        """What is left, to be read by Python. Nothing is held here afterwards."""
        offset, batches = self._inputs.give_up(self._topic_index)
        buffer = TopicBuffer()
        buffer.feed(batches)
        buffer.pass_to(offset)
        self.look()
        return buffer
