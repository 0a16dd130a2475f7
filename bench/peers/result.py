"""How a row's process measures itself and tells its result."""

from __future__ import annotations

import os
import time

import msgspec

from bench.report import Sample

RESULT = "RESULT "


class Stopwatch:
    """Wall and CPU time of this process (all threads), from its making on."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._cpu_began = time.process_time()

    def tell(self, events: int) -> None:
        """Say on standard output that `events` were done since. Past `print`, which Faust turns into logging."""
        seconds, cpu_seconds = time.perf_counter() - self._began, time.process_time() - self._cpu_began
        sample = msgspec.json.encode(Sample(events, seconds, cpu_seconds)).decode()
        os.write(1, f"{RESULT}{sample}\n".encode())
