"""Coverage as a bar, with its target as a line."""

from __future__ import annotations

from markupsafe import Markup

WIDTH, HEIGHT = 260, 18


def coverage_bar(coverage: float | None, target: float, width: int = WIDTH) -> Markup:
    """`coverage` and `target` are 0 to 1; None draws the target alone. Hidden: the numbers stand beside it.

    >>> 'width="130.0"' in coverage_bar(0.5, 0.8)
    True
    """
    filled = 0.0 if coverage is None else min(max(coverage, 0.0), 1.0) * width
    mark = min(max(target, 0.0), 1.0) * width - 1.0
    bar = f'<rect class="earned" y="5" width="{filled:.1f}" height="8"/>' if filled else ""
    return Markup(  # numbers only
        f'<svg width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" aria-hidden="true">'
        f'<rect class="band" width="{width}" height="{HEIGHT}"/>{bar}'
        f'<rect class="inkf" x="{max(mark, 0.0):.1f}" y="1" width="2" height="16"/></svg>'
    )
