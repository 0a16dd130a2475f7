"""What the writer needs from outside: Kafka, the product, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from aiokafka import TopicPartition

from scoring.result import ScoreSnapshot
from streams.score_sinks.value import ScoreValue

Deliver = Callable[[ScoreValue], Awaitable[None]]
"""Writes one value to the product. Raises as `alerts.sinks.port.Sink.deliver`."""
Commit = Callable[[dict[TopicPartition, int]], Awaitable[bool]]
"""Commits offsets; False when Kafka did not take them, which loses nothing."""
FirstDriver = Callable[[ScoreSnapshot], Awaitable[str]]
"""What lowers the score most, in words; "" for nothing."""


class ScoreConsumer(Protocol):
    """What the writer uses of `AIOKafkaConsumer`, subscribed to `scores`."""

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Sequence[Any]]: ...

    def assignment(self) -> set[TopicPartition]: ...

    def highwater(self, partition: TopicPartition, /) -> int | None: ...


class WriterMetrics(Protocol):
    """The metrics of one score sink. No method blocks or raises."""

    def ready(self) -> None: ...

    def wrote(self, outcome: str, count: int = 1, /) -> None:
        """`outcome` is written, unchanged, removed, undecodable, refused, given_up, retried or held."""
        ...

    def failed(self, reason: str, /) -> None:
        """An attempt failed: `reason` is a `FailureReason`."""
        ...

    def accounts_waiting(self, count: int, /) -> None: ...

    def held(self, since_seconds: float, /) -> None:
        """Nothing is taken since this Unix time, until a person mends it; 0.0 if it works."""
        ...

    def waiting(self, reason: str, /) -> None: ...

    def progressed(self) -> None: ...

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None: ...
