"""The whole book: where it stands, what moved it, and whether the tiers are too strict."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.book import paging
from dashboard.book.book import Book
from dashboard.book.totals import by_standing, by_tier, total
from dashboard.queries.ground import Ground
from dashboard.queries.groups import ranked
from dashboard.queries.guide import guide_of
from dashboard.queries.listing import mask_of, rows
from dashboard.queries.port import BadRequest
from dashboard.values.listing import ListRequest, Total
from dashboard.values.portfolio import Bubble, PortfolioView, TierTotal

Mask = NDArray[np.bool_]
SPANS = (1, 7)
BUBBLES = 300
BOTTOM = 5


async def portfolio(ground: Ground, since_days: int, filters: ListRequest) -> PortfolioView:
    """See `Queries.portfolio`."""
    if since_days not in SPANS:
        raise BadRequest(f"The portfolio is shown since 1 or 7 days ago, not {since_days}.")
    book, mask = ground.book, mask_of(ground, filters)
    by_account, by_mrr = index(book, mask)
    tiers = tier_totals(book, mask)
    lowest = ListRequest(sort="score", is_descending=False, limit=BOTTOM)
    scored = mask & ~np.isnan(book.table.numbers("score"))
    bottom = [book.table.ids[row] for row in paging.page(book, scored, lowest).rows]
    whole = total(book, mask)
    return PortfolioView(
        sentence=sentence(by_account, whole),
        since_days=since_days,
        as_of_ms=book.as_of_ms,
        index=by_account,
        index_change=None,
        index_by_mrr=by_mrr,
        index_by_mrr_change=None,
        book=whole,
        at_risk_change=None,
        tiers=tiers,
        unscored=by_standing(book, mask),
        changes=(),
        fell=0,
        rose=0,
        causes=(),
        guide=guide_of(tiers),
        days=(),
        bubbles=bubbles(book, mask),
        bounds=book.scale.pairs,
        by_segment=ranked(book, mask, "segment"),
        by_industry=ranked(book, mask, "industry"),
        by_owner=ranked(book, mask, "owner"),
        by_plan=ranked(book, mask, "plan"),
        bottom=await rows(ground, tuple(bottom)),
    )


def index(book: Book, mask: Mask) -> tuple[float | None, float | None]:
    """The health index by account and by MRR; None without a score, or without MRR."""
    score, mrr = book.table.numbers("score")[mask], book.table.numbers("mrr")[mask]
    has_score = ~np.isnan(score)
    if not has_score.any():
        return None, None
    score, mrr = score[has_score], np.nan_to_num(mrr[has_score])
    paid = float(mrr.sum())
    return float(score.mean()), float(score @ mrr) / paid if paid > 0 else None


def tier_totals(book: Book, mask: Mask) -> tuple[TierTotal, ...]:
    """Every tier of the scale, the worst first, with its share of what has a score."""
    found = {each.name: each for each in by_tier(book, mask)}
    totals = [found.get(tier, Total(name=tier, accounts=0, mrr=0.0, at_risk=0.0)) for tier in book.scale.tiers]
    accounts, mrr = sum(each.accounts for each in totals), sum(each.mrr for each in totals)
    return tuple(
        TierTotal(
            tier=each.name,
            now=each,
            accounts_change=None,
            mrr_change=None,
            share=each.accounts / accounts if accounts else 0.0,
            mrr_share=each.mrr / mrr if mrr else 0.0,
        )
        for each in totals
    )


def bubbles(book: Book, mask: Mask) -> tuple[Bubble, ...]:
    """The accounts with a score that pay most, at most 300."""
    table = book.table
    paying = mask & ~np.isnan(table.numbers("score")) & (table.numbers("mrr") > 0)
    largest = ListRequest(sort="mrr", is_descending=True, limit=BUBBLES)
    return tuple(
        Bubble(
            account_id=table.ids[row],
            name=table.label("name", row),
            mrr=float(table.numbers("mrr")[row]),
            score=float(table.numbers("score")[row]),
            tier=table.label("tier", row),
            before=None,
        )
        for row in paging.page(book, paying, largest).rows
    )


def sentence(by_account: float | None, whole: Total) -> str:
    """What stands where."""
    if by_account is None:
        return "No account has a score yet."
    return f"The index is {by_account:.1f} over {whole.accounts:,} accounts."
