"""Publishes what arrives in a worker's partitions on `arrivals`, beside its work and never in its way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from aiokafka.errors import KafkaError

from streams.arrivals import Arrivals, encode_arrival

ARRIVALS_SECONDS = 10.0
_LOG = logging.getLogger(__name__)
Take = Callable[[], Sequence[Arrivals]]
Write = Callable[[int, bytes, int], Awaitable[None]]
"""Writes (partition of the inputs, message, its time in milliseconds)."""


async def publish_arrivals(take: Take, write: Write) -> None:
    """Publish the messages that are due. What cannot be written is dropped: the guard takes it for a silent worker."""
    for message in take():
        try:
            await write(message.partition, encode_arrival(message), message.to_ms)
        except KafkaError as error:
            _LOG.warning("arrivals of partition %d could not be written (%r): dropped", message.partition, error)
            return
