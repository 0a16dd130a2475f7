"""The port through which notifications reach people, and the three ways in which a delivery can fail."""

from __future__ import annotations

from typing import Protocol

from alerts.notification import Notification


class DeliveryRefused(Exception):
    """The sink refuses this notification but would accept another. A retry does not help. The text says why."""


class ChannelUnavailable(Exception):
    """The sink accepts nothing until a person fixes it: a wrong URL, an archived channel, a sign-in page in between.

    The notification is not at fault, so it is kept and retried, rarely. The text says what happened and what to do.
    """


class DeliveryFailed(Exception):
    """The sink did not accept the notification, or did not say that it did. A retry may succeed.

    `retry_after_seconds`, 0 or more, is the pause that the sink asks for; None if it asked for none.
    """

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class Sink(Protocol):
    """A way to reach people. `name` identifies the sink in logs and among delivered ids; it never changes."""

    @property
    def name(self) -> str: ...

    async def deliver(self, notification: Notification, /) -> None:
        """Deliver `notification`; return once the other side has accepted it.

        May wait for seconds, on the network and to keep its pace. Not idempotent: a second call is a second delivery,
        and after `DeliveryFailed` the first may still have arrived (its answer was lost).

        Raises:
            DeliveryRefused: this notification is at fault. A retry does not help; the next one may be accepted.
            ChannelUnavailable: the channel is at fault. It accepts nothing until someone fixes it.
            DeliveryFailed: a retry may succeed, after the pause in the error.
        """
        ...
