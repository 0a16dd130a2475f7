"""Two metric types that the Prometheus client lacks, and the bounds of histograms."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from streams.deployment.environment import restricted_environment

with restricted_environment():  # at import it reads PROMETHEUS_MULTIPROC_DIR and would keep all metrics in files
    from prometheus_client import CollectorRegistry, Gauge
    from prometheus_client.core import HistogramMetricFamily
    from prometheus_client.registry import Collector

FAST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SLOW_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
BYTES = tuple(2.0**power for power in range(6, 19))


class Histogram(Collector):
    """A histogram that takes many equal observations in one step, as the hot path produces them. Thread-safe."""

    def __init__(self, name: str, words: str, bounds: Sequence[float], registry: CollectorRegistry) -> None:
        self._name: Final = name
        self._words: Final = words
        self._bounds: Final = tuple(float(bound) for bound in bounds)
        self._labels: Final = [*(repr(bound) for bound in self._bounds), "+Inf"]
        self._counts: Final = [0] * len(self._labels)
        self._sum = 0.0
        self._lock: Final = threading.Lock()
        registry.register(self)

    def observe(self, value: float, count: int = 1) -> None:
        """Add `count` observations of `value`. A negative value counts as 0, because clocks of machines differ."""
        value = max(value, 0.0)
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += count
            self._sum += value * count

    def collect(self) -> Iterator[HistogramMetricFamily]:
        with self._lock:
            cumulative, total = list(accumulate(self._counts)), self._sum
        buckets = list(zip(self._labels, cumulative, strict=True))
        yield HistogramMetricFamily(self._name, self._words, buckets=buckets, sum_value=total)


class GaugeSet:
    """A gauge whose label values come and go: each `replace` sets all of them."""

    def __init__(self, name: str, words: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._gauge: Final = Gauge(name, words, labels, registry=registry)
        self._present: frozenset[tuple[str, ...]] = frozenset()

    def replace(self, values: Mapping[tuple[str, ...], float]) -> None:
        for labels in self._present - values.keys():
            self._gauge.remove(*labels)
        for labels, value in values.items():
            self._gauge.labels(*labels).set(value)
        self._present = frozenset(values)
