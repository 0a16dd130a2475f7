"""Daily totals of one filter, which reach further back than tiles do, and the signals that are read from them."""

from __future__ import annotations

from math import sqrt

from scoring.instants import DAY_MS, FAR
from scoring.state.account import Account
from scoring.state.gaps import Gaps, LatestDays
from scoring.state.past_windows import PastWindows

TOTALS_BLOCK_DAYS = 32
"""Days in a block of daily totals. A write covers one block, not all days."""


class DailyTotals:
    """Daily totals of one filter: one small number a day, for as many days as some signal looks back.

    Frozen once the plan is compiled.
    """

    __slots__ = ("gaps", "identity", "lag", "latest", "number", "peaks", "reach", "steps_daily", "windows")

    def __init__(self, number: int, identity: int) -> None:
        self.number = number
        self.identity = identity
        self.reach = 0
        """How many days back a total matters, today's included."""
        self.peaks: list[Peak] = []
        self.windows: list[PastWindows] = []
        self.gaps: list[Gaps] = []
        self.latest: list[LatestDays] = []
        self.steps_daily = False
        """Whether some signal of it may change with every new day."""
        self.lag = FAR
        """A total of the last `lag` days, today's included, matters to no signal of the past alone."""

    def between(self, account: Account, after: int, until: int) -> int:
        """The sum over the days (after, until]."""
        totals = account.totals[self.number]
        if until - after < len(totals):
            return sum(totals.get(day, 0) for day in range(after + 1, until + 1))
        return sum(number for day, number in totals.items() if after < day <= until)

    def days_between(self, account: Account, after: int, until: int) -> int:
        """How many of the days (after, until] have events."""
        totals = account.totals[self.number]
        return sum([day in totals for day in range(after + 1, until + 1)])

    def next_due(self, account: Account, today: int) -> int:
        """The first day on which some signal of it may change by itself, FAR when there is none."""
        if not account.totals[self.number]:
            return FAR
        if self.steps_daily:
            return today + 1
        first_day = account.oldest_ms // DAY_MS
        return min((max(first_day + peak.within, today + 1) for peak in self.peaks), default=FAR)


class Peak:
    """The greatest sum of `window` days among those that ended in the last `within` days, today included.

    It falls by itself only when a day goes out of reach. No total is older than the account.
    """

    __slots__ = ("daily", "number", "window", "within")

    def __init__(self, number: int, daily: DailyTotals, window: int, within: int) -> None:
        self.number = number
        self.daily = daily
        self.window = window
        self.within = within

    def best(self, account: Account) -> int:
        """The greatest sum as of the account's instant."""
        today = account.as_of_ms // DAY_MS
        held = account.peak_cache[self.number]
        if held is None or held[0] != today:
            held = account.peak_cache[self.number] = self._closed(account, today)
        _, closed, base = held
        return max(closed, base + account.totals[self.daily.number].get(today, 0))

    def grow(self, account: Account, totals: dict[int, int], day: int, amount: int) -> None:
        """Update the peak after an amount (0 or more) was added to `day`: only windows that hold the day can grow."""
        held = account.peak_cache[self.number]
        if held is None or day == held[0]:
            return
        today, best, base = held
        if day > today:
            account.peak_cache[self.number] = None
            return
        window = self.window
        end, last = max(day, today - self.within + 1), min(day + window, today) - 1
        if end <= last:
            running = 0
            for each in range(end - window + 1, end + 1):
                running += totals.get(each, 0)
            best = max(best, running)
            while end < last:
                end += 1
                running += totals.get(end, 0) - totals.get(end - window, 0)
                if running > best:
                    best = running
        account.peak_cache[self.number] = (today, best, base + amount if day > today - window else base)

    def _closed(self, account: Account, today: int) -> tuple[int, int, int]:
        """(today, greatest sum of the windows that ended before it, sum of the running window without today).

        Only windows that end on a day with events are tried, and the one that ends on the first day within reach: a
        window that ends later, on a day without events, holds no more than one of these.
        """
        totals = account.totals[self.daily.number]
        reach = today - self.within + 1
        days = sorted(day for day in totals if reach - self.window < day < today)
        best = sum(totals[day] for day in days if day <= reach)
        running = first = 0
        for day in days:
            running += totals[day]
            while days[first] <= day - self.window:
                running -= totals[days[first]]
                first += 1
            if day >= reach:
                best = max(best, running)
        base = sum(totals[day] for day in days if day > today - self.window)
        return today, best, base


def volatility(daily: DailyTotals, account: Account, weeks: int) -> float | None:
    """Standard deviation divided by mean of the totals of the last `weeks` whole weeks: sqrt(n Σx² - (Σx)²) / Σx.

    None while the account is younger than these weeks, and when all are empty.
    """
    today = account.as_of_ms // DAY_MS
    if account.first_ms // DAY_MS > today - 7 * weeks:
        return None
    totals = [daily.between(account, today - 7 * week - 8, today - 7 * week - 1) for week in range(weeks)]
    total = sum(totals)
    return sqrt(weeks * sum(each * each for each in totals) - total * total) / total if total else None
