"""Time that passes when the world says so."""

from __future__ import annotations

import random

CALL_SECONDS = 0.004
"""The most that passes between two looks at the clock within one piece of work."""


class ModelClock:
    """Stands in for the module `time` in the code that reads it; seconds since 1970, which are also the monotonic ones.

    Every look at `monotonic` takes some milliseconds, so that bounded pieces of work end at another place each time.
    """

    def __init__(self, now_ms: int, random: random.Random) -> None:
        self.seconds = now_ms / 1_000
        self._random = random

    def time(self) -> float:
        """Wall time in seconds."""
        return self.seconds

    def monotonic(self) -> float:
        """The same, a little later at every call."""
        self.seconds += self._random.random() * CALL_SECONDS
        return self.seconds

    @property
    def now_ms(self) -> int:
        """Wall time in milliseconds."""
        return int(self.seconds * 1_000)

    def leap(self, milliseconds: float) -> None:
        """Let time pass."""
        self.seconds += milliseconds / 1_000
