"""Placing a partition of a copy: claiming it in Redis, and seeking to where its progress ends."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.activity.store import RedisCopy
from streams.activity.taking import Gone
from streams.kafka.gap_report import GapReport
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.offsets import commit, starts_of

log = logging.getLogger(__name__)


class EarlierTopics(Exception):
    """Redis holds what other topics of the same names said: clear it."""


class Placed:
    """A partition that this loop has: its token, the next offset of each topic, and its forgotten accounts. Mutable."""

    def __init__(self, token: str, offsets: dict[str, int], gone: Gone) -> None:
        self.token = token
        self.next = offsets
        self.gone = gone


class Placing:
    """Places partitions for one loop."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        copy: RedisCopy,
        logical: Mapping[str, str],
        metrics: ProjectorMetrics,
    ) -> None:
        """`logical` has the logical name of each topic that the loop reads."""
        self._consumer: Final = consumer
        self._copy: Final = copy
        self._logical: Final = logical
        self._metrics: Final = metrics
        self._gap_report: Final = GapReport(metrics)

    async def place(
        self, partition: int, places: Sequence[TopicPartition], is_ours: Callable[[], bool]
    ) -> Placed | None:
        """Claim a partition and seek to where its progress ends, in all its topics. None when it is not placed now:
        Kafka did not take a commit, or `is_ours` says that a rebalance came.

        Raises:
            EarlierTopics: when there is a progress and no committed offset. To keep that sign reliable, offset 0 is
                committed first.
            ReadModelUnavailable: when Redis does not answer.
        """
        token = secrets.token_hex(8)
        claimed = await self._copy.claim(partition, token)
        held = {place: claimed.offsets.get(self._logical[place.topic], 0) for place in places}
        committed = {place: await self._consumer.committed(place) for place in places}
        if any(held[place] and committed[place] is None for place in places):
            raise EarlierTopics
        unknown = {place: offset for place, offset in held.items() if committed[place] is None}
        if unknown and not await commit(self._consumer, unknown):
            return None
        starts = await starts_of(self._consumer, places)
        if not is_ours():
            return None
        for place, offset in held.items():
            start = starts.get(place, 0)
            if 0 < offset < start:
                self._gap_report.lost(self._logical[place.topic], partition, (start - offset, offset, start - 1))
            self._consumer.seek(place, offset)
        if any(held[place] < (committed[place] or 0) for place in places):
            log.warning("Redis lost partition %d of the copies: reading it again.", partition)
            self._metrics.rebuild()
        return Placed(token, {self._logical[place.topic]: offset for place, offset in held.items()}, Gone(claimed.gone))
