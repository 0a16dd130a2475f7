"""The loop that copies topics into Redis: places its partitions, folds batches, writes, and reads lost parts again.

How far each partition of each topic has been copied is kept in Redis, in the same step as what is made of it. A crash,
a Redis that was emptied, or one that came back from an older snapshot, all show as another progress than expected: the
loop then claims the partition again and reads on from exactly there. The topics are co-partitioned, and one loop has
the same partition of all of them; only the writes of the last loop that claimed it count.

The topic `control` is read too, for the accounts that are forgotten. At its place in a partition, the loop reads it to
its end before anything else: an account that was forgotten, and may come again, keeps what came afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from streams.activity.fetching import fetch
from streams.activity.placing import EarlierTopics, Placed, Placing
from streams.activity.store import CopyLost, RedisCopy, Span, Step
from streams.activity.taking import Fold, forgotten_by
from streams.deployment.settings import Settings
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.offsets import commit, ends_of
from streams.read_model.port import ReadModelBroken, ReadModelUnavailable
from streams.topics import CONTROL

log = logging.getLogger(__name__)

SMALL_BATCH = 1_000
VERIFY_EVERY_SECONDS = 2.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0
CONTROL_SECONDS = 30.0
"""How long the end of `control` is waited for."""


class CopyLoop(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The loop of one copy. `_placed` has the partitions that it may write to; the rebalance callbacks empty it."""

    def __init__(
        self,
        settings: Settings,
        consumer: AIOKafkaConsumer,
        copy: RedisCopy,
        fold: Fold,
        metrics: ProjectorMetrics,
        *,
        gather_seconds: float = 0.0,
    ) -> None:
        """`gather_seconds` is how long it waits after a small batch, so that what follows is written with it."""
        self._settings: Final = settings
        self._consumer: Final = consumer
        self._copy: Final = copy
        self._fold: Final = fold
        self._name: Final = copy.name
        self._metrics: Final = metrics
        self._gather_seconds: Final = gather_seconds
        self._topics: Final = (CONTROL, *fold.topics)
        self._logical: Final = {settings.topic(name): name for name in self._topics}
        self._placing: Final = Placing(consumer, copy, self._logical, metrics)
        self._placed: dict[int, Placed] = {}
        self._rebalances = 0
        self._verify_at = 0.0

    @property
    def topics(self) -> list[str]:
        """The topics to subscribe to."""
        return list(self._logical)

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """A write under way is harmless: it counts only until the new owner claims the partition."""
        self._displace()

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """The loop places them: a callback that waited for Redis would hold up the group."""
        self._displace()

    def _displace(self) -> None:
        self._rebalances += 1
        for partition in list(self._placed):
            self._lose(partition)

    def _lose(self, partition: int) -> None:
        self._placed.pop(partition, None)
        self._fold.drop(partition)

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop` is set. A Redis that does not answer costs the placing of all partitions and a pause, which
        doubles up to 5 s.

        Raises:
            KafkaError: when Kafka refuses us and no retry helps.
        """
        pause_seconds = FIRST_RETRY_SECONDS
        while not stop.is_set():
            try:
                await self.step()
            except ReadModelUnavailable as error:
                log.warning("%s Nothing is lost: retry in %.1f s.", error, pause_seconds)
                self._displace()
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_RETRY_SECONDS)
            else:
                pause_seconds = FIRST_RETRY_SECONDS

    async def step(self) -> None:
        """Place what is new, and copy one fetch. Raises `ReadModelUnavailable` and `KafkaError`."""
        fetched: Mapping[TopicPartition, Sequence[Any]] = {}
        try:
            await self._place_all()
            fetched = await fetch(self._consumer, self._logical, self._metrics)
            await self._take(fetched)
            await self._verify()
        except ReadModelBroken as error:
            await self._heal(str(error))
        if sum(map(len, fetched.values())) < SMALL_BATCH:
            await asyncio.sleep(self._gather_seconds)

    async def behind(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many offsets before these ends are not copied yet: all of a partition that is not placed."""
        left = 0
        for place, end in ends.items():
            placed = self._placed.get(place.partition)
            # What lies between the last message and the end may be no message: a transaction's marker.
            left += end if placed is None else max(0, end - await self._consumer.position(place))
        return left

    async def _place_all(self) -> None:
        assigned: dict[int, list[TopicPartition]] = {}
        for each in self._consumer.assignment():
            if each.partition not in self._placed:
                assigned.setdefault(each.partition, []).append(each)
        for partition, places in sorted(assigned.items()):
            if len(places) == len(self._topics):
                await self._place(partition, places)

    async def _place(self, partition: int, places: list[TopicPartition]) -> None:
        rebalances = self._rebalances
        try:
            placed = await self._placing.place(partition, places, lambda: rebalances == self._rebalances)
        except EarlierTopics:
            log.warning("Redis holds what earlier topics said: it is cleared and filled again.")
            await self._clear()
            return
        if placed is not None:
            self._placed[partition] = placed
            await self._read_control(TopicPartition(self._settings.topic(CONTROL), partition))

    async def _read_control(self, place: TopicPartition) -> None:
        """Read `control` to its current end."""
        end = (await ends_of(self._consumer, [place])).get(place, 0)
        deadline = time.monotonic() + CONTROL_SECONDS
        while place.partition in self._placed and time.monotonic() < deadline:
            try:
                if await self._consumer.position(place) >= end:
                    return
                await self._take(await fetch(self._consumer, self._logical, self._metrics, place))
            except IllegalStateError:  # a rebalance has taken it
                return

    async def _take(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        """Fold and write a fetch, partition by partition."""
        for partition, found in _by_partition(fetched, self._logical).items():
            if partition in self._placed:
                try:
                    await self._copy_batch(partition, self._placed[partition], found)
                except CopyLost as lost:
                    log.info("Partition %d is claimed again. %s", partition, lost)
                    self._lose(partition)

    async def _copy_batch(self, partition: int, placed: Placed, messages: dict[str, Sequence[Any]]) -> None:
        """Write what one partition's messages say: first who is forgotten, then the rest."""
        written = {topic: found[-1].offset + 1 for topic, found in messages.items()}
        control = messages.pop(CONTROL, ())
        steps: list[Step] = []
        for said, step in forgotten_by(control, partition, self._settings.partitions, placed.gone):
            steps += [step] if said.lift else [step, *await self._fold.removal(self._copy, partition, said.account_id)]
        if steps:
            await self._write(partition, placed, {CONTROL: written.pop(CONTROL)}, steps)
        folded = await self._fold.fold(self._copy, partition, messages, placed.gone, time.time_ns() // 1_000_000)
        if self._placed.get(partition) is not placed:
            return  # a rebalance came meanwhile
        await self._write(partition, placed, written, folded)
        for (topic, outcome), count in self._fold.outcomes.items():
            self._metrics.activity(topic, outcome, count)
        self._fold.outcomes.clear()

    async def _write(self, partition: int, placed: Placed, ends: Mapping[str, int], steps: list[Step]) -> None:
        """Write, with the progress of every topic: what is in memory holds only while all of them are as expected."""
        spans = [Span(topic, placed.next[topic], ends.get(topic, placed.next[topic])) for topic in self._topics]
        if not ends:
            return
        await self._copy.write(partition, placed.token, spans, steps)
        placed.next = {span.topic: span.end for span in spans}
        offsets = {TopicPartition(self._settings.topic(topic), partition): end for topic, end in ends.items()}
        if self._placed.get(partition) is placed:
            await commit(self._consumer, offsets)

    async def _verify(self) -> None:
        """Check, every few seconds, that Redis still has all written data: without new messages no write would detect a
        loss."""
        self._metrics.activity_lag(self._name, _lag(self._consumer, self._settings, self._placed))
        if time.monotonic() < self._verify_at:
            return
        self._verify_at = time.monotonic() + VERIFY_EVERY_SECONDS
        try:
            fault = await self._copy.fault()
        except CopyLost:
            self._displace()
            return
        if fault:
            await self._heal(f"The copy in Redis is broken: {fault}.")
        elif self._placed and await self._copy.is_empty():
            self._displace()

    async def _heal(self, words: str) -> None:
        log.warning("%s It is cleared, and filled again from its topics.", words)
        self._metrics.rebuild()
        await self._clear()

    async def _clear(self) -> None:
        self._displace()
        try:
            await self._copy.clear()
        except CopyLost as lost:
            log.info("It is not cleared. %s", lost)


def _by_partition(
    fetched: Mapping[TopicPartition, Sequence[Any]], logical: Mapping[str, str]
) -> dict[int, dict[str, Sequence[Any]]]:
    """The messages of a fetch by partition, and by the logical name of their topic."""
    found: dict[int, dict[str, Sequence[Any]]] = {}
    for place, messages in fetched.items():
        found.setdefault(place.partition, {})[logical[place.topic]] = messages
    return found


def _lag(consumer: AIOKafkaConsumer, settings: Settings, placed: Mapping[int, Placed]) -> dict[str, int]:
    """The messages of each topic that are not copied yet."""
    lag: dict[str, int] = {}
    for partition, each in placed.items():
        for topic, end in each.next.items():
            watermark = consumer.highwater(TopicPartition(settings.topic(topic), partition)) or 0
            lag[topic] = lag.get(topic, 0) + max(0, watermark - end)
    return lag
