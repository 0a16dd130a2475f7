"""When the next value may be written: the sink's pace, and its patience after failures. Pure: callers say the time."""

from __future__ import annotations

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 60.0
FIRST_HOLD_SECONDS, LONGEST_HOLD_SECONDS = 60.0, 3_600.0


def retry_seconds(failures: int) -> float:
    """The pause after this number of failures in a row, 1 or more: twice as long each time, a minute at most.

    >>> [retry_seconds(failures) for failures in (1, 2, 3, 100)]
    [1.0, 2.0, 4.0, 60.0]
    """
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)


class Pace:
    """At most `per_second` values; after a failure the pause that the product asks for, else a growing one. Mutable.

    Instants are seconds of a monotonic clock.
    """

    def __init__(self, per_second: float) -> None:
        self._slot_seconds = 1.0 / per_second
        self._failures = 0
        self._holds = 0
        self.next_seconds = 0.0
        """Before this nothing is written."""

    @property
    def is_held(self) -> bool:
        """Whether nothing is taken until a person mends it."""
        return self._holds > 0

    def is_waiting(self, now: float) -> bool:
        """Whether it waits for longer than its pace says."""
        return self.next_seconds > now + self._slot_seconds

    def start(self, now: float) -> None:
        """A value is being written."""
        self.next_seconds = max(self.next_seconds, now) + self._slot_seconds

    def took(self) -> bool:
        """The product took a value. True if it ends a hold."""
        was_held, self._holds, self._failures = self.is_held, 0, 0
        return was_held

    def failed(self, now: float, asked_seconds: float | None) -> float:
        """An attempt failed; the product asked for a pause, or for none. The seconds to wait."""
        self._failures += 1
        seconds = retry_seconds(self._failures)
        if asked_seconds is not None:
            seconds = max(asked_seconds, FIRST_RETRY_SECONDS)
        return self._pause(now, seconds)

    def hold(self, now: float) -> float:
        """The product takes nothing until a person mends it. The seconds to wait."""
        self._holds += 1
        return self._pause(now, min(FIRST_HOLD_SECONDS * 2.0 ** min(self._holds - 1, 16), LONGEST_HOLD_SECONDS))

    def _pause(self, now: float, seconds: float) -> float:
        self.next_seconds = max(self.next_seconds, now + seconds)
        return seconds
