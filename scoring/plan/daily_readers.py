"""What reads daily totals and has a cache in the account: peaks, past windows, gaps, latest days."""

from __future__ import annotations

from scoring.state.daily_totals import DailyTotals, Peak
from scoring.state.gaps import Gaps, LatestDays
from scoring.state.past_windows import PastWindows


class DailyReaders:
    """Numbers are positions in an `Account`'s lists. Signals that read the same share a reader. Frozen once the plan is
    compiled."""

    def __init__(self) -> None:
        self.peaks: list[Peak] = []
        self.windows: list[PastWindows] = []
        self.gaps: list[Gaps] = []
        self.latest: list[LatestDays] = []

    def peak(self, daily: DailyTotals, window: int, within: int) -> Peak:
        """The best window of daily totals."""
        for peak in daily.peaks:
            if (peak.window, peak.within) == (window, within):
                return peak
        peak = Peak(len(self.peaks), daily, window, within)
        daily.peaks.append(peak)
        self.peaks.append(peak)
        return peak

    def past_windows(
        self, daily: DailyTotals, window: int, newest: int, oldest: int, *, counts_days: bool, is_of_all: bool
    ) -> PastWindows:
        """Windows that ended from `newest` to `oldest` days ago."""
        wanted = (window, newest, oldest, counts_days, is_of_all)
        for each in daily.windows:
            if (each.window, each.newest, each.oldest, each.counts_days, each.is_of_all) == wanted:
                return each
        number, totals = len(self.windows), daily.number
        windows = PastWindows(number, totals, window, newest, oldest, counts_days=counts_days, is_of_all=is_of_all)
        daily.windows.append(windows)
        self.windows.append(windows)
        return windows

    def gaps_of(self, daily: DailyTotals, nth: int, within: int) -> Gaps:
        """The stretches between days of use."""
        for each in daily.gaps:
            if (each.nth, each.within) == (nth, within):
                return each
        gaps = Gaps(len(self.gaps), daily.number, nth, within)
        daily.gaps.append(gaps)
        self.gaps.append(gaps)
        return gaps

    def latest_of(self, daily: DailyTotals, nth: int, within: int) -> LatestDays:
        """The latest days of use."""
        for each in daily.latest:
            if (each.nth, each.within) == (nth, within):
                return each
        latest = LatestDays(len(self.latest), daily.number, nth, within)
        daily.latest.append(latest)
        self.latest.append(latest)
        return latest
