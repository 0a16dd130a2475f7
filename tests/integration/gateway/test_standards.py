"""Clients that nobody here wrote: the signer of Standard Webhooks, and the bindings of CloudEvents for HTTP and Kafka.

All of them tell one history. What is then on the topics gives the scores that `vitals replay` gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cloudevents.core.bindings import http as of_http
from cloudevents.core.bindings import kafka as of_kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook

from scoring.instants import instant_of, rfc3339
from streams.deployment.settings import Settings
from streams.errors import UserError
from tests.integration.gateway.scores import scores_of
from tests.support.gateway.running import RunningGateway, a_gateway
from tests.support.kafka.topic import read_all, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {"VITALS_SECRET_PLATFORM": SECRET, "VITALS_SECRET_SHOP": "k-1", "VITALS_SECRET_ERP": "erp-secret"}
TOPICS = 'topics = { payment_failed = "billing", subscription_started = "billing", ticket_opened = "tickets" }'
SOURCES = f"""
[sources.platform]
kind = "standard-webhooks"
secrets = ["VITALS_SECRET_PLATFORM"]
{TOPICS}

[sources.shop]
kind = "cloudevents"
keys = ["VITALS_SECRET_SHOP"]
{TOPICS}
"""
ORDERS = """
[sources.orders]
kind = "cloudevents"
kafka_topic = "{topic}"
{topics}
"""
NAMES = ("subscription_started", "report_viewed", "payment_failed", "ticket_opened", "report_viewed")
PROPERTIES: dict[str, dict[str, Any]] = {
    "subscription_started": {"mrr": 400, "plan": "pro", "seats": 10},
    "payment_failed": {"amount": 40},
    "ticket_opened": {"severity": "urgent"},
}
NOW = datetime.now(UTC).replace(microsecond=0)


def history(account: str) -> Iterator[tuple[str, str, datetime, dict[str, Any]]]:
    """(id, name, time, properties) of an account's events, of the last days."""
    for number, name in enumerate(NAMES * 3):
        at = datetime.fromtimestamp(NOW.timestamp() - 3_600 * (100 - number), UTC)
        properties = {**PROPERTIES.get(name, {}), "user_id": f"u{number % 3}"}
        if name == "ticket_opened":
            properties["ticket_id"] = f"t{number}"
        yield f"{account}-{number}", name, at, properties


def canonical(*accounts: str) -> list[dict[str, Any]]:
    """The same as events of docs/events.md, for `vitals replay`."""
    topics = {"payment_failed": "billing", "subscription_started": "billing", "ticket_opened": "tickets"}
    return [
        {
            "topic": topics.get(name, "analytics"),
            "account_id": account,
            "event": name,
            "id": id_,
            "timestamp": rfc3339(instant_of(at)),
            "properties": properties,
        }
        for account in accounts
        for id_, name, at, properties in history(account)
    ]


async def by_standard_webhooks(gateway: RunningGateway, account: str) -> None:
    for id_, name, at, properties in history(account):
        data = {**properties, "account_id": account}
        body = json.dumps({"type": name, "timestamp": at.isoformat(), "data": data})
        now = datetime.now(UTC)
        headers = {"webhook-id": id_, "webhook-timestamp": str(int(now.timestamp()))}
        headers["webhook-signature"] = Webhook(SECRET).sign(id_, now, body)
        for _ in range(2):  # a sender that has not seen the answer repeats
            answer = await gateway.client.post("/in/platform", content=body, headers=headers)
            assert answer.json() == {"accepted": 1, "refused": [], "waiting": 0}


def cloud_events(account: str) -> list[CloudEvent]:
    return [
        CloudEvent({"id": id_, "source": "/shop", "type": name, "time": at, "partitionkey": account}, properties)
        for id_, name, at, properties in history(account)
    ]


async def by_http(gateway: RunningGateway, account: str, way: str) -> None:
    key = {"authorization": "Bearer k-1"}
    events = cloud_events(account)
    if way == "batched":
        batch = b"[" + b",".join(JSONFormat().write(event) for event in events) + b"]"
        headers = {"content-type": "application/cloudevents-batch+json"}
        answer = await gateway.client.post("/in/shop", content=batch, headers=headers | key)
        assert answer.json()["accepted"] == len(events)
        return
    for event in events:
        message = of_http.to_binary_event(event) if way == "binary" else of_http.to_structured_event(event)
        answer = await gateway.client.post("/in/shop", content=message.body, headers=message.headers | key)
        assert answer.json()["accepted"] == 1


async def by_kafka(producer: AIOKafkaProducer, topic: str, account: str, way: str) -> None:
    write = of_kafka.to_binary_event if way == "binary" else of_kafka.to_structured_event
    for event in cloud_events(account):
        message = write(event)
        assert isinstance(message.key, str)
        headers = list(message.headers.items())
        await producer.send_and_wait(topic, message.value, key=message.key.encode(), headers=headers)


async def create(settings: Settings, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1)])
    await admin.close()


async def test_the_clients_of_the_standards_give_the_scores_of_replay(settings: Settings, tmp_path: Path) -> None:
    orders = f"{settings.topic_prefix}orders"
    await create(settings, orders)
    sources = SOURCES + ORDERS.format(topic=orders, topics=TOPICS)
    async with (
        a_gateway(settings, tmp_path, sources, SECRETS) as gateway,
        AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer,
    ):
        await by_standard_webhooks(gateway, "webhooks")
        for way in ("binary", "structured", "batched"):
            await by_http(gateway, f"http-{way}", way)
        for way in ("binary", "structured"):
            await by_kafka(producer, orders, f"kafka-{way}", way)
        await producer.send_and_wait(orders, None, key=b"gone", headers=[("ce_id", b"1")])
        await producer.send_and_wait(orders, b"no event", key=b"x")

        async def is_read() -> bool:
            samples = {
                outcome: gateway.sample("vitals_gateway_events_total", source="orders", outcome=outcome)
                for outcome in ("accepted", "ignored", "refused")
            }
            return samples == {"accepted": 30.0, "ignored": 1.0, "refused": 1.0}

        await until(is_read, within_seconds=30, what="the messages of the topic were not taken")
        (letter,) = [json.loads(value) for value in await read_all_letters(gateway.settings)]
        assert (letter["source"], letter["reason"]) == ("orders", "malformed")
        await until(lambda: is_committed(gateway.settings, orders, 32), within_seconds=20, what="not committed")
        topics = ("analytics", "billing", "tickets")
        published = [(topic, value) for topic in topics for value in await read_all(gateway.settings, topic)]
    accounts = ["webhooks", *(f"http-{way}" for way in ("binary", "structured", "batched"))]
    accounts += [f"kafka-{way}" for way in ("binary", "structured")]
    lines = [json.dumps({"topic": topic, **json.loads(value)}) for topic, value in published]
    assert len(lines) == 15 * (len(accounts) + 1), "the repeated webhooks are on the topics twice"
    expected = scores_of(tmp_path / "canonical.ndjson", [json.dumps(each) for each in canonical(*accounts)], NOW)
    assert scores_of(tmp_path / "published.ndjson", lines, NOW) == expected
    assert len(set(expected)) == len(accounts)


async def read_all_letters(settings: Settings) -> list[bytes]:
    return await read_all(msgspec.structs.replace(settings, partitions=1), "dead-letters")


async def is_committed(settings: Settings, topic: str, messages: int) -> bool:
    """Whether the group has committed an offset behind every message."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=settings.gateway_group("orders"))
    await consumer.start()
    try:
        committed = [await consumer.committed(TopicPartition(topic, number)) or 0 for number in range(3)]
        return sum(committed) == messages
    finally:
        await consumer.stop()


async def has_taken(gateway: RunningGateway) -> bool:
    """Whether a message was taken: its offset may not be committed yet."""
    return gateway.sample("vitals_gateway_events_total", source="orders", outcome="accepted") > 0


async def test_a_topic_that_does_not_exist_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    sources = ORDERS.format(topic="no.such.topic", topics="")
    with pytest.raises(UserError, match=r"no\.such\.topic, which does not exist: create it"):
        async with a_gateway(settings, tmp_path, sources, {}):
            pass


async def test_messages_that_were_not_acknowledged_come_again(settings: Settings, tmp_path: Path) -> None:
    """A gateway that ends takes up where it was, and none of its events is lost."""
    orders = f"{settings.topic_prefix}orders"
    await create(settings, orders)
    sources = ORDERS.format(topic=orders, topics=TOPICS)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for account in ("a", "b", "c"):
            await by_kafka(producer, orders, account, "binary")
            async with a_gateway(settings, tmp_path, sources, {}) as gateway:
                await until(lambda: has_taken(gateway), within_seconds=30, what="nothing was taken")
        async with a_gateway(settings, tmp_path, sources, {}) as gateway:
            await until(lambda: is_committed(gateway.settings, orders, 45), within_seconds=30, what="not committed")
            topics = ("analytics", "billing", "tickets")
            values = [value for topic in topics for value in await read_all(gateway.settings, topic)]
    found = {(json.loads(value)["account_id"], json.loads(value)["id"]) for value in values}
    assert found == {(each["account_id"], f"/shop {each['id']}") for each in canonical("a", "b", "c")}
