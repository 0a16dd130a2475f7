"""A flame graph of sampled stacks, as one picture that needs nothing else. Pure: text in, text out.

What comes in are folded stacks, a line each: the frames from the outermost to the innermost with semicolons between,
then a space and how often that stack was seen. No path of a machine gets into the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

import msgspec

WIDTH, ROW, MARGIN, HEAD = 1200, 17, 10, 64
LEAST_SHARE = 0.001
"""What was seen less often than in this share of all samples is too narrow to be seen, and left out."""
_LETTER = 6.3
"""The width of a letter, roughly."""
_KINDS = (
    ("scoring/", "#f2a65a", "scoring"),
    ("alerts/", "#e07a5f", "alerts"),
    ("streams/kernel/", "#9bc59d", "the kernel"),
    ("streams/", "#f2cc8f", "streams"),
    ("aiokafka/", "#8fb8de", "aiokafka"),
    ("faust/", "#a5c4d4", "Faust"),
)
_OTHER = ("#d8d8d8", "Python, the system, all else")
_ADDRESS = re.compile(r"^0x[0-9a-f]+ \((.+)\)$")
_FOLDERS = re.compile(r"(?<![\w.)])/(?:[^/\s()]+/)*")
_PACKAGES = re.compile(
    r"/(?:[^/\s()]+/)*(?:(?:site-packages|dist-packages|python3\.\d+)/(?=[^/\s()])|(?=(?:scoring|alerts|streams)/))"
)
_FILE = re.compile(r"\(/[^()]*/([^/()]+)\)$")
_EXTENSION = re.compile(r"\((?:[^()]*/)?_native\.[^()/]*\)$")
_LINE = re.compile(r":\d+\)$")


class Frame(msgspec.Struct):
    """One box: how often it was seen, alone or with others within it. Mutable while it is made."""

    name: str
    samples: int = 0
    within: dict[str, Frame] = {}


def named(frame: str) -> str:
    """A frame's name as it is shown: without paths of a machine, line numbers and addresses.

    >>> named("apply (/home/me/site-packages/scoring/fold/fold.py:12)")
    'apply (scoring/fold/fold.py)'
    >>> named("score_refresh (/home/me/streams/kernel/_native.cpython-311.so)")
    'score_refresh (streams/kernel/native)'
    >>> named("0x7f00 (libc.so.6)")
    'libc.so.6'
    """
    if found := _ADDRESS.match(frame):
        frame = found[1]
    frame = _PACKAGES.sub("", _EXTENSION.sub("(streams/kernel/native)", frame))
    return _LINE.sub(")", _FOLDERS.sub("", _FILE.sub(r"(\1)", frame)))


def tree_of(folded: Iterable[str]) -> Frame:
    """All stacks in one tree, without what is outside of a task of the event loop: it is the same for all."""
    root = Frame("all samples")
    for line in folded:
        stack, _, count = line.rstrip().rpartition(" ")
        if not stack or not count.isdigit():
            continue
        root.samples += int(count)
        at = root
        for name in _inner([named(frame) for frame in stack.split(";")]):
            at = at.within.setdefault(name, Frame(name))
            at.samples += int(count)
    return root


def _inner(names: list[str]) -> Iterator[str]:
    """The frames within the event loop's innermost; a function that calls itself is one."""
    loops = [place for place, name in enumerate(names) if "(asyncio/" in name]
    first = min(loops[-1] + 1, len(names) - 1) if loops else 0
    before = ""
    for name in names[first:]:
        if name != before:
            yield name
        before = name


def svg_of(root: Frame, title: str, note: str) -> str:
    """The picture: the outermost frames on top, width by samples, of which there are some; a frame's whole name shows
    when one points at it."""
    boxes = list(_boxes(root, 0, 0, root.samples))
    height = HEAD + ROW * (1 + max(depth for _, depth, _ in boxes)) + MARGIN
    scale = (WIDTH - 2 * MARGIN) / root.samples
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="20" font-size="15">{escape(title)}</text>',
        f'<text x="{MARGIN}" y="36" fill="#555555">{escape(note)}</text>',
        *_legend(),
    ]
    for frame, depth, start in boxes:
        lines.append(_box(frame, MARGIN + start * scale, HEAD + depth * ROW, frame.samples * scale, root.samples))
    return "\n".join([*lines, "</svg>", ""])


def _boxes(frame: Frame, depth: int, start: int, total: int) -> Iterator[tuple[Frame, int, int]]:
    """(frame, depth, samples to the left of it) of all that is wide enough."""
    yield frame, depth, start
    for each in sorted(frame.within.values(), key=lambda inner: -inner.samples):
        if each.samples >= LEAST_SHARE * total:
            yield from _boxes(each, depth + 1, start, total)
        start += each.samples


def _box(frame: Frame, x: float, y: int, width: float, total: int) -> str:
    letters = int(width / _LETTER) - 1
    shown = frame.name if len(frame.name) <= letters else frame.name[: letters - 1] + "…"
    text = f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(shown)}</text>' if letters > 3 else ""
    whole = f"{frame.name}: {frame.samples / total:.1%} of {total:,} samples"
    return (
        f'<g><title>{escape(whole)}</title><rect x="{x:.1f}" y="{y}" width="{max(0.5, width - 0.5):.1f}" '
        f'height="{ROW - 1}" fill="{_colour(frame.name)}"/>{text}</g>'
    )


def _colour(name: str) -> str:
    return next((colour for folder, colour, _ in _KINDS if f"({folder}" in name), _OTHER[0])


def _legend() -> Iterator[str]:
    x = MARGIN
    for colour, words in (*((colour, words) for _, colour, words in _KINDS), _OTHER):
        yield f'<rect x="{x}" y="44" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 16}" y="54">{escape(words)}</text>'
        x += 40 + int(len(words) * _LETTER)
