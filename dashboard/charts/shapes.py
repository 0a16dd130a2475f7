"""What all charts share: numbers as short texts, the marks of tiers, the element with its title and finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

_MARKS = {
    "red": "M{l} {t}h{s}v{s}h-{s}z",
    "yellow": "M{x} {t}l{h} {h}-{h} {h}-{h}-{h}z",
    "green": "M{l} {y}a{h} {h} 0 1 0 {s} 0a{h} {h} 0 1 0-{s} 0z",
    "mid": "M{q} {t}h{h}l{k} {h}-{k} {h}h-{h}l-{k}-{h}z",
}


def number(value: float, places: int = 1) -> str:
    """A coordinate, as short as it can be.

    >>> number(12.0), number(0.34), number(-0.01)
    ('12', '0.3', '0')
    """
    text = f"{value:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def mark(tone: str, x: float, y: float, size: float, ring: bool = False) -> str:
    """The mark of a tier, centred: a path of its shape; a short bar for none. `tone` is a class of `Look.tone`."""
    half = size / (1.6 if tone == "yellow" else 2)
    given = {
        "x": number(x),
        "y": number(y),
        "l": number(x - half),
        "t": number(y - half),
        "s": number(2 * half),
        "h": number(half),
        "q": number(x - half / 2),
        "k": number(half / 2),
    }
    shape = _MARKS.get(tone, "M{l} {y}h{s}").format(**given)
    klass = f"f-{tone if tone in _MARKS else 'none'}{' ring' if ring else ''}"
    stroke = "" if tone in _MARKS else ' stroke="currentColor" stroke-width="1.6"'
    return f'<path class="{klass}" d="{shape}"{stroke}/>'


def text(words: object, x: float, y: float, classes: str = "") -> str:
    """A text, escaped."""
    klass = f' class="{classes}"' if classes else ""
    return f'<text{klass} x="{number(x)}" y="{number(y)}">{escape(words)}</text>'


def line(classes: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{classes}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'


def rect(classes: str, x: float, y: float, width: float, height: float) -> str:
    """A rectangle; nothing where it has no area."""
    if width <= 0 or height <= 0:
        return ""
    return (
        f'<rect class="{classes}" x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"/>'
    )


def svg(
    parts: Sequence[str], width: float, height: float, title: str, finding: str, classes: str, key: str = ""
) -> Markup:
    """The element, drawn for its width: its text is never scaled up. `finding` says what the chart shows, not what
    kind of chart it is; `key` makes its ids unique, without one it is named by its title.
    """
    size = f'width="{number(width)}" height="{number(height)}" '
    named = f' aria-labelledby="{escape(key)}-t {escape(key)}-d"' if key else ""
    ids = (f' id="{escape(key)}-t"', f' id="{escape(key)}-d"') if key else ("", "")
    return Markup(
        f'<svg class="{classes}" {size}viewBox="0 0 {number(width)} {number(height)}" role="img"{named}>'
        f"<title{ids[0]}>{escape(title)}</title><desc{ids[1]}>{escape(finding)}</desc>{''.join(parts)}</svg>"
    )


def hidden_svg(parts: str, width: float, height: float, classes: str = "") -> Markup:
    """A drawing beside the numbers that it shows: hidden from assistive technology."""
    klass = f'class="{classes}" ' if classes else ""
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    return Markup(f'<svg {klass}{size} preserveAspectRatio="none" aria-hidden="true">{parts}</svg>')


def clip(words: str, letters: int) -> str:
    """A text of at most that many letters, with an ellipsis at its end where it was longer.

    >>> clip("Halverson Freight", 9)
    'Halverso…'
    """
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def washes(bands: Sequence[tuple[str, float, float]], x: float, width: float, y: Callable[[float], float]) -> str:
    """The tiers' bands behind a line. `bands` are (tone, from, to) in points, `y` where a score stands."""
    return "".join(rect(f"w-{tone}", x, y(high), width, y(low) - y(high)) for tone, low, high in bands)
