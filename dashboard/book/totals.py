"""Sums over rows: all of them, by tier, by any text. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.values.listing import Total

Mask = NDArray[np.bool_]


def total(book: Book, kept: Mask, name: str = "") -> Total:
    """The accounts that are kept, what they pay a month, and how much of it is at risk."""
    mrr, risk = book.table.numbers("mrr")[kept], book.table.numbers("at_risk")[kept]
    return Total(
        name=name, accounts=int(np.count_nonzero(kept)), mrr=float(np.nansum(mrr)), at_risk=float(np.nansum(risk))
    )


def by_tier(book: Book, kept: Mask) -> tuple[Total, ...]:
    """The same by tier, the worst first, then "" for accounts without a score; tiers without accounts are left out."""
    ranks = book.tier_ranks()[kept]
    size = len(book.scale.tiers) + 1
    accounts = np.bincount(ranks, minlength=size)
    mrr = np.bincount(ranks, np.nan_to_num(book.table.numbers("mrr")[kept]), minlength=size)
    risk = np.bincount(ranks, np.nan_to_num(book.table.numbers("at_risk")[kept]), minlength=size)
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
