"""The broker of a test session: which one it is, and that it can be killed and started again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.topic_admin import ensure_topics
from tests.support.kafka.broker import CANDIDATES, Broker, RunningBroker, SessionBroker, is_apache_kafka
from vitals.local.embedded import HOST, free_port, start_kafka


async def test_apache_kafka_is_told_from_other_brokers(broker: RunningBroker) -> None:
    assert await is_apache_kafka(broker.address) == broker.is_apache


async def test_a_broker_that_is_not_there_is_not_apache_kafka() -> None:
    assert not await is_apache_kafka(f"{HOST}:{free_port()}")


def test_the_embedded_broker_will_not_do_where_apache_kafka_is_required() -> None:
    session = SessionBroker({"VITALS_REQUIRE_KAFKA": "1", "VITALS_TEST_BROKER": "tansu"})
    with pytest.raises(UserError, match="VITALS_REQUIRE_KAFKA=1, and no Apache Kafka could be had"):
        session.get()


def test_a_named_broker_will_not_do_where_it_is_not_apache_kafka() -> None:
    with start_kafka() as server:
        session = SessionBroker({"VITALS_REQUIRE_KAFKA": "1", "VITALS_KAFKA": server.address})
        with pytest.raises(UserError, match=rf"VITALS_KAFKA={server.address} is not Apache Kafka"):
            session.get()


def test_a_named_broker_is_used_and_left_running() -> None:
    with start_kafka() as server:
        session = SessionBroker({"VITALS_KAFKA": server.address})
        assert session.get().address == server.address
        session.close()
        assert server.child.is_running


def test_a_machine_without_java_falls_back_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    session = SessionBroker({})
    try:
        assert not session.get().is_apache
        assert [line.split(":")[0] for line in session.report] == ["not docker", "not maven", "broker"]
    finally:
        session.close()


def test_a_wrong_name_for_the_broker_is_an_error() -> None:
    with pytest.raises(UserError, match="set it to docker, maven or tansu"):
        SessionBroker({"VITALS_TEST_BROKER": "redpanda"}).get()


@pytest.fixture
def second(broker: RunningBroker) -> Iterator[Broker]:
    """A broker of the session's kind, running, that a test may kill."""
    if not broker.kind:
        pytest.skip(f"{broker.name} is not killed")
    another = CANDIDATES[broker.kind]()
    try:
        another.start()
        yield another
    finally:
        another.close()


async def test_a_killed_broker_has_its_messages_when_it_is_started_again(second: Broker, settings: Settings) -> None:
    if not second.survives_kill:
        pytest.skip(f"{second.name} cannot be killed and found again as it was")
    settings = msgspec.structs.replace(settings, kafka=second.address)
    await ensure_topics(settings)
    partition = TopicPartition(settings.topic("billing"), 0)
    producer = AIOKafkaProducer(bootstrap_servers=second.address, acks="all")
    await producer.start()
    await producer.send_and_wait(partition.topic, b"before", partition=0)
    await producer.stop()
    second.kill()
    second.start()
    await ensure_topics(settings)
    consumer = AIOKafkaConsumer(bootstrap_servers=second.address)
    await consumer.start()
    consumer.assign([partition])
    consumer.seek(partition, 0)
    assert (await consumer.getone()).value == b"before"
    await consumer.stop()
