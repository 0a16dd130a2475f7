"""All steps of the topic `alerts`, reduced to what the report needs. Writes nothing to Kafka."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from alerts.step import Outcome, Reason, Severity, StepKind
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_consumer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.topics import ALERTS

ROLE = "alerts"
CONNECT_SECONDS = 20.0


class Step(Protocol):
    """What the report needs of a step: an `AlertStep`, or a `NotedStep`."""

    @property
    def account_id(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def step(self) -> StepKind: ...
    @property
    def reason(self) -> Reason: ...
    @property
    def as_of_ms(self) -> int: ...
    @property
    def case_id(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def taken(self) -> str: ...
    @property
    def is_told(self) -> bool: ...


class NotedStep(msgspec.Struct, frozen=True, kw_only=True):
    """An `AlertStep` without the score, the texts and the account's facts: a tenth of its size."""

    id: str
    account_id: str
    sequence: int
    rule: str
    severity: Severity
    step: StepKind
    outcome: Outcome
    reason: Reason
    as_of_ms: int
    case_id: str = ""
    by: str = ""
    taken: str = ""

    @property
    def is_told(self) -> bool:
        """Whether a route may tell somebody."""
        return self.outcome == "sent"


_STEPS = msgspec.json.Decoder(NotedStep)


async def read_steps(settings: Settings, progress: Callable[[int], None]) -> tuple[list[NotedStep], int]:
    """All steps, each once, and the number of messages that are none. `progress` is called with how many were read.

    Blocks in proportion to the length of the topic.

    Raises:
        UserError: when the broker fails.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    name = settings.topic(ALERTS)
    partitions = range(settings.partitions)
    consumer = new_consumer(settings, ROLE, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    found: dict[str, NotedStep] = {}
    unreadable = 0
    try:
        await consumer.start()
        async for _, messages in read_logs(consumer, {TopicPartition(name, number): None for number in partitions}):
            for message in messages:
                try:
                    step = _STEPS.decode(message.value or b"")
                except (msgspec.DecodeError, UnicodeDecodeError):
                    unreadable += 1
                    continue
                found[step.id] = step
            progress(len(found))
    except (KafkaError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        advice = advice_for(error, "check that it runs")
        raise UserError(f"The broker at {settings.kafka} does not answer ({why}): {advice}, and ask again.") from error
    finally:
        await consumer.stop()
    return list(found.values()), unreadable
