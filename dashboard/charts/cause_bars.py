"""A bar from zero to the left or right: what a cause took from, or gave to, the health index."""

from __future__ import annotations

from markupsafe import Markup

WIDTH, HEIGHT = 168, 20


def cause_bar(points: float, largest: float, width: int = WIDTH) -> Markup:
    """`points` on a scale where `largest` (above 0, the greatest of the table's magnitudes) reaches an end.

    It is hidden from assistive technology: the number stands beside it.

    >>> "<rect" in cause_bar(0.0, 1.0)
    False
    """
    half = width / 2
    length = 0.0 if largest <= 0 else min(abs(points) / largest, 1.0) * (half - 2)
    left = half - length if points < 0 else half
    bar = f'<rect class="earned" x="{left:.1f}" y="5" width="{length:.1f}" height="10"/>' if length >= 0.05 else ""
    return Markup(  # numbers only
        f'<svg width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" aria-hidden="true">{bar}'
        f'<line class="ax" x1="{half:.1f}" x2="{half:.1f}" y1="0" y2="{HEIGHT}"/></svg>'
    )
