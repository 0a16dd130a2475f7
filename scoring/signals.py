"""Signals, compiled: how each is read from an account, and how it is said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from scoring.instants import DAY_MS, day_words, plain_instant
from scoring.series import Ledger

if TYPE_CHECKING:
    from scoring.account import Account

Fact = int | float | str | None
"""What a signal can be: a number, a text, an instant as text, or None when it is unknown."""


class Signal(Protocol):
    """One compiled signal. `label` is what it counts or measures, in words."""

    @property
    def label(self) -> str: ...

    def read(self, account: Account) -> float | None:
        """The signal as a number at the account's instant of judgement; None when it is unknown or a text."""
        ...

    def fact(self, account: Account) -> Fact:
        """The signal as it is shown and exported."""
        ...

    def words(self, account: Account) -> str:
        """The signal in words: «539 product events in 30 days»."""
        ...


class CountSignal:
    """Events in a window: a running sum."""

    def __init__(self, label: str, window: int, span_words: str) -> None:
        self.label = label
        self.window = window
        self.span_words = span_words

    def read(self, account: Account) -> float | None:
        return account.sums[self.window]

    def fact(self, account: Account) -> Fact:
        return account.sums[self.window]

    def words(self, account: Account) -> str:
        return f"{account.sums[self.window]:,} {self.label} {self.span_words}"


class DistinctSignal:
    """Different values in a window."""

    def __init__(self, label: str, window: int, span_words: str) -> None:
        self.label = label
        self.window = window
        self.span_words = span_words

    def read(self, account: Account) -> float | None:
        return len(account.refs[self.window])

    def fact(self, account: Account) -> Fact:
        return len(account.refs[self.window])

    def words(self, account: Account) -> str:
        return f"{len(account.refs[self.window]):,} {self.label} {self.span_words}"


class LastSignal:
    """The latest value of a property."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    def read(self, account: Account) -> float | None:
        fact = self.fact(account)
        return None if isinstance(fact, str) else fact

    def fact(self, account: Account) -> float | str | None:
        held = account.lasts[self.slot]
        return None if held is None else held[2]

    def words(self, account: Account) -> str:
        fact = self.fact(account)
        match fact:
            case None:
                return f"no {self.label} known"
            case str():
                return f"{self.label} {fact}"
            case _:
                return f"{self.label} {fact:,g}"


class LastAtSignal:
    """When the latest event occurred; as a fact, an instant the way SQL prints it."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    def read(self, account: Account) -> float | None:
        return None

    def fact(self, account: Account) -> Fact:
        at = account.last_at[self.slot]
        return None if at < 0 else plain_instant(at)

    def words(self, account: Account) -> str:
        at = account.last_at[self.slot]
        return f"no {self.label} yet" if at < 0 else f"{self.label} on {day_words(at // DAY_MS)}"


class SinceLastSignal:
    """Whole days since the latest event, from bucket to bucket."""

    def __init__(self, label: str, slot: int, resolution_ms: int) -> None:
        self.label = label
        self.slot = slot
        self.resolution_ms = resolution_ms

    def read(self, account: Account) -> float | None:
        return self.days(account)

    def fact(self, account: Account) -> Fact:
        return self.days(account)

    def days(self, account: Account) -> int | None:
        at = account.last_at[self.slot]
        if at < 0:
            return None
        return max(0, account.cursor - at // self.resolution_ms) * self.resolution_ms // DAY_MS

    def words(self, account: Account) -> str:
        days = self.days(account)
        if days is None:
            return f"no {self.label} yet"
        if days == 0:
            return f"{self.label} within a day"
        return f"no {self.label} in {days} day{'s' if days != 1 else ''}"


class AgeSignal:
    """Whole days since the account's first event, from bucket to bucket."""

    def __init__(self, label: str, resolution_ms: int) -> None:
        self.label = label
        self.resolution_ms = resolution_ms

    def read(self, account: Account) -> float | None:
        return age_days(account, self.resolution_ms)

    def fact(self, account: Account) -> Fact:
        return age_days(account, self.resolution_ms)

    def words(self, account: Account) -> str:
        return f"{age_days(account, self.resolution_ms)} days of history"


class DifferenceSignal:
    """One signal minus another."""

    def __init__(self, label: str, of: Signal, minus: Signal) -> None:
        self.label = label
        self.of = of
        self.minus = minus

    def read(self, account: Account) -> float | None:
        of, minus = self.of.read(account), self.minus.read(account)
        return None if of is None or minus is None else of - minus

    def fact(self, account: Account) -> Fact:
        return self.read(account)

    def words(self, account: Account) -> str:
        return f"{self.of.words(account)}, {self.minus.words(account)}"


class PeakSignal:
    """The account's own best window of whole days."""

    def __init__(self, label: str, ledger: Ledger) -> None:
        self.label = label
        self.ledger = ledger

    def read(self, account: Account) -> float | None:
        return self.ledger.peak(account, account.as_of_ms // DAY_MS)

    def fact(self, account: Account) -> Fact:
        return self.ledger.peak(account, account.as_of_ms // DAY_MS)

    def words(self, account: Account) -> str:
        return f"at best {self.read(account):,} {self.label} in {self.ledger.window} days"


def age_ms(account: Account, resolution_ms: int) -> int:
    """Milliseconds since the account's first event, 0 before any; from bucket to bucket, so that it steps with them."""
    return max(0, account.cursor - account.first_ms // resolution_ms) * resolution_ms


def age_days(account: Account, resolution_ms: int) -> int:
    """Whole days since the account's first event, 0 before any."""
    return age_ms(account, resolution_ms) // DAY_MS
