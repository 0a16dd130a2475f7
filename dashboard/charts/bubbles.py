"""MRR against health: a logarithmic axis of money, scores upward, tails from where accounts stood four weeks ago."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.portfolio import Bubble
from dashboard.wording.look import Look

WIDTH, HEIGHT = 920, 408
_LEFT, _TOP, _BOTTOM, _RIGHT = 34.0, 14.0, 374.0, 12.0
_NAMED, _LETTERS, _LETTER = 9, 28, 6.6
_FAR = 10.0
"""Points of four weeks beyond which an account has moved far."""

Place = Callable[[float], float]
"""Where a value stands, in pixels."""


def bubbles(
    look: Look, accounts: Sequence[Bubble], width: float = WIDTH, classes: str = "fl", key: str = "bubbles"
) -> Markup:
    """Accounts without MRR have no place on the axis. Names stand beside what is large or moved far."""
    shown = [each for each in accounts if each.mrr > 0]
    low, high = _range([each.mrr for each in shown])
    inner = width - _LEFT - _RIGHT

    def x(mrr: float) -> float:
        return _LEFT + (math.log(mrr) - low) / (high - low) * inner

    named = {each.account_id for each in sorted(shown, key=_weight, reverse=True)[:_NAMED]}
    parts = [shapes.washes(look.bands(), _LEFT, inner, _y), *_axes(look, low, high, x, width)]
    for each in sorted(shown, key=lambda each: (each.account_id in named, -each.score)):
        place = x(each.mrr)
        if each.before is not None and abs(each.before - each.score) >= 1.0:
            parts.append(shapes.line("tail", place, _y(each.before), place, _y(each.score)))
        size = 11.0 if each.account_id in named else 8.0
        parts.append(shapes.mark(look.tone(each.tier), place, _y(each.score), size).replace('"f-', '"bub f-'))
    parts.extend(_names([each for each in shown if each.account_id in named], x, width))
    return shapes.svg(
        parts, width, HEIGHT, f"MRR against score of {len(shown):,} accounts", _finding(look, shown), classes, key
    )


def _y(score: float) -> float:
    return _BOTTOM - min(max(score, 0.0), 100.0) / 100 * (_BOTTOM - _TOP)


def _range(amounts: Sequence[float]) -> tuple[float, float]:
    """Of the axis, as logarithms, with some room on both sides."""
    if not amounts:
        return math.log(100.0), math.log(10_000.0)
    low, high = math.log(min(amounts)), math.log(max(amounts))
    room = max((high - low) * 0.05, 0.15)
    return low - room, high + room


def _weight(each: Bubble) -> float:
    moved = 0.0 if each.before is None else abs(each.score - each.before)
    return each.mrr * (100 - each.score) / 100 * (2.0 if moved >= _FAR else 1.0)


def _axes(look: Look, low: float, high: float, place: Place, width: float) -> list[str]:
    parts = [shapes.text(f"{bound:g}", _LEFT - 6, _y(bound) + 4, "e") for bound in (0.0, *look.bounds, 100.0)]
    last = -100.0
    for amount in _ticks(low, high):
        at = place(amount)
        if at - last < 56:
            continue
        last = at
        parts.append(shapes.line("ax", at, _BOTTOM, at, _BOTTOM + 4))
        parts.append(shapes.text(look.axis_money(amount), at, _BOTTOM + 16, "c"))
    parts.append(shapes.text("MRR, logarithmic", width - _RIGHT, HEIGHT - 2, "e"))
    parts.append(shapes.text("Score up; tail: where it stood four weeks ago", _LEFT, HEIGHT - 2))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    first, last = math.floor(low / math.log(10)), math.ceil(high / math.log(10))
    amounts = (step * 10.0**power for power in range(first, last + 1) for step in (1, 2.5, 5))
    return [amount for amount in amounts if low <= math.log(amount) <= high]


def _names(named: Sequence[Bubble], place: Place, width: float) -> list[str]:
    """Each name right or left of its mark, where it touches no other; one that finds no room is left out."""
    taken: list[tuple[float, float, float]] = []
    parts = []
    for each in sorted(named, key=_weight, reverse=True):
        words = shapes.clip(each.name, _LETTERS)
        length = len(words) * _LETTER
        for is_left, shift in ((False, 0.0), (True, 0.0), (False, 12.0), (True, 12.0), (False, -12.0), (True, -12.0)):
            at = place(each.mrr) + (-10 if is_left else 10)
            start, y = (at - length if is_left else at), _y(each.score) + 4 + shift
            touches = any(abs(y - other) < 13 and start < end and start + length > begin for begin, end, other in taken)
            if not touches and start >= _LEFT and start + length <= width - _RIGHT and _TOP < y < _BOTTOM:
                taken.append((start, start + length, y))
                parts.append(shapes.text(words, at, y, f"t-ink t-12 halo{' e' if is_left else ''}"))
                break
    return parts


def _finding(look: Look, shown: Sequence[Bubble]) -> str:
    unwell = [each for each in shown if look.tone(each.tier) != "green"]
    largest = sorted(unwell, key=lambda each: -each.mrr)[:3]
    if not largest:
        return "Every account shown is in the best tier."
    words = ", ".join(f"{each.name} {look.score(each.score)} at {look.money(each.mrr)}" for each in largest)
    return f"Large and unwell: {words}."
