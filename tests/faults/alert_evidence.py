"""What a deployment's alerts should be, from its own log: the rules driven directly, message after message."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from alerts.delivery_record import DeliveryRecord
from alerts.step import AlertStep
from streams.alert_files import read_plan_and_policy
from streams.deployment.settings import Settings
from streams.topics import ALERTS, CONTROL, DELIVERIES, TOPICS
from tests.simulation.plain_alerts import Said, Taken, plain_run
from tests.support.kafka.topic import read_all

Logs = dict[TopicPartition, list[ConsumerRecord]]
Letter = tuple[str, int, int]
"""Topic, partition and offset of a message that cannot be used."""


class Alerting(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, and what the plain run says of the same log. `bodies` as they were written, again and again."""

    bodies: list[bytes]
    expected: dict[str, bytes]
    refused: set[Letter]
    """Commands that fit no case."""

    @property
    def steps(self) -> list[AlertStep]:
        """Each once, in no order."""
        found = [msgspec.json.decode(body, type=AlertStep) for body in self.bodies]
        return list({step.id: step for step in found}.values())


async def read_logs(settings: Settings) -> Logs:
    """The inputs and `control`, to their ends."""
    numbers = range(settings.partitions)
    tps = [TopicPartition(settings.topic(name), number) for name in TOPICS for number in numbers]
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        logs: Logs = {tp: [] for tp in tps}
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for tp, messages in (await consumer.getmany(timeout_ms=200)).items():
                logs[tp] += messages
        return logs
    finally:
        await consumer.stop()


def of_the_load(logs: Logs) -> int:
    """How many messages these logs hold, without what the workers themselves send to `control`: cohort norms."""
    messages = [message for log in logs.values() for message in log]
    own = [each for each in messages if (each.value or b"").startswith(b'{"type":"norm')]
    return len(messages) - len(own)


def follow(settings: Settings, logs: Logs, instant_ms: int) -> Said:
    """What the plain run says of these logs up to an instant, merged by time as the workers do. Takes seconds.

    It knows no cohort norms, so no tick may ask for one before that instant.
    """
    plan, policy = read_plan_and_policy(settings.model, "", settings.alerts)
    return plain_run(plan, policy, _merged(settings, logs, instant_ms))


async def alerting_of(settings: Settings, said: Said, instant_ms: int) -> Alerting:
    """What is on the topic `alerts`, beside what the plain run says of all before an instant."""
    return Alerting(
        bodies=await read_all(settings, ALERTS),
        expected=before(said.steps, instant_ms),
        refused={(CONTROL, *place) for place in said.refused},
    )


def before(steps: Mapping[str, bytes], instant_ms: int) -> dict[str, bytes]:
    """Of alert steps by id, those that were decided before an instant."""
    decoded = {key: msgspec.json.decode(body, type=AlertStep) for key, body in steps.items()}
    return {key: body for key, body in steps.items() if decoded[key].as_of_ms < instant_ms}


async def read_deliveries(settings: Settings) -> list[DeliveryRecord]:
    """What the notifier has recorded, in the order of each partition."""
    return [msgspec.json.decode(value, type=DeliveryRecord) for value in await read_all(settings, DELIVERIES)]


def _merged(settings: Settings, logs: Logs, instant_ms: int) -> Iterable[Taken]:
    for number in range(settings.partitions):
        queues = [
            _queue(logs[TopicPartition(settings.topic(name), number)], index) for index, name in enumerate(TOPICS)
        ]
        # Of heads with one time the topic with the smaller index goes first; logs may go back in time.
        for index, message in heapq.merge(*queues, key=lambda each: (each[1].timestamp, each[0])):
            if message.timestamp <= instant_ms:
                yield Taken(number, index, message, instant_ms)


def _queue(messages: Sequence[ConsumerRecord], index: int) -> list[tuple[int, ConsumerRecord]]:
    return [(index, message) for message in messages]
