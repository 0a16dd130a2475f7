"""The bars of the waterfall: from 100 down by the points lost to the score. Each stands in its row of a real table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.wording.look import Look

_HALF = 6
_CLOSE = 10.0
"""Points between two bounds whose names would touch: they stand left and right of their lines."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The bar of 100, one for each row, and the score's own."""

    possible: Markup
    rows: tuple[Markup, ...]
    score: Markup


def waterfall(look: Look, lost: Sequence[float], score: float, tier: str) -> Bars:
    """`lost` are the points of the rows, in their order; below 0 they are won back, as by a set score.

    >>> len(waterfall(Look(now_ms=0), (14.4, 9.5), 76.1, "green").rows)
    2
    """
    level = 100.0
    rows = []
    for points in lost:
        after = min(max(level - points, 0.0), 100.0)
        low, high = sorted((level, after))
        bar = _bar("earned", low, max(high - low, 0.4 if points else 0.2))
        rows.append(_drawing(look, bar + _join(level, 0, 50) + _join(after, 50, 100)))
        level = after
    end = _bar(f"f-{look.tone(tier)}", 0, score) + _join(score, 0, 50)
    return Bars(_drawing(look, _bar("lost", 0, 100)), tuple(rows), _drawing(look, end))


def _bar(classes: str, left: float, width: float) -> str:
    place = f'x="{shapes.number(left, 2)}%" y="{-_HALF}" width="{shapes.number(width, 2)}%" height="{2 * _HALF}"'
    return f'<svg class="mid" y="50%"><rect class="{classes}" {place}/></svg>'


def _join(level: float, top: float, foot: float) -> str:
    x = f"{shapes.number(level, 2)}%"
    return f'<line class="conn" x1="{x}" x2="{x}" y1="{top:g}%" y2="{foot:g}%"/>'


def _drawing(look: Look, parts: str) -> Markup:
    """Fills its cell: all places are in percent, so that a bar is as thick in a row of two lines. No text is in it."""
    bounds = "".join(f'<line class="th" x1="{bound:g}%" x2="{bound:g}%" y1="0" y2="100%"/>' for bound in look.bounds)
    return Markup(f'<svg class="wfb" aria-hidden="true">{bounds}{parts}</svg>')


def axis(look: Look) -> Markup:
    """The scale above the bars, for the table's head: as wide as its cell, its text unscaled."""
    bounds = look.bounds
    close = {bound for bound, after in pairwise(bounds) if after - bound < _CLOSE}
    after = {after for bound, after in pairwise(bounds) if after - bound < _CLOSE}
    sides = {bound: "e" if bound in close else "" if bound in after else "c" for bound in bounds}
    marks = [(0.0, ""), *sides.items(), (100.0, "e")]
    texts = "".join(f'<text class="{side}" x="{at:g}%" y="12">{at:g}</text>' for at, side in marks)
    return Markup(f'<svg class="wfa" height="16" aria-hidden="true">{texts}</svg>')
