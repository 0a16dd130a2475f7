"""Compiles a model's signals, each with its place in a layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scoring.model import schema
from scoring.model.model import Model
from scoring.model.schema.signals import Duration
from scoring.plan.layout import Layout
from scoring.plan.signals.base import Signal
from scoring.plan.signals.counting import CountSignal, DistinctSignal, SumSignal
from scoring.plan.signals.daily import PeakSignal, SeasonSignal, VolatilitySignal
from scoring.plan.signals.derived import AgeSignal, DifferenceSignal
from scoring.plan.signals.duration import DurationSignal
from scoring.plan.signals.ended import EndedSignal
from scoring.plan.signals.latest import LastAtSignal, LastSignal, SinceLastSignal
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.plan.signals.open_items import OpenSignal
from scoring.plan.signals.sources import SourceSignal
from scoring.plan.signals.until import UntilSignal
from scoring.plan.signals.use_days import DaysSignal, SinceNthSignal, UsualGapSignal
from scoring.plan.signals.usual import AverageSignal, DispersionSignal, ExpectedSignal, KnownSignal, UsualSignal


def _since_last(layout: Layout, name: str, of: schema.SinceLast) -> Signal:
    return SinceNthSignal.compile(layout, name, of) if of.nth > 1 else SinceLastSignal.compile(layout, name, of)


KINDS: Mapping[type[schema.SignalBase], Callable[[Layout, str, Any], Signal]] = {
    schema.Count: CountSignal.compile,
    schema.Sum: SumSignal.compile,
    schema.Mean: SumSignal.compile_mean,
    schema.Distinct: DistinctSignal.compile,
    schema.Last: LastSignal.compile,
    schema.LastAt: LastAtSignal.compile,
    schema.Until: UntilSignal.compile,
    schema.Ended: EndedSignal.compile,
    schema.SinceLast: _since_last,
    schema.Age: AgeSignal.compile,
    schema.Peak: PeakSignal.compile,
    schema.Volatility: VolatilitySignal.compile,
    schema.Season: SeasonSignal.compile,
    schema.Usual: UsualSignal.compile,
    schema.Average: AverageSignal.compile,
    schema.Dispersion: DispersionSignal.compile,
    schema.Days: DaysSignal.compile,
    schema.UsualGap: UsualGapSignal.compile,
    schema.Open: OpenSignal.compile,
    Duration: DurationSignal.compile,
    schema.Reached: MilestonesSignal.compile,
}
"""The compiler of each kind that is made of events."""
DERIVED: Mapping[type[schema.SignalBase], Callable[[Layout, Mapping[str, Signal], str, Any], Signal]] = {
    schema.Difference: DifferenceSignal.compile,
    schema.Known: KnownSignal.compile,
    schema.Expected: ExpectedSignal.compile,
}
"""The compiler of each kind that is made of other signals, none of which is of these kinds."""


def compile_signals(layout: Layout, model: Model) -> dict[str, Signal]:
    """The model's signals by name, in its order; the state that they need is added to `layout`."""
    signals = {
        name: KINDS[type(signal)](layout, name, signal)
        for name, signal in model.signals.items()
        if type(signal) in KINDS
    }
    signals |= {
        name: DERIVED[type(signal)](layout, signals, name, signal)
        for name, signal in model.signals.items()
        if type(signal) in DERIVED
    }
    for name, made in signals.items():
        made.name = name
    return {name: signals[name] for name in model.signals}


def compile_sources(layout: Layout, model: Model, prefix: str) -> dict[str, SourceSignal]:
    """The model's sources by name, in its order; their entries in the cohort norm begin with `prefix`."""
    return {name: SourceSignal.compile(layout, name, source, prefix) for name, source in model.sources.items()}
