"""Sends an override, or the end of one, to the partition of its account."""

from __future__ import annotations

import time

from aiokafka.errors import KafkaError

from scoring.instants import rfc3339
from streams.control.messages import EndOverride, SetOverride
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.errors import advice_for
from streams.kafka.retention import refusal
from streams.kafka.topic_admin import Topology, ensure_topics
from streams.replay.event_sender import EventSender, reason_of
from streams.topics import CONTROL, partition_of

CONNECT_SECONDS = 20.0


async def send_override(settings: Settings, control: SetOverride | EndOverride) -> None:
    """Send an override, or the end of one, to its account's partition of `control`. Returns once it is acknowledged.

    The message's time is the override's instant. Missing topics are created. Sending it again after a failure replaces
    the first.

    Raises:
        UserError: when the broker or the topics fail.
    """
    topology = await ensure_topics(settings, "override", deadline_seconds=CONNECT_SECONDS)
    check_control(settings, topology, control.instant_ms)
    sender = EventSender(settings)
    home = partition_of(control.account_id.encode(), settings.partitions)
    try:
        await sender.start()
        await sender.control(control, [home])
    except (KafkaError, TimeoutError) as error:
        raise UserError(
            f"The broker at {settings.kafka} did not acknowledge the override ({reason_of(error)}): "
            f"{advice_for(error, 'check that it runs')}, then run the command again."
        ) from error
    finally:
        await sender.stop()


def check_control(settings: Settings, topology: Topology, instant_ms: int) -> None:
    """Raise `UserError` if the topic would reject a control message of `instant_ms`, or delete it at once."""
    name = settings.topic(CONTROL)
    code, words = refusal(name, topology.seen[name].rules, instant_ms, time.time_ns() // 1_000_000)
    if code:
        raise UserError(f"A control message of {rfc3339(instant_ms)} would have no effect: {words}.")
