"""Signals, compiled: how each is read from an account, and how it is said in words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from scoring.instants import DAY_MS, FAR, day_words, parse_instant, plain_instant
from scoring.plan.extractors import AMOUNT_SCALE
from scoring.plan.facts import Detail, Fact, Facts
from scoring.state.account import Account
from scoring.state.daily_totals import Ledger, Peak, season, volatility
from scoring.state.open_items import Register
from scoring.state.tally import Tally


class Signal(ABC):
    """One compiled signal. `name` is its own in the model, `label` what it counts or measures, in words."""

    name: str
    label: str

    @abstractmethod
    def number(self, account: Account) -> float | None:
        """The signal at the account's instant of judgement; None when it is unknown or a text."""

    def fact(self, account: Account) -> Fact:
        """The signal as it is shown and exported."""
        return self.number(account)

    def detail(self, account: Account) -> Detail | None:
        """What its text says beside its fact; None when that is nothing."""
        return None

    @abstractmethod
    def text(self, facts: Facts) -> str:
        """The signal in words: «539 product events in 30 days»."""


def counted(number: float, label: str) -> str:
    """A number of things in English, where `label` is their plural.

    >>> counted(1, "features used"), counted(1_200, "product events")
    ('1 feature used', '1,200 product events')
    """
    if number != 1:
        return f"{number:,} {label}" if isinstance(number, int) else f"{number:,g} {label}"
    words = label.split(" ")
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if word.endswith("s") and not word.endswith("ss") and word[:-1].islower():
            words[index] = word[:-1]
            break
    return f"1 {' '.join(words)}"


class CountSignal(Signal):
    """Events in a window: a running sum."""

    def __init__(self, label: str, window: int, span_words: str) -> None:
        self.label = label
        self.window = window
        self.span_words = span_words

    def number(self, account: Account) -> float | None:
        return account.sums[self.window]

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, self.label)} {self.span_words}"


class SumSignal(Signal):
    """An amount in a window, or, with the window that counts its events, their mean."""

    def __init__(self, label: str, window: int, span_words: str, of: int | None) -> None:
        self.label = label
        self.window = window
        self.span_words = span_words
        self.of = of

    def number(self, account: Account) -> float | None:
        total = account.sums[self.window]
        if self.of is None:
            return total / AMOUNT_SCALE
        number = account.sums[self.of]
        return total / (AMOUNT_SCALE * number) if number else None

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"no {self.label} {self.span_words}"
        return f"{fact:,.4g} {self.label} {self.span_words}{' on average' if self.of is not None else ''}"


class DistinctSignal(Signal):
    """Different values in a window."""

    def __init__(self, label: str, window: int, span_words: str) -> None:
        self.label = label
        self.window = window
        self.span_words = span_words

    def number(self, account: Account) -> float | None:
        return len(account.refs[self.window])

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, self.label)} {self.span_words}"


class LastSignal(Signal):
    """The latest value of a property."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    def number(self, account: Account) -> float | None:
        held = account.lasts[self.slot]
        return None if held is None or isinstance(held[2], str) else held[2]

    def fact(self, account: Account) -> float | str | None:
        held = account.lasts[self.slot]
        return None if held is None else held[2]

    def text(self, facts: Facts) -> str:
        fact = facts.values.get(self.name)
        match fact:
            case None:
                return f"no {self.label} known"
            case str():
                return f"{self.label} {fact}"
            case _:
                return f"{self.label} {fact:,g}"


class TallySignal(Signal):
    """The sum of the latest values of items."""

    def __init__(self, label: str, tally: Tally) -> None:
        self.label = label
        self.tally = tally

    def number(self, account: Account) -> float | None:
        return self.tally.total(account)

    def text(self, facts: Facts) -> str:
        total = facts.number(self.name)
        return f"no {self.label} known" if total is None else f"{self.label} {total:,g}"


class LastAtSignal(Signal):
    """When the latest event occurred; as a fact, an instant the way SQL prints it."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    def number(self, account: Account) -> float | None:
        return None

    def fact(self, account: Account) -> Fact:
        at = account.last_at[self.slot]
        return None if at < 0 else plain_instant(at)

    def text(self, facts: Facts) -> str:
        at = facts.values.get(self.name)
        if not isinstance(at, str):
            return f"no {self.label} yet"
        return f"{self.label} on {day_words(parse_instant(at) // DAY_MS)}"


class SinceLastSignal(Signal):
    """Whole days since the latest event, from bucket to bucket."""

    def __init__(self, label: str, slot: int, resolution_ms: int) -> None:
        self.label = label
        self.slot = slot
        self.resolution_ms = resolution_ms

    def number(self, account: Account) -> float | None:
        return self.days(account)

    def days(self, account: Account) -> int | None:
        at = account.last_at[self.slot]
        if at < 0:
            return None
        return max(0, account.cursor - at // self.resolution_ms) * self.resolution_ms // DAY_MS

    def text(self, facts: Facts) -> str:
        days = facts.number(self.name)
        if days is None:
            return f"no {self.label} yet"
        if days == 0:
            return f"{self.label} in the last day"
        return f"no {self.label} in {counted(days, 'days')}"


class AgeSignal(Signal):
    """Whole days since the account's first event, from bucket to bucket."""

    def __init__(self, label: str, resolution_ms: int) -> None:
        self.label = label
        self.resolution_ms = resolution_ms

    def number(self, account: Account) -> float | None:
        return age_days(account, self.resolution_ms)

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, 'days')} of history"


class DifferenceSignal(Signal):
    """One signal minus another."""

    def __init__(self, label: str, of: Signal, minus: Signal) -> None:
        self.label = label
        self.of = of
        self.minus = minus

    def number(self, account: Account) -> float | None:
        of: Any = self.of.number(account)  # Any: a difference of whole numbers is one, when this is compiled too
        minus: Any = self.minus.number(account)
        if of is None or minus is None:
            return None
        difference: float | None = of - minus
        return difference

    def text(self, facts: Facts) -> str:
        return f"{self.of.text(facts)}, {self.minus.text(facts)}"


class PeakSignal(Signal):
    """The account's own best window of whole days."""

    def __init__(self, label: str, peak: Peak) -> None:
        self.label = label
        self.peak = peak

    def number(self, account: Account) -> float | None:
        return self.peak.best(account)

    def text(self, facts: Facts) -> str:
        best = counted(facts.number(self.name) or 0, self.label)
        return f"at best {best} in {counted(self.peak.window, 'days')}"


class VolatilitySignal(Signal):
    """How unsteady the weekly totals were."""

    def __init__(self, label: str, ledger: Ledger, weeks: int) -> None:
        self.label = label
        self.ledger = ledger
        self.weeks = weeks

    def number(self, account: Account) -> float | None:
        return volatility(self.ledger, account, self.weeks)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"not {self.weeks} weeks of {self.label} yet"
        return f"weekly {self.label} vary by {fact:.0%} over {self.weeks} weeks"


class SeasonSignal(Signal):
    """The same days a year ago."""

    def __init__(self, label: str, ledger: Ledger, window: int, back: int) -> None:
        self.label = label
        self.ledger = ledger
        self.window = window
        self.back = back

    def number(self, account: Account) -> float | None:
        return season(self.ledger, account, self.window, self.back)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"no {self.label} known of {counted(self.back, 'days')} ago"
        return f"{counted(fact, self.label)} in the {counted(self.window, 'days')} of {counted(self.back, 'days')} ago"


class OpenSignal(Signal):
    """What is open: how many, their weight, or how old the oldest is."""

    def __init__(self, label: str, register: Register, measure: str) -> None:
        self.label = label
        self.register = register
        self.measure = measure

    def number(self, account: Account) -> float | None:
        match self.measure:
            case "count":
                return self.register.count(account)
            case "weight":
                return self.register.weight(account)
            case _:
                return self.register.oldest_days(account)

    def detail(self, account: Account) -> Detail | None:
        """How many are open, and for how many days the oldest is; None when none is."""
        count = self.register.count(account)
        return {"count": count, "oldest_days": self.register.oldest_days(account)} if count else None

    def text(self, facts: Facts) -> str:
        detail = facts.detail(self.name)
        count, oldest_days = detail.get("count"), detail.get("oldest_days")
        if isinstance(count, list) or isinstance(oldest_days, list) or not count or oldest_days is None:
            return f"no {self.label}"
        weight = f"weighing {facts.number(self.name) or 0:,g}, " if self.measure == "weight" else ""
        return f"{counted(count, self.label)}, {weight}the oldest for {counted(oldest_days, 'days')}"


class MilestonesSignal(Signal):
    """How many milestones were ever reached. `steps` are (slot, name, weight, due in ms; 0 for always)."""

    def __init__(self, label: str, steps: tuple[tuple[int, str, float, int], ...], resolution_ms: int) -> None:
        self.label = label
        self.steps = steps
        self.resolution_ms = resolution_ms

    def number(self, account: Account) -> float | None:
        return sum(account.firsts[slot] < FAR for slot, _, _, _ in self.steps)

    def judge(self, account: Account) -> float | None:
        """The share 0-100 of weight reached, of what was reached or is due."""
        reached = due = 0.0
        age = age_ms(account, self.resolution_ms)
        for slot, _, weight, due_ms in self.steps:
            if account.firsts[slot] < FAR:
                reached += weight
                due += weight
            elif age >= due_ms:
                due += weight
        return 100.0 * reached / due if due else None

    def detail(self, account: Account) -> Detail | None:
        """Which milestones are due and not reached; None when none is."""
        age = age_ms(account, self.resolution_ms)
        missing = [name for slot, name, _, due in self.steps if account.firsts[slot] == FAR and age >= due]
        return {"due": missing} if missing else None

    def text(self, facts: Facts) -> str:
        due = facts.detail(self.name).get("due")
        done = f"{facts.number(self.name) or 0} of {len(self.steps)} {self.label}"
        return f"{done}; due and not done: {', '.join(due)}" if isinstance(due, list) else done


def age_ms(account: Account, resolution_ms: int) -> int:
    """Milliseconds since the account's first event, 0 before any; from bucket to bucket, so that it steps with them."""
    return max(0, account.cursor - account.first_ms // resolution_ms) * resolution_ms


def age_days(account: Account, resolution_ms: int) -> int:
    """Whole days since the account's first event, 0 before any."""
    return age_ms(account, resolution_ms) // DAY_MS
