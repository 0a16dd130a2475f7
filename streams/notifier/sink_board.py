"""Combines several lanes of one process, so that none hides another that waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from streams.notifier.notifier_metrics import NotifierMetrics, Outcome

Lag = Mapping[tuple[str, int], int]


class SinkBoard:
    """Keeps the latest report of each lane, and reports the sum to `metrics`."""

    def __init__(self, metrics: NotifierMetrics) -> None:
        self._metrics = metrics
        self._waits: dict[str, str] = {}
        self._lags: dict[str, Lag] = {}
        self._held: dict[str, dict[str, float]] = {}

    def of(self, lane: str, sink: str = "") -> NotifierMetrics:
        """The metrics of one lane, which leads to `sink`."""
        return _OneLane(self, self._metrics, lane, sink)

    def waiting(self, lane: str, reason: str) -> None:
        """`lane` waits: the process reports a wait, with the reasons of all lanes that wait, each once."""
        self._waits[lane] = reason
        self._metrics.waiting(self._reasons())

    def progressed(self, lane: str) -> None:
        """`lane` made progress: so did the process, unless another lane waits."""
        self._waits.pop(lane, None)
        self._metrics.progressed()
        if self._waits:
            self._metrics.waiting(self._reasons())

    def lag(self, lane: str, messages: Lag) -> None:
        """A message is finished when every lane has looked at it."""
        self._lags[lane] = messages
        most: dict[tuple[str, int], int] = defaultdict(int)
        for lag in self._lags.values():
            for partition, count in lag.items():
                most[partition] = max(most[partition], count)
        self._metrics.lag(dict(most))

    def held(self, lane: str, sink: str, since_seconds: float) -> None:
        """A sink is held for as long as one of its lanes finds it so."""
        holds = self._held.setdefault(sink, {})
        holds[lane] = since_seconds
        self._metrics.held(sink, min((since for since in holds.values() if since), default=0.0))

    def _reasons(self) -> str:
        return " ".join(dict.fromkeys(self._waits.values()))


class _OneLane:
    """`NotifierMetrics` of one lane."""

    def __init__(self, board: SinkBoard, metrics: NotifierMetrics, lane: str, sink: str) -> None:
        self._board = board
        self._lane = lane
        self._sink = sink
        self.ready = metrics.ready
        self.delivery_seconds = metrics.delivery_seconds
        self.failed = metrics.failed
        self.gathered = metrics.gathered
        self.lane = metrics.lane
        self.lost = metrics.lost
        self.notice = metrics.notice
        self._metrics = metrics

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        self._metrics.notification(outcome, count)

    def waiting(self, reason: str, /) -> None:
        self._board.waiting(self._lane, reason)

    def progressed(self) -> None:
        self._board.progressed(self._lane)

    def held(self, sink: str, since_seconds: float, /) -> None:
        self._board.held(self._lane, sink, since_seconds)

    def lag(self, messages: Lag, /) -> None:
        self._board.lag(self._lane, messages)
