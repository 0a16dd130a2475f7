"""Charts that fill their column: places along the width are in percent, so that text is never scaled.

Lines and areas lie in an inner drawing that alone is stretched, with strokes of constant width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from dashboard.charts.shapes import number

_SHAPES = {
    "red": "M-{h} -{h}h{s}v{s}h-{s}z",
    "yellow": "M0 -{d}L{d} 0 0 {d} -{d} 0z",
    "green": "M-{h} 0a{h} {h} 0 1 0 {s} 0a{h} {h} 0 1 0 -{s} 0z",
    "mid": "M-{q} -{h}h{h}l{q} {h}-{q} {h}h-{h}l-{q} -{h}z",
}


def drawing(parts: Iterable[str], height: float, title: str, finding: str, classes: str) -> Markup:
    """The element. `finding` says what the chart shows; `parts` are already safe."""
    return Markup(
        f'<svg class="{classes}" width="100%" height="{number(height)}" role="img"><title>{escape(title)}</title>'
        f"<desc>{escape(finding)}</desc>{''.join(parts)}</svg>"
    )


def inner(parts: Iterable[str], left: float, width: float, box: tuple[float, float, float, float], y: float) -> str:
    """A part that is stretched: `left` and `width` in percent, `box` what of its own plane it shows, `y` its top."""
    view = " ".join(number(each, 2) for each in box)
    return (
        f'<svg class="inner" x="{number(left, 2)}%" y="{number(y)}" width="{number(width, 2)}%"'
        f' height="{number(box[3])}" viewBox="{view}" preserveAspectRatio="none">{"".join(parts)}</svg>'
    )


def text(words: object, left: float, y: float, classes: str = "", dx: float = 0.0) -> str:
    """A text at `left` percent, moved by `dx` pixels; escaped."""
    klass = f' class="{classes}"' if classes else ""
    moved = f' dx="{number(dx)}"' if dx else ""
    return f'<text{klass} x="{number(left, 2)}%" y="{number(y)}"{moved}>{escape(words)}</text>'


def line(classes: str, left: float, top: float, right: float, foot: float) -> str:
    """A line between two places, the first and third in percent."""
    return (
        f'<line class="{classes}" x1="{number(left, 2)}%" y1="{number(top)}" x2="{number(right, 2)}%"'
        f' y2="{number(foot)}"/>'
    )


def rect(classes: str, left: float, top: float, width: float, height: float) -> str:
    """A rectangle, `left` and `width` in percent; nothing where it has no area."""
    if width <= 0 or height <= 0:
        return ""
    return (
        f'<rect class="{classes}" x="{number(left, 2)}%" y="{number(top)}" width="{number(width, 2)}%"'
        f' height="{number(height)}"/>'
    )


def mark(tone: str, left: float, y: float, size: float, classes: str = "") -> str:
    """The mark of a tier, centred at `left` percent; a short bar for none."""
    half = size / 2
    shape = _SHAPES.get(tone, "M-{h} -1h{s}v2h-{s}z").format(
        h=number(half, 2), s=number(size, 2), d=number(size / 1.6, 2), q=number(half / 1.5, 2)
    )
    klass = f"f-{tone if tone in _SHAPES else 'none'}{f' {classes}' if classes else ''}"
    return f'<svg class="at" x="{number(left, 2)}%" y="{number(y)}"><path class="{klass}" d="{shape}"/></svg>'


def steps(values: Sequence[float | None], height: float, low: float, high: float) -> list[str]:
    """Points of lines, one for each run of known values: each value stands at its index, the greatest at the top.

    >>> steps([1.0, None, 0.0, 1.0], 10.0, 0.0, 1.0)
    ['0,0', '2,10 3,0']
    """
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            place = height - (value - low) / (high - low) * height
            runs[-1].append(f"{index},{number(place, 2)}")
    return [" ".join(run) for run in runs if run]
