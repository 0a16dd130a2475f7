"""Doubtful refusals: a sink that refuses one message after another may be at fault itself."""

from __future__ import annotations

from alerts.sinks.port import Message

REFUSALS_IN_A_ROW = 10


class DoubtfulRefusals:
    """The messages that a sink has refused since it last accepted one, in order, at most ten.

    While there are any, no offset is committed: if the sink is at fault, they will be read again. A delivery proves
    that the sink works and makes the refusals before it final.
    """

    def __init__(self) -> None:
        self._refused: dict[str, Message] = {}

    def __bool__(self) -> bool:
        return bool(self._refused)

    def __contains__(self, message: Message) -> bool:
        return message.id in self._refused

    @property
    def is_full(self) -> bool:
        """Whether the sink has refused enough different messages in a row to count as unavailable."""
        return len(self._refused) >= REFUSALS_IN_A_ROW

    def add(self, message: Message) -> bool:
        """Add a refusal. False if it was there already."""
        is_new = message not in self
        self._refused[message.id] = message
        return is_new

    def settle(self) -> None:
        """Forget all refusals: the sink accepted a message, so it works."""
        self._refused.clear()

    def oldest_first(self) -> list[Message]:
        """All refused messages, oldest first."""
        return list(self._refused.values())
