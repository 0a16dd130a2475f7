"""Plots as SVG. Each has a title and a description for those who do not see it, and tables beside it say the same."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from streams.backtest.estimate import Estimate
from streams.backtest.report import AlertPrecision, Decile, LeadTime

WIDTH = 420
ROW = 38
TOP = 4
LEFT = 10
RIGHT = 52
"""Labels stand above their rows, so that a plot can be read on a telephone."""


class Dot(NamedTuple):
    """A figure in a row of a plot of dots: `colour` is a name of the style sheet, `text` what stands at its right."""

    label: str
    figure: Estimate
    colour: str
    text: str


class Span(NamedTuple):
    """An axis from `low` to `high`, over pixels from `left` to `right`."""

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        """Where a value lies, in pixels; those outside lie at the edge.

        >>> Span(0, 1, 100, 200).at(0.5), Span(0, 1, 100, 200).at(9)
        (150.0, 200.0)
        """
        part = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(self.left + min(max(part, 0.0), 1.0) * (self.right - self.left), 1)


def dots(title: str, rows: Sequence[Dot], ticks: Sequence[tuple[float, str]], half: float | None = None) -> str:
    """Figures with their intervals, one below the other. `half` is a line that means chance."""
    rows = [row for row in rows if row.figure.value is not None]
    if not rows:
        return ""
    axis = Span(ticks[0][0], ticks[-1][0], LEFT, WIDTH - RIGHT)
    bottom = TOP + ROW * len(rows)
    parts = [_ticks(axis, ticks, bottom)]
    if half is not None:
        x = axis.at(half)
        parts.append(f'<line class="half" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
    for number, row in enumerate(rows):
        y = TOP + ROW * number + 26
        parts.append(_label(y, row.label))
        if row.figure.low is not None and row.figure.high is not None:
            low, high = axis.at(row.figure.low), axis.at(row.figure.high)
            parts.append(f'<line class="range" x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke="var(--{row.colour})"/>')
        parts.append(f'<circle cx="{axis.at(row.figure.value or 0)}" cy="{y}" r="5" fill="var(--{row.colour})"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{y + 4}">{escape(row.text)}</text>')
    words = "; ".join(f"{row.label} {row.text}" for row in rows)
    return _svg(title, words, bottom + 24, parts)


def reliability(title: str, deciles: Sequence[Decile]) -> str:
    """The probability given and the share that churned, by tenth of the score; on the line they agree."""
    if not deciles:
        return ""
    top = max(max(each.predicted, each.observed.value or 0.0, each.observed.high or 0.0) for each in deciles)
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if limit >= min(top, 1.0))
    ticks = [(top * part / 4, f"{100 * top * part / 4:g} %") for part in range(5)]
    across, up = Span(0, top, 70, 370), Span(0, top, 290, 20)
    parts = []
    for value, words in ticks:
        x, y = across.at(value), up.at(value)
        parts.append(f'<line class="grid" x1="70" y1="{y}" x2="370" y2="{y}"/>')
        parts.append(f'<text class="tick" x="62" y="{y + 4}" text-anchor="end">{words}</text>')
        parts.append(f'<text class="tick" x="{x}" y="310" text-anchor="middle">{words}</text>')
    parts.append('<line class="half" x1="70" y1="290" x2="370" y2="20"/>')
    for each in deciles:
        x, value = across.at(each.predicted), each.observed.value or 0.0
        if each.observed.low is not None and each.observed.high is not None:
            low, high = up.at(each.observed.low), up.at(each.observed.high)
            parts.append(f'<line class="range" x1="{x}" y1="{low}" x2="{x}" y2="{high}" stroke="var(--c0)"/>')
        parts.append(f'<circle cx="{x}" cy="{up.at(value)}" r="4.5" fill="var(--c0)"/>')
    parts.append('<text class="tick" x="220" y="330" text-anchor="middle">probability given</text>')
    parts.append('<text class="tick" x="20" y="155" text-anchor="middle" transform="rotate(-90 20 155)">churned</text>')
    words = "; ".join(
        f"{100 * each.predicted:.1f} % given, {100 * (each.observed.value or 0):.1f} % churned" for each in deciles
    )
    return _svg(title, words, 338, parts, width=400)


def lead_times(title: str, times: Sequence[LeadTime]) -> str:
    """From the 25 % to the 75 % quantile of the lead time, with the median."""
    rows = [each for each in times if each.p50.value is not None]
    if not rows:
        return ""
    longest = max(each.p75.value or 0.0 for each in rows)
    step = next(size for size in (2, 5, 10, 20, 30, 60, 90, 180, 10_000) if size * 6 >= longest)
    ticks = [(float(step * part), f"{step * part}") for part in range(int(longest // step) + 2)]
    axis = Span(0, ticks[-1][0], LEFT, WIDTH - RIGHT)
    bottom = TOP + ROW * len(rows)
    parts = [_ticks(axis, ticks, bottom)]
    for number, each in enumerate(rows):
        y = TOP + ROW * number + 26
        low, middle, high = (axis.at(value.value or 0.0) for value in (each.p25, each.p50, each.p75))
        parts.append(_label(y, each.flag))
        parts.append(f'<rect class="bar" x="{low}" y="{y - 7}" width="{max(high - low, 2):.1f}" height="14" rx="3"/>')
        parts.append(
            f'<line x1="{middle}" y1="{y - 10}" x2="{middle}" y2="{y + 10}" stroke="var(--ink)" stroke-width="2"/>'
        )
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{y + 4}">{each.p50.value or 0:.0f} d</text>')
    words = "; ".join(f"{each.flag}: median {each.p50.value or 0:.0f} days" for each in rows)
    return _svg(title, words, bottom + 24, parts)


def alerts(title: str, found: Sequence[AlertPrecision]) -> str:
    """The share of alerts that an outcome followed, by rule."""
    rows = [Dot(each.rule, each.precision, "c0", f"{100 * (each.precision.value or 0):.0f} %") for each in found]
    return dots(title, rows, percent_ticks(rows))


def percent_ticks(rows: Sequence[Dot]) -> list[tuple[float, str]]:
    """Even ticks from 0 to a round share that holds all rows."""
    top = max((row.figure.high or row.figure.value or 0.0 for row in rows), default=0.0)
    top = next(limit for limit in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if limit >= min(top, 1.0))
    return [(top * part / 4, f"{100 * top * part / 4:g} %") for part in range(5)]


def _ticks(axis: Span, ticks: Sequence[tuple[float, str]], bottom: float) -> str:
    parts = []
    for value, words in ticks:
        x = axis.at(value)
        parts.append(f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{bottom + 17}" text-anchor="middle">{escape(words)}</text>')
    return "".join(parts)


def _label(y: float, label: str) -> str:
    short = label if len(label) <= 50 else f"{label[:49]}…"
    return f'<text x="{LEFT}" y="{y - 10}">{escape(short)}</text>'


def _svg(title: str, words: str, height: float, parts: Sequence[str], width: int = WIDTH) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height:g}" role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(words)}</desc>{''.join(parts)}</svg>"
    )
