"""The health index over twelve weeks: by account in ink, by MRR in grey, in a window that shows what moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import stretched
from dashboard.values.portfolio import IndexDay
from dashboard.wording.look import Look

HEIGHT = 140
_PLOT, _TOP, _TALL = 71.0, 8.0, 104.0
_LEAST_SPAN = 10.0
_APART = 14.0


def index_lines(look: Look, days: Sequence[IndexDay]) -> Markup:
    """`days` are closes, the oldest first. The window is of whole fives, ten points at least."""
    accounts, mrr = [each.by_account for each in days], [each.by_mrr for each in days]
    known = [value for value in (*accounts, *mrr) if value is not None]
    if not known:
        return Markup()
    low, high = window(min(known), max(known))
    box = (0.0, 0.0, float(max(len(days) - 1, 1)), _TALL)
    lines = [f'<polyline class="ln sm" points="{run}"/>' for run in stretched.steps(mrr, _TALL, low, high)]
    lines += [f'<polyline class="ln" points="{run}"/>' for run in stretched.steps(accounts, _TALL, low, high)]
    parts = [
        *(stretched.line("gr", 0, _y(value, low, high), _PLOT, _y(value, low, high)) for value in (low, high)),
        *(
            stretched.line("th", 0, _y(bound, low, high), _PLOT, _y(bound, low, high))
            for bound in look.bounds
            if low < bound < high
        ),
        stretched.inner(lines, 0, _PLOT, box, _TOP),
        stretched.text(f"{high:g}", 0, _TOP + 11),
        stretched.text(f"{low:g}", 0, _TOP + _TALL - 3),
        stretched.text(look.iso_day(days[0].day), 0, HEIGHT - 4),
        stretched.text(look.iso_day(days[-1].day), _PLOT, HEIGHT - 4, "e"),
        *_ends(look, _last(accounts), _last(mrr), low, high),
    ]
    first = next((value for value in accounts if value is not None), None)
    finding = f"By account from {look.score(first)} on {look.iso_day(days[0].day)} to {look.score(_last(accounts))}"
    finding += f"; by MRR to {look.score(_last(mrr))}." if _last(mrr) is not None else "."
    return stretched.drawing(parts, HEIGHT, "Health index of twelve weeks", finding, "index")


def window(least: float, most: float) -> tuple[float, float]:
    """Whole fives around these values, ten points apart at least, within 0 and 100.

    >>> window(71.2, 77.7), window(74.1, 74.9), window(99.0, 100.0)
    ((70.0, 80.0), (70.0, 80.0), (90.0, 100.0))
    """
    low, high = 5.0 * math.floor(least / 5), 5.0 * math.ceil(most / 5)
    while high - low < _LEAST_SPAN:
        if high < 100.0:
            high += 5.0
        else:
            low -= 5.0
    return max(low, 0.0), min(high, 100.0)


def _ends(look: Look, account: float | None, mrr: float | None, low: float, high: float) -> list[str]:
    """The words at the right, moved apart where the lines end close together."""
    marks = [
        (value, words, classes)
        for value, words, classes in ((account, "by account", "t-ink t-b"), (mrr, "by MRR", "t-2"))
        if value is not None
    ]
    places = [_y(value, low, high) + 4 for value, _, _ in marks]
    if len(places) == 2 and abs(places[0] - places[1]) < _APART:
        middle, sign = sum(places) / 2, 1 if places[0] >= places[1] else -1
        places = [middle + sign * _APART / 2, middle - sign * _APART / 2]
    return [
        stretched.text(f"{look.score(value)} {words}", _PLOT, place, classes, 6)
        for (value, words, classes), place in zip(marks, places, strict=True)
    ]


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _y(value: float, low: float, high: float) -> float:
    return _TOP + _TALL - (value - low) / (high - low) * _TALL
