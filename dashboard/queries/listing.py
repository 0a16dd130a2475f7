"""The list of accounts: filtered, sorted and paged in memory; words and marks from the answers of the rows shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.book import paging
from dashboard.book.columns import columns_of
from dashboard.book.errors import Unusable
from dashboard.book.filters import kept
from dashboard.book.rows import row_of
from dashboard.book.totals import by_tier, summed
from dashboard.queries.ground import Ground
from dashboard.queries.port import BadRequest
from dashboard.values.listing import Column, Listing, ListRequest, Row
from streams.read_model.port import ReadModelUnavailable

LIMIT_MAX = 500
FILTERS_MAX = 50
"""Each is looked at for every account, while everybody else waits."""


def columns(ground: Ground) -> tuple[Column, ...]:
    """See `Queries.columns`."""
    return columns_of(ground.book)


async def accounts(ground: Ground, request: ListRequest) -> Listing:
    """See `Queries.accounts`. While Redis does not answer, rows come without the words that are not kept here."""
    if not 1 <= request.limit <= LIMIT_MAX:
        raise BadRequest(f"A page has 1 to {LIMIT_MAX} accounts, not {request.limit}.")
    book = ground.book
    mask = mask_of(ground, request)
    try:
        found = paging.page(book, mask, request)
    except Unusable as error:
        raise BadRequest(str(error)) from error
    groups = by_tier(book, mask)
    whole = groups if not request.filters and not request.search.strip() else by_tier(book, book.table.alive)
    as_of_ms, ids = book.as_of_ms, [book.table.ids[row] for row in found.rows]
    return Listing(
        rows=await rows(ground, tuple(ids)),
        total=summed(groups),
        book=summed(whole),
        groups=groups,
        cursor=found.cursor,
        as_of_ms=as_of_ms,
        is_whole=book.filling.is_whole,
    )


def mask_of(ground: Ground, request: ListRequest) -> NDArray[np.bool_]:
    """By row: whether the filters and the search of the request keep it.

    Raises:
        BadRequest: a filter that cannot be used, or too many.
    """
    if len(request.filters) > FILTERS_MAX:
        raise BadRequest(f"A list has at most {FILTERS_MAX} filters, not {len(request.filters):,}: remove some.")
    try:
        return kept(ground.book, request.filters, request.search)
    except Unusable as error:
        raise BadRequest(str(error)) from error


async def rows(ground: Ground, account_ids: tuple[str, ...]) -> tuple[Row, ...]:
    """See `Queries.rows`."""
    await explain(ground, account_ids)
    book, now_ms = ground.book, ground.now_ms()
    found = ((account_id, book.row(account_id)) for account_id in account_ids)
    return tuple(
        row_of(book, row, ground.words.last(account_id), now_ms) for account_id, row in found if row is not None
    )


async def explain(ground: Ground, account_ids: Sequence[str]) -> None:
    """Have words for the answers of these accounts that the book has now."""
    book = ground.book
    lacking = [
        account_id
        for account_id in dict.fromkeys(account_ids)
        if (row := book.row(account_id)) is not None and ground.words.answer(account_id, book.position(row)) is None
    ]
    if not lacking:
        return
    try:
        answers = (await ground.read_model.get_many(lacking)).values()
        keys = {f"{answer.model}@{answer.model_version}" for answer in answers}
        if any(key not in ground.words.models for key in keys):
            ground.words.learn(await ground.read_model.models())
    except ReadModelUnavailable:
        return
    for answer in answers:
        ground.words.keep(answer)
