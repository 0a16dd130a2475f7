"""The metrics of the projector: those of the scores, and of the copies of activity and cases."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from streams.operations.process_metrics import ProcessMetrics
from streams.operations.prometheus import GaugeSet


class ProjectorMetrics(ProcessMetrics):
    """What the projector reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("projector", clock)
        self._projected: Final = self._counter(
            "vitals_scores_projected_total", "Score snapshots read from the topic, by outcome.", "outcome"
        )
        self._rebuilds: Final = self._counter(
            "vitals_rebuilds_total", "Partitions read again because the read model had lost them."
        )
        self._activity: Final = self._counter(
            "vitals_activity_messages_total", "Messages read for activity and cases, by outcome.", "topic", "outcome"
        )
        self._activity_lag: Final = GaugeSet(
            "vitals_activity_lag_messages",
            "Messages that activity and cases were not copied from yet.",
            ("copy", "topic"),
            self.registry,
        )
        self._activity_lags: Final[dict[tuple[str, ...], float]] = {}

        self._restored: Final = self._counter("vitals_history_restored_total", "Accounts read back from history.")

    def restored(self, count: int) -> None:
        """This many accounts were read back."""
        self._restored.inc(count)

    def projected(self, outcome: str, count: int) -> None:
        """`outcome` is stored, removed, duplicate, stale or malformed."""
        self._projected.labels(outcome).inc(count)

    def rebuild(self) -> None:
        """One partition is being read again."""
        self._rebuilds.inc()

    def activity(self, topic: str, outcome: str, count: int) -> None:
        """Messages for activity or cases; `outcome` is taken, unusable, elsewhere (the worker sends it on to its
        account's partition) or forgotten."""
        self._activity.labels(topic, outcome).inc(count)

    def activity_lag(self, copy: str, messages: Mapping[str, int]) -> None:
        """The messages that a copy, "activity" or "cases", has not taken yet, by topic."""
        for topic, count in messages.items():
            self._activity_lags[copy, topic] = count
        self._activity_lag.replace(self._activity_lags)
