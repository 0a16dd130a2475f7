"""The highest value of a span that ends now, from few numbers. Pure.

A value is recorded at the first look, when it exceeds all that is kept, and when it differs by `step` or more from the
last recorded one; it counts as holding until the next one is recorded. Kept are the last recorded value, and earlier
ones that exceed every later one: `[last, end of the first, the first, end of the second, …]`, ends ascending, values
descending.
"""

from __future__ import annotations

KEPT_LIMIT = 100
"""Earlier values that are kept at most: a fall over the whole scale in steps of one point."""


def observe(memory: list[int], value: int, at_ms: int, within_ms: int, step: int) -> None:
    """Record `value`, if it is to be recorded. Otherwise nothing changes."""
    if not memory:
        memory.append(value)
        return
    last = memory[0]
    if value <= kept(memory) and abs(value - last) < step:
        return
    expire(memory, at_ms, within_ms)
    earlier = [*memory[1:], at_ms, last]
    while earlier and earlier[-1] <= value:
        del earlier[-2:]
    if len(earlier) > 2 * KEPT_LIMIT:
        del earlier[-4:-2]
    memory[:] = [value, *earlier]


def kept(memory: list[int]) -> int:
    """The highest value that is kept, whether or not it has left the span since the last record."""
    return memory[2] if len(memory) > 1 else memory[0]


def expire(memory: list[int], at_ms: int, within_ms: int) -> None:
    """Forget the values that did not hold at any instant of the span (at_ms - within_ms, at_ms]."""
    while len(memory) > 1 and memory[1] <= at_ms - within_ms:
        del memory[1:3]


def highest(memory: list[int], at_ms: int, within_ms: int) -> int:
    """The highest recorded value that held at some instant of the span (at_ms - within_ms, at_ms].

    >>> highest([6000, 1000, 8000, 5000, 7000], at_ms=5500, within_ms=1000)
    7000
    """
    for index in range(1, len(memory), 2):
        if memory[index] > at_ms - within_ms:
            return memory[index + 1]
    return memory[0]


def next_expiry(memory: list[int], within_ms: int) -> int:
    """When the highest kept value leaves the span; 0 when only the last one is kept."""
    return memory[1] + within_ms if len(memory) > 1 else 0


def shift(memory: list[int], change: int) -> None:
    """Add `change` to every value: what changed the scale of all of them is no change of any."""
    memory[0] += change
    for index in range(2, len(memory), 2):
        memory[index] += change
