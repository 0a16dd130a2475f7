"""Counts by week as small bars, in a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import shapes

WIDTH, HEIGHT = 150, 20
_GAP = 3.0


def week_bars(weeks: Sequence[int], most: int) -> Markup:
    """`weeks` the oldest first, `most` the greatest of the table, so that rows compare.

    >>> week_bars((4, 0, 2), 4).count("<rect")
    2
    """
    step = (WIDTH + _GAP) / max(len(weeks), 1)
    scale = (HEIGHT - 2) / max(most, 1)
    bars = [
        shapes.rect("earned", number * step, HEIGHT - max(count * scale, 1), step - _GAP, max(count * scale, 1))
        for number, count in enumerate(weeks)
        if count > 0
    ]
    bars.append(shapes.line("gr", 0, HEIGHT - 0.5, WIDTH, HEIGHT - 0.5))
    said = ", ".join(f"{count:,}" for count in weeks)
    return shapes.svg(bars, WIDTH, HEIGHT, f"{len(weeks)} weeks", f"By week, the oldest first: {said}", "")
