"""What a loop and its fold agree on: which messages are refused, and the port of a fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from scoring.instants import FAR
from streams.activity.store import RedisCopy, Step, print_of
from streams.control.messages import Forget, decode_control
from streams.message import Message
from streams.topics import partition_of

CHUNK = 500
"""Messages that are folded before other work gets its turn."""
_FORGET = b'"forget"'


class Gone:
    """The accounts that were forgotten, by print. Mutable. A message of such an account is refused when it was sent
    before the account was let come again, so for ever while nobody lets it."""

    def __init__(self, until_ms: Mapping[str, int] | None = None) -> None:
        self._until_ms = dict(until_ms or {})

    def __bool__(self) -> bool:
        return bool(self._until_ms)

    def refuses(self, account_id: str, sent_ms: int) -> bool:
        """Whether a message of the account that was sent at `sent_ms` is refused."""
        return sent_ms <= self._until_ms.get(print_of(account_id), -1)

    def take(self, control: Forget, sent_ms: int) -> Step | None:
        """Take a message that was sent at `sent_ms`; the step that keeps it, None when it changes nothing."""
        name = print_of(control.account_id)
        if control.lift and self._until_ms.get(name) != FAR:
            return None
        self._until_ms[name] = until_ms = sent_ms if control.lift else FAR
        return Step("gone", 0, name, until_ms)


def forgotten_by(
    control: Sequence[Message], partition: int, partitions: int, gone: Gone
) -> Iterator[tuple[Forget, Step]]:
    """The messages of `control` that forget an account of the partition, or let it come again, and the steps that keep
    that; `gone` takes them. What the worker rejects is passed over."""
    for message in control:
        if message.value is None or _FORGET not in message.value:
            continue
        try:
            said = decode_control(message.value)
        except ValueError:
            continue
        if isinstance(said, Forget) and partition_of(said.account_id.encode(errors="replace"), partitions) == partition:
            step = gone.take(said, message.timestamp)
            if step is not None:
                yield said, step


class Fold(Protocol):
    """What makes a copy of messages: see `ActivityFold` and `CasesFold`."""

    topics: tuple[str, ...]
    outcomes: Counter[tuple[str, str]]

    def drop(self, partition: int, /) -> None:
        """Forget what is in memory of a partition."""
        ...

    async def removal(self, copy: RedisCopy, partition: int, account_id: str, /) -> list[Step]:
        """The steps that remove an account."""
        ...

    async def fold(
        self, copy: RedisCopy, partition: int, messages: Mapping[str, Sequence[Message]], gone: Gone, now_ms: int, /
    ) -> list[Step]:
        """Take messages of one partition, by topic; the steps that write what they change."""
        ...
