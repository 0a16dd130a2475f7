"""Portfolios that were made, for a moment: many people look at one of a large book. Mutable."""

from __future__ import annotations

import time
from typing import NamedTuple

from dashboard.book.book import Book
from dashboard.values.listing import Filter
from dashboard.values.portfolio import PortfolioView

SECONDS = 1.0
LARGE = 50_000
"""From this many accounts a portfolio is shown again for a second; below, until the book changes."""
KEPT = 64
Key = tuple[int, tuple[Filter, ...], str]


class _Shown(NamedTuple):
    state: tuple[int, int, int]
    until: float
    view: PortfolioView


class ShownPortfolios:
    """The latest ones, by span and filters."""

    def __init__(self) -> None:
        self._shown: dict[Key, _Shown] = {}

    def get(self, book: Book, key: Key) -> PortfolioView | None:
        """The one that may be shown again; None when it must be made."""
        found = self._shown.get(key)
        if found is None:
            return None
        may_be_older = len(book) >= LARGE and time.monotonic() < found.until
        return found.view if may_be_older or found.state == state_of(book) else None

    def put(self, state: tuple[int, int, int], key: Key, view: PortfolioView) -> None:
        """It was made of the book in that state."""
        self._shown.pop(key, None)
        self._shown[key] = _Shown(state, time.monotonic() + SECONDS, view)
        while len(self._shown) > KEPT:
            del self._shown[next(iter(self._shown))]


def state_of(book: Book) -> tuple[int, int, int]:
    """What a portfolio depends on."""
    return book.version, book.closes.version, hash(book.scale)
