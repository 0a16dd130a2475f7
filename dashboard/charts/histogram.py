"""Accounts by score in steps of five points, in their tiers' colours, and what they would be as a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from dashboard.charts import stretched
from dashboard.charts.shapes import number
from dashboard.wording.look import Look

HEIGHT = 172
_TOP, _TALL = 12.0, 138.0
_GAP = 0.15
"""Percent of the width between two bars, at each side."""


def histogram(look: Look, counts: Sequence[int], other: Sequence[int] = ()) -> Markup:
    """`counts` are of equal steps from 0 to 100; a bar that a bound divides has both colours. `other` is the line."""
    most = max((*counts, *other, 1))
    step = 100 / max(len(counts), 1)
    parts = []
    for index, count in enumerate(counts):
        tall = count / most * _TALL
        for low, high in _pieces(index * step, (index + 1) * step, look.bounds):
            left = low + (_GAP if low == index * step else 0.0)
            right = high - (_GAP if high == (index + 1) * step else 0.0)
            tone = look.tone(_tier(look, (low + high) / 2))
            parts.append(stretched.rect(f"f-{tone}", left, _TOP + _TALL - tall, right - left, tall))
    if other:
        parts.append(_outline(other, most))
    foot = _TOP + _TALL
    parts.append(stretched.line("ax", 0, foot, 100, foot))
    for value in (0.0, *look.bounds, 100.0):
        classes = "" if value <= 0 else "e" if value >= 100 else "c"
        parts.append(stretched.text(f"{value:g}", value, foot + 15, classes))
        if 0 < value < 100:
            parts.append(stretched.line("ax", value, foot, value, foot + 4))
    parts.append(stretched.text(f"{most:,} accounts", 0, 9, ""))
    return stretched.drawing(parts, HEIGHT, "Accounts by score", _finding(counts, step), "hist")


def _outline(then: Sequence[int], most: int) -> str:
    points = []
    for index, count in enumerate(then):
        y = number(_TALL - count / most * _TALL, 2)
        points += [f"{index},{y}", f"{index + 1},{y}"]
    both = f'points="{" ".join(points)}"'
    lines = (f'<polyline class="ln under" {both}/>', f'<polyline class="ln" {both}/>')
    return stretched.inner(lines, 0, 100, (0.0, 0.0, float(len(then)), _TALL), _TOP)


def _pieces(low: float, high: float, bounds: Sequence[float]) -> list[tuple[float, float]]:
    """A step, divided at the bounds within it.

    >>> _pieces(70.0, 75.0, (45.0, 71.0))
    [(70.0, 71.0), (71.0, 75.0)]
    """
    edges = [low, *(bound for bound in bounds if low < bound < high), high]
    return list(pairwise(edges))


def _tier(look: Look, score: float) -> str:
    return next((name for name, bound in reversed(look.tiers) if score >= bound), look.tiers[0][0])


def _finding(counts: Sequence[int], step: float) -> str:
    if not any(counts):
        return "No account has a score."
    fullest = max(range(len(counts)), key=lambda index: counts[index])
    return (
        f"Most accounts, {counts[fullest]:,} of {sum(counts):,}, score {fullest * step:g} to {(fullest + 1) * step:g}."
    )
