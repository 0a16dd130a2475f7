"""Signals of what is usual for an account: the quantile and the mean of its past windows, how unsteady its weeks are,
how much history stands behind a usual, and what a year ago lets one expect."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import ClassVar, Literal

from scoring.instants import DAY_MS, parse_duration
from scoring.model.rule_checks import ModelRuleError, check_known_name, check_within
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_whole_days
from scoring.model.schema.signals.daily import Season
from scoring.model.schema.signals.filtered import Filtered
from scoring.model.schema.signals.use_days import UsualGap

WEEKS = (4, 52)
MARGINS = (0, 100)
Of = Literal["events", "days"]
"""What is counted: events, or days with such an event."""


class _OfWindows(Filtered, frozen=True, kw_only=True):
    """A signal of windows of whole days that reach back `within`."""

    COUNTS_USE: ClassVar[bool] = True

    window: str
    within: str = "180d"

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_whole_days(f"{key}.window", self.window, "what is usual")
        check_whole_days(f"{key}.within", self.within, "what is usual")
        if parse_duration(self.within) < parse_duration(self.window):
            words = f"{self.within} is shorter than the window, {self.window}; write at least that"
            raise ModelRuleError(f"{key}.within", words)


class Usual(_OfWindows, frozen=True, kw_only=True, tag="usual"):
    """The account's own usual: the `quantile` of the totals of its windows of `window` whole days (UTC), one a day.

    The window that ended k days ago consists of the days (today - k - window, today - k]; k is from `window` to
    `within`, inclusive, so that the current window is no part of its own usual. Only windows that began on or after the
    day of the account's begin count; unknown while there is none. Nearest rank: of n totals in ascending order it is
    the one at floor(quantile × (n - 1) + 1/2), counted from 0, so always an observed total.
    """

    of: Of = "events"
    quantile: float = 0.5

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        upper = parse_duration(self.window) // DAY_MS if self.of == "days" else inf
        return Range(upper=float(upper), known=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_within(f"{key}.quantile", self.quantile, 0, 1, "a quantile")

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ days" if self.of == "days" else super().source_text()

    def window_text(self) -> str:
        """
        >>> Usual(topics=("analytics",), window="35d").window_text()
        'the median 35d of those that ended 35d to 180d ago'
        """
        which = "median" if self.quantile == 0.5 else f"{self.quantile:g} quantile"
        return f"the {which} {self.window} of those that ended {self.window} to {self.within} ago"


class Average(_OfWindows, frozen=True, kw_only=True, tag="average"):
    """Events per `window`, on average over the `within` before the last `window`.

    It is the total of the days (today - window - within, today - window], divided by how many windows that is: with an
    age of a days, (a - window) / window, at least 1 and at most within / window. The age is that of days of UTC, from
    the day of the account's begin to today.
    """

    window: str = "30d"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(whole=False)

    def window_text(self) -> str:
        return f"mean per {self.window} of the {self.within} before the last {self.window}"


class Dispersion(Filtered, frozen=True, kw_only=True, tag="dispersion"):
    """How unsteady the weeks are: the variance of weekly totals divided by their mean. Events by chance have 1.

    Week k of `weeks` consists of the days (today - back - 7(k + 1), today - back - 7k]. Only weeks that began on or
    after the day of the account's begin count. For totals x of n weeks it is (n Σx² - (Σx)²) / (Σx (n - 1)); 1 while
    there are fewer than 4 weeks, and when all are empty.
    """

    COUNTS_USE: ClassVar[bool] = True

    weeks: int = 20
    back: str = "35d"

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(whole=False)

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_within(f"{key}.weeks", self.weeks, *WEEKS, "the number of weeks")
        check_whole_days(f"{key}.back", self.back, "a dispersion")

    def window_text(self) -> str:
        return f"{self.weeks} weeks that ended {self.back} ago"


class Known(SignalBase, frozen=True, kw_only=True, tag="known"):
    """How much stands behind signal `of`: for a `usual` the weeks of its windows (their number / 7), for a `usual_gap`
    the number of its stretches. Never unknown: 0 when there is nothing."""

    of: str

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        of = signals[self.of]
        if isinstance(of, Usual):
            windows = (parse_duration(of.within) - parse_duration(of.window)) // DAY_MS + 1
            return Range(upper=windows / 7, whole=False)
        if isinstance(of, UsualGap):
            return Range(upper=float(max(0, parse_duration(of.within) // DAY_MS - of.nth)))
        return Range()

    def check(self, model: SignalContext, key: str) -> None:
        check_known_name(f"{key}.of", self.of, "signal", model.signals)
        if not isinstance(model.signals[self.of], Usual | UsualGap):
            words = f"{self.of!r} has no windows or stretches of the past; name a 'usual' or a 'usual_gap'"
            raise ModelRuleError(f"{key}.of", words)

    def operands(self) -> tuple[str, ...]:
        return (self.of,)

    def source_text(self) -> str:
        return f"what is known of {self.of}"


class Expected(SignalBase, frozen=True, kw_only=True, tag="expected"):
    """What an account that is as ever would have: signal `usual`, but at most `margin` times signal `season`, while
    that is known. So an account that is always quiet at this time of the year is expected to be.

    With `after`, signals of kind `season` that followed that season, a year ago is not compared by its level but by its
    lull: usual × min(1, margin × season / the greatest of `after`), and the usual where nothing followed. So an account
    that has grown since, or paused then, is held to its usual all the same."""

    usual: str
    season: str
    margin: float = 1.25
    after: tuple[str, ...] = ()

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(upper=signals[self.usual].value_range(signals).upper, whole=False, known=False)

    def check(self, model: SignalContext, key: str) -> None:
        wanted: tuple[tuple[str, str, type[SignalBase]], ...] = (
            ("usual", self.usual, Usual),
            ("season", self.season, Season),
            *(("after", name, Season) for name in self.after),
        )
        for field, name, kind in wanted:
            check_known_name(f"{key}.{field}", name, "signal", model.signals)
            if not isinstance(model.signals[name], kind):
                tag = kind.__struct_config__.tag
                raise ModelRuleError(f"{key}.{field}", f"{name!r} is not a {tag}; name a signal of kind {tag!r}")
        check_within(f"{key}.margin", self.margin, *MARGINS, "a margin")
        usual, season = model.signals[self.usual], model.signals[self.season]
        assert isinstance(usual, Usual)
        assert isinstance(season, Season)
        usual.check(model, f"signals.{self.usual}")
        season.check(model, f"signals.{self.season}")
        if parse_duration(usual.window) != parse_duration(season.window) or usual.of != season.of:
            words = f"{self.season!r} and {self.usual!r} differ in window or of; make them alike"
            raise ModelRuleError(f"{key}.season", words)
        if usual.filter_key() != season.filter_key():
            words = f"{self.season!r} and {self.usual!r} count different events; make them alike"
            raise ModelRuleError(f"{key}.season", words)
        for name in self.after:
            self._check_after(f"{key}.after", season, name, model.signals[name])

    def _check_after(self, key: str, season: Season, name: str, after: SignalBase) -> None:
        assert isinstance(after, Season)
        alike = (after.window, after.of, after.filter_key()) == (season.window, season.of, season.filter_key())
        if not alike or parse_duration(after.back) >= parse_duration(season.back):
            words = f"{name!r} does not follow {self.season!r}; make them alike, but for a lesser back"
            raise ModelRuleError(key, words)

    def operands(self) -> tuple[str, ...]:
        return self.usual, self.season, *self.after

    def source_text(self) -> str:
        after = f" / the most of {', '.join(self.after)}" if self.after else ""
        return f"{self.usual}, at most {self.margin:g} × {self.season}{after}"
