"""The bars of the waterfall: from 100 down by the points lost to the score. Each stands in its row of a real table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.wording.look import Look

WIDTH, HEIGHT = 300, 30
_TOP, _THICK = 9.0, 12.0
_SCALE = WIDTH / 100


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
        bar = shapes.rect("earned", low * _SCALE, _TOP, max((high - low) * _SCALE, 1.2 if points else 0.6), _THICK)
        joins = _join(level, 0, _TOP + _THICK) + _join(after, _TOP, HEIGHT)
        rows.append(_drawing(look, bar + joins))
        level = after
    whole = shapes.rect("lost", 0, _TOP, WIDTH, _THICK)
    end = shapes.rect(f"f-{look.tone(tier)}", 0, _TOP, score * _SCALE, _THICK) + _join(score, 0, _TOP + _THICK)
    return Bars(_drawing(look, whole), tuple(rows), _drawing(look, end))


def _join(level: float, top: float, foot: float) -> str:
    return shapes.line("conn", level * _SCALE, top, level * _SCALE, foot)


def _drawing(look: Look, parts: str) -> Markup:
    """Stretched to its cell: there is no text in it. The columns beside it say the numbers."""
    bounds = "".join(shapes.line("th", bound * _SCALE, 0, bound * _SCALE, HEIGHT) for bound in look.bounds)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return Markup(f'<svg class="wfb" {box} aria-hidden="true">{bounds}{parts}</svg>')


def axis(look: Look) -> Markup:
    """The scale above the bars, for the table's head: as wide as its cell, its text unscaled."""
    marks = [(0.0, ""), *((bound, "c") for bound in look.bounds), (100.0, "e")]
    texts = "".join(f'<text class="{side}" x="{at:g}%" y="12">{at:g}</text>' for at, side in marks)
    return Markup(f'<svg class="wfa" height="16" aria-hidden="true">{texts}</svg>')
