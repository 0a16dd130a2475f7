"""Combines several sinks of one process, each with its own notifier, so that none hides another that waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from streams.notifier.delivery import NotifierMetrics, Outcome

Lag = Mapping[tuple[str, int], int]


class SinkBoard:
    """Keeps the latest report of each sink's notifier, and reports the sum to `metrics`."""

    def __init__(self, metrics: NotifierMetrics) -> None:
        self._metrics = metrics
        self._waits: dict[str, str] = {}
        self._lags: dict[str, Lag] = {}

    def of(self, sink: str) -> NotifierMetrics:
        """The metrics of one sink's notifier."""
        return _OneSink(self, self._metrics, sink)

    def waiting(self, sink: str, reason: str) -> None:
        """`sink` waits: the process reports a wait, with the reasons of all sinks that wait."""
        self._waits[sink] = reason
        self._metrics.waiting(" ".join(self._waits.values()))

    def progressed(self, sink: str) -> None:
        """`sink` made progress: so did the process, unless another sink waits."""
        self._waits.pop(sink, None)
        self._metrics.progressed()
        if self._waits:
            self._metrics.waiting(" ".join(self._waits.values()))

    def lag(self, sink: str, messages: Lag) -> None:
        """A message is finished when every sink has finished it."""
        self._lags[sink] = messages
        most: dict[tuple[str, int], int] = defaultdict(int)
        for lag in self._lags.values():
            for partition, count in lag.items():
                most[partition] = max(most[partition], count)
        self._metrics.lag(dict(most))
        self._metrics.sink_lag(sink, sum(messages.values()))


class _OneSink:
    """`NotifierMetrics` of one sink's notifier."""

    def __init__(self, board: SinkBoard, metrics: NotifierMetrics, sink: str) -> None:
        self._board = board
        self._sink = sink
        self.ready = metrics.ready
        self.delivery_seconds = metrics.delivery_seconds
        self.held = metrics.held
        self.sink_lag = metrics.sink_lag
        self.lost = metrics.lost
        self.notice = metrics.notice
        self._metrics = metrics

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        self._metrics.notification(outcome, count)

    def waiting(self, reason: str, /) -> None:
        self._board.waiting(self._sink, reason)

    def progressed(self) -> None:
        self._board.progressed(self._sink)

    def lag(self, messages: Lag, /) -> None:
        self._board.lag(self._sink, messages)
