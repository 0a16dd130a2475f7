"""Signals of the days on which something happened; see `scoring.model.schema.signals.use_days`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import DAY, Change, Signal, Source
from scoring.plan.signals.daily import daily_totals
from scoring.plan.signals.latest import last_at_slot
from scoring.plurals import counted
from scoring.result import Detail
from scoring.state.account import Account
from scoring.state.daily_totals import DailyTotals
from scoring.state.gaps import Gaps, LatestDays, usual_gap

WORDS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class DaysSignal(Signal):
    """Days of use in a window of whole days."""

    def __init__(self, label: str, daily: DailyTotals, window: int) -> None:
        self.label = label
        self.daily = daily
        self.window = window
        self.reach_ms = window * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Days) -> DaysSignal:
        """The signal of a table."""
        window = parse_duration(of.window) // DAY_MS
        return DaysSignal(of.label or name, daily_totals(layout, of, window, steps_daily=True), window)

    def number(self, account: Account) -> float | None:
        today = account.as_of_ms // DAY_MS
        return self.daily.days_between(account, today - self.window, today)

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, self.label)} in {counted(self.window, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("use_days", self.daily.number), DAY


class UsualGapSignal(Signal):
    """The account's own usual gap between days of use."""

    def __init__(self, label: str, daily: DailyTotals, gaps: Gaps) -> None:
        self.label = label
        self.daily = daily
        self.gaps = gaps
        self.reach_ms = gaps.within * DAY_MS

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.UsualGap) -> UsualGapSignal:
        """The signal of a table."""
        within = parse_duration(of.within) // DAY_MS
        daily = daily_totals(layout, of, within, steps_daily=True)
        return UsualGapSignal(of.label or name, daily, layout.daily_readers.gaps_of(daily, of.nth, within))

    def number(self, account: Account) -> float | None:
        return usual_gap(self.gaps, account)

    def stretches(self, account: Account) -> int:
        """How many stretches there are."""
        return len(self.gaps.held(account).ranked)

    def text(self, facts: Facts) -> str:
        fact = facts.number(self.name)
        return f"no usual gap of {self.label} known yet" if fact is None else f"usually within {counted(fact, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("use_days", self.daily.number), DAY


class SinceNthSignal(Signal):
    """Whole days since the n-th latest day of use."""

    def __init__(self, label: str, daily: DailyTotals, slot: int, latest: LatestDays, of: schema.SinceLast) -> None:
        self.label = label
        self.daily = daily
        self.slot = slot
        self.latest = latest
        self.of = of
        self.is_silence = True

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.SinceLast) -> SinceNthSignal:
        """The signal of a table with an `nth` above 1."""
        slot, within = last_at_slot(layout, of), parse_duration(of.within) // DAY_MS
        layout.day_silences.add(slot)
        daily = daily_totals(layout, of, within, steps_daily=True)
        latest = layout.daily_readers.latest_of(daily, of.nth, within)
        return SinceNthSignal(of.label or name, daily, slot, latest, of)

    def number(self, account: Account) -> float | None:
        days = self.latest.held(account)
        day = days[0] if days else account.latest_at[self.slot] // DAY_MS
        return account.as_of_ms // DAY_MS - day if day >= 0 else None

    def behind(self, account: Account) -> tuple[int, ...]:
        """How many days ago the latest days of use were, the latest first; () when there are too few."""
        days = self.latest.held(account)
        today = account.as_of_ms // DAY_MS
        return tuple([today - day for day in reversed(days)]) if len(days) == self.latest.nth else ()

    def detail(self, behind: Sequence[int]) -> Detail | None:
        """How many days ago the latest days of use were, the latest first."""
        return {f"day{number}": ago for number, ago in enumerate(behind)}

    def text(self, facts: Facts) -> str:
        since, nth = facts.number(self.name), self.latest.nth
        if since is None:
            return f"no {self.label} yet"
        ago = list(facts.detail(self.name).values())
        if len(ago) != nth:
            return f"{self.label} on fewer than {WORDS[nth]} days, first {counted(since, 'days')} ago"
        listed = f"{', '.join(str(each) for each in ago[:-1])} and {ago[-1]}"
        return f"the last {WORDS[nth]} days of {self.label} were {listed} days ago"

    def sources(self) -> tuple[Source, ...]:
        return ("use_days", self.daily.number), ("last_at", self.slot), DAY

    def is_settled(self, account: Account) -> bool:
        return len(self.latest.held(account)) == self.latest.nth

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        return (Change(topic=self.of.topics[0], where=self.of.where, label=f"one of {self.label}"),)
