"""The metrics of the process that writes scores back: `vitals write-back`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics

with restricted_environment():
    from prometheus_client import Gauge

Lag = Mapping[tuple[str, int], int]


class WriteBackMetrics(ProcessMetrics):
    """What `vitals write-back` reports. One process has all score sinks, each with its own part: `of`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("write-back", clock)
        self._waits: dict[str, str] = {}
        self._lags: dict[str, Lag] = {}
        self.writes: Final = self._counter(
            "vitals_score_writes_total", "Scores for another product, by outcome.", "sink", "outcome"
        )
        self.failures: Final = self._counter(
            "vitals_score_write_failures_total", "Attempts that failed, by reason.", "sink", "reason"
        )
        self.accounts: Final = Gauge(
            "vitals_score_writes_waiting", "Accounts whose score waits.", ("sink",), registry=self.registry
        )
        self.holds: Final = Gauge(
            "vitals_sink_held_since_timestamp_seconds",
            "Since when a sink accepts nothing until someone fixes it; 0 if it works.",
            ("sink",),
            registry=self.registry,
        )

    def of(self, sink: str) -> SinkMetrics:
        """The metrics of one sink: `streams.score_sinks.ports.WriterMetrics`."""
        return SinkMetrics(self, sink)

    def sink_waiting(self, sink: str, reason: str) -> None:
        """`sink` waits: the process reports a wait, with the reasons of all that wait."""
        self._waits[sink] = reason
        self.waiting(" ".join(self._waits.values()))

    def sink_progressed(self, sink: str) -> None:
        """`sink` made progress: so did the process, unless another waits."""
        self._waits.pop(sink, None)
        self.progressed()
        if self._waits:
            self.waiting(" ".join(self._waits.values()))

    def sink_lag(self, sink: str, messages: Lag) -> None:
        """A message is finished when every sink has finished it."""
        self._lags[sink] = messages
        most: dict[tuple[str, int], int] = defaultdict(int)
        for lag in self._lags.values():
            for partition, count in lag.items():
                most[partition] = max(most[partition], count)
        self.lag(dict(most))


class SinkMetrics:
    """The part of one sink."""

    def __init__(self, metrics: WriteBackMetrics, sink: str) -> None:
        self._metrics = metrics
        self._sink = sink
        self.ready = metrics.ready

    def wrote(self, outcome: str, count: int = 1, /) -> None:
        self._metrics.writes.labels(self._sink, outcome).inc(count)

    def failed(self, reason: str, /) -> None:
        self._metrics.failures.labels(self._sink, reason).inc()

    def accounts_waiting(self, count: int, /) -> None:
        self._metrics.accounts.labels(self._sink).set(count)

    def held(self, since_seconds: float, /) -> None:
        self._metrics.holds.labels(self._sink).set(since_seconds)

    def waiting(self, reason: str, /) -> None:
        self._metrics.sink_waiting(self._sink, reason)

    def progressed(self) -> None:
        self._metrics.sink_progressed(self._sink)

    def lag(self, messages: Lag, /) -> None:
        self._metrics.sink_lag(self._sink, messages)
