"""The metrics of `vitals dashboard`."""

from __future__ import annotations

import time
from collections.abc import Callable

from streams.operations.process_metrics import ProcessMetrics


class DashboardMetrics(ProcessMetrics):
    """What `vitals dashboard` reports."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("dashboard", clock)
