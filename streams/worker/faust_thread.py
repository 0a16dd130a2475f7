"""The thread in which Faust keeps its consumer: which consumer it has, and how much a fetch hands over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer

from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.record_batch import RecordBatch
from streams.kafka.undecoded import UndecodedBatches

with restricted_environment():  # Faust reads variables of its own when it is imported
    from faust.transport.drivers import aiokafka as driver
    from faust.types import TP

FETCH_WAIT_MS = 50
"""How long a broker may delay a fetch, which is how long an event may wait in an idle topic."""
REBALANCE_MS = 60_000
"""The minimum time that members have to join again: each makes a last flush before."""
PARTITION_FETCH_BYTES = 2 * 1024 * 1024
"""The maximum that a broker sends of a partition at once. Of each broker one fetch is under way at a time: with less, a
worker that catches up waits for the next one."""
PREFETCH_BACKOFF_SECONDS = 0.1
"""aiokafka asks a broker again when all that it brought was taken, or after this time. With none, a fetch that finds
nothing yet, and waits for `FETCH_WAIT_MS`, would delay the next one from partitions that were just read. But while we
hold enough of some partitions, theirs stays with aiokafka, and a worker that catches up would mostly wait."""
FETCH_MESSAGES_MAX, FETCH_BYTES_MAX = 4_000, 4 * 1024 * 1024
"""A fetch that has this number of messages, or of uncompressed bytes of batches, hands them over.
`streams.engine.inputs.topic_buffer` bounds what is held of all fetches."""


class ConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types
    """Faust's consumer thread, with a consumer made like all of ours, which hands on whole batches."""

    leaves_some = False
    """Whether we hold enough of some input, and do not take what aiokafka has of it."""

    def _create_consumer(self, loop: Any) -> AIOKafkaConsumer:
        """Called in the thread, whose event loop the consumer then belongs to. Faust's options are not used."""
        settings: Settings = self.app.settings
        self._assignor = self.app.assignor
        return new_consumer(
            settings,
            self.app.identity.role,
            group_id=settings.deployment,
            partition_assignment_strategy=[self._assignor],
            auto_offset_reset="earliest",  # without a commit, all of the log is still to be applied
            **membership(settings),
            rebalance_timeout_ms=max(settings.session_timeout_ms, REBALANCE_MS),
            heartbeat_interval_ms=settings.session_timeout_ms // 10,
            # A join waits for the other members up to the session timeout; the request timeout must be longer.
            request_timeout_ms=settings.session_timeout_ms + 10_000,
            # After it a member without partitions would leave the group and never come back (aiokafka#1187). A loop
            # that is stuck is what `Session.check_alive` looks for.
            max_poll_interval_ms=10**9,
            value_deserializer=UndecodedBatches,
            max_poll_records=1,  # batches: `_fetch_records` asks for one after the other
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def _fetch_records(
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[RecordBatch]]:
        """Fetch batches, called in the thread: aiokafka bounds their number, but not what is in them.

        An error drops all that was fetched before it: every error ends the process.
        """
        consumer._fetcher._prefetch_backoff = 0.0 if self.leaves_some else PREFETCH_BACKOFF_SECONDS
        fetched: dict[TP, list[RecordBatch]] = {}
        messages = size = 0
        while messages < FETCH_MESSAGES_MAX and size < FETCH_BYTES_MAX:
            wait = 0 if fetched else timeout
            one = await super()._fetch_records(consumer, active_partitions, timeout=wait, max_records=max_records)
            if not one:
                break
            for tp, batches in one.items():
                fetched.setdefault(tp, []).extend(batches)
                messages += sum(batch.count for batch in batches)
                size += sum(batch.size for batch in batches)
        return fetched

    async def commit_in(self, offsets: Mapping[TP, int], generation: int) -> bool:
        """Commit, called in the thread. False when the group has moved on: aiokafka uses the current generation."""
        if self._consumer._coordinator.generation != generation:
            return False
        committed: bool = await self._commit(offsets)
        return committed
