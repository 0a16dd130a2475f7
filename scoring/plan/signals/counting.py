"""Counts, sums, means and different values of the events in a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.instants import DAY_MS, duration_words, parse_duration
from scoring.model import schema
from scoring.plan.extractors import AMOUNT_SCALE
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import Change, Signal, Source, filter_key, span_words
from scoring.plurals import counted
from scoring.state.account import Account
from scoring.state.series import Series

EVENTS_MAX = 1 << 17
VALUES_MAX = 256
"""The most events, and the most different values, that are proposed to people."""


class CountSignal(Signal):
    """Events in a window: a running sum."""

    def __init__(self, label: str, window: int, of: schema.Count) -> None:
        self.label = label
        self.count_window = window
        self.of = of
        self.span_words = span_words(of.window, prior=of.prior)
        span = duration_words(parse_duration(of.window)).removesuffix("s").replace(" ", "-")
        self.count_span = f"earlier {span}" if of.prior else span
        self.reach_ms = _reach_ms(of)

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Count) -> CountSignal:
        """The signal of a table."""
        window = layout.window(count_series(layout, of), of.window, prior=of.prior)
        return CountSignal(of.label or name, window, of)

    def number(self, account: Account) -> float | None:
        return account.sums[self.count_window]

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, self.label)} {self.span_words}"

    def sources(self) -> tuple[Source, ...]:
        return (("sum", self.count_window),)

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        if self.of.prior:
            return ()
        pace = (number or 0) / (self.reach_ms / DAY_MS)
        topic, where = self.of.topics[0], self.of.where
        return (Change(topic=topic, where=where, most=EVENTS_MAX, label=self.label, pace=pace),)


class SumSignal(Signal):
    """An amount in a window, or, with the window that counts its events, their mean."""

    def __init__(self, label: str, window: int, of: schema.Sum | schema.Mean, counts: int | None) -> None:
        self.label = label
        self.window = window
        self.counts = counts
        self.span_words = span_words(of.window, prior=of.prior)
        self.reach_ms = _reach_ms(of)

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Sum) -> SumSignal:
        """The signal of a table."""
        return SumSignal(of.label or name, _amount_window(layout, name, of), of, None)

    @staticmethod
    def compile_mean(layout: Layout, name: str, of: schema.Mean) -> SumSignal:
        """The signal of a table of kind `mean`."""
        amount = layout.extractors.has_amount(of.property, of.where)
        series = layout.counts(f"amounts {filter_key(of)} {of.property!r}", of.takes, amount)
        counts = layout.window(series, of.window, prior=of.prior)
        return SumSignal(of.label or name, _amount_window(layout, name, of), of, counts)

    def number(self, account: Account) -> float | None:
        total = account.sums[self.window]
        if self.counts is None:
            return total / AMOUNT_SCALE
        number = account.sums[self.counts]
        return total / (AMOUNT_SCALE * number) if number else None

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"no {self.label} {self.span_words}"
        return f"{fact:,.4g} {self.label} {self.span_words}{' on average' if self.counts is not None else ''}"

    def sources(self) -> tuple[Source, ...]:
        window = ("sum", self.window)
        return (window,) if self.counts is None else (window, ("sum", self.counts))


class DistinctSignal(Signal):
    """Different values in a window."""

    def __init__(self, label: str, window: int, of: schema.Distinct) -> None:
        self.label = label
        self.window = window
        self.of = of
        self.span_words = span_words(of.window, prior=of.prior)
        self.reach_ms = _reach_ms(of)

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Distinct) -> DistinctSignal:
        """The signal of a table."""
        text = layout.extractors.text(name, of.of, of.where)
        series = layout.values(f"values {filter_key(of)} {of.of!r}", of.takes, text)
        return DistinctSignal(of.label or name, layout.window(series, of.window, prior=of.prior), of)

    def number(self, account: Account) -> float | None:
        return len(account.value_counts[self.window])

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, self.label)} {self.span_words}"

    def sources(self) -> tuple[Source, ...]:
        return (("value_counts", self.window),)

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        of = self.of.of
        if self.of.prior or of == "day" or (of == "event" and self.of.events):
            return ()
        topic, where = self.of.topics[0], self.of.where
        return (Change(topic=topic, where=where, vary=of, most=VALUES_MAX, label=self.label),)


def count_series(layout: Layout, of: schema.Count) -> Series:
    """The series that a count is a window over."""
    return layout.counts(f"count {filter_key(of)}", of.takes, layout.extractors.one(of.where))


def alike_series(layout: Layout, of: schema.Count) -> int:
    """The series of a count, of whose events it is kept what they have in common."""
    series = count_series(layout, of)
    layout.window(series, of.window, prior=of.prior)
    number = series.number
    if number not in layout.alikes:
        layout.alikes.add(number)
        one = layout.extractors.one(of.where)
        layout.routes.feed("alikes", number, of.takes, lambda topic, name: one)
    return number


def _amount_window(layout: Layout, name: str, of: schema.Sum | schema.Mean) -> int:
    """A window that sums a property, in ten-thousandths."""
    amount = layout.extractors.amount(name, of.property, of.where)
    series = layout.counts(f"amount {filter_key(of)} {of.property!r}", of.takes, amount)
    return layout.window(series, of.window, prior=of.prior)


def _reach_ms(of: schema.Count | schema.Sum | schema.Mean | schema.Distinct) -> int:
    return parse_duration(of.window) * (2 if of.prior else 1)
