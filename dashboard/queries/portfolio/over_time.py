"""Totals of tiers, segments, owners, plans and industries at the end of each week."""

from __future__ import annotations

import asyncio

import numpy as np
from numpy.typing import NDArray

from dashboard.book.row_values import date_text
from dashboard.book.store.closes import SUNDAY, WEEK
from dashboard.queries.ground import Ground
from dashboard.queries.listing import mask_of
from dashboard.queries.port import HISTORY_WEEKS, BadRequest, TotalsBy
from dashboard.queries.portfolio.standing import Standing, standing_at, standing_now
from dashboard.values.listing import ListRequest
from dashboard.values.portfolio import GroupWeek

Codes = NDArray[np.int32]


async def totals(ground: Ground, by: TotalsBy, weeks: int, filters: ListRequest) -> tuple[GroupWeek, ...]:
    """See `Queries.totals`. Other work has its turn between weeks."""
    if weeks not in HISTORY_WEEKS:
        raise BadRequest(f"Totals are of {', '.join(map(str, HISTORY_WEEKS))} weeks, not {weeks}.")
    book, mask, found = ground.book, mask_of(ground, filters), list[GroupWeek]()
    today = book.today
    for day in (*sundays(today, weeks), today):
        standing = standing_now(book, mask) if day == today else standing_at(book, mask, day)
        if by == "tier":
            names, codes = (*book.scale.tiers, ""), standing.ranks
        else:
            texts = book.table.texts[by]
            names, codes = tuple(texts[code] for code in range(len(texts))), book.table.codes(by)[: len(mask)][mask]
        found += of_day(date_text(day), names, codes, standing)
        await asyncio.sleep(0)
    return tuple(found)


def sundays(today: int, weeks: int) -> range:
    """The last days of this many weeks that are over before `today`.

    >>> [date_text(day) for day in sundays(20_778, 4)]
    ['2026-10-25', '2026-11-01', '2026-11-08', '2026-11-15']
    """
    last = today - 1 - (today - 1 - SUNDAY) % WEEK
    return range(last - WEEK * (weeks - 1), last + 1, WEEK)


def of_day(day: str, names: tuple[str, ...], codes: Codes, standing: Standing) -> list[GroupWeek]:
    """The groups that had an account then, by name of the group in the order of `names`."""
    kept, scored, size = standing.is_known, standing.has_score, len(names)
    accounts = np.bincount(codes[kept], minlength=size)
    mrr = np.bincount(codes[kept], standing.mrr[kept], minlength=size)
    count = np.bincount(codes[scored], minlength=size)
    scores = np.bincount(codes[scored], standing.score[scored], minlength=size)
    risk = standing.mrr[scored] * (100.0 - standing.score[scored]) / 100.0
    at_risk = np.bincount(codes[scored], risk, minlength=size)
    return [
        GroupWeek(
            day=day,
            name=name,
            accounts=int(accounts[code]),
            mrr=float(mrr[code]),
            at_risk=float(at_risk[code]),
            score=float(scores[code] / count[code]) if count[code] else None,
        )
        for code, name in enumerate(names)
        if accounts[code]
    ]
