"""What became of accounts in a span of days: renewed, contracted, churned, recovered, in MRR. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.activity_values import RENEWED
from dashboard.book.book import Book
from dashboard.book.store.closes import DAYS, SUNDAY, WEEK
from scoring.instants import DAY_MS

Numbers = NDArray[np.float64]


class Outcomes(NamedTuple):
    """By row, MRR: that of contracts that were renewed, what less is paid, what is not paid any more, and that of
    accounts that were in the worst tier and are not now."""

    renewed: Numbers
    contracted: Numbers
    churned: Numbers
    recovered: Numbers


def outcomes_of(book: Book, days: int) -> Outcomes:
    """Since the close of the day that many days ago; of more than 91 days, since the end of its week."""
    table, start = book.table, start_of(book.today, days)
    then, paid = book.at(start), np.nan_to_num(book.mrr_at(start))
    pays = np.nan_to_num(table.numbers("mrr"))
    has_left = then.known & ~np.isnan(then.score) & (table.codes("standing") != 0)
    pays_nothing = (paid > 0) & (pays <= 0)
    has_churned = then.known & (has_left | pays_nothing)
    less = then.known & ~has_churned & (pays < paid)
    return Outcomes(
        renewed=np.where(has_renewed(book, start) & ~has_churned, pays, 0.0),
        contracted=np.where(less, paid - pays, 0.0),
        churned=np.where(has_churned, paid, 0.0),
        recovered=np.where(has_recovered(book, start) & ~has_churned, pays, 0.0),
    )


def start_of(today: int, days: int) -> int:
    """The day whose close begins the span: one that the book has.

    >>> start_of(20_000, 30), start_of(20_000, 180) % 7
    (19970, 3)
    """
    day = today - days
    return day if days < DAYS else day - (day - SUNDAY) % WEEK


def has_renewed(book: Book, start: int) -> NDArray[np.bool_]:
    """By row: an event said so since then, or a renewal date went by and the account is still there."""
    rows = book.table.rows
    said = book.milestones.column(RENEWED, rows) >= (start + 1) * DAY_MS
    due = book.table.numbers("renewal")
    gone_by = (due > start) & (due < book.today) & (book.table.codes("standing") == 0)
    renewed: NDArray[np.bool_] = said | gone_by
    return renewed


def has_recovered(book: Book, start: int) -> NDArray[np.bool_]:
    """By row: in the worst tier at the beginning of the span or the end of a week in it, and in a better one now."""
    sundays = range(start + (SUNDAY - start) % WEEK, book.today, WEEK)
    was_worst = np.zeros(book.table.rows, np.bool_)
    for day in {start, *sundays}:
        was_worst |= book.tier_ranks(book.at(day).tiers) == 0
    ranks = book.tier_ranks()
    return was_worst & (ranks > 0) & (ranks < len(book.scale.tiers))
