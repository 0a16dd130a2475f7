"""What a component earns of what is possible, as a bar whose whole length is the possible."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.charts import shapes

WIDTH, HEIGHT = 150, 10


def earned_bar(earned: float, possible: float, most: float) -> Markup:
    """All in points; `most` is the greatest `possible` beside it. Hidden: the numbers stand beside it.

    >>> earned_bar(5.0, 10.0, 20.0).count("<rect")
    2
    """
    scale = WIDTH / most if most > 0 else 0.0
    whole = min(max(possible, 0.0) * scale, WIDTH)
    part = min(max(earned, 0.0) * scale, whole)
    bars = shapes.rect("lost", 0, 0, whole, HEIGHT) + shapes.rect("earned", 0, 0, part, HEIGHT)
    return shapes.hidden_svg(bars, WIDTH, HEIGHT)
