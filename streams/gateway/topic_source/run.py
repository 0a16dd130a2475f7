"""Reads the topics of all sources that have one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from streams.deployment.settings import Settings
from streams.gateway.pipeline import Taken
from streams.gateway.sources.ready import ReadySource
from streams.gateway.sources.schema import CloudEventsSource
from streams.gateway.topic_source.reader import Taking, TopicReader
from streams.kafka.gap_report import GapReport, LossMetrics


def topics_of(sources: Mapping[str, ReadySource]) -> dict[str, str]:
    """The topic of each source that is read from one, by the name of the source."""
    return {
        name: ready.source.kafka_topic
        for name, ready in sources.items()
        if isinstance(ready.source, CloudEventsSource) and ready.source.kafka_topic
    }


async def read_topics(
    settings: Settings,
    sources: Mapping[str, ReadySource],
    taking: Taking,
    noted: Callable[[ReadySource, Taken], None],
    metrics: LossMetrics,
    stop: asyncio.Event,
) -> None:
    """Read the topics of the sources until `stop` is set. `noted` is called with what became of each message.

    Raises:
        KafkaError: when Kafka refuses us and no retry helps.
    """
    chosen = [sources[name] for name in topics_of(sources)]
    readers = [TopicReader(settings, ready, taking, _noting(noted, ready), GapReport(metrics)) for ready in chosen]
    running: set[asyncio.Future[None]] = {asyncio.ensure_future(reader.run(stop)) for reader in readers}
    stopped: asyncio.Future[object] = asyncio.ensure_future(stop.wait())
    waited: set[asyncio.Future[Any]] = {stopped, *running}
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.wait(waited)
    for each in running:
        each.result()


def _noting(noted: Callable[[ReadySource, Taken], None], ready: ReadySource) -> Callable[[Taken], None]:
    return lambda taken: noted(ready, taken)
