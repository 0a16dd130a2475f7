"""An end to what might go on for ever, so that a test fails instead of hanging."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

BUSY = 4.0
"""How many times as long something may take on a machine that is busy otherwise. Only a failure waits as long."""


def deadline_in(seconds: float) -> float:
    """Until when to wait, in seconds of the monotonic clock, for what comes within `seconds` on a quiet machine."""
    return time.monotonic() + seconds * BUSY


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail when the block takes longer. Only in the main thread; not for code that waits in C without a look around."""

    def fail(*_: object) -> None:
        raise AssertionError(f"it went on for more than {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
