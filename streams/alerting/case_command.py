"""Sends what a person does with a case to the partition of its account."""

from __future__ import annotations

from aiokafka.errors import KafkaError

from streams.control.messages import CaseCommand
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.replay.event_sender import EventSender, reason_of
from streams.replay.override import CONNECT_SECONDS, check_control
from streams.topics import partition_of

ROLE = "override"
"""Its rights are needed: to write `control`."""


async def send_command(settings: Settings, command: CaseCommand) -> None:
    """Send a command to its account's partition of `control`. Returns once it is acknowledged.

    The message's time is the command's instant. Missing topics are created. A second one after a failure is harmless:
    the worker refuses a step that was made already.

    Raises:
        UserError: when the broker or the topics fail.
    """
    topology = await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    check_control(settings, topology, command.instant_ms)
    sender = EventSender(settings)
    try:
        await sender.start()
        await sender.control(command, [partition_of(command.account_id.encode(), settings.partitions)])
    except (KafkaError, TimeoutError) as error:
        raise UserError(
            f"The broker at {settings.kafka} did not acknowledge the command ({reason_of(error)}): "
            f"{advice_for(error, 'check that it runs')}, then run it again."
        ) from error
    finally:
        await sender.stop()
