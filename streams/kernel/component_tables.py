"""The tables of components: each shape of `scoring.plan.components` as a number of `native/plan/plan.h` and its fields,
with its exceptions, its source and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from typing import Any, NamedTuple

from scoring.plan.components.base import Shape
from scoring.plan.components.blend import Blend
from scoring.plan.components.categories import Category, Milestones
from scoring.plan.components.evidence import Factor
from scoring.plan.components.excepted import Excepted
from scoring.plan.components.lines import Cadence, Linear, Trend
from scoring.plan.components.shares import Capped, Ratio, ShareOfMax, VsOwnPeak
from scoring.plan.components.sourced import Sourced
from scoring.plan.components.usual import VsUsual
from scoring.plan.conditions import Conditions
from scoring.plan.evaluation import Component
from scoring.plan.signals.base import Signal
from streams.kernel.condition_tables import write_conditions
from streams.kernel.signal_tables import Numbers
from streams.kernel.table_writer import NotInKernel, TableWriter

SHAPES = (
    *("share_of_max", "capped", "vs_own_peak", "trend", "ratio", "linear", "vs_usual", "cadence", "category"),
    *("milestones", "blend"),
)
"""In the order of `ShapeKind`."""
HALF, FADE, WAY = range(3)


class ShapeTable(NamedTuple):
    """The fields of one shape; their meaning by kind stands beside `ShapeKind`."""

    kind: str
    a: int = -1
    b: int = -1
    c: int = -1
    d: int = -1
    n: int = 0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    is_inverse: bool = False
    points: tuple[tuple[float, float], ...] = ()
    parts: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


class Entries(NamedTuple):
    """What a component's numbers refer to: signals by `id`, and entries of the norm by name."""

    signals: Numbers
    norm: Mapping[str, int]

    def signal(self, signal: Signal | None) -> int:
        """The number of a signal, -1 for none."""
        return -1 if signal is None else self.signals[id(signal)]

    def amount(self, of: Signal | float) -> tuple[int, float]:
        """The number of a signal, or -1 and a number."""
        return (-1, float(of)) if isinstance(of, int | float) else (self.signals[id(of)], 0.0)


def write_component(tables: TableWriter, component: Component, entries: Entries) -> None:
    """Append one component."""
    shape, needs, slot, entry = component.shape, -1, -1, -1
    rules: tuple[tuple[Conditions, float, str], ...] = ()
    if isinstance(shape, Sourced):
        slot, entry, shape = shape.source.slot, entries.norm[shape.source.norm_name], shape.shape
    if isinstance(shape, Excepted):
        needs, rules, shape = entries.signal(shape.needs), shape.rules, shape.shape
    _write_shape(tables, component.name, shape, entries)
    tables.whole(needs)
    tables.whole(len(rules))
    for conditions, judgement, _ in rules:
        write_conditions(tables, conditions, entries.signals)
        tables.real(judgement)
    tables.whole(slot, entry, component.evidence is not None)
    factors = () if component.evidence is None else component.evidence.factors
    tables.each(factors, lambda factor: _write_factor(tables, factor, entries))
    tables.bits(component.bit)


def _write_shape(tables: TableWriter, name: str, shape: Shape, entries: Entries) -> None:
    make = TABLES.get(type(shape))
    if make is None:
        raise NotInKernel(
            f"the kernel has no shape like that of {name!r} ({type(shape).__name__}): add its kind to "
            "streams/kernel/component_tables.py and to native/judge"
        )
    table = make(shape, entries)
    tables.whole(SHAPES.index(table.kind), table.a, table.b, table.c, table.d, table.n)
    tables.real(table.x, table.y, table.z)
    tables.whole(table.is_inverse)
    tables.each(table.points, lambda point: tables.real(*point))
    tables.wholes(table.parts)
    tables.reals(table.weights)
    tables.each(table.texts, tables.text)


def _write_factor(tables: TableWriter, factor: Factor, entries: Entries) -> None:
    kind, begin, end = WAY, factor.begin, factor.end
    if factor.half:
        kind, begin = HALF, factor.half
    elif factor.fade:
        kind, begin = FADE, factor.fade
    tables.whole(kind, entries.signal(factor.signal))
    tables.real(begin, end)


def _ratio(shape: Ratio, entries: Entries) -> ShapeTable:
    (of, x), (key_of, y) = entries.amount(shape.of), entries.amount(shape.key_of)
    signal, key = entries.signal(shape.signal), entries.signal(shape.key)
    return ShapeTable("ratio", signal, of, key, key_of, x=x, y=y, z=shape.emphasis)


def _category(shape: Category, entries: Entries) -> ShapeTable:
    otherwise = nan if shape.otherwise is None else shape.otherwise
    weights = tuple(nan if each is None else float(each) for each in shape.values.values())
    return ShapeTable("category", entries.signal(shape.signal), z=otherwise, weights=weights, texts=tuple(shape.values))


def _trend(shape: Trend, entries: Entries) -> ShapeTable:
    signal, prior = entries.signal(shape.signal), entries.signal(shape.prior)
    return ShapeTable("trend", signal, prior, n=shape.min_history_ms, x=shape.fall, y=shape.rise, z=shape.flat)


def _vs_usual(shape: VsUsual, entries: Entries) -> ShapeTable:
    signal, usual = entries.signal(shape.signal), entries.signal(shape.usual)
    dispersion = entries.signal(shape.dispersion)
    return ShapeTable("vs_usual", signal, usual, dispersion, x=shape.prior, y=shape.least, points=shape.points)


TABLES: Mapping[type[Shape], Callable[[Any, Entries], ShapeTable]] = {
    ShareOfMax: lambda shape, entries: ShapeTable(
        "share_of_max", entries.signal(shape.signal), entries.norm[shape.name], is_inverse=shape.inverse
    ),
    Capped: lambda shape, entries: ShapeTable("capped", entries.signal(shape.signal), x=shape.cap),
    VsOwnPeak: lambda shape, entries: ShapeTable(
        "vs_own_peak", entries.signal(shape.signal), entries.signal(shape.peak)
    ),
    Trend: _trend,
    Ratio: _ratio,
    Linear: lambda shape, entries: ShapeTable(
        *("linear", entries.signal(shape.signal), entries.signal(shape.per)),
        x=shape.more,
        y=shape.more_per,
        points=shape.points,
    ),
    VsUsual: _vs_usual,
    Cadence: lambda shape, entries: ShapeTable(
        *("cadence", entries.signal(shape.signal)),
        x=shape.due,
        y=shape.lapse,
        z=nan if shape.never is None else shape.never,
    ),
    Category: _category,
    Milestones: lambda shape, entries: ShapeTable("milestones", entries.signal(shape.signal)),
    Blend: lambda shape, entries: ShapeTable(
        "blend", parts=tuple(part[0] for part in shape.parts), weights=tuple(part[1] for part in shape.parts)
    ),
}
"""How the table of each shape is made."""
