"""Writes today's predictions to the topic `predictions`, and reads all of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.accuracy.series import Look, Series, is_over, with_look
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.topics import PREDICTIONS

CONNECT_SECONDS = 20.0
STALLED_SECONDS = 60.0
IN_FLIGHT_MAX = 1_000
_SERIES = msgspec.json.Decoder(Series)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the series that were `written`, those that were as they should be already, and those that are over."""

    day: int
    written: int
    unchanged: int
    removed: int


def changes(known: Mapping[str, Series], looks: Collection[Look], day: int) -> dict[str, Series | None]:
    """What must be written so that `day` is recorded: a series by account, None to delete it. Pure."""
    found: dict[str, Series | None] = {}
    for look in looks:
        before = known.get(look.account_id)
        after = with_look(before, look, day)
        if after != before:
            found[look.account_id] = after
    over = (name for name, series in known.items() if is_over(series, day) and name not in found)
    return found | dict.fromkeys(over)


async def record(settings: Settings, looks: Collection[Look], day: int) -> Recorded:
    """Record what is known of accounts on `day` (since 1970). Returns once all is acknowledged; blocks for the whole
    topic, which it reads first.

    Idempotent: a day that is recorded is not written again, and an interrupted run may be repeated. Two runs at once
    write the same kind of record; of what differs between them, the later one is kept.

    Raises:
        UserError: when the brokers fail.
    """
    known = await read_series(settings)
    wanted = changes(known, looks, day)
    name = settings.topic(PREDICTIONS)
    producer = new_producer(settings, "accuracy")
    try:
        await producer.start()
        waiting = []
        for account_id, series in wanted.items():
            value = None if series is None else msgspec.json.encode(series)
            waiting.append(await producer.send(name, value, key=account_id.encode()))
            if len(waiting) >= IN_FLIGHT_MAX:
                for each in waiting:
                    await each
                waiting.clear()
        for each in waiting:
            await each
    except (KafkaError, TimeoutError) as error:
        raise _failed(settings, error) from error
    finally:
        await producer.stop()
    written = sum(series is not None for series in wanted.values())
    removed = len(wanted) - written
    return Recorded(day=day, written=written, unchanged=len(looks) - written, removed=removed)


async def read_series(settings: Settings) -> dict[str, Series]:
    """The series of each account, from the whole topic, which is created if it is missing.

    Raises:
        UserError: when the brokers fail, or a message is not a series.
    """
    name = settings.topic(PREDICTIONS)
    topology = await ensure_topics(settings, "accuracy", deadline_seconds=CONNECT_SECONDS)
    partitions = [TopicPartition(name, number) for number in range(topology.seen[name].found.partitions)]
    consumer = new_consumer(settings, "accuracy", auto_offset_reset="earliest")
    try:
        await consumer.start()
        return await _read(consumer, partitions)
    except (KafkaError, TimeoutError) as error:
        raise _failed(settings, error) from error
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> dict[str, Series]:
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    found: dict[str, Series] = {}
    deadline = time.monotonic() + STALLED_SECONDS
    while behind := [each for each in partitions if await consumer.position(each) < ends[each]]:
        batches = await consumer.getmany(*behind, timeout_ms=500)
        for messages in batches.values():
            for message in messages:
                account_id = message.key.decode()
                if message.value is None:
                    found.pop(account_id, None)
                else:
                    found[account_id] = _decoded(message)
        if batches:
            deadline = time.monotonic() + STALLED_SECONDS
        elif time.monotonic() > deadline:
            raise TimeoutError(f"{partitions[0].topic} is not read to its end")
    return found


def _decoded(message: ConsumerRecord) -> Series:
    try:
        return _SERIES.decode(message.value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(
            f"A message on {message.topic} (partition {message.partition}, offset {message.offset}) is no series of "
            f"predictions ({error}): let nothing else write to this topic; to begin again, delete it."
        ) from None


def _failed(settings: Settings, error: Exception) -> UserError:
    why = str(error) or type(error).__name__
    advice = advice_for(error, "check that it runs")
    return UserError(f"The broker at {settings.kafka} does not answer ({why}): {advice}, then run the command again.")
