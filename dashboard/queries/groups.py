"""Health by segment, industry, owner or plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.queries.ground import Ground
from dashboard.queries.listing import mask_of
from dashboard.queries.port import GroupBy
from dashboard.values.listing import ListRequest
from dashboard.values.portfolio import GroupHealth

WEEKS_BEFORE = 4


async def groups(ground: Ground, by: GroupBy, filters: ListRequest) -> tuple[GroupHealth, ...]:
    """See `Queries.groups`."""
    return ranked(ground.book, mask_of(ground, filters), by)


def ranked(book: Book, mask: NDArray[np.bool_], by: GroupBy) -> tuple[GroupHealth, ...]:
    """The groups of the accounts that are kept, the lowest mean score first, those without one last."""
    table = book.table
    codes, score = table.codes(by)[mask], table.numbers("score")[mask]
    size = len(table.texts[by])
    has_score = ~np.isnan(score)
    accounts = np.bincount(codes, minlength=size)
    scored = np.bincount(codes[has_score], minlength=size)
    sums = np.bincount(codes[has_score], score[has_score], minlength=size)
    mrr = np.bincount(codes, np.nan_to_num(table.numbers("mrr")[mask]), minlength=size)
    risk = np.bincount(codes, np.nan_to_num(table.numbers("at_risk")[mask]), minlength=size)
    found = [
        GroupHealth(
            name=table.texts[by][int(code)],
            accounts=int(accounts[code]),
            score=float(sums[code] / scored[code]) if scored[code] else None,
            before=None,
            mrr=float(mrr[code]),
            at_risk=float(risk[code]),
        )
        for code in np.flatnonzero(accounts)
    ]
    return tuple(sorted(found, key=lambda each: (each.score is None, each.score or 0.0, each.name)))
