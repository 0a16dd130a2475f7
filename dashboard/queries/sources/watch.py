"""Looks at Kafka for the page of sources: bounded reads, kept for some seconds, and no error when it is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from dashboard.queries.sources.lines import letter_lines, waiting_lines
from dashboard.queries.sources.seen import Seen, TopicSeen
from dashboard.queries.sources.tails import counted_since, partitions_of, tail
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
                try:
                    await consumer.start()
                    return await self._read(consumer)
                finally:
                    await consumer.stop()
        except (KafkaError, UserError, OSError, TimeoutError) as error:
            words = f"Kafka cannot be read ({str(error) or type(error).__name__}): "
            words += advice_for(error, "check that it runs") if isinstance(error, KafkaError) else "check that it runs"
            _LOG.warning("%s", words)
            return Seen(at_ms=self._now_ms(), trouble=f"{words}.")

    async def _read(self, consumer: AIOKafkaConsumer) -> Seen:
        settings = self._settings
        topics = tuple([await self._topic(consumer, name) for name in INPUT_TOPICS])
        dead = await partitions_of(consumer, settings.topic(DEAD_LETTERS))
        letters = await tail(consumer, dead, LETTERS)
        waits = await partitions_of(consumer, settings.topic(UNATTRIBUTED))
        waiting = await tail(consumer, waits, WAITING)
        lines, total = waiting_lines([each for messages in waiting.values() for each in messages])
        lag, trouble = await self._lags(consumer)
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

    async def _topic(self, consumer: AIOKafkaConsumer, name: str) -> TopicSeen:
        partitions = await partitions_of(consumer, self._settings.topic(name))
        last = [messages[-1].timestamp for messages in (await tail(consumer, partitions, 1)).values() if messages]
        now_ms = self._now_ms()
        counts = await counted_since(consumer, partitions, (now_ms - DAY_MS, now_ms - (WEEK + 1) * DAY_MS))
        return TopicSeen(
            name=name,
            last_ms=max(last, default=None),
            a_day=None if counts is None else float(counts[0]),
            usual_a_day=None if counts is None else (counts[1] - counts[0]) / WEEK,
        )

    async def _lags(self, consumer: AIOKafkaConsumer) -> tuple[tuple[LagLine, ...], str]:
        """How far the groups are behind, and what hides it."""
        settings, inputs = self._settings, (*INPUT_TOPICS, CONTROL)
        groups: tuple[tuple[str, str, Sequence[str]], ...] = (
            ("worker", settings.deployment, inputs),
            ("projector", settings.projector_group, (SCORES,)),
            ("attribution", settings.attribution_group, (UNATTRIBUTED,)),
        )
        admin = new_admin(settings, ROLE)
        lines = []
        try:
            await admin.start()
            for role, group, topics in groups:
                committed = await admin.list_consumer_group_offsets(group)
                names = {settings.topic(topic) for topic in topics}
                held = {tp: at.offset for tp, at in committed.items() if tp.topic in names and at.offset >= 0}
                if held:
                    ends = await consumer.end_offsets(list(held))
                    lag = sum(max(0, ends[tp] - offset) for tp, offset in held.items())
                    lines.append(LagLine(role=role, group=group, lag=lag))
        except (KafkaError, OSError) as error:
            return tuple(lines), f"The lag of consumer groups cannot be read: {str(error) or type(error).__name__}."
        finally:
            await admin.close()
        return tuple(lines), ""
