"""The metrics of the guard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics
from streams.operations.prometheus import GaugeSet

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import Gauge


class GuardMetrics(ProcessMetrics):
    """What the guard reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("guard", clock)
        self._alarms: Final = self._counter(
            "vitals_guard_alarms_total", "Fleet alarms that began or ended.", "kind", "change"
        )
        self._falls: Final = self._counter("vitals_guard_falls_total", "Accounts that fell a tier.")
        self._silent: Final = GaugeSet(
            "vitals_guard_silent_seconds", "How long nothing came from a feed.", ("source",), self.registry
        )
        self._reported: Final = Gauge(
            "vitals_guard_reported_timestamp_seconds",
            "Up to when all partitions have reported arrivals; 0 before.",
            registry=self.registry,
        )

    def alarm(self, kind: str, change: str) -> None:
        """An alarm of a kind (feed, fleet) has begun, ended or was given_up."""
        self._alarms.labels(kind, change).inc()

    def fall(self) -> None:
        """An account fell a tier."""
        self._falls.inc()

    def feeds(self, silent_seconds: Mapping[str, float]) -> None:
        """How long each feed is silent: an input topic, or a source of the model."""
        self._silent.replace({(name,): seconds for name, seconds in silent_seconds.items()})

    def reported(self, seconds: float) -> None:
        """Workers of all partitions have reported up to this Unix time."""
        self._reported.set(seconds)
