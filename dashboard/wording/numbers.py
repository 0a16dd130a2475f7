"""Numbers as text. A minus is U+2212, nothing is «–», 0 is 0."""

from __future__ import annotations

import math
from collections.abc import Iterable

NOTHING = "–"
MINUS = "−"
_MOST_DECIMALS, _FEW_DECIMALS = 6, 2
_NOISE = 1e-9
"""Below it a difference is a rounding error of the arithmetic."""
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "KRW": "₩", "ILS": "₪"}
"""What stands before an amount; other currencies have their code after it."""


def score_decimals(score: float, bounds: Iterable[float] | None = None) -> int:
    """How many decimals a score needs: one, and more where it would be rounded up to a tier's bound.

    Without `bounds`, every whole number is one.

    >>> score_decimals(57.86), score_decimals(74.96), score_decimals(74.996), score_decimals(61.97, (45, 75))
    (1, 2, 3, 1)
    """
    kept = None if bounds is None else tuple(bounds)
    for places in range(1, _MOST_DECIMALS):
        shown = round(score, places)
        crossed = (shown == int(shown),) if kept is None else tuple(score < bound <= shown for bound in kept)
        if shown - score < _NOISE or not any(crossed):
            return places
    return _MOST_DECIMALS


def score_text(score: float | None, bounds: Iterable[float] | None = None) -> str:
    """A score (0 to 100) with the decimals that it needs.

    >>> score_text(57.86), score_text(74.96), score_text(61.97, (45, 75)), score_text(None)
    ('57.9', '74.96', '62.0', '–')
    """
    return NOTHING if score is None else f"{score:.{score_decimals(score, bounds)}f}"


def short_score_text(score: float | None, bounds: Iterable[float] | None = None) -> str:
    """A score where there is little room: with two decimals at most, cut where it would be rounded up to a bound.

    >>> short_score_text(57.86), short_score_text(74.96), short_score_text(74.9997), short_score_text(None)
    ('57.9', '74.96', '74.99', '–')
    """
    if score is None or score_decimals(score, bounds) <= _FEW_DECIMALS:
        return score_text(score, bounds)
    scale = 10**_FEW_DECIMALS
    return f"{math.floor(score * scale) / scale:.{_FEW_DECIMALS}f}"


def points_text(points: float | None, places: int = 1) -> str:
    """Points with one decimal, or those of the score that they belong to.

    >>> points_text(17.14), points_text(-0.04), points_text(None)
    ('17.1', '0.0', '–')
    """
    if points is None:
        return NOTHING
    text = f"{abs(points):.{places}f}"
    return f"{MINUS}{text}" if points < 0 and text.strip("0.") else text


def delta_text(points: float | None, places: int = 1) -> str:
    """A change in points with its sign; «0.0» for nothing.

    >>> delta_text(-16.2), delta_text(0.04), delta_text(3), delta_text(None)
    ('−16.2', '0.0', '+3.0', '–')
    """
    if points is None:
        return NOTHING
    text = points_text(points, places)
    return f"+{text}" if points > 0 and text.strip("0.") else text


def is_slight(points: float | None) -> bool:
    """A change of less than one point, or none that is known: it is written quietly."""
    return points is None or abs(points) < 1.0 - 1e-9


def money_text(amount: float | None, currency: str = "USD", *, signed: bool = False) -> str:
    """A month's money: symbol, thousands, no cents.

    >>> money_text(8400), money_text(-23300.4, "EUR"), money_text(14200, signed=True), money_text(900, "SEK")
    ('$8,400', '−€23,300', '+$14,200', '900 SEK')
    """
    if amount is None:
        return NOTHING
    whole = round(amount)
    sign = MINUS if whole < 0 else "+" if signed and whole > 0 else ""
    symbol = SYMBOLS.get(currency, "")
    return f"{sign}{symbol}{abs(whole):,}" if symbol else f"{sign}{abs(whole):,} {currency}"


def axis_money(amount: float, currency: str = "USD") -> str:
    """Money on an axis, where there is no room: «$2.5k».

    >>> axis_money(2500), axis_money(900), axis_money(1_200_000), axis_money(10_000, "SEK")
    ('$2.5k', '$900', '$1.2m', '10k SEK')
    """
    for unit, size in (("m", 1_000_000), ("k", 1_000)):
        if abs(amount) >= size:
            text = f"{amount / size:.1f}".removesuffix(".0") + unit
            break
    else:
        text = f"{amount:g}"
    symbol = SYMBOLS.get(currency, "")
    return f"{symbol}{text}" if symbol else f"{text} {currency}"


def percent_text(share: float | None, decimals: int = 0, *, signed: bool = False) -> str:
    """A share (0 to 1) in percent.

    >>> percent_text(0.547, 1), percent_text(-0.45, signed=True), percent_text(None)
    ('54.7 %', '−45 %', '–')
    """
    if share is None:
        return NOTHING
    text = f"{abs(share) * 100:.{decimals}f}"
    is_none = not text.strip("0.")
    sign = "" if is_none else MINUS if share < 0 else "+" if signed else ""
    return f"{sign}{text} %"


def number_text(value: float | None, decimals: int = 1) -> str:
    """Any other number: thousands, and at most that many decimals.

    >>> number_text(1200), number_text(3.25), number_text(-0.5), number_text(None)
    ('1,200', '3.2', '−0.5', '–')
    """
    if value is None:
        return NOTHING
    text = f"{abs(value):,.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def moved_text(before: float | None, after: float | None, bounds: Iterable[float] | None = None) -> str:
    """A change over time.

    >>> moved_text(62.1, 57.86)
    '62.1 ▸ 57.9'
    """
    kept = None if bounds is None else tuple(bounds)
    return f"{score_text(before, kept)} ▸ {score_text(after, kept)}"
