"""The lag of the assigned inputs and open transactions that hold them back: for metrics, health and the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

import msgspec

from streams.engine.counts import report_counts
from streams.engine.ports import Place
from streams.engine.session import Session
from streams.kafka.gap_report import GapReport
from streams.kafka.open_transactions import BlockedPartition, OpenTransactions, blocked_text
from streams.operations.metrics import WorkerMetrics

_LOG = logging.getLogger(__name__)
EVERY_SECONDS = 1.0


class InputEnd(msgspec.Struct, frozen=True):
    """The next offset of a log that can be read, None when it is not known; and what a transaction holds back."""

    end: int | None
    held: BlockedPartition | None = None


class LagReport:
    """Reports once a second. Owned by the worker's event loop."""

    def __init__(self, session: Session, gaps: GapReport, metrics: WorkerMetrics) -> None:
        self._session = session
        self._gaps = gaps
        self._metrics = metrics
        self._held = OpenTransactions()
        self._told: set[Place] = set()
        self._due_at = 0.0

    def observe(self, input_ends: Callable[[], Mapping[Place, InputEnd]]) -> None:
        """Report the lag of every owned input if a second has passed; `input_ends` is called only then."""
        now = time.monotonic()
        if now < self._due_at:
            return
        self._due_at = now + EVERY_SECONDS
        engine, positions = self._session.engine, self._session.positions
        lag: dict[Place, int] = {}
        behind: dict[Place, int] = {}
        held: dict[Place, BlockedPartition] = {}
        for place, found in input_ends().items():
            if found.held is not None:
                held[place] = found.held
            if positions is None or found.end is None or place[1] not in engine.partitions:
                continue
            done = max(engine.applied(*place) + 1, positions.committed.get(place, 0))
            lag[place] = max(0, found.end - done)
            if lag[place] and engine.has_nothing_of(*place):
                behind[place] = positions.read.get(place, 0)
        self._metrics.lag(lag, self._gaps.unreadable(behind))
        self._report_blocked(self._held.observe(held, now))
        report_counts(self._metrics, engine.plan, engine.partitions.values())

    def _report_blocked(self, blocked: dict[Place, BlockedPartition]) -> None:
        """Report open transactions once in the log, and in metrics and health for as long as they stand."""
        if blocked.keys() - self._told:
            _LOG.warning("%s", blocked_text(blocked))
        self._told = set(blocked)
        self._metrics.held_back({place: held.messages for place, held in blocked.items()})
        self._metrics.notice("transactions", blocked_text(blocked))
