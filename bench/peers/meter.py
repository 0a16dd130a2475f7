"""How a row's process measures itself and tells its result."""

from __future__ import annotations

import os
import time

import msgspec

from bench.processes import broker_seconds
from bench.report import Sample

RESULT = "RESULT "
_EDGE = 20
"""One event in so many is done before the clock starts: connections, caches and imports are warm then. As many are left
out at the end, as of our worker: near the end of the log some wait for more."""


class Meter:
    """Counts what was done of `events`; measures from the first twentieth of them to the last."""

    def __init__(self, events: int, broker_pid: int) -> None:
        self._broker_pid = broker_pid
        self._next = events // _EDGE
        self._last = events - events // _EDGE
        self._done = 0
        self._began_at = -1
        self._began = self._cpu_began = self._broker_began = 0.0

    @property
    def is_done(self) -> bool:
        """All that count were done, and the result has been told."""
        return self._done >= self._last

    def add(self, count: int = 1) -> bool:
        """`count` more were done; True when these were the last: the result is told then, once."""
        self._done += count
        if self._done < self._next:
            return False
        if self._began_at < 0:
            self._begin()
            return False
        self._tell()
        return True

    def _begin(self) -> None:
        self._began_at, self._next = self._done, self._last
        self._broker_began = broker_seconds(self._broker_pid)
        self._began, self._cpu_began = time.perf_counter(), time.process_time()

    def _tell(self) -> None:
        seconds, cpu_seconds = time.perf_counter() - self._began, time.process_time() - self._cpu_began
        broker = broker_seconds(self._broker_pid) - self._broker_began
        sample = msgspec.json.encode(Sample(self._done - self._began_at, seconds, cpu_seconds, broker)).decode()
        # Past `print`, which Faust turns into logging.
        os.write(1, f"{RESULT}{sample}\n".encode())
