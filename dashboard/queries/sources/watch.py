"""Looks at Kafka for the page of sources: bounded reads, kept for some seconds, and no error when it is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from dashboard.queries.sources.lines import letter_lines, waiting_lines
from dashboard.queries.sources.seen import Seen, TopicSeen
from dashboard.queries.sources.tails import Partitions, counted_since, partitions_of, tail
from dashboard.values.sources import LagLine
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin, new_consumer
from streams.kafka.errors import advice_for
from streams.topics import CONTROL, DEAD_LETTERS, SCORES, UNATTRIBUTED

_LOG: Final = logging.getLogger(__name__)
ROLE: Final = "dashboard"
KEPT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 8.0
LETTERS: Final = 200
WAITING: Final = 2_000
WEEK: Final = 7
ALL: Final = (*INPUT_TOPICS, CONTROL, SCORES, DEAD_LETTERS, UNATTRIBUTED)


class Days(NamedTuple):
    """Messages of a topic: of the last 24 hours, and a day's mean of the seven days before."""

    last: float
    usual: float


class Watch(Protocol):
    """Says what Kafka has."""

    async def seen(self) -> Seen:
        """The state of the last seconds. Never raises; `trouble` says what cannot be read."""
        ...


class NoWatch:
    """Without Kafka."""

    async def seen(self) -> Seen:
        """Nothing."""
        return Seen(at_ms=0)


class KafkaWatch:
    """`Watch` of a deployment. One look at a time; one event loop owns it."""

    def __init__(self, settings: Settings, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._now_ms = now_ms
        self._seen = Seen(at_ms=0)
        self._seen_at = float("-inf")
        self._looking = asyncio.Lock()

    async def seen(self) -> Seen:
        """See `Watch.seen`."""
        async with self._looking:
            if time.monotonic() - self._seen_at >= KEPT_SECONDS:
                self._seen = await self._look()
                self._seen_at = time.monotonic()
        return self._seen

    async def _look(self) -> Seen:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                consumer = new_consumer(self._settings, ROLE, auto_offset_reset="earliest")
                admin = new_admin(self._settings, ROLE)
                try:
                    await consumer.start()
                    await admin.start()
                    return await self._read(consumer, admin)
                finally:
                    await admin.close()
                    await consumer.stop()
        except (KafkaError, UserError, OSError, TimeoutError) as error:
            words = f"Kafka cannot be read ({str(error) or type(error).__name__}): "
            words += advice_for(error, "check that it runs") if isinstance(error, KafkaError) else "check that it runs"
            _LOG.warning("%s", words)
            return Seen(at_ms=self._now_ms(), trouble=f"{words}.")

    async def _read(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> Seen:
        settings = self._settings
        known = await partitions_of(admin, map(settings.topic, ALL))
        inputs = {name: known[settings.topic(name)] for name in INPUT_TOPICS}
        dead, waits = known[settings.topic(DEAD_LETTERS)], known[settings.topic(UNATTRIBUTED)]
        # First all that needs no assignment: behind the long polls of one, each request waits for half a second.
        days = {name: await self._days(consumer, partitions) for name, partitions in inputs.items()}
        lag, trouble = await self._lags(consumer, admin, known)
        limits = {one: 1 for partitions in inputs.values() for one in partitions}
        limits |= dict.fromkeys(dead, LETTERS) | dict.fromkeys(waits, WAITING)
        last = await tail(consumer, limits)
        topics = tuple(_topic_seen(name, inputs[name], last, days[name]) for name in INPUT_TOPICS)
        letters = {one: last[one] for one in dead}
        lines, total = waiting_lines([each for one in waits for each in last[one]])
        return Seen(
            at_ms=self._now_ms(),
            topics=topics,
            lag=lag,
            dead_letters=letter_lines(letters),
            dead_letters_total=sum((await consumer.end_offsets(dead)).values()) if dead else 0,
            unattributed=lines,
            unattributed_total=total,
            trouble=trouble,
        )

    async def _days(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> Days | None:
        now_ms = self._now_ms()
        counts = await counted_since(consumer, partitions, (now_ms - DAY_MS, now_ms - (WEEK + 1) * DAY_MS))
        return None if counts is None else Days(float(counts[0]), (counts[1] - counts[0]) / WEEK)

    async def _lags(
        self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, known: Partitions
    ) -> tuple[tuple[LagLine, ...], str]:
        """How far the groups are behind, and what hides it."""
        settings, inputs = self._settings, (*INPUT_TOPICS, CONTROL)
        groups: tuple[tuple[str, str, Sequence[str]], ...] = (
            ("worker", settings.deployment, inputs),
            ("projector", settings.projector_group, (SCORES,)),
            ("attribution", settings.attribution_group, (UNATTRIBUTED,)),
        )
        lines = []
        try:
            for role, group, topics in groups:
                asked = [one for topic in topics for one in known[settings.topic(topic)]]
                committed = await admin.list_consumer_group_offsets(group, partitions=asked)
                held = {one: at.offset for one, at in committed.items() if at.offset >= 0}
                if held:
                    ends = await consumer.end_offsets(list(held))
                    lag = sum(max(0, ends[tp] - offset) for tp, offset in held.items())
                    lines.append(LagLine(role=role, group=group, lag=lag))
        except (KafkaError, OSError) as error:
            return tuple(lines), f"The lag of consumer groups cannot be read: {str(error) or type(error).__name__}."
        return tuple(lines), ""


def _topic_seen(
    name: str,
    partitions: Sequence[TopicPartition],
    last: Mapping[TopicPartition, Sequence[ConsumerRecord]],
    days: Days | None,
) -> TopicSeen:
    return TopicSeen(
        name=name,
        last_ms=max((last[one][-1].timestamp for one in partitions if last[one]), default=None),
        a_day=None if days is None else days.last,
        usual_a_day=None if days is None else days.usual,
    )
