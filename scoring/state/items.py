"""Items of an account by a fingerprint of their id: the state after the latest event of each."""

from __future__ import annotations

CLOSED = -1.0
"""The weight of an item that the latest event closed."""

Item = tuple[int, int, float]
"""(occurred_at_ms of the latest event, tie between events of that instant, weight; `CLOSED` for a closed item)"""


def forget_oldest(items: dict[int, Item], forgotten: int) -> None:
    """Drop the item whose latest event is earliest, among fingerprints above `forgotten`, and keep its place.

    Places only grow, so which items remain does not depend on the order of arrival.
    """
    oldest = min((each for each in items if each > forgotten), key=lambda each: items[each])
    at, tie, _ = items.pop(oldest)
    items[forgotten] = max(items.get(forgotten, (at, tie, CLOSED)), (at, tie, CLOSED))
