"""Counts, sums, means and distinct values of the events in a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import ClassVar

from scoring.model.rule_checks import check_property_name
from scoring.model.schema.ranges import Range
from scoring.model.schema.signals.base import SignalBase, SignalContext, check_window
from scoring.model.schema.signals.filtered import Filtered


class Windowed(Filtered, frozen=True, kw_only=True):
    """A signal of the events in the last `window` or, with `prior`, in the window of that length before it."""

    IS_WINDOW: ClassVar[bool] = True

    window: str
    prior: bool = False

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_window(model, f"{key}.window", self.window)

    def window_text(self) -> str:
        """
        >>> Count(topics=("analytics",), window="14d", prior=True).window_text()
        '14d, the one before'
        """
        return f"{self.window}, the one before" if self.prior else self.window


class Count(Windowed, frozen=True, kw_only=True, tag="count"):
    """The number of events."""

    COUNTS_USE: ClassVar[bool] = True

    def count_series(self) -> Iterable[object]:
        return [(self.filter_key(), "")]


class _OfProperty(Windowed, frozen=True, kw_only=True):
    PROPERTIES: ClassVar[tuple[str, ...]] = ("property",)

    property: str

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.property", self.property, "name the property that holds the number")

    def properties(self) -> Iterable[str]:
        return [self.property, *super().properties()]

    def amount_series(self) -> Iterable[object]:
        return [(self.filter_key(), self.property)]

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ {self.property}"


class Sum(_OfProperty, frozen=True, kw_only=True, tag="sum"):
    """The sum of a number over the events in a window. Each number is rounded to four decimals, so that the sum is
    exact in any order; one beyond ±10^9, or none, adds nothing."""

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(lower=-inf, whole=False)


class Mean(_OfProperty, frozen=True, kw_only=True, tag="mean"):
    """The mean of a number over the events in a window that have it; unknown when none has. Rounded as in a `sum`."""

    def value_range(self, signals: Mapping[str, SignalBase]) -> Range:
        return Range(lower=-inf, whole=False, known=False)

    def count_series(self) -> Iterable[object]:
        return [(self.filter_key(), self.property)]


class Distinct(Windowed, frozen=True, kw_only=True, tag="distinct"):
    """How many distinct values of `of`: "user", "event" (the name), "day" (days with such an event), or a property."""

    PROPERTIES: ClassVar[tuple[str, ...]] = ("of",)
    COUNTS_USE: ClassVar[bool] = True

    of: str

    def check(self, model: SignalContext, key: str) -> None:
        super().check(model, key)
        check_property_name(f"{key}.of", self.of, "write 'user', 'event', 'day' or the name of a property")

    def properties(self) -> Iterable[str]:
        of = () if self.of in ("user", "event", "day") else (self.of,)
        return [*of, *super().properties()]

    def source_text(self) -> str:
        return f"{super().source_text()} ▸ {self.of}"
