"""Items of an account by a fingerprint of their id: what the latest event of each one said."""

from __future__ import annotations

CLOSED = -1.0
"""The weight of an item that the latest event closed."""

Item = tuple[int, int, float]
"""(occurred_at_ms of the latest event, what decides among those of its instant, weight; `CLOSED` when it closes)"""


def forget_oldest(items: dict[int, Item], forgotten: int) -> None:
    """Forget the item with the earliest latest event, of those with fingerprints above `forgotten`, where it leaves
    its place.

    Places only ever grow, so that what is kept in the end does not depend on the order in which events came.
    """
    oldest = min((each for each in items if each > forgotten), key=lambda each: items[each])
    at, tie, _ = items.pop(oldest)
    items[forgotten] = max(items.get(forgotten, (at, tie, CLOSED)), (at, tie, CLOSED))
