"""The shape of an account: its judgements beside the median of its segment. Small; nobody must read a value from it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.account import Axis
from dashboard.wording.look import Look

WIDTH, HEIGHT = 324, 208
_X, _Y, _RADIUS = 162.0, 104.0, 72.0
LEAST = 3
"""Axes without which there is no shape."""


def radar(look: Look, axes: Sequence[Axis], classes: str = "fl", key: str = "radar") -> Markup:
    """Nothing with fewer than three axes. An axis without a judgement stands at the middle, and says «–»."""
    if len(axes) < LEAST:
        return Markup()
    parts = [
        f'<circle class="gr" cx="{_X:g}" cy="{_Y:g}" r="{shapes.number(_RADIUS * bound / 100)}"/>'
        for bound in (*look.bounds, 100)
    ]
    parts += [shapes.line("gr", _X, _Y, *_place(number, len(axes), 100)) for number in range(len(axes))]
    if all(axis.median is not None for axis in axes):
        parts.append(_polygon("poly o", [axis.median or 0.0 for axis in axes]))
    parts.append(_polygon("poly", [axis.value or 0.0 for axis in axes]))
    for number, axis in enumerate(axes):
        parts.append(_label(look, axis, number, len(axes)))
    title = "Judgements of the components beside the median of the segment"
    return shapes.svg(parts, WIDTH, HEIGHT, title, _finding(look, axes), classes, key)


def _place(number: int, count: int, value: float, beyond: float = 0.0) -> tuple[float, float]:
    angle = 2 * math.pi * number / count
    length = _RADIUS * min(max(value, 0.0), 100.0) / 100 + beyond
    return _X + math.sin(angle) * length, _Y - math.cos(angle) * length


def _polygon(classes: str, values: Sequence[float]) -> str:
    places = (_place(number, len(values), value) for number, value in enumerate(values))
    points = " ".join(f"{shapes.number(x)},{shapes.number(y)}" for x, y in places)
    return f'<polygon class="{classes}" points="{points}"/>'


def _label(look: Look, axis: Axis, number: int, count: int) -> str:
    x, y = _place(number, count, 100, 10)
    angle = 2 * math.pi * number / count
    side = "" if math.sin(angle) > 0.2 else "e " if math.sin(angle) < -0.2 else "c "
    down = 4.0 - math.cos(angle) * 4
    value = f'<tspan class="t-ink t-b">{look.number(axis.value, 0)}</tspan>'
    words = shapes.text(f"{shapes.clip(axis.label, 11)} ", x, y + down, f"{side}t-2")
    return words.replace("</text>", f"{value}</text>")


def _finding(look: Look, axes: Sequence[Axis]) -> str:
    known = [axis for axis in axes if axis.value is not None and axis.median is not None]
    below = sorted(known, key=lambda axis: (axis.value or 0.0) - (axis.median or 0.0))[:2]
    parts = [
        f"{axis.label} {look.number(axis.value, 0)} where the median is {look.number(axis.median, 0)}" for axis in below
    ]
    if not parts:
        return ", ".join(f"{axis.label} {look.number(axis.value, 0)}" for axis in axes)
    return f"Furthest below the segment: {', '.join(parts)}"
