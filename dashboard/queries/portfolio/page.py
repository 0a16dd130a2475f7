"""The portfolio page: one value from the parts of this folder."""

from __future__ import annotations

import numpy as np

from dashboard.book import paging
from dashboard.book.book import Book
from dashboard.book.totals import by_standing, by_tier, total
from dashboard.queries.ground import Ground
from dashboard.queries.listing import mask_of, rows
from dashboard.queries.port import BadRequest
from dashboard.queries.portfolio.causes import causes_of
from dashboard.queries.portfolio.groups import DAYS_BEFORE, ranked
from dashboard.queries.portfolio.guide import guide_of
from dashboard.queries.portfolio.moves import Moves, changes_of, moves_of
from dashboard.queries.portfolio.sentence import Largest, sentence_of
from dashboard.queries.portfolio.shown import state_of
from dashboard.queries.portfolio.standing import Mask, Standing, difference, standing_at, standing_now
from dashboard.values.listing import ListRequest, Total
from dashboard.values.portfolio import Bubble, PortfolioView, TierTotal

SPANS = (1, 7)
BUBBLES = 300
BOTTOM = 5


async def portfolio(ground: Ground, since_days: int, filters: ListRequest) -> PortfolioView:
    """See `Queries.portfolio`. That of a large book may be a second old."""
    if since_days not in SPANS:
        raise BadRequest(f"The portfolio is shown since 1 or 7 days ago, not {since_days}.")
    key = (since_days, filters.filters, filters.search)
    view = ground.shown.get(ground.book, key)
    if view is None:
        state = state_of(ground.book)
        view = await _made(ground, since_days, filters)
        ground.shown.put(state, key, view)
    return view


async def _made(ground: Ground, since_days: int, filters: ListRequest) -> PortfolioView:
    """All that is read from the columns is read at one instant; then the words of the rows shown are."""
    book, mask = ground.book, mask_of(ground, filters)
    as_of_ms, day, scale = book.as_of_ms, book.today - since_days, book.scale
    now, then = standing_now(book, mask), standing_at(book, mask, day)
    is_known = bool(then.has_score.any())
    tiers = tier_totals(book, mask, then if is_known else None)
    causes = causes_of(book, mask, day, now, then, ground.words.labels(book))
    moves = moves_of(book, mask, now, then)
    index, change = now.by_account, difference(now.by_account, then.by_account)
    whole, standings, drawn = total(book, mask), by_standing(book, mask), bubbles(book, mask)
    bottom = lowest(book, mask)
    ranking = {by: ranked(book, mask, by) for by in ("segment", "industry", "owner", "plan")}
    sentence = sentence_of(
        index=index,
        change=change,
        days=since_days,
        accounts=whole.accounts,
        causes=causes,
        worst=scale.tiers[0],
        worst_change=tiers[0].accounts_change,
        largest=largest_of(book, moves),
        currency=ground.file.currency,
    )
    return PortfolioView(
        sentence=sentence,
        since_days=since_days,
        as_of_ms=as_of_ms,
        index=index,
        index_change=change,
        index_by_mrr=now.by_mrr,
        index_by_mrr_change=difference(now.by_mrr, then.by_mrr),
        book=whole,
        at_risk_change=now.at_risk - then.at_risk if is_known else None,
        tiers=tiers,
        unscored=standings,
        changes=await changes_of(ground, moves, day),
        fell=len(moves.fell),
        rose=len(moves.rose),
        causes=causes,
        guide=guide_of(tiers),
        days=await ground.past.days(book, (filters.filters, filters.search), mask),
        bubbles=drawn,
        bounds=scale.pairs,
        by_segment=ranking["segment"],
        by_industry=ranking["industry"],
        by_owner=ranking["owner"],
        by_plan=ranking["plan"],
        bottom=await rows(ground, bottom),
    )


def tier_totals(book: Book, mask: Mask, then: Standing | None) -> tuple[TierTotal, ...]:
    """Every tier of the scale, the worst first, with its share of what has a score, and the changes since `then`."""
    found = {each.name: each for each in by_tier(book, mask)}
    tiers = book.scale.tiers
    totals = [found.get(tier, Total(name=tier, accounts=0, mrr=0.0, at_risk=0.0)) for tier in tiers]
    accounts, mrr = sum(each.accounts for each in totals), sum(each.mrr for each in totals)
    before = None if then is None else list(zip(then.accounts(len(tiers)), then.paid(len(tiers)), strict=True))
    return tuple(
        TierTotal(
            tier=each.name,
            now=each,
            accounts_change=None if before is None else each.accounts - before[rank][0],
            mrr_change=None if before is None else each.mrr - before[rank][1],
            share=each.accounts / accounts if accounts else 0.0,
            mrr_share=each.mrr / mrr if mrr else 0.0,
        )
        for rank, each in enumerate(totals)
    )


def bubbles(book: Book, mask: Mask) -> tuple[Bubble, ...]:
    """The accounts with a score that pay most, at most 300, with their scores of four weeks ago."""
    table, day = book.table, book.today - DAYS_BEFORE
    paying = mask & ~np.isnan(table.numbers("score")) & (table.numbers("mrr") > 0)
    largest = ListRequest(sort="mrr", is_descending=True, limit=BUBBLES)
    found = []
    for row in map(int, paging.page(book, paying, largest).rows):
        score = float(table.numbers("score")[row])
        (before,) = book.closes.of_row(row, range(day, day + 1), score)
        found.append(
            Bubble(
                account_id=table.ids[row],
                name=table.label("name", row),
                mrr=float(table.numbers("mrr")[row]),
                score=score,
                tier=table.label("tier", row),
                before=before,
            )
        )
    return tuple(found)


def lowest(book: Book, mask: Mask) -> tuple[str, ...]:
    """The five accounts with the lowest scores."""
    request = ListRequest(sort="score", is_descending=False, limit=BOTTOM)
    scored = mask & ~np.isnan(book.table.numbers("score"))
    return tuple(book.table.ids[row] for row in paging.page(book, scored, request).rows)


def largest_of(book: Book, moves: Moves) -> Largest | None:
    """Of the accounts that fell into the worst tier, the one that pays most."""
    worst = book.scale.tiers[0]
    for row in map(int, moves.fell):
        if book.table.label("tier", row) == worst:
            mrr = book.table.number("mrr", row)
            return None if mrr is None else Largest(book.table.label("name", row), mrr)
    return None
