"""Twelve weeks of one account in a row of a table: 88 × 28, one window of 50 points for every row."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.wording.look import Look

WIDTH, HEIGHT = 88, 28
_RIGHT, _TOP, _BOTTOM = 82.0, 2.0, 26.0
_WINDOW = 50.0
_EVERY = 2
"""Of the days, how many make one point: half of them keep the shape at this width, at half the bytes."""


def sparkline(look: Look, closes: Sequence[float | None], score: float | None, tier: str) -> Markup:
    """`closes` are the scores (0 to 100) of the days, the oldest first, None where there was none; `score` is now's.

    The window is 50 points where the series lies in as many, so that slopes compare between rows, else 100. The grey
    band is what lies between the worst tier and the best. Without any score there is a quiet dash.
    """
    series = [*closes[:-1], score] if closes else [score]
    known = [value for value in series if value is not None]
    if not known:
        return Markup('<span class="q">–</span>')
    low, high = _window(min(known), max(known))
    parts = [_band(look, low, high), *_lines(series, low, high)]
    if score is not None:
        parts.append(shapes.mark(look.tone(tier), _RIGHT, _y(score, low, high), 5.4))
    return shapes.svg(parts, WIDTH, HEIGHT, "Score of 12 weeks", _finding(look, known, score), "sp")


def _window(least: float, most: float) -> tuple[float, float]:
    if most - least > _WINDOW:
        return 0.0, 100.0
    low = min(max((least + most) / 2 - _WINDOW / 2, 0.0), 100.0 - _WINDOW)
    return low, low + _WINDOW


def _y(score: float, low: float, high: float) -> float:
    return _BOTTOM - (score - low) / (high - low) * (_BOTTOM - _TOP)


def _band(look: Look, low: float, high: float) -> str:
    if len(look.bounds) < 1:
        return ""
    top = _y(min(max(look.bounds[-1], low), high), low, high)
    foot = _y(min(max(look.bounds[0], low), high), low, high)
    top = 0.0 if look.bounds[-1] >= high else top
    foot = float(HEIGHT) if look.bounds[0] <= low else foot
    return shapes.rect("band", 0, top, _RIGHT + 2, foot - top)


def _lines(series: Sequence[float | None], low: float, high: float) -> list[str]:
    """One line for each run of days with a score."""
    step = _RIGHT / max(len(series) - 1, 1)
    last = len(series) - 1
    runs: list[list[str]] = [[]]
    for number, value in enumerate(series):
        if value is None:
            runs.append([])
        elif (last - number) % _EVERY == 0:
            runs[-1].append(f"{shapes.number(number * step)},{shapes.number(_y(value, low, high))}")
    return [f'<polyline class="ln sm" points="{" ".join(run)}"/>' for run in runs if len(run) > 1]


def _finding(look: Look, known: Sequence[float], score: float | None) -> str:
    end = "no score now" if score is None else f"{look.score(score)} now"
    return f"From {look.score(known[0])} to {end}, lowest {look.score(min(known))}"
