"""What a partition asks of its fold. `ReferenceFold` and `KernelFold` answer it, with equal results."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple, Protocol

from alerts.transition import NamedEvent
from scoring.event.event import Event
from scoring.explain.explained import Explained
from scoring.explain.reading import Reading
from scoring.fold.fold import Outcome
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import Scores
from scoring.plan.score_plan import ScorePlan
from scoring.result import Forecast
from scoring.state.account import Account
from streams.changelog.account_codec import Decoded, Encoded
from streams.changelog.own_records import Name
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank, Stored


class AlreadyHeld(NamedTuple):
    """Which parts of an account hold an event already, because a torn flush wrote them ahead of its head; see
    `scoring.fold.fold.apply`."""

    tile: bool = False
    totals: bool = False


NOTHING_HELD = AlreadyHeld()


class WriteMode(IntEnum):
    """Which records of an account are written."""

    CHANGED = 0
    """Those that changed or are new since they were written; the account decides which are its own."""
    ALL = 1
    """All; the account decides which are its own."""
    AT_REST = 2
    """All of those that it has, as far as something of them is left."""


class Writing(NamedTuple):
    """What goes into an account's records beside its state. `held`: the own records that it had when it was last
    written."""

    account_id: str
    progress: AccountProgress
    rank: Rank
    prefix: HeadPrefix
    held: set[Name]
    how: WriteMode


class DecodedEvent(NamedEvent, Protocol):
    """A decoded message of an input: an `Event`, or as much of one as is always needed."""

    @property
    def account_id(self) -> str: ...
    @property
    def occurred_at_ms(self) -> int: ...


class Fold(Protocol):
    """Folds the accounts of one partition under one plan. Only the fold changes an account."""

    plan: Plan
    name: str
    """"kernel", or "reference" with the reason in words."""

    def use_id_key(self, key: bytes) -> None:
        """The key of the fingerprints of event ids. Called before the first event, and before anything is restored."""
        ...

    def decode_event(
        self, topic: str, value: bytes | None, message_time_ms: int, now_ms: int, *, is_plain: bool
    ) -> DecodedEvent:
        """Decode a message. `is_plain`: it has no headers.

        Raises:
            Rejected: when it is not usable; see `EventDecoder.decode`.
        """
        ...

    def event_of(self, event: DecodedEvent) -> Event:
        """The whole event."""
        ...

    def begin(self, as_of_ms: int) -> Account:
        """A fresh account. Its state is only to be read."""
        ...

    def scores(self, account: Account) -> Scores:
        """The scores of an account of this fold: nothing is judged yet."""
        ...

    def apply(
        self, account: Account, event: DecodedEvent, as_of_ms: int, *, arrived_ms: int, held: AlreadyHeld = NOTHING_HELD
    ) -> Outcome:
        """Apply an event; see `scoring.fold.fold.apply`."""
        ...

    def advance(self, account: Account, as_of_ms: int) -> bool:
        """Advance an account's instant. True when signals may have changed."""
        ...

    def decode(self, head: bytes, stored: Iterable[Stored]) -> Decoded:
        """The account in a head and in its other records; see `account_codec.decode`."""
        ...

    def encode(self, account: Account, writing: Writing) -> Encoded:
        """An account's records. Marks it as written."""
        ...

    def reading(self, account: Account) -> Reading:
        """What an answer reads of an account."""
        ...

    def standing_of(self, account: Account, score_plan: ScorePlan) -> str:
        """The standing that an account is in under one of the models, "" for none."""
        ...

    def explained(self, account: Account, scores: Scores) -> Explained:
        """The account with its evaluations, for what became of its score and why."""
        ...

    def norm_part(self, account: Account) -> dict[str, float]:
        """An account's values of the cohort norm."""
        ...

    def forecast(self, account: Account, scores: Scores, norm: CohortNorm) -> Forecast:
        """What becomes of the account's score without another event."""
        ...

    def note_past(self) -> None:
        """Add to `plan.past` how often bounds were passed since the last call."""
        ...
