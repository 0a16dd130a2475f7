"""The metrics of `vitals gateway`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.process_metrics import ProcessMetrics
from streams.operations.prometheus import FAST_SECONDS, GaugeSet

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import Counter, Gauge

REQUEST_OUTCOMES = ("taken", "unusable", "malformed", "unverified", "too_large", "too_slow", "not_written", "failed")
"""What became of a request: its events were taken, at least in part; none of them could be used; it could not be read;
it was not from its source; its body was beyond a limit, or did not come in time; Kafka did not acknowledge; a bug."""
EVENT_OUTCOMES = ("accepted", "waiting", "refused", "ignored")
"""What became of an event: it is on its topic; it waits for an alias; it could not be used; no score has use for it."""


class GatewayMetrics(ProcessMetrics):
    """What the gateway reports, by source. The names of sources are those of `gateway.toml`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("gateway", clock)
        self._requests: Final = self._counter(
            "vitals_gateway_requests_total", "Requests, by outcome.", "source", "outcome"
        )
        self._events: Final = self._counter(
            "vitals_gateway_events_total", "Events in requests, by outcome.", "source", "outcome"
        )
        self._seconds: Final = self._histogram(
            "vitals_gateway_request_seconds", "From a request's head to its answer.", FAST_SECONDS
        )
        self._last_event: Final = Gauge(
            "vitals_gateway_last_event_timestamp_seconds",
            "When a source last sent an event that was taken; 0 before the first.",
            ("source",),
            registry=self.registry,
        )
        self._insecure: Final = Gauge(
            "vitals_gateway_insecure_sources", "Sources that nothing verifies.", registry=self.registry
        )
        self._waiting_bytes: Final = Gauge(
            "vitals_gateway_waiting_bytes", "Bytes that wait for Kafka to acknowledge them.", registry=self.registry
        )
        self._held: Final = GaugeSet(
            "vitals_gateway_held_topics", "Topics that nothing can be written to.", ("topic",), self.registry
        )
        self._failures: Final = self._counter(
            "vitals_gateway_write_failures_total", "Batches that Kafka did not take, by reason.", "topic", "reason"
        )
        self._of_requests: Final[dict[tuple[str, str], Counter]] = {}
        self._of_events: Final[dict[tuple[str, str], Counter]] = {}

    def sources(self, names: Mapping[str, bool]) -> None:
        """The sources, and whether each is insecure. Their series begin at 0."""
        for name in names:
            self._last_event.labels(name)
            for outcome in REQUEST_OUTCOMES:
                self._of_requests[name, outcome] = self._requests.labels(name, outcome)
            for outcome in EVENT_OUTCOMES:
                self._of_events[name, outcome] = self._events.labels(name, outcome)
        self._insecure.set(sum(names.values()))

    def request(self, source: str, outcome: str, seconds: float) -> None:
        """A request was answered. `source` is "none" when it named none that exists."""
        counter = self._of_requests.get((source, outcome)) or self._requests.labels(source, outcome)
        counter.inc()
        self._seconds.observe(seconds)

    def events(self, source: str, outcome: str, count: int) -> None:
        """`count` events of a request had this outcome."""
        self._of_events[source, outcome].inc(count)

    def last_event(self, source: str, at_seconds: float) -> None:
        """A source sent an event that was taken, at this Unix time."""
        self._last_event.labels(source).set(at_seconds)

    def log(self, waiting_bytes: int, held: Mapping[str, str]) -> None:
        """How the writes to Kafka stand; `held` are topics to which nothing can be written."""
        self._waiting_bytes.set(waiting_bytes)
        self._held.replace({(topic,): 1.0 for topic in held})

    def write_failed(self, topic: str, reason: str) -> None:
        """Kafka did not take a batch; `reason` is not_allowed or failed."""
        self._failures.labels(topic, reason).inc()
