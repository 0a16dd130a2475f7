"""The port through which notifications reach people, and the three ways in which a delivery fails."""

from __future__ import annotations

from typing import Protocol

from alerts.notification import Notification


class DeliveryRefused(Exception):
    """The sink refuses this notification, and would take another: a retry mends nothing. The text says why."""


class ChannelUnavailable(Exception):
    """The sink takes nothing until a person mends it: a wrong URL, an archived channel, a sign-in page in between.

    No notification is at fault, so each is kept and tried again, seldom. The text names the answer and the mend.
    """


class DeliveryFailed(Exception):
    """The sink did not take the notification now, or did not say so: a retry may.

    `retry_after_seconds`, 0 or more, is what the sink asks to be left alone for; None when it did not say.
    """

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class Sink(Protocol):
    """A way to people. `name` tells sinks apart in logs and among delivered ids; it never changes."""

    @property
    def name(self) -> str: ...

    async def deliver(self, notification: Notification, /) -> None:
        """Hand `notification` over; return once the other side has accepted it.

        May block for seconds, on the network and to keep its pace. Not idempotent: a second call is a second
        delivery, and after `DeliveryFailed` the first may still have arrived (an answer lost on its way).

        Raises:
            DeliveryRefused: this notification is at fault: no retry will help, and the next may be taken.
            ChannelUnavailable: the channel is at fault: nothing will be taken until somebody mends it.
            DeliveryFailed: a retry may help, after the time it names.
        """
        ...
