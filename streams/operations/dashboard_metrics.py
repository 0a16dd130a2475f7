"""The metrics of `vitals dashboard`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics
from streams.operations.prometheus import FAST_SECONDS

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import Gauge


class DashboardMetrics(ProcessMetrics):
    """What `vitals dashboard` reports. Routes are templates, like `/accounts/{account_id}`: no id, no key is in one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("dashboard", clock)
        self._requests: Final = self._counter(
            "vitals_dashboard_requests_total", "Requests, by route and status.", "route", "status"
        )
        self._seconds: Final = self._histogram(
            "vitals_dashboard_request_seconds", "From a request's head to the end of its answer.", FAST_SECONDS
        )
        self._streams: Final = Gauge(
            "vitals_dashboard_streams", "Streams of live changes that are open.", registry=self.registry
        )
        self._live: Final = self._counter(
            "vitals_dashboard_live_total", "Changes on their way to open pages, by what became of them.", "outcome"
        )
        self._acts: Final = self._counter(
            "vitals_dashboard_acts_total", "Acts of people, by outcome.", "act", "outcome"
        )
        self._logins: Final = self._counter(
            "vitals_dashboard_logins_total", "Logins and keys, by door and outcome.", "door", "outcome"
        )
        self._shares: Final = self._counter(
            "vitals_dashboard_shares_total", "Requests of share links, by outcome.", "outcome"
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is "none" where none matched."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.observe(seconds)

    def stream(self, change: int) -> None:
        """A stream was opened (1) or closed (-1)."""
        self._streams.inc(change)

    def live(self, outcome: str, count: int = 1) -> None:
        """What became of changes, or of a stream: see `dashboard.live.hub.LiveOutcome`."""
        self._live.labels(outcome).inc(count)

    def act(self, act: str, outcome: str) -> None:
        """A person did something, or tried to."""
        self._acts.labels(act, outcome).inc()

    def login(self, door: str, outcome: str) -> None:
        """Somebody came to a door."""
        self._logins.labels(door, outcome).inc()

    def share(self, outcome: str) -> None:
        """A share link was asked for."""
        self._shares.labels(outcome).inc()
