"""Sums over rows: all of them, by tier, by any text. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.values.listing import Total

Mask = NDArray[np.bool_]


def total(book: Book, kept: Mask, name: str = "") -> Total:
    """The accounts that are kept, what they pay a month, and how much of it is at risk."""
    return summed(by_tier(book, kept), name)


def summed(totals: Iterable[Total], name: str = "") -> Total:
    """The sum of some."""
    each = tuple(totals)
    return Total(
        name=name,
        accounts=sum(one.accounts for one in each),
        mrr=sum(one.mrr for one in each),
        at_risk=sum(one.at_risk for one in each),
    )


def by_tier(book: Book, kept: Mask) -> tuple[Total, ...]:
    """The same by tier, the worst first, then "" for accounts without a score; tiers without accounts are left out."""
    size = len(book.scale.tiers) + 1
    ranks = np.where(kept, book.tier_ranks(), size)
    accounts = np.bincount(ranks, minlength=size)
    # An MRR is 0 or more; the greater of none and 0 is 0.
    mrr = np.bincount(ranks, np.fmax(book.table.numbers("mrr"), 0.0), minlength=size)
    risk = np.bincount(ranks, np.fmax(book.table.numbers("at_risk"), 0.0), minlength=size)
    return tuple(
        Total(name=name, accounts=int(accounts[rank]), mrr=float(mrr[rank]), at_risk=float(risk[rank]))
        for rank, name in enumerate((*book.scale.tiers, ""))
        if accounts[rank]
    )


def by_standing(book: Book, kept: Mask) -> tuple[Total, ...]:
    """Accounts without a score, by their standing, "" those that are in none; the most accounts first."""
    without = kept & np.isnan(book.table.numbers("score"))
    codes, texts = book.table.codes("standing"), book.table.texts["standing"]
    found = (total(book, without & (codes == code), texts[int(code)]) for code in np.unique(codes[without]))
    return tuple(sorted(found, key=lambda each: (-each.accounts, each.name)))
