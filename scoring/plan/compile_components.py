"""From a model's components to compiled shapes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scoring.fingerprint import fingerprint
from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.model.references import meaning_of
from scoring.plan import components as shapes
from scoring.plan.conditions import Conditions
from scoring.plan.signals.base import Signal
from scoring.plan.signals.milestones import MilestonesSignal


class Parts(msgspec.Struct, frozen=True):
    """What a model's components are compiled from: its compiled signals, its components' numbers, and `norms`, which
    collects the signals of the cohort norm; their names there begin with `norm_prefix`."""

    model: Model
    signals: Mapping[str, Signal]
    numbers: Mapping[str, int]
    norm_prefix: str
    norms: dict[str, Signal]
    meanings: dict[str, int]
    shapes: dict[str, shapes.Shape]

    def amount(self, of: float | str) -> Signal | float:
        """A number, or the signal of that name."""
        return self.signals[of] if isinstance(of, str) else of

    def optional(self, name: str) -> Signal | None:
        """The signal of a name, None for ""."""
        return self.signals[name] if name else None


def compile_component(parts: Parts, component: schema.Component) -> shapes.Shape:
    """The shape of a component, with its exceptions."""
    shape = _blend(parts, component) if isinstance(component, schema.Blend) else _shape(parts, component)
    if not component.needs and not component.when:
        return shape
    rules = tuple(
        (Conditions((rule, *rule.and_), parts.signals), rule.judgement, rule.words) for rule in component.when
    )
    return shapes.Excepted(shape, parts.optional(component.needs), rules)


def _blend(parts: Parts, blend: schema.Blend) -> shapes.Blend:
    components = parts.model.components
    return shapes.Blend(
        tuple(
            (parts.numbers[name], weight, components[name].label or name, parts.shapes[name])
            for name, weight in blend.parts.items()
        )
    )


def _shape(parts: Parts, component: schema.OfSignal) -> shapes.Shape:
    signal = parts.signals[component.signal]
    match component:
        case schema.ShareOfMax() | schema.InverseShareOfMax():
            name = f"{parts.norm_prefix}{component.signal}"
            parts.norms[name] = signal
            parts.meanings[name] = fingerprint(meaning_of(parts.model, component.signal))
            return shapes.ShareOfMax(name, signal, inverse=isinstance(component, schema.InverseShareOfMax))
        case schema.Capped():
            return shapes.Capped(signal, component.cap)
        case schema.VsOwnPeak():
            return shapes.VsOwnPeak(signal, parts.signals[component.peak])
        case schema.Trend():
            return _trend(parts, component, signal)
        case schema.Ratio():
            of, key_of = parts.amount(component.of), parts.amount(component.key_of)
            return shapes.Ratio(signal, of, parts.optional(component.key), key_of, component.emphasis)
        case schema.Linear():
            return shapes.Linear(signal, component.points, parts.optional(component.per))
        case schema.Cadence():
            lapse = 2.0 * component.due if component.lapse is None else component.lapse
            return shapes.Cadence(signal, component.due, lapse, component.never)
        case schema.Category():
            return shapes.Category(signal, component.values, component.otherwise)
        case schema.Milestones() if isinstance(signal, MilestonesSignal):
            return shapes.Milestones(signal)
        case _:
            raise AssertionError(f"a checked model has no {type(component).__name__} of a {type(signal).__name__}")


def _trend(parts: Parts, component: schema.Trend, signal: Signal) -> shapes.Trend:
    return shapes.Trend(
        signal,
        parts.signals[component.prior],
        fall=component.full,
        rise=component.full if component.rise is None else component.rise,
        flat=component.flat,
        min_history_ms=parse_duration(component.min_history),
        resolution_ms=parts.model.resolution_ms,
    )
