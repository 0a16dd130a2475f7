"""Messages given to a partition as the engine gives them: natively where they may be, without an engine."""

from __future__ import annotations

from collections.abc import Sequence

from streams.engine.partition.partition import Partition
from streams.message import Message
from streams.topics import CONTROL_INDEX
from tests.batches import batches_of

_FAR_MS = 1 << 61


def take(partition: Partition, topic_index: int, messages: Sequence[Message], now_ms: int) -> int:
    """Apply messages of one topic, of a batch each. Returns how many, as `Partition.process` does."""
    inputs = partition.new_inputs()
    if inputs is None or topic_index == CONTROL_INDEX or not partition.takes_natively:
        return partition.process(topic_index, messages, now_ms)
    for batch in batches_of(messages, each=1):
        inputs.add(topic_index, batch, batch.content, batch.first_offset, 1)
    return partition.take_inputs(inputs, _FAR_MS, now_ms)
