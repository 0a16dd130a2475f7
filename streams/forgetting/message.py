"""Sends the control message, and waits until a worker has applied it."""

from __future__ import annotations

import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.control.messages import Forget, encode_control
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.topics import CONTROL, SCORES, partition_of

APPLIED_SECONDS = 60.0
"""How long to wait for a worker."""


async def send_forget(
    settings: Settings,
    control: Forget,
    consumer: AIOKafkaConsumer,
    producer: AIOKafkaProducer,
    within_seconds: float = APPLIED_SECONDS,
) -> None:
    """Send the message to its account's partition. Returns when it is acknowledged and, unless the account may come
    again, when the tombstone of the account is on `scores`: then the worker has written all that it does.

    A repeat of the message is applied again, and changes nothing more.

    Raises:
        KafkaError: when Kafka fails.
        UserError: when no worker applies it in time.
    """
    home = partition_of(control.account_id.encode(), settings.partitions)
    scores = TopicPartition(settings.topic(SCORES), home)
    consumer.assign([scores])
    begin = (await consumer.end_offsets([scores]))[scores]
    await producer.send_and_wait(
        settings.topic(CONTROL), encode_control(control), partition=home, timestamp_ms=control.instant_ms
    )
    if control.lift:
        return
    consumer.seek(scores, begin)
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        for messages in (await consumer.getmany(timeout_ms=200)).values():
            if any(message.key == control.account_id.encode() and message.value is None for message in messages):
                return
    raise UserError(
        f"The message is on {settings.topic(CONTROL)}, but no worker has applied it within {within_seconds:g} s: check "
        "with `vitals doctor` that one runs, and run the command again, which does the rest."
    )
