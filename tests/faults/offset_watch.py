"""Watching a run from outside: the group's offsets against the changelog, all the time, and how long recovery takes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.changelog import records
from streams.changelog.record_types import Rank
from streams.deployment.settings import Settings
from streams.topics import TOPICS
from tests.faults.publisher import Offsets

LOOK_SECONDS = 0.25
ASK_SECONDS = 5.0
READ_SECONDS = 10.0
_LOG = logging.getLogger(__name__)


class Pending(msgspec.Struct):
    """A fault that is over, and what was published by then: recovered when all of that is committed."""

    fault: str
    since: float
    targets: Offsets


class Recovery(msgspec.Struct, frozen=True):
    """How long it took from the end of a fault until all that was published by then was committed."""

    fault: str
    seconds: float


class Changelog:
    """The changelog, read as it grows: of each partition the greatest record of its own, and what was written stale."""

    def __init__(self, settings: Settings) -> None:
        self.applied_offsets: dict[int, tuple[Rank, list[int]]] = {}
        self.stale: dict[int, int] = {}
        """Records whose epoch is behind that of an earlier one: their writer had been replaced."""
        self._epochs: dict[int, int] = {}
        self._tps = [TopicPartition(settings.changelog_topic, number) for number in range(settings.partitions)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
        )

    async def start(self) -> None:
        await self._consumer.start()
        self._consumer.assign(self._tps)
        await self._consumer.seek_to_beginning(*self._tps)

    async def stop(self) -> None:
        await self._consumer.stop()

    async def catch_up(self) -> None:
        """Read to what is the end now.

        Raises:
            KafkaError, TimeoutError: when a broker is away; ask again.
        """
        async with asyncio.timeout(READ_SECONDS):
            ends = await self._consumer.end_offsets(self._tps)
            while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
                for tp, messages in (await self._consumer.getmany(timeout_ms=100)).items():
                    for message in messages:
                        if message.value is not None:
                            self._take(tp.partition, message.key, message.value)

    def _take(self, partition: int, key: bytes, value: bytes) -> None:
        rank = records.rank_of(value)
        if rank.epoch < self._epochs.get(partition, 0):
            self.stale[partition] = self.stale.get(partition, 0) + 1
        self._epochs[partition] = max(rank.epoch, self._epochs.get(partition, 0))
        if key == records.PARTITION_KEY:
            held = self.applied_offsets.get(partition)
            if held is None or rank >= held[0]:
                self.applied_offsets[partition] = (rank, records.decode_partition(value).applied_offsets)


class Flushes:
    """The end of the changelog, to see a flush while it is under way."""

    def __init__(self, settings: Settings) -> None:
        self._tps = [TopicPartition(settings.changelog_topic, number) for number in range(settings.partitions)]
        self._consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._tps)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def seen(self, seconds: float) -> bool:
        """Wait for a record that was not there before: for some milliseconds its flush has still to write its outputs
        and to commit. False when none comes within `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._consumer.seek_to_end(*self._tps)
                await self._consumer.getone()
                return True
        return False


class Watch:
    """Looks four times a second. `broken` holds what should never be seen; `looks` how often it was looked for."""

    def __init__(self, settings: Settings, published: Mapping[tuple[str, int], int]) -> None:
        self.committed: Offsets = {}
        self.recoveries: list[Recovery] = []
        self.broken: list[str] = []
        self.looks = 0
        self._settings = settings
        self._published = published
        self._pending: list[Pending] = []
        self._names = {settings.topic(name): name for name in TOPICS}
        self.changelog = Changelog(settings)

    async def run(self) -> None:
        """Look until cancelled. Brokers may come and go."""
        await self.changelog.start()
        try:
            while True:
                admin = AIOKafkaAdminClient(
                    bootstrap_servers=self._settings.kafka, request_timeout_ms=int(ASK_SECONDS * 1_000)
                )
                try:
                    await admin.start()
                    while True:
                        await self._look(admin)
                        await asyncio.sleep(LOOK_SECONDS)
                except (KafkaError, OSError, TimeoutError):
                    await asyncio.sleep(LOOK_SECONDS)
                finally:
                    await admin.close()
        finally:
            await self.changelog.stop()

    def over(self, fault: str) -> None:
        """A fault is over at this moment: from now on recovery is timed."""
        _LOG.info("%s is over", fault)
        self._pending.append(Pending(fault, time.monotonic(), dict(self._published)))

    async def recovered(self, seconds: float = 120.0) -> None:
        """Wait until everything is recovered from.

        Raises:
            TimeoutError: when it is not within `seconds`.
        """
        try:
            async with asyncio.timeout(seconds):
                while self._pending:  # noqa: ASYNC110 - Kafka tells nobody when a group commits
                    await asyncio.sleep(LOOK_SECONDS / 5)
        except TimeoutError:
            behind = [self._behind(pending.targets) for pending in self._pending]
            _LOG.info("not recovered, after %d looks; not committed: %s", self.looks, behind)
            raise

    def lag(self, targets: Offsets) -> int:
        """Messages before `targets` that are not committed."""
        return sum(self._behind(targets).values())

    def _behind(self, targets: Offsets) -> Offsets:
        """By topic and partition, how many messages before `targets` are not committed."""
        lags = {key: end - self.committed.get(key, 0) for key, end in targets.items()}
        return {key: lag for key, lag in lags.items() if lag > 0}

    async def _look(self, admin: AIOKafkaAdminClient) -> None:
        async with asyncio.timeout(2 * ASK_SECONDS):
            found = await admin.list_consumer_group_offsets(self._settings.deployment)
        committed = {
            (self._names[tp.topic], tp.partition): each.offset
            for tp, each in found.items()
            if tp.topic in self._names and each.offset >= 0
        }
        self._note_going_back(committed)
        now = time.monotonic()
        self.committed = committed
        for pending in list(self._pending):
            if not self.lag(pending.targets):
                self._pending.remove(pending)
                self.recoveries.append(Recovery(pending.fault, now - pending.since))
                _LOG.info("recovered from %s in %.1f s", pending.fault, now - pending.since)
        await self.changelog.catch_up()  # later than the commit, so what it rests on must be there
        self._compare(committed)
        self.looks += 1

    def _note_going_back(self, committed: Offsets) -> None:
        for (topic, partition), offset in committed.items():
            if offset < self.committed.get((topic, partition), 0):
                before = self.committed[topic, partition]
                self.broken.append(f"committed went back on {topic}/{partition}: {before} to {offset}")

    def _compare(self, committed: Offsets) -> None:
        for (topic, partition), offset in committed.items():
            _, applied_offsets = self.changelog.applied_offsets.get(partition, (None, [-1] * len(TOPICS)))
            applied = applied_offsets[TOPICS.index(topic)]
            if offset > applied + 1:
                self.broken.append(f"committed {offset} on {topic}/{partition} is past the applied {applied} + 1")
