"""Time that passes when the world says so."""

from __future__ import annotations

import random

CALL_SECONDS = 0.004
"""The most that passes between two looks at the clock within one piece of work."""


class ModelClock:
    """The world's time: seconds since 1970.

    Every look at `monotonic` takes some milliseconds, so that bounded pieces of work end at another place each time.
    """

    def __init__(self, now_ms: int, random: random.Random) -> None:
        self.seconds = now_ms / 1_000
        self.quiet_seconds = 0.0
        """How much of it passed while everybody went on, and nothing of note happened."""
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

    def leap_quietly(self, milliseconds: float) -> None:
        """Let time pass in which every process beats as it should: none takes itself for one that stood still."""
        self.leap(milliseconds)
        self.quiet_seconds += milliseconds / 1_000


class WorkerClock:
    """The clock of one process. `lost_seconds` passed for it alone: the session timeout of one that stands still."""

    def __init__(self, world: ModelClock) -> None:
        self.lost_seconds = 0.0
        self._world = world

    def now_ms(self) -> int:
        """Wall time."""
        return self._world.now_ms

    def monotonic(self) -> float:
        """Seconds, without those in which everybody was quiet."""
        return self._world.monotonic() - self._world.quiet_seconds + self.lost_seconds
