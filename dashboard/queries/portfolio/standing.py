"""Where a part of the book stands now, and where it stood at the close of a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """By account that is kept: the score, NaN without; the MRR, 0 for none; the rank of the tier, 0 the worst, one more
    than the best's without a score. `is_known` says whether anything is known of the account at that time."""

    score: Numbers
    mrr: Numbers
    ranks: NDArray[np.int32]
    is_known: Mask

    @property
    def has_score(self) -> Mask:
        """By account: whether it had a score."""
        return ~np.isnan(self.score)

    @property
    def by_account(self) -> float | None:
        """The health index: the mean score."""
        scores = self.score[self.has_score]
        return float(scores.mean()) if len(scores) else None

    @property
    def by_mrr(self) -> float | None:
        """The health index weighted by MRR; None when nobody with a score pays."""
        kept = self.has_score
        paid = float(self.mrr[kept].sum())
        return float(self.score[kept] @ self.mrr[kept]) / paid if paid > 0 else None

    @property
    def at_risk(self) -> float:
        """The MRR at risk."""
        kept = self.has_score
        return float(self.mrr[kept] @ (100.0 - self.score[kept])) / 100.0

    def accounts(self, tiers: int) -> list[int]:
        """How many accounts each rank has, of that many tiers."""
        return [int(number) for number in np.bincount(self.ranks[self.has_score], minlength=tiers)[:tiers]]

    def paid(self, tiers: int) -> list[float]:
        """What the accounts of each rank pay."""
        kept = self.has_score
        return [float(paid) for paid in np.bincount(self.ranks[kept], self.mrr[kept], minlength=tiers)[:tiers]]


def standing_now(book: Book, mask: Mask) -> Standing:
    """As it is."""
    table, rows = book.table, len(mask)
    return Standing(
        score=table.numbers("score")[:rows][mask],
        mrr=np.nan_to_num(table.numbers("mrr")[:rows][mask]),
        ranks=book.tier_ranks(table.codes("tier")[:rows][mask]),
        is_known=np.ones(int(np.count_nonzero(mask)), np.bool_),
    )


def standing_at(book: Book, mask: Mask, day: int) -> Standing:
    """As it was at the close of a day (since 1970), of the same accounts. Rows newer than the mask do not count."""
    then, rows = book.at(day), len(mask)
    return Standing(
        score=then.score[:rows][mask],
        mrr=np.nan_to_num(book.mrr_at(day)[:rows][mask]),
        ranks=book.tier_ranks(then.tiers[:rows][mask]),
        is_known=then.known[:rows][mask],
    )


def difference(after: float | None, before: float | None) -> float | None:
    """`after` - `before`; None when one of them is."""
    return None if after is None or before is None else after - before
