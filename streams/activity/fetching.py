"""Fetches messages for the loops, and passes over batches that are damaged on a broker's disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from streams.kafka.batches import UnreadableBatch
from streams.operations.metrics import ProjectorMetrics
from streams.topics import CONTROL

log = logging.getLogger(__name__)

POLL_MS = 500
BATCH_MESSAGES = 10_000


async def fetch(
    consumer: AIOKafkaConsumer, logical: Mapping[str, str], metrics: ProjectorMetrics, *places: TopicPartition
) -> Mapping[TopicPartition, Sequence[Any]]:
    """One fetch, of these partitions or of all. `logical` has the logical names of topics.

    A damaged batch is passed over and counted: no score depends on it, and the worker stops at it. One of `control` is
    not: it may say who is forgotten.

    Raises:
        KafkaError: when Kafka refuses us, and for a damaged batch of `control`.
    """
    try:
        found = await consumer.getmany(*places, timeout_ms=POLL_MS, max_records=BATCH_MESSAGES)
        return cast("Mapping[TopicPartition, Sequence[Any]]", found)
    except UnreadableBatch as error:
        topic = logical[error.topic]
        if topic == CONTROL:
            raise
        log.warning("%s What is copied for pages goes on behind it.", error)
        metrics.activity(topic, "unreadable", error.next - error.first)
        with suppress(IllegalStateError):  # a rebalance has taken it
            consumer.seek(TopicPartition(error.topic, error.partition), error.next)
        return {}
