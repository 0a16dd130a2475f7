"""The metrics that the notifier writes, as a port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from alerts.delivery_record import DeliveryOutcome
from alerts.gathered import Why
from alerts.sinks.port import FailureReason

Outcome = DeliveryOutcome | Literal["undecodable", "retried", "held", "ambiguous", "partly"]


class NotifierMetrics(Protocol):
    """The metrics that the notifier writes. No method blocks or raises."""

    def ready(self) -> None:
        """The notifier has partitions to read."""
        ...

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        """`count` outcomes: of a step on a lane (those of a `DeliveryRecord`, and "undecodable"), or of an attempt:
        "retried", "held" (the channel is at fault), "ambiguous" (it may have arrived all the same, and is retried),
        "partly" (it left out some of those it was for; beside "delivered").
        """
        ...

    def delivery_seconds(self, seconds: float, /) -> None:
        """A sink accepted a message `seconds` after the first attempt, waits included."""
        ...

    def waiting(self, reason: str, /) -> None:
        """A sink or Redis does not accept anything; `reason` tells a person which. `progressed` ends the wait."""
        ...

    def progressed(self) -> None:
        """A message was processed, or there is none."""
        ...

    def held(self, sink: str, since_seconds: float, /) -> None:
        """`sink` has accepted nothing since the Unix time `since_seconds` and needs a person; 0.0 if it works."""
        ...

    def failed(self, sink: str, reason: FailureReason, /) -> None:
        """An attempt to deliver to `sink` failed, by `reason`."""
        ...

    def gathered(self, why: Why, /) -> None:
        """One message about many steps was delivered."""
        ...

    def lane(self, route: str, sink: str, lag: int, gathering: int, /) -> None:
        """How many messages of the topic a lane has not looked at yet, and how many steps it gathers."""
        ...

    def lost(self, topic: str, count: int, /) -> None:
        """`count` notifications were deleted before they were delivered."""
        ...

    def notice(self, about: str, words: str, /) -> None:
        """Something that people should know, shown until it is replaced by ""."""
        ...

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        """How many messages are not finished yet, by (topic, partition), for every partition read here."""
        ...
