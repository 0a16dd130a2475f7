"""What a matter of an account is to its partition."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from streams.control.messages import AccountControl


class Effect(NamedTuple):
    """What a step of a matter asks of the partition. In any case the account is written and answered for."""

    cause: str = ""
    """The account is scored again, for a cause of this kind; "" when it is not."""
    author: str = ""
    """The person who caused it, where that is to be told."""


class Matter(Protocol):
    """One matter of one account. It is part of the account's state: applied, written and restored with it.

    It has no clock and does no I/O. Instants never go back. The same calls in the same order give the same snapshot.
    """

    @property
    def next_due_ms(self) -> int:
        """When `on_due` is to be called, FAR for never."""
        ...

    @property
    def band(self) -> tuple[float, float]:
        """The scores [low, high) within which the matter has nothing to do. `on_score` is called beyond it."""
        ...

    def on_control(self, control: AccountControl, as_of_ms: int) -> Effect:
        """A message on `control` concerns it.

        Raises:
            InvalidControl: when it cannot hold; the matter is as before, and the message becomes a dead letter.
        """
        ...

    def on_due(self, at_ms: int) -> Effect:
        """`next_due_ms` has come. Afterwards it is another one."""
        ...

    def on_score(self, score: float, as_of_ms: int) -> Effect:
        """The score left the band. Afterwards the band has this score in it."""
        ...

    def snapshot(self) -> bytes:
        """All of it, for the account's record; b"" when the matter is over, and is forgotten."""
        ...


class MatterKind(NamedTuple):
    """A kind of matter: the messages that concern it, how one begins, and how one comes back from its snapshot."""

    controls: tuple[type, ...]
    new: Callable[[], Matter]
    restore: Callable[[bytes], Matter]
