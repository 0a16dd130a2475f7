"""Windows of whole days that ended in the past, over daily totals, and the signals that are read from them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scoring.instants import DAY_MS
from scoring.state.account import Account
from scoring.state.window_totals import WindowTotals, next_day, window_totals

STEPS_MAX = 8
"""At most this many days are stepped one by one; after more, all windows are summed again."""
WEEKS_MIN = 4
"""The least number of weeks that have a dispersion."""


class PastWindows:
    """The windows of `window` days that ended from `newest` to `oldest` days ago, both inclusive, one a day.

    The one that ended k days ago consists of the days (today - k - window, today - k]. Only windows that began on or
    after the day of the account's begin are there, unless `is_of_all` days. With `counts_days` a day with any events
    counts as 1. Frozen once the plan is compiled; writes `Account.window_cache`, so that a day costs one step and an
    event of the last `newest` days nothing.
    """

    __slots__ = ("counts_days", "is_of_all", "newest", "number", "oldest", "steps", "totals", "window")

    def __init__(
        self, number: int, totals: int, window: int, newest: int, oldest: int, *, counts_days: bool, is_of_all: bool
    ) -> None:
        self.number = number
        self.totals = totals
        """The number of the daily totals."""
        self.window = window
        self.newest = newest
        self.oldest = oldest
        self.counts_days = counts_days
        self.is_of_all = is_of_all
        self.steps = min(STEPS_MAX, oldest - newest + 1)
        """How many days can be stepped at once. A step then reads no total that is older than `oldest` + `window` days,
        so signals ask for a reach of one day more."""

    def held(self, account: Account) -> WindowTotals:
        """The totals as of the account's instant."""
        today = account.as_of_ms // DAY_MS
        first_day = 0 if self.is_of_all else account.first_ms // DAY_MS
        held = account.window_cache[self.number]
        if held is not None and held.first_day == first_day:
            if held.today == today:
                return held
            if today - held.today <= self.steps and len(held.sums):
                held = account.window_cache[self.number] = self._stepped(account, held, today)
                return held
        held = account.window_cache[self.number] = self._summed(account, today, first_day)
        return held

    def note_event(self, account: Account, today: int, day: int, *, is_first: bool) -> None:
        """Forget the totals if an event of `day` changed one; `is_first` says whether it is the first of its day."""
        if day <= today - self.newest and (is_first or not self.counts_days):
            account.window_cache[self.number] = None

    def _summed(self, account: Account, today: int, first_day: int) -> WindowTotals:
        totals = account.totals[self.totals]
        if self.counts_days:
            totals = dict.fromkeys(totals, 1)
        first_end = today - self.oldest
        if not self.is_of_all:
            first_end = max(first_end, first_day + self.window - 1)
        return window_totals(totals, today, first_day, self.window, first_end, today - self.newest)

    def _stepped(self, account: Account, held: WindowTotals, today: int) -> WindowTotals:
        totals = account.totals[self.totals]
        for day in range(held.today + 1, today + 1):
            end = day - self.newest
            enters, leaves = totals.get(end, 0), totals.get(end - self.window, 0)
            if self.counts_days:
                enters, leaves = min(enters, 1), min(leaves, 1)
            held = next_day(held, enters, leaves, self.oldest - self.newest + 1)
        return held


def quantile(windows: PastWindows, account: Account, share: float) -> int | None:
    """The total at floor(share × (n - 1) + 1/2) of n in ascending order, counted from 0; None without a window."""
    ranked = windows.held(account).ranked
    return ranked[int(share * (len(ranked) - 1) + 0.5)] if ranked else None


def season(windows: PastWindows, account: Account) -> int | None:
    """The total of the one window; None while it began before the account."""
    began = account.as_of_ms // DAY_MS - windows.newest - windows.window + 1
    return None if account.first_ms // DAY_MS > began else windows.held(account).sums[0]


def average(windows: PastWindows, account: Account, per: int) -> float:
    """The total of the one window, divided by how many times `per` days it is: at least once, and only as often as the
    account is old, its latest `per` days left out."""
    age = account.as_of_ms // DAY_MS - account.first_ms // DAY_MS
    days = min(max(age - per, per), windows.window)
    return windows.held(account).sums[0] * per / days


def dispersion(windows: PastWindows, account: Account) -> float:
    """The variance of weekly totals, of every seventh window, divided by their mean: (n Σx² - (Σx)²) / (Σx (n - 1)).

    Where it is less, n Σ(difference to the next week)² / (2 (n - 1) Σx): a trend is no noise.

    1.0 with fewer than four weeks, and when all are empty.
    """
    held = windows.held(account)
    if held.memo < 0.0:
        held.memo = _dispersion(held.sums[::-7])
    return held.memo


def _dispersion(totals: Sequence[int]) -> float:
    number, total = len(totals), sum(totals)
    if number < WEEKS_MIN or not total:
        return 1.0
    squares = sum([each * each for each in totals])
    steps = [following - each for each, following in pairwise(totals)]
    varied = sum([step * step for step in steps])
    return min(
        (number * squares - total * total) / (total * (number - 1)), number * varied / (2 * (number - 1) * total)
    )
