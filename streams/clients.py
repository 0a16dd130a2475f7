"""Every Kafka client of the product, made in one place: where the brokers are, the client's name, what it may read.

Faust makes the worker's own consumer; `streams.lane` gives it the same.
"""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.settings import Settings

READ_COMMITTED = "read_committed"
"""What a transaction took back was never sent: no reader of ours sees it."""


def connection(settings: Settings, role: str) -> dict[str, Any]:
    """The options that every aiokafka client takes: the brokers, and a name by which they know this client.

    `role` says what the client is for: `worker`, `projector`, `publish`.
    """
    return {"bootstrap_servers": settings.kafka, "client_id": f"{settings.deployment}-{role}"}


def new_consumer(settings: Settings, role: str, **options: Any) -> AIOKafkaConsumer:
    """A consumer, not started. It reads only committed messages, and commits only when told to."""
    defaults = {"isolation_level": READ_COMMITTED, "enable_auto_commit": False}
    return AIOKafkaConsumer(**connection(settings, role), **{**defaults, **options})


def new_producer(settings: Settings, role: str, **options: Any) -> AIOKafkaProducer:
    """A producer that has not started. A message counts as sent when all in-sync replicas have it."""
    defaults = {"acks": "all", "enable_idempotence": settings.idempotent > 0}
    return AIOKafkaProducer(**connection(settings, role), **{**defaults, **options})


def new_admin(settings: Settings, role: str, **options: Any) -> AIOKafkaAdminClient:
    """An admin client that has not started."""
    return AIOKafkaAdminClient(**connection(settings, role), **options)
