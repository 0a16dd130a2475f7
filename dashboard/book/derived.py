"""Columns that are made of others: urgency, the star, changes since a close. Pure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book

Numbers = NDArray[np.float64]
CHANGES = {"change_1d": 1, "change_7d": 7, "change_28d": 28}


def urgency(book: Book) -> Numbers:
    """By row: the points below green × the account's share of the largest MRR, 0-100; NaN without a score or MRR."""
    below = np.maximum(0.0, book.scale.green - book.table.numbers("score"))
    return below * book.table.numbers("mrr") / _largest(book)


def urgency_of(book: Book, row: int) -> float | None:
    """The urgency of one row."""
    score, mrr = book.table.number("score", row), book.table.number("mrr", row)
    if score is None or mrr is None:
        return None
    return max(0.0, book.scale.green - score) * mrr / _largest(book)


def starred(book: Book) -> frozenset[int]:
    """The rows with a star: not green, and among the ten with most MRR at risk."""
    rows = book.most_at_risk.rows(book.table.numbers("at_risk"), book.id_places())
    return frozenset(int(row) for row in rows if book.table.label("tier", int(row)) != book.scale.best)


def change(book: Book, name: str) -> Numbers:
    """By row: the points since the close of that day; NaN where nothing is known of it."""
    day = book.today - CHANGES[name]
    return book.cached(f"{name} {day}", lambda book: book.table.numbers("score") - book.at(day).score)


def change_of(book: Book, name: str, row: int) -> float | None:
    """The change of one row."""
    day, score = book.today - CHANGES[name], book.table.number("score", row)
    (then,) = book.closes.of_row(row, range(day, day + 1), np.nan if score is None else score)
    return None if score is None or then is None else score - then


def column(book: Book, name: str) -> Numbers | None:
    """A derived column by its name in the list; None when there is none of that name."""
    if name in CHANGES:
        return change(book, name)
    made = _MADE.get(name)
    return None if made is None else made(book)


def _largest(book: Book) -> float:
    """The book's largest MRR; 1 when nobody pays."""
    rows = book.most_paying.rows(book.table.numbers("mrr"), book.id_places())
    return float(book.table.numbers("mrr")[rows[0]]) if len(rows) else 1.0


def _stars(book: Book) -> Numbers:
    found = np.zeros(book.table.rows)
    found[list(starred(book))] = 1.0
    return found


_MADE: dict[str, Callable[[Book], Numbers]] = {
    "urgency": urgency,
    "is_starred": _stars,
    "renewal_days": lambda book: book.table.numbers("renewal") - book.today,
    "is_provisional": lambda book: book.table.provisional.astype(np.float64),
}
