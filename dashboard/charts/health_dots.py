"""The health of a group as a mark on a line, with a small dot where it stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

HEIGHT = 20
WHOLE = (0.0, 100.0)
_WINDOW, _STEP = 50.0, 10.0
_LABEL_PX = 22.0
"""Bounds that are closer have their numbers at their outer sides."""
_SHAPES = {
    "red": '<rect class="f-red" x="-4.5" y="-4.5" width="9" height="9"/>',
    "yellow": '<path class="f-yellow" d="M0 -5.5 5.5 0 0 5.5 -5.5 0z"/>',
    "mid": '<path class="f-mid" d="M-2.6 -4.5h5.2L5.2 0 2.6 4.5h-5.2L-5.2 0z"/>',
    "green": '<circle class="f-green" r="4.5"/>',
}


def window(scores: Iterable[float]) -> tuple[float, float]:
    """The 50 points, from a multiple of ten, in the middle of which these scores lie; all 100 where they span more.

    >>> window((69.5, 96.2)), window((12.0, 88.0)), window(())
    ((50.0, 100.0), (0.0, 100.0), (0.0, 100.0))
    """
    found = tuple(scores)
    if not found:
        return WHOLE
    middle = (min(found) + max(found)) / 2
    low = min(max(round((middle - _WINDOW / 2) / _STEP) * _STEP, 0.0), WHOLE[1] - _WINDOW)
    return (low, low + _WINDOW) if low <= min(found) and max(found) <= low + _WINDOW else WHOLE


def health_dot(
    now: float | None,
    before: float | None,
    tone: str,
    bounds: Sequence[float],
    width: int = 420,
    span: tuple[float, float] = WHOLE,
) -> Markup:
    """`now` and `before` are scores; None draws the band alone. `bounds` are the inner bounds of tiers, the band lies
    between the first and the last. The line is that of the scores of `span`. Hidden: the numbers stand beside it.

    >>> health_dot(58.2, 66.9, "yellow", (45, 75)).count("<circle"), health_dot(None, None, "none", ()).count("<rect")
    (1, 0)
    """
    parts = _band(bounds, width, span)
    if now is not None:
        at = _at(now, width, span)
        if before is not None:
            was = _at(before, width, span)
            parts += f'<line class="tail" x1="{was:.1f}" x2="{at:.1f}" y1="10" y2="10"/>'
            parts += f'<circle class="was" cx="{was:.1f}" cy="10" r="2.5"/>'
        parts += f'<g transform="translate({at:.1f} 10)">{_SHAPES.get(tone, "")}</g>'
    return Markup(  # numbers, and shapes of this module
        f'<svg class="dot-line" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" aria-hidden="true">'
        f"{parts}</svg>"
    )


def dot_scale(bounds: Sequence[float], width: int = 420, span: tuple[float, float] = WHOLE) -> Markup:
    """The head of a column of such lines: the inner bounds of `span`, at their places.

    >>> dot_scale((45, 75)).count("<text")
    2
    """
    bounds = tuple(bound for bound in bounds if span[0] <= bound <= span[1])
    is_close = len(bounds) > 1 and _at(bounds[-1], width, span) - _at(bounds[0], width, span) < _LABEL_PX
    marks = []
    for place, bound in enumerate(bounds):
        side = "c" if not is_close else "e" if place == 0 else ""
        shift = {"e": -1, "": 1}.get(side, 0) if is_close else 0
        if not is_close or place in (0, len(bounds) - 1):
            marks.append(f'<text class="{side}" x="{_at(bound, width, span) + shift:.1f}" y="11">{bound:g}</text>')
    return Markup(
        f'<svg width="{width}" height="14" viewBox="0 0 {width} 14" aria-hidden="true">{"".join(marks)}</svg>'
    )  # same


def _band(bounds: Sequence[float], width: int, span: tuple[float, float]) -> str:
    if len(bounds) < 2:
        return ""
    left, right = _at(bounds[0], width, span), _at(bounds[-1], width, span)
    return f'<rect class="band" x="{left:.1f}" y="2" width="{right - left:.1f}" height="16"/>'


def _at(score: float, width: int, span: tuple[float, float]) -> float:
    low, high = span
    return 6 + min(max((score - low) / (high - low), 0.0), 1.0) * (width - 12)
