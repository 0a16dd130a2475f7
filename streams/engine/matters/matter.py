"""The interface between a matter of an account and its partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from alerts.lifecycle.scored_view import ScoredView
from alerts.step import AlertStep
from streams.control.messages import AccountControl


class Effect(NamedTuple):
    """What a partition must do after a step of a matter. It always writes the account and answers for it."""

    cause: str = ""
    """The kind of cause for which the account is scored again; "" when it is not."""
    author: str = ""
    """The person who caused it, if the notification names one."""
    steps: Sequence[AlertStep] = ()
    """The alert steps to send."""


class Matter(Protocol):
    """One matter of one account. It is part of the account's state: applied, written and restored with it.

    It has no clock and does no I/O. Instants never go back. The same calls in the same order give the same snapshot.
    A view is of the account at that instant, and valid during the call.
    """

    @property
    def next_due_ms(self) -> int:
        """When to call `on_due`, FAR for never."""
        ...

    @property
    def band(self) -> tuple[float, float]:
        """The scores [low, high) within which the matter has nothing to do. `on_score` is called for any other."""
        ...

    @property
    def looks_at_all(self) -> bool:
        """Whether `on_score` is also called when the account has a score no longer, or again, when its standing, its
        flags, its watches, its MRR changed or whether it is provisional, and in each walk that judges all accounts."""
        ...

    def on_control(self, control: AccountControl, view: ScoredView) -> Effect:
        """Apply a message on `control` that concerns this matter.

        Raises:
            InvalidControl: when it does not fit; the matter is unchanged, and the message becomes a dead letter. The
                account remembers that, since in a replay it might fit.
        """
        ...

    def on_due(self, at_ms: int, view: ScoredView) -> Effect:
        """Called when `next_due_ms` is reached. Must change `next_due_ms`."""
        ...

    def on_score(self, view: ScoredView) -> Effect:
        """Called when the score left the band, and for what it `looks_at_all`. Afterwards the band must contain the
        score."""
        ...

    def snapshot(self) -> bytes:
        """The whole matter, for the account's record; b"" when it is over and can be dropped."""
        ...


class MatterKind(NamedTuple):
    """A kind of matter: its messages, how one begins, and how one is restored from its snapshot."""

    controls: tuple[type, ...]
    new: Callable[[], Matter]
    restore: Callable[[bytes], Matter]
