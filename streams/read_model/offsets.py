"""The beginnings, ends and committed offsets of a projector's partitions, from Kafka."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)


async def commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> bool:
    """Commit; False when Kafka did not take it, as in a rebalance. That loses nothing: see the projector."""
    try:
        await consumer.commit(offsets)
    except KafkaError as error:
        log.info("Offsets not committed (%s); the next batch's will do.", error)
        return False
    return True


async def ends_of(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Where each partition ends now; nothing when Kafka does not say."""
    if not partitions:
        return {}
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    except KafkaError as error:
        log.info("Where the topic ends is not known (%s).", error)
        return {}
    return ends


async def starts_of(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Where each partition begins now; nothing when Kafka does not say."""
    try:
        starts: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    except KafkaError as error:
        log.info("Where the topic begins is not known (%s).", error)
        return {}
    return starts
