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
from scoring.plan.signals.latest import LastAtSignal, LastSignal, SinceLastSignal
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.plan.signals.open_items import OpenSignal

KINDS: Mapping[type[schema.SignalBase], Callable[[Layout, str, Any], Signal]] = {
    schema.Count: CountSignal.compile,
    schema.Sum: SumSignal.compile,
    schema.Mean: SumSignal.compile_mean,
    schema.Distinct: DistinctSignal.compile,
    schema.Last: LastSignal.compile,
    schema.LastAt: LastAtSignal.compile,
    schema.SinceLast: SinceLastSignal.compile,
    schema.Age: AgeSignal.compile,
    schema.Peak: PeakSignal.compile,
    schema.Volatility: VolatilitySignal.compile,
    schema.Season: SeasonSignal.compile,
    schema.Open: OpenSignal.compile,
    Duration: DurationSignal.compile,
    schema.Reached: MilestonesSignal.compile,
}
"""The compiler of each kind; differences come last, because they need other compiled signals."""


def compile_signals(layout: Layout, model: Model) -> dict[str, Signal]:
    """The model's signals by name, in its order; the state that they need is added to `layout`."""
    signals = {
        name: KINDS[type(signal)](layout, name, signal)
        for name, signal in model.signals.items()
        if not isinstance(signal, schema.Difference)
    }
    for name, signal in model.signals.items():
        if isinstance(signal, schema.Difference):
            signals[name] = DifferenceSignal(signal.label or name, signals[signal.of], signals[signal.minus])
    for name, made in signals.items():
        made.name = name
    return {name: signals[name] for name in model.signals}
