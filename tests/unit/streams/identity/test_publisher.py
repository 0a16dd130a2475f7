"""What the attribution sends, in which order, and what it does about messages that a topic refuses."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, KafkaConnectionError, MessageSizeTooLargeError

from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.identity.alias import ForeignId
from streams.identity.publisher import Publisher
from streams.identity.waiting_store import WaitingEvent
from streams.topics import partition_of

SETTINGS = Settings(clock="event")
EVENT = WaitingEvent(
    row=1,
    key=b"k",
    partition=3,
    offset=17,
    topic="billing",
    name="paid",
    source="stripe",
    occurred_at_ms=5_000,
    received_ms=6_000,
    value=b'{"event":"paid","id":"e1"}',
    ids=(ForeignId("stripe.customer", "cus_1"),),
    account="acme",
)
IN_FULL = ("billing", b"acme", b'{"account_id":"acme","event":"paid","id":"e1"}')


class Producer:
    """Answers by the errors that it is given, in order; None is an acknowledgement."""

    def __init__(self, *answers: BaseException | None, raises: BaseException | None = None) -> None:
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []
        self.stamps: list[int | None] = []
        self.partitions: list[int | None] = []
        self._answers = list(answers)
        self._raises = raises

    async def send(self, topic: str, value: bytes | None, key: bytes | None = None, **options: Any) -> object:
        if self._raises is not None and topic == "billing":
            raise self._raises
        self.sent.append((topic, key, value))
        self.stamps.append(options.get("timestamp_ms"))
        self.partitions.append(options.get("partition"))
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        error = self._answers.pop(0) if self._answers else None
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)
        return answer


def publisher(producer: Producer, settings: Settings = SETTINGS) -> Publisher:
    return Publisher(settings, cast(AIOKafkaProducer, producer))


async def test_an_event_is_deleted_from_its_own_partition_after_it_was_published() -> None:
    producer = Producer()
    assert await publisher(producer).publish([EVENT]) == []
    assert producer.sent == [IN_FULL, ("vitals-unattributed", b"k", None)]
    assert producer.stamps[0] == 5_000
    assert producer.partitions == [partition_of(b"acme", SETTINGS.partitions), 3]


async def test_by_the_wall_clock_it_arrives_now() -> None:
    producer = Producer()
    await publisher(producer, Settings()).publish([EVENT])
    assert producer.stamps == [None, None]


async def test_a_topic_that_rejects_old_timestamps_gets_it_with_the_time_of_now() -> None:
    producer = Producer(InvalidTimestampError())
    assert await publisher(producer).publish([EVENT]) == []
    assert producer.sent == [IN_FULL, IN_FULL, ("vitals-unattributed", b"k", None)]
    assert producer.stamps[:2] == [5_000, None]


async def test_nothing_is_deleted_when_something_was_not_acknowledged() -> None:
    producer = Producer(None, KafkaConnectionError())
    with pytest.raises(KafkaConnectionError):
        await publisher(producer).publish([EVENT, EVENT])
    assert producer.sent == [IN_FULL, IN_FULL]


@pytest.mark.parametrize("by_broker", [True, False])
async def test_what_is_too_large_is_a_dead_letter_that_can_wait_again(by_broker: bool) -> None:
    error = MessageSizeTooLargeError()
    producer = Producer(error) if by_broker else Producer(raises=error)
    assert await publisher(producer).publish([EVENT]) == [EVENT]
    (topic, _, value), deletion = producer.sent[-2:]
    letter = msgspec.json.decode(value or b"", type=DeadLetter)
    assert (topic, letter.reason, letter.topic, letter.partition, letter.offset, letter.key) == (
        "vitals-dead-letters",
        "oversize",
        "unattributed",
        3,
        17,
        b"k",
    )
    assert deletion == ("vitals-unattributed", b"k", None)
