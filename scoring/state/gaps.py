"""The days on which something happened, over daily totals: the gaps between them, and the latest of them."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.instants import DAY_MS
from scoring.state.account import Account
from scoring.state.use_days import UseDays, moved, use_days


class Gaps:
    """The stretches from each day of use to the `nth` after it, within the days (today - within, today].

    Frozen once the plan is compiled; writes `Account.gap_cache`, so that a new day of use costs one step.
    """

    __slots__ = ("nth", "number", "totals", "within")

    def __init__(self, number: int, totals: int, nth: int, within: int) -> None:
        self.number = number
        self.totals = totals
        """The number of the daily totals."""
        self.nth = nth
        self.within = within

    def held(self, account: Account) -> UseDays:
        """The days of use and their stretches as of the account's instant."""
        today = account.as_of_ms // DAY_MS
        held = account.gap_cache[self.number]
        if held is not None and held.today == today:
            return held
        totals, oldest = account.totals[self.totals], today - self.within + 1
        if held is None or today - held.today > self.within:
            held = use_days(today, _between(totals, oldest - 1, today), self.nth)
        else:
            held = moved(held, today, self.nth, oldest, _between(totals, held.today, today))
        account.gap_cache[self.number] = held
        return held

    def note_day(self, account: Account, day: int) -> None:
        """Include a new day of use."""
        held = account.gap_cache[self.number]
        if held is None or day > held.today or day <= held.today - self.within:
            return
        in_order = not held.days or day > held.days[-1]
        oldest = held.today - self.within + 1
        account.gap_cache[self.number] = moved(held, held.today, self.nth, oldest, (day,)) if in_order else None


class LatestDays:
    """The latest `nth` days of use within the days (today - within, today].

    Frozen once the plan is compiled; writes `Account.latest_days`.
    """

    __slots__ = ("nth", "number", "totals", "within")

    def __init__(self, number: int, totals: int, nth: int, within: int) -> None:
        self.number = number
        self.totals = totals
        """The number of the daily totals."""
        self.nth = nth
        self.within = within

    def held(self, account: Account) -> tuple[int, ...]:
        """At most `nth` days, ascending; as of the account's instant."""
        today = account.as_of_ms // DAY_MS
        cached = account.latest_days[self.number]
        if cached is not None and cached[0] == today:
            return cached[1]
        totals, oldest = account.totals[self.totals], today - self.within + 1
        if cached is None or today - cached[0] > self.within:
            days = _between(totals, oldest - 1, today)
        else:
            days = [day for day in cached[1] if day >= oldest] + _between(totals, cached[0], today)
        found = tuple(days[-self.nth :])
        account.latest_days[self.number] = (today, found)
        return found

    def note_day(self, account: Account, day: int) -> None:
        """Include a new day of use."""
        cached = account.latest_days[self.number]
        if cached is not None and cached[0] - self.within < day <= cached[0]:
            account.latest_days[self.number] = (cached[0], tuple(sorted((*cached[1], day))[-self.nth :]))


def usual_gap(gaps: Gaps, account: Account) -> int | None:
    """The (nth + 1)-th longest stretch in days; the shortest when there are fewer, None when there is none."""
    ranked = gaps.held(account).ranked
    return ranked[max(0, len(ranked) - gaps.nth - 1)] if ranked else None


def _between(totals: Mapping[int, int], after: int, until: int) -> list[int]:
    """The days of use in (after, until], ascending."""
    if until - after < len(totals):
        return [day for day in range(after + 1, until + 1) if day in totals]
    return sorted([day for day in totals if after < day <= until])
