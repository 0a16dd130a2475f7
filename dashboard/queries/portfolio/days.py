"""The health index and the tiers at the close of each day of twelve weeks."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

from dashboard.book.book import Book
from dashboard.book.row_values import date_text
from dashboard.queries.portfolio.standing import Mask, Standing, standing_at, standing_now
from dashboard.values.listing import Filter
from dashboard.values.portfolio import IndexDay

DAYS = 84
SHARE = 20.0
"""What took a second to work out is kept for twenty: it is of days that are over."""
KEPT = 32
Key = tuple[tuple[Filter, ...], str]


class _Kept(NamedTuple):
    state: tuple[int, int, int]
    until: float
    days: tuple[IndexDay, ...]


class PastDays:
    """The days of some filters, for a time. Mutable."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}

    async def days(self, book: Book, key: Key, mask: Mask) -> tuple[IndexDay, ...]:
        """The closes of twelve weeks and today, the oldest first; of the accounts that are kept now.

        Other work has its turn between days.
        """
        state = (book.today, book.closes.version, len(book))
        found = self._kept.get(key)
        if found is None or found.state != state or time.monotonic() > found.until:
            begun, past, today = time.perf_counter(), [], book.today
            for day in range(today - DAYS, today):
                past.append(day_of(book, day, standing_at(book, mask, day)))
                await asyncio.sleep(0)
            until = time.monotonic() + SHARE * (time.perf_counter() - begun)
            found = _Kept(state, until, tuple(past))
            self._kept.pop(key, None)
            self._kept[key] = found
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return (*found.days, day_of(book, book.today, standing_now(book, mask)))


def day_of(book: Book, day: int, standing: Standing) -> IndexDay:
    """The index and the tiers of a standing. Pure."""
    tiers = book.scale.tiers
    return IndexDay(
        day=date_text(day),
        by_account=standing.by_account,
        by_mrr=standing.by_mrr,
        accounts=dict(zip(tiers, standing.accounts(len(tiers)), strict=True)),
        mrr=dict(zip(tiers, standing.paid(len(tiers)), strict=True)),
    )
