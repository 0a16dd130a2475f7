"""The health of a group as a mark on a line from 0 to 100, with a small dot where it stood."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

HEIGHT = 20
_LABEL_PX = 22.0
"""Bounds that are closer have their numbers at their outer sides."""
_SHAPES = {
    "red": '<rect class="f-red" x="-4.5" y="-4.5" width="9" height="9"/>',
    "yellow": '<path class="f-yellow" d="M0 -5.5 5.5 0 0 5.5 -5.5 0z"/>',
    "mid": '<path class="f-mid" d="M-2.6 -4.5h5.2L5.2 0 2.6 4.5h-5.2L-5.2 0z"/>',
    "green": '<circle class="f-green" r="4.5"/>',
}


def health_dot(now: float | None, before: float | None, tone: str, bounds: Sequence[float], width: int = 420) -> Markup:
    """`now` and `before` are scores; None draws the band alone. `bounds` are the inner bounds of tiers, the band lies
    between the first and the last. Hidden: the numbers stand beside it.

    >>> health_dot(58.2, 66.9, "yellow", (45, 75)).count("<circle"), health_dot(None, None, "none", ()).count("<rect")
    (1, 0)
    """
    parts = _band(bounds, width)
    if now is not None:
        at = _at(now, width)
        if before is not None:
            was = _at(before, width)
            parts += f'<line class="tail" x1="{was:.1f}" x2="{at:.1f}" y1="10" y2="10"/>'
            parts += f'<circle class="was" cx="{was:.1f}" cy="10" r="2.5"/>'
        parts += f'<g transform="translate({at:.1f} 10)">{_SHAPES.get(tone, "")}</g>'
    return Markup(  # numbers, and shapes of this module
        f'<svg class="dot-line" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" aria-hidden="true">'
        f"{parts}</svg>"
    )


def dot_scale(bounds: Sequence[float], width: int = 420) -> Markup:
    """The head of a column of such lines: the inner bounds, at their places.

    >>> dot_scale((45, 75)).count("<text")
    2
    """
    is_close = len(bounds) > 1 and _at(bounds[-1], width) - _at(bounds[0], width) < _LABEL_PX
    marks = []
    for place, bound in enumerate(bounds):
        side = "c" if not is_close else "e" if place == 0 else ""
        shift = {"e": -1, "": 1}.get(side, 0) if is_close else 0
        if not is_close or place in (0, len(bounds) - 1):
            marks.append(f'<text class="{side}" x="{_at(bound, width) + shift:.1f}" y="11">{bound:g}</text>')
    return Markup(
        f'<svg width="{width}" height="14" viewBox="0 0 {width} 14" aria-hidden="true">{"".join(marks)}</svg>'
    )  # same


def _band(bounds: Sequence[float], width: int) -> str:
    if len(bounds) < 2:
        return ""
    left, right = _at(bounds[0], width), _at(bounds[-1], width)
    return f'<rect class="band" x="{left:.1f}" y="2" width="{right - left:.1f}" height="16"/>'


def _at(score: float, width: int) -> float:
    return 6 + min(max(score, 0.0), 100.0) / 100 * (width - 12)
