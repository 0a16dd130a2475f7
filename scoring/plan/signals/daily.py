"""Signals of daily totals: the best window, the volatility of weeks, the same days a year ago."""

from __future__ import annotations

from scoring.instants import DAY_MS, FAR, parse_duration
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import AGE, DAY, Signal, Source, filter_key
from scoring.plurals import counted
from scoring.state.account import Account
from scoring.state.daily_totals import DailyTotals, Peak, volatility
from scoring.state.past_windows import PastWindows, season


class PeakSignal(Signal):
    """The account's own best window of whole days."""

    def __init__(self, label: str, peak: Peak) -> None:
        self.label = label
        self.peak = peak
        self.reach_ms = (peak.window + peak.within) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Peak) -> PeakSignal:
        """The signal of a table."""
        window, within = parse_duration(of.window) // DAY_MS, parse_duration(of.within) // DAY_MS
        daily = daily_totals(layout, of, window + within, steps_daily=False)
        return PeakSignal(of.label or name, layout.daily_readers.peak(daily, window, within))

    def number(self, account: Account) -> float | None:
        return self.peak.best(account)

    def text(self, facts: Facts) -> str:
        best = counted(facts.number(self.name) or 0, self.label)
        return f"at best {best} in {counted(self.peak.window, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("totals", self.peak.daily.number), AGE, DAY


class VolatilitySignal(Signal):
    """The volatility of the weekly totals."""

    def __init__(self, label: str, daily: DailyTotals, weeks: int) -> None:
        self.label = label
        self.daily = daily
        self.weeks = weeks
        self.reach_ms = (7 * weeks + 1) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Volatility) -> VolatilitySignal:
        """The signal of a table."""
        layout.day_marks_of_age.add(7 * of.weeks)
        daily = daily_totals(layout, of, 7 * of.weeks + 1, steps_daily=True, lag=1)
        return VolatilitySignal(of.label or name, daily, of.weeks)

    def number(self, account: Account) -> float | None:
        return volatility(self.daily, account, self.weeks)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"not {self.weeks} weeks of {self.label} yet"
        return f"weekly {self.label} vary by {fact:.0%} over {self.weeks} weeks"

    def sources(self) -> tuple[Source, ...]:
        return ("past_totals", self.daily.number), AGE, DAY


class SeasonSignal(Signal):
    """The same days a year ago."""

    def __init__(self, label: str, daily: DailyTotals, windows: PastWindows) -> None:
        self.label = label
        self.daily = daily
        self.windows = windows
        self.reach_ms = (windows.newest + windows.window) * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Season) -> SeasonSignal:
        """The signal of a table."""
        window, back = parse_duration(of.window) // DAY_MS, parse_duration(of.back) // DAY_MS
        layout.day_marks_of_age.add(back + window - 1)
        daily = daily_totals(layout, of, window + back + 1, steps_daily=True, lag=back)
        windows = layout.daily_readers.past_windows(
            daily, window, back, back, counts_days=of.of == "days", is_of_all=True
        )
        return SeasonSignal(of.label or name, daily, windows)

    def number(self, account: Account) -> float | None:
        return season(self.windows, account)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        if fact is None:
            return f"no {self.label} known of {counted(self.windows.newest, 'days')} ago"
        days, back = counted(self.windows.window, "days"), counted(self.windows.newest, "days")
        return f"{counted(fact, self.label)} in the {days} of {back} ago"

    def sources(self) -> tuple[Source, ...]:
        return ("past_totals", self.daily.number), AGE, DAY


def daily_totals(layout: Layout, of: schema.Filtered, reach: int, *, steps_daily: bool, lag: int = FAR) -> DailyTotals:
    """The daily totals of a filter, see `Layout.totals`."""
    one = layout.extractors.one(of.where)
    return layout.totals(f"ledger {filter_key(of)}", of.takes, one, reach, steps_daily=steps_daily, lag=lag)
