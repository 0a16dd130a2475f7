"""Signals of daily totals: the best window, the volatility of weeks, the same days a year ago."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import ClassVar, Literal

from scoring.instants import DAY_MS, parse_duration
from scoring.model.rule_checks import check_within
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_whole_days
from scoring.model.schema.signals.filtered import Filtered

WEEKS = (2, 52)


class Peak(Filtered, frozen=True, kw_only=True, tag="peak"):
    """The account's own best `window` of whole days in the last `within`: the greatest sum of daily totals."""

    COUNTS_USE: ClassVar[bool] = True

    window: str = "30d"
    within: str = "400d"

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_whole_days(f"{key}.window", self.window, "a peak")
        check_whole_days(f"{key}.within", self.within, "a peak")

    def window_text(self) -> str:
        return f"best {self.window} of {self.within}"


class Volatility(Filtered, frozen=True, kw_only=True, tag="volatility"):
    """The volatility of the last `weeks` weeks: the standard deviation of their totals divided by their mean.

    A week is seven whole days (UTC); the last one ends yesterday. Unknown while the account's first event is not older
    than all of them, and when all are empty. For totals x of n weeks it is sqrt(n Σx² - (Σx)²) / Σx.
    """

    COUNTS_USE: ClassVar[bool] = True

    weeks: int = 8

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(whole=False, known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_within(f"{key}.weeks", self.weeks, *WEEKS, "the number of weeks")

    def window_text(self) -> str:
        return f"{self.weeks} weeks"


class Season(Filtered, frozen=True, kw_only=True, tag="season"):
    """Events in the `window` of whole days that ended `back` ago: days (today - back - window, today - back]. With `of`
    "days": the days with such an event.

    52 weeks back, so that weekdays match. Unknown while the account's first event is not as old as that.
    """

    COUNTS_USE: ClassVar[bool] = True
    IS_WINDOW: ClassVar[bool] = True

    window: str = "28d"
    back: str = "364d"
    of: Literal["events", "days"] = "events"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        upper = parse_duration(self.window) // DAY_MS if self.of == "days" else inf
        return Range(upper=float(upper), known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_whole_days(f"{key}.window", self.window, "a season")
        check_whole_days(f"{key}.back", self.back, "a season")

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ days" if self.of == "days" else super().source_text()

    def window_text(self) -> str:
        return f"{self.window}, {self.back} ago"
