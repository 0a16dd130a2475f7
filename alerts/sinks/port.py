"""The port through which alerts reach people, what a sink may ask for, and the three ways in which a delivery fails."""

from __future__ import annotations

from typing import Literal, Protocol

from alerts.gathered import Gathered
from alerts.step import AlertStep

Message = AlertStep | Gathered
"""What people get as one message: one step of a case, or many steps gathered. Both have an `id`; one id always has the
same content."""

FailureReason = Literal[
    "auth",
    "rate_limited",
    "server",
    "timeout",
    "network",
    "certificate",
    "address",
    "channel",
    "refused",
    "store",
]
"""Why a delivery failed, for metrics. "auth": a secret is wrong, or may not do this. "server": it answered that it is
at fault. "network": no answer. "address": it leads where it must not, or nowhere. "channel": archived, disabled, full.
"refused": this message. "store": the sink's memory, or the delivered ids."""


class DeliveryRefused(Exception):
    """The sink refuses this message but would accept another. A retry does not help. The text says why."""

    def __init__(self, text: str, *, reason: FailureReason = "refused") -> None:
        super().__init__(text)
        self.reason: FailureReason = reason


class ChannelUnavailable(Exception):
    """The sink accepts nothing until a person fixes it: a wrong URL, an archived channel, a sign-in page in between.

    The message is not at fault, so it is kept and retried, rarely. The text says what happened and what to do.
    """

    def __init__(self, text: str, *, reason: FailureReason = "channel") -> None:
        super().__init__(text)
        self.reason: FailureReason = reason


class DeliveryFailed(Exception):
    """The sink did not accept the message, or did not say that it did. A retry may succeed.

    `retry_after_seconds`, 0 or more, is the pause that the sink asks for; None if it asked for none. With
    `may_have_arrived` the line was lost after the message was sent: a retry may deliver it a second time.
    """

    def __init__(
        self,
        text: str,
        retry_after_seconds: float | None = None,
        *,
        reason: FailureReason = "network",
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds
        self.reason: FailureReason = reason
        self.may_have_arrived = may_have_arrived


class PartlyDelivered(Exception):
    """The sink accepted the message, but not for everybody. It counts as delivered. The text names who is left out, and
    why."""


class Sink(Protocol):
    """A way to reach people. `name` identifies the sink in logs and among delivered ids; it never changes.

    Messages of one account come in their order, one at a time.
    """

    @property
    def name(self) -> str: ...

    def shows(self, step: AlertStep, /) -> bool:
        """Whether the sink has something to say about a step that may be told. The others are recorded as such and not
        delivered. `shows_news` is the answer of a sink that cannot change a message that it sent."""
        ...

    @property
    def is_gathering(self) -> bool:
        """Whether many steps may be one message. False for a sink that keeps a thing for each case, such as a ticket:
        it gets every step by itself, whatever the route says about volume."""
        ...

    async def deliver(self, message: Message, /) -> None:
        """Deliver `message`; return once the other side has accepted it.

        May wait for seconds, on the network and to keep its pace. Not idempotent: a second call is a second delivery,
        and after `DeliveryFailed` the first may still have arrived (its answer was lost).

        Raises:
            DeliveryRefused: this message is at fault. A retry does not help; the next one may be accepted.
            ChannelUnavailable: the channel is at fault. It accepts nothing until someone fixes it.
            DeliveryFailed: a retry may succeed, after the pause in the error.
            PartlyDelivered: some got it, and the others never will. It must not be repeated.
        """
        ...


class SinkMemory(Protocol):
    """What a sink remembers from message to message, such as the id of the post that it edits. Keys are the sink's own:
    two sinks never see each other's. It may be emptied at any time, so what is lost must cost no more than a new
    message in the place of an edit."""

    async def get(self, key: str, /) -> str | None:
        """The value of `key`; None if there is none, or no more. Call it before anything is sent.

        Raises:
            DeliveryFailed: with reason "store" when the store does not answer: nothing is sent then, and it is retried.
        """
        ...

    async def set(self, key: str, value: str, /, *, seconds: int) -> None:
        """Keep `value` for `seconds`. Never raises: the message before must not be sent again because of this."""
        ...


def shows_news(step: AlertStep) -> bool:
    """What a sink shows that cannot edit: the beginning of a case, worse, better, escalated, its end, and summaries;
    not what people did to it themselves (acknowledged, assigned, snoozed)."""
    return step.reason != "action"
