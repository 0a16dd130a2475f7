"""Scores of the book in 20 steps of five points, with another count as a line over the bars."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.wording.look import Look

WIDTH, HEIGHT = 680, 170
STEPS = 20
_TOP, _BOTTOM = 14.0, 150.0


def histogram(
    look: Look,
    counts: Sequence[int],
    other: Sequence[int] = (),
    width: float = WIDTH,
    classes: str = "fl",
    key: str = "histogram",
) -> Markup:
    """`counts` of accounts by score, 0 first; `other` is the what-if's, drawn as a line."""
    step = width / max(len(counts), 1)
    most = max([*counts, *other, 1])

    def y(count: float) -> float:
        return _BOTTOM - count / most * (_BOTTOM - _TOP)

    parts = [
        shapes.rect(
            f"f-{look.tone(look.tier_of(number * 100 / len(counts)))}",
            number * step + 1,
            y(count),
            step - 2,
            _BOTTOM - y(count),
        )
        for number, count in enumerate(counts)
    ]
    if other:
        points = " ".join(
            f"{shapes.number((number + side) * step)},{shapes.number(y(count))}"
            for number, count in enumerate(other)
            for side in (0, 1)
        )
        parts += [f'<polyline class="ln halo2" points="{points}"/>', f'<polyline class="ln" points="{points}"/>']
    parts.append(shapes.line("ax", 0, _BOTTOM, width, _BOTTOM))
    for bound in (0.0, *look.bounds, 100.0):
        side = "" if bound == 0 else "e" if bound == 100 else "c"
        parts.append(shapes.text(f"{bound:g}", bound / 100 * width, HEIGHT - 4, side))
    peak = max(range(len(counts)), key=lambda number: counts[number], default=0)
    size = 100 / max(len(counts), 1)
    finding = f"{sum(counts):,} accounts; most, {max([*counts, 0]):,}, from {peak * size:g} to {(peak + 1) * size:g}"
    return shapes.svg(parts, width, HEIGHT, f"Accounts by score, in steps of {size:g} points", finding, classes, key)
