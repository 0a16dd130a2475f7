"""MRR against health: one mark an account, the score upward, MRR on a logarithmic axis, a tail from where it stood."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import stretched
from dashboard.values.portfolio import Bubble
from dashboard.wording.look import Look

HEIGHT = 408
_LEFT, _RIGHT = 4.0, 98.5
_TOP, _FOOT = 14.0, 374.0
_TALL = _FOOT - _TOP
_WIDTH_PX = 880.0
"""About how wide it is on a laptop: only whether names would touch depends on it."""
NAMED = 10
_MOVED = 15.0
"""Points in four weeks from which an account has moved far."""
_NAME_LETTERS = 24
_TICKS = (1.0, 2.5, 5.0)


def bubbles(look: Look, accounts: Sequence[Bubble]) -> Markup:
    """Accounts with a score and an MRR above 0. Named are those with most at risk, and large ones that moved far."""
    shown = [each for each in accounts if each.mrr > 0]
    if not shown:
        return Markup()
    scale = _Scale([each.mrr for each in shown])
    named = {id(each) for each in _named(shown)}
    parts = [*_bands(look), *_axis(look, scale)]
    parts += [_tail(each, scale) for each in shown if each.before is not None and abs(each.before - each.score) >= 1.0]
    parts += [
        stretched.mark(look.tone(each.tier), scale.at(each.mrr), _y(each.score), 11 if id(each) in named else 8, "bub")
        for each in shown
    ]
    parts += _names(_named(shown), scale)
    return stretched.drawing(
        parts, HEIGHT, f"MRR against score for {len(shown):,} accounts", _finding(look, shown), "bubbles"
    )


class _Scale:
    """MRR to percent of the width."""

    def __init__(self, amounts: Sequence[float]) -> None:
        low, high = math.log10(min(amounts)), math.log10(max(amounts))
        room = max((high - low) * 0.04, 0.05)
        self.low, self.high = low - room, high + room

    def at(self, mrr: float) -> float:
        return _LEFT + (math.log10(mrr) - self.low) / (self.high - self.low) * (_RIGHT - _LEFT)

    def ticks(self) -> list[float]:
        """Round amounts in its range, at most eight."""
        found = [
            factor * 10.0**power
            for power in range(math.floor(self.low), math.ceil(self.high) + 1)
            for factor in _TICKS
            if self.low <= math.log10(factor * 10.0**power) <= self.high
        ]
        return found if len(found) <= 8 else [amount for amount in found if math.log10(amount).is_integer()]


def _bands(look: Look) -> list[str]:
    edges = [*(bound for _, bound in look.tiers), 100.0]
    parts = []
    for (tier, low), high in zip(look.tiers, edges[1:], strict=True):
        parts.append(stretched.rect(f"w-{look.tone(tier)}", _LEFT, _y(high), _RIGHT - _LEFT + 1.5, _y(low) - _y(high)))
    parts += [stretched.text(f"{edge:g}", _LEFT, _y(edge) + 4, "e", -6) for edge in edges]
    return parts


def _axis(look: Look, scale: _Scale) -> list[str]:
    parts = [
        stretched.text("MRR, logarithmic", 100, HEIGHT - 2, "e"),
        stretched.text("Score up; tail: where it stood four weeks ago", _LEFT, HEIGHT - 2),
    ]
    for amount in scale.ticks():
        at = scale.at(amount)
        parts += [
            stretched.line("ax", at, _FOOT, at, _FOOT + 4),
            stretched.text(look.axis_money(amount), at, _FOOT + 16, "c"),
        ]
    return parts


def _tail(each: Bubble, scale: _Scale) -> str:
    at = scale.at(each.mrr)
    return stretched.line("tail", at, _y(each.before if each.before is not None else each.score), at, _y(each.score))


def _named(bubbles: Sequence[Bubble]) -> list[Bubble]:
    at_risk = sorted(bubbles, key=lambda each: -each.mrr * (100 - each.score))[:NAMED]
    far = [each for each in bubbles if each.before is not None and abs(each.score - each.before) >= _MOVED]
    moved = sorted(far, key=lambda each: -each.mrr)[: NAMED // 2]
    return list({each.account_id: each for each in (*at_risk, *moved)}.values())


def _names(named: Sequence[Bubble], scale: _Scale) -> list[str]:
    """Names beside their marks, at the right where there is room; one that would touch another is left out."""
    taken: list[tuple[float, float, float]] = []
    parts = []
    for each in named:
        name = each.name if len(each.name) <= _NAME_LETTERS else f"{each.name[: _NAME_LETTERS - 1]}…"
        wide = len(name) * 6.6 / _WIDTH_PX * 100
        at, y = scale.at(each.mrr), _y(each.score)
        for is_left in (at + wide + 2 > 100, at + wide + 2 <= 100):
            left, right = (at - wide - 1.2, at - 1.2) if is_left else (at + 1.2, at + wide + 1.2)
            is_free = left > _LEFT and right < 100.5 and all(_is_apart((left, right, y), other) for other in taken)
            if is_free:
                taken.append((left, right, y))
                classes = f"t-ink t-12 halo{' e' if is_left else ''}"
                parts.append(stretched.text(name, at, y + 4, classes, -10 if is_left else 10))
                break
    return parts


def _is_apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    return abs(one[2] - other[2]) > 14 or one[1] < other[0] or one[0] > other[1]


def _finding(look: Look, bubbles: Sequence[Bubble]) -> str:
    unwell = [each for each in _named(bubbles) if each.score < (look.bounds[-1] if look.bounds else 50.0)][:3]
    if not unwell:
        return "No large account is below the best tier."
    words = ", ".join(f"{each.name} {look.score(each.score)} at {look.money(each.mrr)}" for each in unwell)
    return f"Large and unwell: {words}."


def _y(score: float) -> float:
    return _FOOT - min(max(score, 0.0), 100.0) / 100 * _TALL
