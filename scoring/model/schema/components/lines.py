"""Judgements along a line: of a value, of a change, of the days since something that is due."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import ClassVar

from scoring.instants import parse_duration
from scoring.model.rule_checks import ModelRuleError, check_duration, check_judgement
from scoring.model.schema.components.base import (
    ComponentContext,
    OfSignal,
    check_kind,
    check_points,
    judgements_text,
    line_bounds,
)
from scoring.model.schema.ranges import Bounds
from scoring.model.schema.signals.base import SignalBase, check_number
from scoring.model.schema.signals.latest import SinceLast


class Trend(OfSignal, frozen=True, kw_only=True, tag="trend"):
    """The window against the one before: `flat` when equal, 0 at a fall of `full` (a share), 100 at a rise of `rise`
    (of `full`, when left out); linear between.

    None while the account is younger than `min_history`, when both windows are empty, when one is unknown, and when
    the prior one is below 0.
    """

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal", "prior")

    prior: str
    full: float = 0.2
    rise: float | None = None
    flat: float = 50.0
    min_history: str = "28d"

    def check(self, model: ComponentContext, key: str) -> None:
        super().check(model, key)
        check_duration(f"{key}.min_history", self.min_history)
        for field, change in (("full", self.full), ("rise", self.rise)):
            if change is not None and change <= 0:
                raise ModelRuleError(f"{key}.{field}", f"{change:g} must be above 0; 0.2 is a change of 20 %")
        if not 0 < self.flat < 100:
            raise ModelRuleError(f"{key}.flat", f"{self.flat:g} must be above 0 and below 100; 50 is usual")

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        is_counted = min(signals[name].value_range(signals).lower for name in (self.signal, self.prior)) >= 0
        return Bounds(max(0.0, self.flat - self.flat / self.full) if is_counted else 0.0, 100.0)

    def min_history_ms(self) -> int:
        return parse_duration(self.min_history)

    def trend_windows(self) -> tuple[str, str] | None:
        return self.signal, self.prior

    def formula_text(self) -> str:
        rise = self.full if self.rise is None else self.rise
        line = f"0 at −{self.full * 100:.4g} %, {self.flat:g} when flat, 100 at +{rise * 100:.4g} %"
        return f"({self.signal} − {self.prior}) / {self.prior}: {line}; none in the first {self.min_history}"


class Linear(OfSignal, frozen=True, kw_only=True, tag="linear"):
    """Piecewise linear through `points` [[x, judgement], …], flat beyond them. With `per`, x is signal per 100 `per`,
    and none while `per` is 0. With `prior` [a, b], x is 100 × (signal + a) / (per + b), also while `per` is 0: small
    numbers are drawn towards the rate of 100 × a / b."""

    SIGNALS: ClassVar[tuple[str, ...]] = ("signal", "per")

    points: tuple[tuple[float, float], ...]
    per: str = ""
    prior: tuple[float, float] | None = None

    def check(self, model: ComponentContext, key: str) -> None:
        check_number(model.signals, f"{key}.signal", self.signal)
        if self.per:
            check_number(model.signals, f"{key}.per", self.per)
        if self.prior is not None:
            if not self.per:
                raise ModelRuleError(
                    f"{key}.prior", "it steadies a rate, but there is no per; add per, or leave it out"
                )
            if self.prior[0] < 0 or self.prior[1] <= 0:
                words = "write two numbers, the first 0 or more, the second above 0, like [0.5, 25]"
                raise ModelRuleError(f"{key}.prior", words)
        check_points(f"{key}.points", self.points)

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        values = signals[self.signal].value_range(signals)
        if not self.per:
            return line_bounds(self.points, values.lower, values.upper, always=values.known)
        per = signals[self.per].value_range(signals)
        is_counted = values.lower >= 0 and per.lower >= 0
        always = self.prior is not None and values.known and per.known and per.lower >= 0
        return line_bounds(self.points, 0.0 if is_counted else -inf, inf, always=always)

    def values_to_reach(self, signal: str) -> tuple[float, float] | None:
        if signal != self.signal or self.per or self.points[-1][1] <= self.points[0][1]:
            return None
        return self.points[0][0], self.points[-1][0]

    def formula_text(self) -> str:
        """
        >>> Linear(signal="tickets", points=((1, 100), (10, 0)), weight=1).formula_text()
        'tickets: 1 makes 100, 10 makes 0'
        """
        x = f"{self.signal} per 100 {self.per}" if self.per else self.signal
        if self.prior is not None:
            x = f"100 × ({self.signal} + {self.prior[0]:g}) / ({self.per} + {self.prior[1]:g})"
        return f"{x}: {judgements_text((f'{point:g}', judgement) for point, judgement in self.points)}"


class Cadence(OfSignal, frozen=True, kw_only=True, tag="cadence"):
    """Days since something that is due every `due` days: 100 until then, falling to 0 at `lapse`, by default 2 × `due`.
    `never` is the judgement when it never happened; no evidence without it."""

    due: float
    lapse: float | None = None
    never: float | None = None

    @property
    def lapse_days(self) -> float:
        """The number of days from which the judgement is 0."""
        return 2.0 * self.due if self.lapse is None else self.lapse

    def check(self, model: ComponentContext, key: str) -> None:
        check_kind(model, f"{key}.signal", self.signal, SinceLast, "days since an event")
        if self.due <= 0:
            raise ModelRuleError(f"{key}.due", f"{self.due:g} must be above 0; it is a number of days")
        if self.lapse is not None and self.lapse <= self.due:
            words = f"{self.lapse:g} must be above due, {self.due:g}; leave it out for twice as many days"
            raise ModelRuleError(f"{key}.lapse", words)
        if self.never is not None:
            check_judgement(f"{key}.never", self.never)

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        return Bounds(0.0, 100.0, self.never is not None)

    def formula_text(self) -> str:
        never = "" if self.never is None else f", {self.never:g} when it never happened"
        return f"{self.signal}: 100 up to {self.due:g} days, 0 from {self.lapse_days:g}{never}"
