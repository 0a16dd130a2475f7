"""Health by segment, industry, owner or plan, now and four weeks ago."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.queries.ground import Ground
from dashboard.queries.listing import mask_of
from dashboard.queries.port import GroupBy
from dashboard.values.listing import ListRequest
from dashboard.values.portfolio import GroupHealth

DAYS_BEFORE = 28


async def groups(ground: Ground, by: GroupBy, filters: ListRequest) -> tuple[GroupHealth, ...]:
    """See `Queries.groups`."""
    return ranked(ground.book, mask_of(ground, filters), by)


def ranked(book: Book, mask: NDArray[np.bool_], by: GroupBy) -> tuple[GroupHealth, ...]:
    """The groups of the accounts that are kept, the lowest mean score first, those without one last.

    `before` is of the accounts that are in the group now.
    """
    table, texts = book.table, book.table.texts[by]
    codes, size = table.codes(by)[mask], len(texts)
    accounts = np.bincount(codes, minlength=size)
    score = _means(codes, table.numbers("score")[mask], size)
    before = _means(codes, book.at(book.today - DAYS_BEFORE).score[mask], size)
    mrr = np.bincount(codes, np.nan_to_num(table.numbers("mrr")[mask]), minlength=size)
    risk = np.bincount(codes, np.nan_to_num(table.numbers("at_risk")[mask]), minlength=size)
    found = [
        GroupHealth(
            name=texts[int(code)],
            accounts=int(accounts[code]),
            score=_or_none(score[code]),
            before=_or_none(before[code]),
            mrr=float(mrr[code]),
            at_risk=float(risk[code]),
        )
        for code in np.flatnonzero(accounts)
    ]
    return tuple(sorted(found, key=lambda each: (each.score is None, each.score or 0.0, each.name)))


def _means(codes: NDArray[np.int32], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The mean by code of what has a value, NaN where nothing has."""
    kept = ~np.isnan(values)
    counts = np.bincount(codes[kept], minlength=size)
    sums = np.bincount(codes[kept], values[kept], minlength=size)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return means


def _or_none(value: float) -> float | None:
    return None if value != value else float(value)
