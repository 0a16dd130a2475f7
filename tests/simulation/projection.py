"""The real projector between the modelled `scores` and an in-memory read model."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from streams.operations.metrics import ProjectorMetrics
from streams.read_model.models import ModelShelf
from streams.read_model.projector import Projector
from streams.topics import MODELS, SCORES
from tests.simulation.broker import Brokers, Stored
from tests.support.read_model.in_memory import InMemoryHistoryLog, InMemoryReadModel, Packed


class Message:
    """A record as the client hands it to the projector."""

    def __init__(self, tp: TopicPartition, stored: Stored) -> None:
        self.topic, self.partition = tp
        self.offset, self.key, self.value = stored.offset, stored.key, stored.value


class Consumer:
    """Aiokafka's consumer, as far as the projector uses it. It owns every partition, whoever else does."""

    def __init__(
        self, brokers: Brokers, partitions: int, committed: dict[TopicPartition, int], drawn: random.Random
    ) -> None:
        self.is_calm = False
        self._brokers = brokers
        self._drawn = drawn
        self._committed = committed
        self._tps = [TopicPartition(SCORES, number) for number in range(partitions)]
        self._positions = dict.fromkeys(self._tps, 0)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._tps)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._positions[tp] = offset

    async def committed(self, tp: TopicPartition) -> int | None:
        return self._committed.get(tp)

    async def beginning_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._committed.update(offsets)

    def highwater(self, tp: TopicPartition) -> int:
        return self._brokers.ends[tuple(tp)]

    async def end_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self._brokers.ends[tuple(tp)] for tp in tps}

    async def position(self, tp: TopicPartition) -> int:
        return self._positions[tp]

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, Sequence[Message]]:
        """Some of what is there, of some partitions, in any order of these."""
        fetched: dict[TopicPartition, Sequence[Message]] = {}
        for tp in self._tps if self.is_calm else self._drawn.sample(self._tps, self._drawn.randint(0, len(self._tps))):
            most = max_records if self.is_calm else self._drawn.randint(1, 9)
            stored = self._brokers.read(tuple(tp), self._positions[tp], most)
            if stored:
                fetched[tp] = [Message(tp, each) for each in stored]
                self._positions[tp] = stored[-1].offset + 1
        return fetched


class SimulatedModelLog:
    """`ModelLog` on the modelled brokers."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._read = 0

    async def read(self) -> Mapping[str, bytes]:
        """See `ModelLog.read`."""
        stored = self._brokers.logs[MODELS, 0][self._read :]
        self._read += len(stored)
        return {(each.key or b"").decode(): each.value or b"" for each in stored}


class Projection:
    """Two projectors that both think they own everything, and the read model that they fill."""

    def __init__(self, brokers: Brokers, partitions: int, drawn: random.Random) -> None:
        self.history = InMemoryHistoryLog(source=1)
        self.model = InMemoryReadModel(self.history)
        self._drawn = drawn
        self._brokers = brokers
        self._partitions = partitions
        self._committed: dict[TopicPartition, int] = {}
        self._metrics = ProjectorMetrics()
        self._consumers: list[Consumer] = []
        self._projectors: list[Projector] = []
        self._older: tuple[dict[str, Packed], dict[int, int]] | None = None
        for _ in range(2):
            self._add()

    async def step(self) -> None:
        """One of the two reads and writes something."""
        await self._drawn.choice(self._projectors)._step()

    async def restart(self) -> None:
        """One of the two dies, and another takes its place."""
        which = self._drawn.randrange(2)
        del self._consumers[which], self._projectors[which]
        self._add()

    async def lose(self) -> None:
        """The read model is emptied, or comes back from an older copy of itself."""
        self.model.load(*(self._older or ({}, {})))

    def save(self) -> None:
        """Keep a copy to come back to."""
        self._older = self.model.save()

    async def catch_up(self) -> None:
        """Read all that is there."""
        for consumer, projector in zip(self._consumers, self._projectors, strict=True):
            consumer.is_calm = True
            for _ in range(4):
                projector._verify_at = 0.0
                await projector._step()
            consumer.is_calm = False
        progress = await self.model.progress()
        for number in range(self._partitions):
            assert progress.get(number, 0) == self._brokers.ends[SCORES, number], "the read model lags for ever"

    def _add(self) -> None:
        consumer = Consumer(self._brokers, self._partitions, self._committed, self._drawn)
        self._consumers.append(consumer)
        shelf = ModelShelf(SimulatedModelLog(self._brokers), self.model)
        self._projectors.append(Projector(consumer, shelf, self.model, self._metrics, self.history))
