"""Signals of what is usual for an account; see `scoring.model.schema.signals.usual`."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import AGE, DAY, Signal, Source
from scoring.plan.signals.daily import daily_totals
from scoring.plan.signals.use_days import UsualGapSignal
from scoring.plurals import counted
from scoring.state.account import Account
from scoring.state.daily_totals import DailyTotals
from scoring.state.past_windows import PastWindows, average, dispersion, quantile


class UsualSignal(Signal):
    """A quantile of the account's own past windows."""

    def __init__(self, label: str, daily: DailyTotals, windows: PastWindows, share: float) -> None:
        self.label = label
        self.daily = daily
        self.windows = windows
        self.share = share
        self.reach_ms = (windows.oldest + windows.window) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Usual) -> UsualSignal:
        """The signal of a table."""
        window, within = parse_duration(of.window) // DAY_MS, parse_duration(of.within) // DAY_MS
        layout.day_marks_of_age.add(2 * window - 1)
        daily = daily_totals(layout, of, window + within + 1, steps_daily=True, lag=window)
        windows = layout.daily_readers.past_windows(
            daily, window, window, within, counts_days=of.of == "days", is_of_all=False
        )
        return UsualSignal(of.label or name, daily, windows, of.quantile)

    def number(self, account: Account) -> float | None:
        return quantile(self.windows, account, self.share)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        days = counted(self.windows.window, "days")
        if fact is None:
            return f"no usual number of {self.label} in {days} known yet"
        return f"usually {fact:,g} in {days}"

    def sources(self) -> tuple[Source, ...]:
        return ("past_totals", self.daily.number), AGE, DAY


class AverageSignal(Signal):
    """The mean per window before the last window."""

    def __init__(self, label: str, daily: DailyTotals, windows: PastWindows) -> None:
        self.label = label
        self.daily = daily
        self.windows = windows
        self.reach_ms = (windows.oldest + windows.window) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Average) -> AverageSignal:
        """The signal of a table."""
        window, within = parse_duration(of.window) // DAY_MS, parse_duration(of.within) // DAY_MS
        daily = daily_totals(layout, of, window + within + 1, steps_daily=True, lag=window)
        windows = layout.daily_readers.past_windows(daily, within, window, window, counts_days=False, is_of_all=True)
        return AverageSignal(of.label or name, daily, windows)

    def number(self, account: Account) -> float | None:
        return average(self.windows, account, self.windows.newest)

    def text(self, facts: Facts) -> str:
        mean = round(facts.number(self.name) or 0, 1)
        return f"usually {counted(mean, self.label)} in {counted(self.windows.newest, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("past_totals", self.daily.number), AGE, DAY


class DispersionSignal(Signal):
    """Variance by mean of the weekly totals."""

    def __init__(self, label: str, daily: DailyTotals, windows: PastWindows) -> None:
        self.label = label
        self.daily = daily
        self.windows = windows
        self.reach_ms = (windows.oldest + windows.window) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Dispersion) -> DispersionSignal:
        """The signal of a table."""
        back = parse_duration(of.back) // DAY_MS
        oldest = back + 7 * (of.weeks - 1)
        daily = daily_totals(layout, of, oldest + 8, steps_daily=True, lag=back)
        windows = layout.daily_readers.past_windows(daily, 7, back, oldest, counts_days=False, is_of_all=False)
        return DispersionSignal(of.label or name, daily, windows)

    def number(self, account: Account) -> float | None:
        return dispersion(self.windows, account)

    def text(self, facts: Facts) -> str:
        return f"weekly {self.label} vary {facts.number(self.name) or 0:.1f} times as much as by chance"

    def sources(self) -> tuple[Source, ...]:
        return ("past_totals", self.daily.number), AGE, DAY


class KnownSignal(Signal):
    """How much stands behind a usual, or a usual gap."""

    def __init__(self, label: str, of: Signal) -> None:
        self.label = label
        self.of = of
        self.reach_ms = of.reach_ms

    @staticmethod
    def compile(layout: Layout, signals: Mapping[str, Signal], name: str, of: schema.Known) -> KnownSignal:
        """The signal of a table."""
        source = signals[of.of]
        if isinstance(source, UsualSignal):  # each day there is one window more, also where nothing happens
            windows = source.windows
            layout.day_marks_of_age.update(range(windows.newest + windows.window - 1, windows.oldest + windows.window))
            return KnownSignal(of.label or "weeks of history", source)
        return KnownSignal(of.label or f"gaps between days of {source.label}", source)

    def number(self, account: Account) -> float | None:
        of = self.of
        if isinstance(of, UsualSignal):
            return len(of.windows.held(account).ranked) / 7
        return of.stretches(account) if isinstance(of, UsualGapSignal) else None

    def text(self, facts: Facts) -> str:
        return counted(round(facts.number(self.name) or 0), self.label)

    def sources(self) -> tuple[Source, ...]:
        return self.of.sources()


class ExpectedSignal(Signal):
    """The usual, but at most a margin over the season; with `after`, over its share of what followed it."""

    def __init__(self, label: str, usual: Signal, season: Signal, margin: float, after: tuple[Signal, ...]) -> None:
        self.label = label
        self.usual = usual
        self.season = season
        self.margin = margin
        self.after = after
        self.reach_ms = max(usual.reach_ms, season.reach_ms)

    @staticmethod
    def compile(layout: Layout, signals: Mapping[str, Signal], name: str, of: schema.Expected) -> ExpectedSignal:
        """The signal of a table."""
        usual = signals[of.usual]
        after = tuple([signals[each] for each in of.after])
        return ExpectedSignal(of.label or usual.label, usual, signals[of.season], of.margin, after)

    def number(self, account: Account) -> float | None:
        usual, season = self.usual.number(account), self.season.number(account)
        if usual is None or season is None:
            return usual
        if not self.after:
            return min(usual, self.margin * season)
        followed = max(signal.number(account) or 0.0 for signal in self.after)
        if followed <= 0.0 or self.margin * season >= followed:
            return usual
        return usual * (self.margin * season / followed)

    def text(self, facts: Facts) -> str:
        expected, usual = facts.number(self.name), facts.number(self.usual.name)
        if expected is None or usual is None or expected >= usual:
            return self.usual.text(facts)
        return f"{self.usual.text(facts)}, but {self.season.text(facts)}"

    def sources(self) -> tuple[Source, ...]:
        after = [source for signal in self.after for source in signal.sources()]
        return (*self.usual.sources(), *self.season.sources(), *after)
