"""Latest values of a property, and the time of the latest event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.instants import DAY_MS, day_words, parse_instant, plain_instant
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import TIME, VALUE, Change, Signal, Source, filter_key
from scoring.plurals import counted
from scoring.result import Fact
from scoring.state.account import Account
from scoring.state.tally import Tally


class LastSignal(Signal):
    """The latest value of a property."""

    def __init__(self, label: str, slot: int, of: schema.Last) -> None:
        self.label = label
        self.slot = slot
        self.of = of

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Last) -> Signal:
        """The signal of a table: with `by`, a `TallySignal`."""
        if of.by:
            return TallySignal.compile(layout, name, of)
        key = f"last {filter_key(of)} {of.property!r} {of.type} {sorted(of.zero_on)}{_lowest(of)}"

        def takes(topic: str, event: str) -> bool:
            return of.ends(topic, event) or of.takes(topic, event)

        def extractor(topic: str, event: str) -> object:
            return layout.extractors.latest(name, of, zeroes=of.ends(topic, event))

        return LastSignal(of.label or name, layout.last_slot(key, takes, extractor), of)

    def number(self, account: Account) -> float | None:
        held = account.latest_values[self.slot]
        return None if held is None or isinstance(held[2], str) else held[2]

    def fact(self, account: Account) -> Fact:
        held = account.latest_values[self.slot]
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

    def sources(self) -> tuple[Source, ...]:
        return (("last", self.slot),)

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        """A better value, where something is judged along a line through values of it."""
        changes: list[Change] = []
        of = self.of
        for lower, upper in aims if of.type == "number" else ():
            least, most = int(-(-lower // 1)), int(upper)
            if number is not None:
                least = max(least, int(number) + 1)
            if least <= most:
                topic, vary = of.topics[0], f"{VALUE}{of.property}"
                changes.append(Change(topic=topic, where=of.where, vary=vary, least=least, most=most, label=self.label))
        return changes


class TallySignal(Signal):
    """The sum of the latest values of items."""

    def __init__(self, label: str, tally: Tally) -> None:
        self.label = label
        self.tally = tally

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Last) -> TallySignal:
        """The signal of a table that has a `by`."""
        key = f"tally {filter_key(of)} {of.property!r} {of.by!r} {sorted(of.zero_on)}{_lowest(of)}"
        says, ends = (layout.extractors.stated(name, of, ends=each) for each in (False, True))
        tally = layout.tally(
            key,
            lambda topic, event: of.takes(topic, event) or of.ends(topic, event),
            lambda topic, event: ends if of.ends(topic, event) else says,
        )
        return TallySignal(of.label or name, tally)

    def number(self, account: Account) -> float | None:
        return self.tally.total(account)

    def text(self, facts: Facts) -> str:
        total = facts.number(self.name)
        return f"no {self.label} known" if total is None else f"{self.label} {total:,g}"

    def sources(self) -> tuple[Source, ...]:
        return (("tally", self.tally.number),)


class LastAtSignal(Signal):
    """When the latest event occurred; as a fact, an instant the way SQL prints it."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.LastAt) -> LastAtSignal:
        """The signal of a table."""
        return LastAtSignal(of.label or name, last_at_slot(layout, of))

    def number(self, account: Account) -> float | None:
        return None

    def fact(self, account: Account) -> Fact:
        at = account.latest_at[self.slot]
        return None if at < 0 else plain_instant(at)

    def text(self, facts: Facts) -> str:
        at = facts.values.get(self.name)
        if not isinstance(at, str):
            return f"no {self.label} yet"
        return f"{self.label} on {day_words(parse_instant(at) // DAY_MS)}"

    def sources(self) -> tuple[Source, ...]:
        return (("last_at", self.slot),)


class SinceLastSignal(Signal):
    """Whole days since the latest event, from bucket to bucket."""

    def __init__(self, label: str, slot: int, of: schema.SinceLast, resolution_ms: int) -> None:
        self.label = label
        self.slot = slot
        self.of = of
        self.resolution_ms = resolution_ms
        self.is_silence = True
        self.counts_use = "analytics" in of.topics

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.SinceLast) -> SinceLastSignal:
        """The signal of a table."""
        slot = last_at_slot(layout, of)
        layout.silences.add(slot)
        return SinceLastSignal(of.label or name, slot, of, layout.resolution_ms)

    def number(self, account: Account) -> float | None:
        return self.days(account)

    def days(self, account: Account) -> int | None:
        """Whole days; None while there is no such event."""
        at = account.latest_at[self.slot]
        if at < 0:
            return None
        return max(0, account.current_bucket - at // self.resolution_ms) * self.resolution_ms // DAY_MS

    def text(self, facts: Facts) -> str:
        days = facts.number(self.name)
        if days is None:
            return f"no {self.label} yet"
        if days == 0:
            return f"{self.label} in the last day"
        return f"no {self.label} in {counted(days, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("last_at", self.slot), TIME

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        return (Change(topic=self.of.topics[0], where=self.of.where, label=f"one of {self.label}"),)


def last_at_slot(layout: Layout, of: schema.LastAt | schema.SinceLast) -> int:
    """The slot of the latest event of a filter."""
    test = layout.extractors.test(of.where)
    return layout.last_at_slot(f"last_at {filter_key(of)}", of.takes, lambda topic, event: test)


def _lowest(of: schema.Last) -> str:
    return "" if of.minimum is None else f" from {of.minimum!r}"
