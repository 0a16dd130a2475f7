"""Makes every Kafka client of the product: addresses, client name, isolation level.

Faust makes none of its own: `streams.worker.faust_app` passes it a consumer from here.
"""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.deployment.settings import Settings
from streams.kafka.batches import report_unreadable_batches
from streams.kafka.security import security_options

READ_COMMITTED = "read_committed"
"""Every reader of ours skips the messages of aborted transactions."""


def connection(settings: Settings, role: str) -> dict[str, Any]:
    """The options that every aiokafka client takes: addresses, credentials, and a client id.

    `role` says what the client is for: `worker`, `projector`, `publish`.

    Raises:
        UserError: when a certificate or a key cannot be used.
    """
    return {
        "bootstrap_servers": settings.kafka,
        "client_id": f"{settings.deployment}-{role}",
        **security_options(settings.kafka_security),
    }


def membership(settings: Settings) -> dict[str, Any]:
    """The options of a consumer that is a member of a group: its instance id and its session timeout.

    With `group_instance_id` it is a static member: it can restart within the session timeout without a rebalance.
    """
    return {
        "group_instance_id": settings.group_instance_id or None,
        "session_timeout_ms": settings.session_timeout_ms,
    }


def new_consumer(settings: Settings, role: str, **options: Any) -> AIOKafkaConsumer:
    """A consumer, not started. It reads committed messages only, and commits offsets only when asked to."""
    report_unreadable_batches()
    defaults = {"isolation_level": READ_COMMITTED, "enable_auto_commit": False}
    return AIOKafkaConsumer(**connection(settings, role), **{**defaults, **options})


def new_producer(settings: Settings, role: str, **options: Any) -> AIOKafkaProducer:
    """A producer, not started. A message counts as sent once all in-sync replicas have it."""
    defaults = {"acks": "all", "enable_idempotence": settings.idempotent > 0}
    return AIOKafkaProducer(**connection(settings, role), **{**defaults, **options})


def new_admin(settings: Settings, role: str, **options: Any) -> AIOKafkaAdminClient:
    """An admin client, not started."""
    return AIOKafkaAdminClient(**connection(settings, role), **options)
