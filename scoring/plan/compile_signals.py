"""From a model's signals to compiled ones, each with its place in a layout."""

from __future__ import annotations

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.plan import signals as compiled
from scoring.plan.layout import Layout, span_words


def compile_signals(layout: Layout, model: Model) -> dict[str, compiled.Signal]:
    """The model's signals by name, in its order; what they need to have kept is laid out in `layout`."""
    signals = {
        name: _compiled(layout, name, signal)
        for name, signal in model.signals.items()
        if not isinstance(signal, schema.Difference)
    }
    for name, signal in model.signals.items():
        if isinstance(signal, schema.Difference):
            signals[name] = compiled.DifferenceSignal(signal.label or name, signals[signal.of], signals[signal.minus])
    for name, made in signals.items():
        made.name = name
    return {name: signals[name] for name in model.signals}


def _compiled(layout: Layout, name: str, signal: schema.Signal) -> compiled.Signal:
    label = signal.label or name
    match signal:
        case schema.Count() | schema.Sum() | schema.Mean() | schema.Distinct():
            return _windowed(layout, name, label, signal)
        case schema.Last():
            if signal.by:
                return compiled.TallySignal(label, layout.tally(name, signal))
            return compiled.LastSignal(label, layout.last_slot(name, signal))
        case schema.LastAt():
            return compiled.LastAtSignal(label, layout.last_at_slot(signal))
        case schema.SinceLast():
            return compiled.SinceLastSignal(label, layout.last_at_slot(signal), layout.resolution_ms)
        case schema.Age():
            return compiled.AgeSignal(label, layout.resolution_ms)
        case schema.Peak():
            return compiled.PeakSignal(label, layout.peak(signal))
        case schema.Volatility():
            ledger = layout.ledger(signal, 7 * signal.weeks + 1, steps_daily=True)
            return compiled.VolatilitySignal(label, ledger, signal.weeks)
        case schema.Season():
            window, back = parse_duration(signal.window) // DAY_MS, parse_duration(signal.back) // DAY_MS
            ledger = layout.ledger(signal, window + back, steps_daily=True)
            return compiled.SeasonSignal(label, ledger, window, back)
        case schema.Open():
            return compiled.OpenSignal(label, layout.register(name, signal), signal.measure)
        case schema.Reached():
            return _milestones(layout, label, signal)
        case schema.Difference():
            raise AssertionError("differences are compiled after the signals that they are of")


def _windowed(
    layout: Layout, name: str, label: str, signal: schema.Count | schema.Sum | schema.Mean | schema.Distinct
) -> compiled.Signal:
    words = span_words(signal.window, prior=signal.prior)
    match signal:
        case schema.Count():
            return compiled.CountSignal(label, layout.count_window(signal), words)
        case schema.Sum():
            return compiled.SumSignal(label, layout.amount_window(name, signal), words, None)
        case schema.Mean():
            of = layout.amounts_window(signal)
            return compiled.SumSignal(label, layout.amount_window(name, signal), words, of)
        case schema.Distinct():
            return compiled.DistinctSignal(label, layout.value_window(name, signal), words)


def _milestones(layout: Layout, label: str, signal: schema.Reached) -> compiled.MilestonesSignal:
    steps = tuple(
        (layout.first_slot(step), step.name, step.weight, parse_duration(step.due) if step.due else 0)
        for step in signal.steps
    )
    return compiled.MilestonesSignal(label, steps, layout.resolution_ms)
