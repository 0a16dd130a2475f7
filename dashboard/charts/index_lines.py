"""The health index of twelve weeks: by account, and by MRR."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.portfolio import IndexDay
from dashboard.wording.look import Look

WIDTH, HEIGHT = 440, 140
_ENDS, _TOP, _BOTTOM = 104.0, 8.0, 112.0
_LEAST_SPAN = 10.0

Place = Callable[[float], float]
"""Where a value stands, in pixels."""


def index_lines(
    look: Look, days: Sequence[IndexDay], width: float = WIDTH, classes: str = "fl", key: str = "index"
) -> Markup:
    """`days` the oldest first. The axis spans ten points or more; where a tier's bound lies in it, it is dotted."""
    known = [value for day in days for value in (day.by_account, day.by_mrr) if value is not None]
    if not known:
        return Markup()
    low, high = _span(min(known), max(known))
    inner = width - _ENDS
    step = inner / max(len(days) - 1, 1)

    def y(value: float) -> float:
        return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP)

    parts = [shapes.line("gr", 0, y(edge), inner, y(edge)) for edge in (low, high)]
    parts += [shapes.line("th", 0, y(bound), inner, y(bound)) for bound in look.bounds if low < bound < high]
    parts += [
        _polyline("ln sm", [day.by_mrr for day in days], step, y),
        _polyline("ln", [day.by_account for day in days], step, y),
    ]
    parts += [shapes.text(f"{low:g}", 2, y(low) - 3), shapes.text(f"{high:g}", 2, y(high) + 11)]
    parts += _ends(look, days, inner, y)
    parts += [
        shapes.text(look.iso_day(days[0].day), 0, HEIGHT - 4),
        shapes.text(look.iso_day(days[-1].day), inner, HEIGHT - 4, "e"),
    ]
    return shapes.svg(parts, width, HEIGHT, "Health index of 12 weeks", _finding(look, days), classes, key)


def _span(least: float, most: float) -> tuple[float, float]:
    low, high = math.floor(least / 5) * 5.0, math.ceil(most / 5) * 5.0
    if high - low < _LEAST_SPAN:
        low = max(low - 5.0, 0.0)
        high = min(low + _LEAST_SPAN, 100.0) if high - low < _LEAST_SPAN else high
        low = min(low, high - _LEAST_SPAN)
    return low, high


def _polyline(classes: str, values: Sequence[float | None], step: float, place: Place) -> str:
    points = (
        f"{shapes.number(at * step)},{shapes.number(place(value))}"
        for at, value in enumerate(values)
        if value is not None
    )
    return f'<polyline class="{classes}" points="{" ".join(points)}"/>'


def _ends(look: Look, days: Sequence[IndexDay], inner: float, place: Place) -> list[str]:
    """The words at the lines' ends, moved apart where they would touch."""
    account = next((day.by_account for day in reversed(days) if day.by_account is not None), None)
    mrr = next((day.by_mrr for day in reversed(days) if day.by_mrr is not None), None)
    ends = [
        (value, words, classes)
        for value, words, classes in ((account, "by account", "t-ink t-b"), (mrr, "by MRR", "t-2"))
        if value is not None
    ]
    ends.sort(key=lambda end: -(end[0] or 0.0))
    parts, last = [], -100.0
    for value, words, classes in ends:
        at = max(place(value) + 4, last + 14)
        last = at
        parts.append(shapes.text(f"{look.score(value)} {words}", inner + 6, at, classes))
    return parts


def _finding(look: Look, days: Sequence[IndexDay]) -> str:
    parts = []
    for words, values in (("By account", [day.by_account for day in days]), ("by MRR", [day.by_mrr for day in days])):
        known = [value for value in values if value is not None]
        if known:
            parts.append(f"{words} from {look.score(known[0])} to {look.score(known[-1])}")
    return f"{'; '.join(parts)}; since {look.iso_day(days[0].day)}."
