"""The messages that are held for the kernel's loop, and the order in which it has to take them, said in another way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from streams.message import Message
from streams.topics import CONTROL_INDEX

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

_FAR_MS, _MANY = 1 << 62, 100_000


def held_in(inputs: Inputs) -> list[list[Message]]:
    """All messages of the events' topics, up to one that cannot be read."""
    return [inputs.run(topic, _FAR_MS, _MANY) for topic in range(CONTROL_INDEX)]


def merged(topics: Sequence[Sequence[Message]]) -> list[tuple[int, Message]]:
    """All messages by time, with the number of their topic; one that is earlier than what came before it in its topic
    follows that at once. At one time those of the first topic go first."""
    found: list[tuple[int, int, Message]] = []
    for number, messages in enumerate(topics):
        times = accumulate((message.timestamp for message in messages), max)
        found += [(time, number, message) for time, message in zip(times, messages, strict=True)]
    return [(number, message) for _, number, message in sorted(found, key=lambda each: each[:2])]
