"""Refusals in doubt: a sink that refuses one notification after the other may be what is at fault itself."""

from __future__ import annotations

from alerts.notification import Notification

REFUSALS_IN_A_ROW = 10


class Doubts:
    """The notifications that a sink refused since it last took one, in their order, at most ten.

    While there are any, no offset is committed: should it be the sink's fault, they come again. A delivery proves that
    the sink is well, and makes the refusals before it final.
    """

    def __init__(self) -> None:
        self._refused: dict[str, Notification] = {}

    def __bool__(self) -> bool:
        return bool(self._refused)

    def __contains__(self, notification: Notification) -> bool:
        return notification.id in self._refused

    @property
    def are_many(self) -> bool:
        """So many different ones in a row that the sink counts as unavailable."""
        return len(self._refused) >= REFUSALS_IN_A_ROW

    def add(self, notification: Notification) -> bool:
        """One more refusal; False when this one is known."""
        is_new = notification not in self
        self._refused[notification.id] = notification
        return is_new

    def settle(self) -> None:
        """The sink took one: it is well."""
        self._refused.clear()

    def oldest_first(self) -> list[Notification]:
        """All of them, as they came."""
        return list(self._refused.values())
