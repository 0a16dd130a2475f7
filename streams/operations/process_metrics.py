"""The metrics that every process has: build, lag, progress, health. Those of a role: `streams.operations.metrics`."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from streams.deployment.environment import restricted_environment
from streams.operations.liveness import Liveness
from streams.operations.prometheus import GaugeSet, Histogram
from streams.operations.version import installed_version

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import CollectorRegistry, Counter, Gauge, Info
    from prometheus_client import ProcessCollector as _ProcessCollector


class ProcessMetrics:
    """What every process reports: build, lag, progress, health. Methods never block or raise."""

    def __init__(self, role: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry: Final = CollectorRegistry()
        self.liveness: Final = Liveness(clock)
        _ProcessCollector(registry=self.registry)
        build = Info("vitals_build", "Version and role of this process.", registry=self.registry)
        build.info({"version": installed_version(), "python": platform.python_version(), "role": role})
        words = "Messages in the topic that were not processed yet."
        self._lag: Final = GaugeSet("vitals_lag_messages", words, ("topic", "partition"), self.registry)
        self._lost: Final = self._counter(
            "vitals_lost_messages_total", "Messages that were deleted before they were read.", "topic"
        )
        self._unreadable: Final = GaugeSet(
            "vitals_unreadable_messages",
            "Messages that are waiting and cannot be read.",
            ("topic", "partition"),
            self.registry,
        )
        self._held_back: Final = GaugeSet(
            "vitals_held_back_messages",
            "Messages behind an open transaction, which cannot be read until it ends.",
            ("topic", "partition"),
            self.registry,
        )
        self._warnings: Final = GaugeSet(
            "vitals_topic_warnings", "Topics with unsuitable settings, by finding.", ("topic", "code"), self.registry
        )
        self._progress: Final = Gauge(
            "vitals_last_progress_timestamp_seconds",
            "When work was last finished, or there was none.",
            registry=self.registry,
        )

    def ready(self) -> None:
        """The process has its partitions and its state: `/healthz` says ready."""
        self.liveness.ready()

    def progressed(self) -> None:
        """Work was finished and acknowledged, or there was none."""
        self._progress.set_to_current_time()
        self.liveness.progressed()

    def waiting(self, reason: str) -> None:
        """Something outside (Redis, Slack) does not answer; `reason` names it. `progressed` ends the wait."""
        self.liveness.waiting(reason)

    def held_back(self, messages: Mapping[tuple[str, int], int]) -> None:
        """The messages blocked by a transaction that does not end, by (topic, partition)."""
        self._held_back.replace({(topic, str(partition)): count for (topic, partition), count in messages.items()})

    def notice(self, about: str, words: str) -> None:
        """Something that people should know, shown in `/healthz` until it is replaced by ""; no reason to restart.
        `about` is a code from a small closed set."""
        self.liveness.notice(about, words)

    def lost(self, topic: str, count: int) -> None:
        """`count` messages of a topic were deleted before they were read."""
        self._lost.labels(topic).inc(count)

    def topic_warnings(self, findings: Sequence[tuple[str, str]]) -> None:
        """All current findings about topics, as (topic, code)."""
        self._warnings.replace(dict.fromkeys(findings, 1.0))

    def lag(
        self, messages: Mapping[tuple[str, int], int], unreadable: Collection[tuple[str, int]] = frozenset()
    ) -> None:
        """The lag of every partition assigned now, by (topic, partition); those not named are no longer ours. Lag that
        is `unreadable` does not count for liveness: a new process could not read it either."""
        self._lag.replace({(topic, str(partition)): count for (topic, partition), count in messages.items()})
        stuck: dict[tuple[str, ...], float] = {
            (topic, str(partition)): messages.get((topic, partition), 0) for topic, partition in unreadable
        }
        self._unreadable.replace(stuck)
        self.liveness.lag(sum(messages.values()) - int(sum(stuck.values())))

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, bounds: Sequence[float]) -> Histogram:
        return Histogram(name, words, bounds, self.registry)
