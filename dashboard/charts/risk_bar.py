"""How much MRR is at risk, as a bar before its number."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.charts import shapes

WIDTH, HEIGHT = 30, 8


def risk_bar(at_risk: float | None, most: float) -> Markup:
    """`at_risk` on a scale that ends at `most`, growing to the left. Hidden: the number stands beside it.

    >>> 'x="15"' in risk_bar(50.0, 100.0), "<rect" in risk_bar(None, 100.0)
    (True, False)
    """
    length = 0.0 if not at_risk or most <= 0 else max(min(at_risk / most, 1.0) * WIDTH, 0.7)
    bar = shapes.rect("earned", WIDTH - length, 0, length, HEIGHT)
    return shapes.hidden_svg(bar, WIDTH, HEIGHT, "riskbar")
