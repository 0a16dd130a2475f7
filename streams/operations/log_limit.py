"""Limits repeated log lines of libraries to one a minute. A client logs a line with every retry: ten a second while the
brokers are away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

EVERY_SECONDS = 60.0
KINDS_MAX = 1_000
"""This many kinds of lines are remembered; then all are forgotten."""


class FloodFilter(logging.Filter):
    """Lets through the first line of a kind, then one a minute, which says how many were dropped.

    Lines are of one kind if they share logger, level and message template. Applies only to loggers of `libraries`.
    `clock` returns monotonic seconds.
    """

    def __init__(self, libraries: Collection[str], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._libraries = tuple(libraries)
        self._clock = clock
        self._passed: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the line. Its text then says how many like it were dropped."""
        if record.name.partition(".")[0] not in self._libraries:
            return True
        kind, now = (record.name, record.levelno, str(record.msg)[:100]), self._clock()
        passed_at, left_out = self._passed.get(kind, (-EVERY_SECONDS, 0))
        if now - passed_at < EVERY_SECONDS:
            self._passed[kind] = passed_at, left_out + 1
            return False
        if len(self._passed) >= KINDS_MAX:
            self._passed.clear()
        self._passed[kind] = now, 0
        if left_out:
            record.msg, record.args = f"{record.getMessage()} ({left_out:,} more like it since the last one)", ()
        return True
