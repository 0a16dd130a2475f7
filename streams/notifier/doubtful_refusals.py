"""Doubtful refusals: a sink that refuses one notification after another may be at fault itself."""

from __future__ import annotations

from alerts.notification import Notification

REFUSALS_IN_A_ROW = 10


class DoubtfulRefusals:
    """The notifications that a sink has refused since it last accepted one, in order, at most ten.

    While there are any, no offset is committed: if the sink is at fault, they will be read again. A delivery proves
    that the sink works and makes the refusals before it final.
    """

    def __init__(self) -> None:
        self._refused: dict[str, Notification] = {}

    def __bool__(self) -> bool:
        return bool(self._refused)

    def __contains__(self, notification: Notification) -> bool:
        return notification.id in self._refused

    @property
    def is_full(self) -> bool:
        """Whether the sink has refused enough different notifications in a row to count as unavailable."""
        return len(self._refused) >= REFUSALS_IN_A_ROW

    def add(self, notification: Notification) -> bool:
        """Add a refusal. False if it was there already."""
        is_new = notification not in self
        self._refused[notification.id] = notification
        return is_new

    def settle(self) -> None:
        """Forget all refusals: the sink accepted a notification, so it works."""
        self._refused.clear()

    def oldest_first(self) -> list[Notification]:
        """All refused notifications, oldest first."""
        return list(self._refused.values())
