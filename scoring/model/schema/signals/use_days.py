"""Signals of the days on which something happened: how many, and the account's own usual gap between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from scoring.instants import DAY_MS, parse_duration
from scoring.model.rule_checks import ModelRuleError, check_within
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_whole_days
from scoring.model.schema.signals.filtered import Filtered

NTH = (1, 10)
ORDINALS = ("", "1st", "2nd", "3rd", *(f"{number}th" for number in range(4, NTH[1] + 1)))


class Days(Filtered, frozen=True, kw_only=True, tag="days"):
    """Days with such an event among the last `window` whole days, today included: the days (today - window, today].

    It changes with days of UTC alone. A `distinct` of days has a window from bucket to bucket, and state of its own.
    """

    COUNTS_USE: ClassVar[bool] = True
    IS_WINDOW: ClassVar[bool] = True

    window: str

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(upper=float(parse_duration(self.window) // DAY_MS))

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_whole_days(f"{key}.window", self.window, "the number of days")

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ days"

    def window_text(self) -> str:
        return self.window


class UsualGap(Filtered, frozen=True, kw_only=True, tag="usual_gap"):
    """The account's own usual gap: how many days it takes, at the longest but `nth`, until `nth` more days of use.

    A day of use is one with such an event. Of the days of use of the last `within`, (today - within, today], a stretch
    is from one to the `nth` after it, in days. It is the (nth + 1)-th longest of these stretches, so that one absence,
    which is part of `nth` of them, does not count; the shortest when there are fewer, and unknown when there is none.
    `since_last` with the same `nth` is measured by it.
    """

    COUNTS_USE: ClassVar[bool] = True

    nth: int = 1
    within: str = "180d"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        days = parse_duration(self.within) // DAY_MS
        return Range(lower=float(self.nth), upper=float(days - 1), known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_within(f"{key}.nth", self.nth, *NTH, "the number of days of use")
        check_whole_days(f"{key}.within", self.within, "a usual gap")
        if parse_duration(self.within) // DAY_MS <= self.nth:
            words = f"{self.within} is too short for a stretch of {self.nth} days; write more, like '180d'"
            raise ModelRuleError(f"{key}.within", words)

    def window_text(self) -> str:
        """
        >>> UsualGap(topics=("analytics",), nth=2).window_text()
        'to the 2nd day after, in 180d'
        """
        return f"to the {ORDINALS[self.nth]} day after, in {self.within}"
