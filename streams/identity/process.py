"""The process of the attribution: its consumer, its producer, its temporary file, and their end."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

from streams.deployment.settings import Settings
from streams.identity.attribution import Attribution
from streams.identity.publisher import Publisher, attribution_producer
from streams.identity.topics_reader import TopicsReader, attribution_consumer
from streams.identity.waiting_store import WaitingStore
from streams.operations.attribution_metrics import AttributionMetrics


class Stores:
    """Makes stores, each in a folder of its own that goes with it."""

    def __init__(self, folder: str) -> None:
        """`folder` is where those folders are made; "" for the system's temporary one."""
        self._folder = folder or None
        self._open = ExitStack()

    def new(self) -> WaitingStore:
        """An empty store. The one before is closed, and its file deleted."""
        self.close()
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="vitals-attribution-", dir=self._folder))
        store = WaitingStore(Path(folder))
        self._open.callback(store.close)
        return store

    def close(self) -> None:
        """Close the store, and delete its file. Idempotent."""
        self._open.close()


async def run_attribution(settings: Settings, *, stop: asyncio.Event, metrics: AttributionMetrics) -> None:
    """Attribute events until `stop` is set. Of several processes one works, and the others stand by.

    Raises:
        KafkaError: when Kafka refuses us and no retry helps.
    """
    consumer, producer = attribution_consumer(settings), attribution_producer(settings)
    stores = Stores(settings.data_dir)
    try:
        await producer.start()
        await consumer.start()
        reader = TopicsReader(settings, consumer)
        publisher = Publisher(settings, producer)
        attribution = Attribution(reader, publisher, metrics, stores.new, settings.unattributed_max_ms)
        # Only now: starting with topics would wait for the other members of the group and not react to a stop.
        reader.subscribe()
        await attribution.run(stop)
    finally:
        stores.close()
        await consumer.stop()
        await producer.stop()
