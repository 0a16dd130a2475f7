"""Reads `aliases` and `unattributed` whole, aliases first, and follows both: for the member that has all partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError

from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.one_member_assignor import OneMemberAssignor
from streams.topics import ALIASES, UNATTRIBUTED

BATCH_MESSAGES = 2_000
MAX_POLL_INTERVAL_MS = 2**31 - 1
"""Brokers may be away for long; heartbeats run in the background."""
Batches = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class TopicsReader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The positions. It is the listener of its own subscription, and commits nothing.

    `epoch` changes whenever partitions are given or taken; 0 until the group has answered. Partitions that come back
    are read on from where they were, since everything that was read of them still holds.
    """

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer) -> None:
        """`consumer` is started, see `attribution_consumer`."""
        self.epoch = 0
        self._settings = settings
        self._consumer = consumer
        self._next: dict[TopicPartition, int] = {}
        self._read_once: set[TopicPartition] = set()
        """Those whose end was reached since the beginning."""

    def subscribe(self) -> None:
        """Join the group. It does not wait for it."""
        self._consumer.subscribe([self.name_of(ALIASES), self.name_of(UNATTRIBUTED)], listener=self)

    def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        """See `ConsumerRebalanceListener`."""
        self.epoch += 1

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """See `ConsumerRebalanceListener`."""
        self.epoch += 1
        for partition in assigned:
            if partition in self._next:
                self._consumer.seek(partition, self._next[partition])

    def name_of(self, topic: str) -> str:
        """The topic's name in Kafka."""
        return self._settings.topic(topic)

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        """All partitions of both topics, or none: another member has them."""
        return frozenset(self._consumer.assignment())

    def forget(self) -> None:
        """Begin at the beginning when partitions are given again."""
        self._next.clear()
        self._read_once.clear()

    async def read(self, wait_ms: int) -> Batches:
        """The next messages, each once and in the order of their partition. Of aliases alone until their end was
        reached once: the events after them then find their accounts at once.

        Raises:
            KafkaError: when the brokers do not answer.
        """
        epoch, assigned = self.epoch, self.partitions
        aliases = [each for each in assigned - self._read_once if each.topic == self.name_of(ALIASES)]
        wanted = aliases or assigned
        batches: Batches = await self._consumer.getmany(*wanted, timeout_ms=wait_ms, max_records=BATCH_MESSAGES)
        if epoch != self.epoch:
            self._give_back(batches)
            return {}
        for partition, messages in batches.items():
            self._next[partition] = messages[-1].offset + 1
        await self._note_ends(assigned)
        return batches

    def _give_back(self, batches: Iterable[TopicPartition]) -> None:
        """The partitions moved during the fetch, which may be of the time before or after: read these again."""
        for partition in self.partitions & set(batches):
            with suppress(IllegalStateError):  # it may have moved again
                self._consumer.seek(partition, self._next.get(partition, 0))

    def has_read_all(self) -> bool:
        """Whether the end of all partitions was reached once."""
        return self.partitions <= self._read_once

    async def _note_ends(self, partitions: Iterable[TopicPartition]) -> None:
        """By the position and the watermark of the last fetch: compacted messages and markers of transactions never
        come, and the embedded broker knows no other end."""
        for partition in set(partitions) - self._read_once:
            end = self._consumer.highwater(partition)
            if end is not None and await self._consumer.position(partition) >= end:
                self._read_once.add(partition)

    async def lag(self) -> dict[tuple[str, int], int]:
        """How many messages were not read yet, by (topic, partition), by the last fetch."""
        found = {}
        for partition in self.partitions:
            end = self._consumer.highwater(partition) or 0
            found[partition.topic, partition.partition] = max(0, end - await self._consumer.position(partition))
        return found


def attribution_consumer(settings: Settings) -> AIOKafkaConsumer:
    """A consumer in the group of the attribution, neither started nor subscribed. It never commits."""
    return new_consumer(
        settings,
        "attribution",
        group_id=settings.attribution_group,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[OneMemberAssignor()],
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
    )
