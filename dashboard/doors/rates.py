"""How often somebody may try: in bounded memory, by any key. Pure but for the clock."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

KEYS_MAX: Final = 10_000
"""Beyond it the key that was seen longest ago is forgotten, and may try as one that never did."""


class Rate:
    """`burst` tries at once, then `per_minute`. `clock` is in seconds.

    >>> rate = Rate(per_minute=60, burst=1, clock=lambda: 0.0)
    >>> rate.allows("10.0.0.7"), rate.allows("10.0.0.7"), rate.allows("10.0.0.8")
    (True, False, True)
    """

    def __init__(self, *, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Whether one more try is allowed; it counts if so."""
        left = self._now(key)
        if left < 1:
            return False
        self._set(key, left - 1)
        return True

    def is_spent(self, key: str) -> bool:
        """Whether no try is left. It does not count as one."""
        return self._now(key) < 1

    def wait_seconds(self, key: str) -> int:
        """How long until the next try, at least 1."""
        return max(1, round((1 - self._now(key)) / self._per_second))

    def _now(self, key: str) -> float:
        now = self._clock()
        left, at = self._left.get(key, (float(self._burst), now))
        return min(float(self._burst), left + (now - at) * self._per_second)

    def _set(self, key: str, left: float) -> None:
        self._left[key] = left, self._clock()
        self._left.move_to_end(key)
        while len(self._left) > KEYS_MAX:
            self._left.popitem(last=False)
