"""The metrics of the process that waits for the accounts of events: `vitals attribute`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics
from streams.operations.prometheus import GaugeSet

with restricted_environment():
    from prometheus_client import Gauge

MOST_LABELS = 50
OTHER = "other"
"""The label of all that are not among the first `MOST_LABELS`: kinds come from what producers send."""


class AttributionMetrics(ProcessMetrics):
    """What `vitals attribute` reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("attribution", clock)
        self._attributed: Final = self._counter(
            "vitals_attributed_total", "Events published under their account.", "topic"
        )
        self._given_up: Final = self._counter(
            "vitals_unattributed_given_up_total", "Unattributed events that became dead letters, by reason.", "reason"
        )
        self._skipped: Final = self._counter(
            "vitals_unreadable_aliases_total", "Messages that are no alias or unattributed event, by topic.", "topic"
        )
        self._events: Final = GaugeSet(
            "vitals_unattributed_events", "Events that wait for an alias.", ("source", "kind"), self.registry
        )
        self._ids: Final = GaugeSet(
            "vitals_unattributed_ids", "Ids that events wait for, by kind.", ("kind",), self.registry
        )
        self._oldest: Final = Gauge(
            "vitals_unattributed_oldest_seconds",
            "How long the oldest event waits; 0 if none does.",
            registry=self.registry,
        )
        self._aliases: Final = Gauge("vitals_aliases", "Aliases that are known.", registry=self.registry)
        self._cycles: Final = Gauge(
            "vitals_alias_cycles", "Resolutions so far that met aliases in a circle.", registry=self.registry
        )

    def attributed(self, topic: str, count: int = 1) -> None:
        """Events were published under their account, and acknowledged."""
        self._attributed.labels(topic).inc(count)

    def given_up(self, reason: str, count: int = 1) -> None:
        """Events became dead letters."""
        self._given_up.labels(reason).inc(count)

    def unreadable(self, topic: str) -> None:
        """A message was skipped."""
        self._skipped.labels(topic).inc()

    def waits(self, events: Mapping[tuple[str, str], int], ids: Mapping[str, int], oldest_seconds: float) -> None:
        """What waits now: events by source and kind, ids by kind."""
        self._events.replace(_bounded({tuple(key): count for key, count in events.items()}, 2))
        self._ids.replace(_bounded({(kind,): count for kind, count in ids.items()}, 1))
        self._oldest.set(oldest_seconds)

    def aliases(self, count: int, cycles: int) -> None:
        """How many aliases there are, and how often they led in a circle."""
        self._aliases.set(count)
        self._cycles.set(cycles)


def _bounded(counts: Mapping[tuple[str, ...], int], labels: int) -> dict[tuple[str, ...], float]:
    most = Counter(counts).most_common()
    found: dict[tuple[str, ...], float] = {key: float(count) for key, count in most[:MOST_LABELS]}
    if rest := sum(count for _, count in most[MOST_LABELS:]):
        found[(OTHER,) * labels] = found.get((OTHER,) * labels, 0.0) + rest
    return found
