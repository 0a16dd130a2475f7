"""Pages of the list: sorted by any column, and a cursor that stays where it is while scores move. Pure."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.book.columns import Coded, Numeric, column_of, values_of
from dashboard.book.errors import Unusable
from dashboard.values.listing import ListRequest

INFINITY = float("inf")
SAMPLED, SPARE = 61, 12
"""Of many rows every 61st is looked at to guess which key is late enough, and some more than are needed."""
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last row of a page: what it was sorted by, its tier where tiers come first, its value, its account."""

    sort: str
    is_descending: bool
    group: bool
    tier: str
    value: float | str | None
    account_id: str


class Page(NamedTuple):
    """The rows of a page, and the cursor of the next one, "" for none."""

    rows: Rows
    cursor: str


def page(book: Book, kept: Mask, request: ListRequest) -> Page:
    """The rows that `kept` holds, as the request asks for them.

    Raises:
        Unusable: no such column, or one that cannot be sorted by; a cursor of another list, or of none.
    """
    after = decoded(request.cursor, request) if request.cursor else None
    keys, found, lacking = keys_of(book, request), list[Rows](), request.limit + 1
    for rank, mask in _groups(book, kept, request):
        if after is not None and request.group and rank < book.tier_rank(after.tier):
            continue
        if after is not None and (not request.group or rank == book.tier_rank(after.tier)):
            mask &= _behind(book, keys, request, after)
        first = _first(book, mask, keys, lacking)
        found.append(first)
        lacking -= len(first)
        if not lacking:
            break
    rows = np.concatenate(found) if found else np.empty(0, np.int64)
    cursor = encoded(_cursor(book, int(rows[request.limit - 1]), request)) if len(rows) > request.limit else ""
    return Page(rows[: request.limit], cursor)


def keys_of(book: Book, request: ListRequest) -> NDArray[np.float64]:
    """By row: a number that sorts ascending as the request sorts; infinity, the last, for none."""
    column = column_of(book, request.sort)
    if not column.is_sortable:
        raise Unusable(f"The list cannot be sorted by {request.sort!r}: sort by score, at_risk, mrr or name.")
    values = _sort_values(book, request.sort)
    keys = -values if request.is_descending else values.copy()
    keys[np.isnan(keys)] = INFINITY
    return keys


def encoded(cursor: Cursor) -> str:
    """The cursor as text without meaning to others."""
    body = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4, "big") + body).decode().rstrip("=")


def decoded(text: str, request: ListRequest) -> Cursor:
    """The cursor behind a text.

    Raises:
        Unusable: it is none, or one of another order.
    """
    refused = Unusable("This cursor is not of this list: ask for the first page, without a cursor.")
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        body = whole[4:]
        cursor = msgspec.json.decode(body, type=Cursor)
    except (binascii.Error, ValueError) as error:
        raise refused from error
    is_of_request = (cursor.sort, cursor.is_descending, cursor.group) == (
        request.sort,
        request.is_descending,
        request.group,
    )
    if zlib.crc32(body).to_bytes(4, "big") != whole[:4] or not is_of_request:
        raise refused
    return cursor


def _sort_values(book: Book, name: str) -> NDArray[np.float64]:
    if name == "account_id":
        return book.id_places()[: book.table.rows].astype(np.float64)
    if name in ("tier", "next_tier"):
        texts = book.table.texts[name]
        ranks = [book.tier_rank(texts[code]) if code else np.nan for code in range(len(texts))]
        return np.array(ranks, np.float64)[book.table.codes(name)]
    match values_of(book, name):
        case Numeric(values):
            return values.astype(np.float64, copy=False)
        case Coded(codes, texts):
            return texts.places()[codes]
        case None:
            raise Unusable(f"The list cannot be sorted by {name!r}: sort by score, at_risk, mrr or name.")


def _groups(book: Book, kept: Mask, request: ListRequest) -> Iterator[tuple[int, Mask]]:
    """The rows that are kept, in masks of their own: all at once, or by the rank of their tier, the worst first."""
    if not request.group:
        yield 0, kept.copy()
        return
    ranks = book.tier_ranks()
    for rank in range(len(book.scale.tiers) + 1):
        yield rank, kept & (ranks == rank)


def _behind(book: Book, keys: NDArray[np.float64], request: ListRequest, after: Cursor) -> Mask:
    key = _key_of_value(book, request, after.value)
    ties = book.id_places()[: len(keys)] > book.id_place(after.account_id)
    behind: Mask = (keys > key) | ((keys == key) & ties)
    return behind


def _key_of_value(book: Book, request: ListRequest, value: float | str | None) -> float:
    if value is None:
        return INFINITY
    if isinstance(value, float | int):
        place = float(value)
    elif request.sort == "account_id":
        place = book.id_place(value)
    elif request.sort in ("tier", "next_tier"):
        place = float(book.tier_rank(value))
    else:
        found = values_of(book, request.sort)
        place = found.texts.place_of(value) if isinstance(found, Coded) else INFINITY
    return -place if request.is_descending else place


def _first(book: Book, mask: Mask, keys: NDArray[np.float64], limit: int) -> Rows:
    """The first `limit` of the rows, sorted; equal keys by account id."""
    places = book.id_places()
    rows = _few(mask, keys, limit)
    if len(rows) > 2 * limit:
        own = keys[rows]
        last = np.partition(own, limit - 1)[limit - 1]
        before, ties = rows[own < last], rows[own == last]
        lacking = limit - len(before)
        if len(ties) > lacking:
            ties = ties[np.argpartition(places[ties], lacking - 1)[:lacking]]
        rows = np.concatenate((before, ties))
    return rows[np.lexsort((places[rows], keys[rows]))][:limit]


def _few(mask: Mask, keys: NDArray[np.float64], limit: int) -> Rows:
    """The rows of the mask; of many only those up to a key that a sample says is late enough."""
    sample = keys[::SAMPLED][mask[::SAMPLED]]
    enough = 2 * (limit // SAMPLED) + SPARE
    if len(sample) > 4 * enough:
        bound = np.partition(sample, enough)[enough]
        rows = np.flatnonzero(mask & (keys <= bound))
        if len(rows) >= limit:
            return rows
    return np.flatnonzero(mask)


def _cursor(book: Book, row: int, request: ListRequest) -> Cursor:
    return Cursor(
        sort=request.sort,
        is_descending=request.is_descending,
        group=request.group,
        tier=book.table.label("tier", row),
        value=_value(book, row, request.sort),
        account_id=book.table.ids[row],
    )


def _value(book: Book, row: int, name: str) -> float | str | None:
    if name == "account_id":
        return book.table.ids[row]
    found = values_of(book, name)
    if isinstance(found, Coded):
        return found.texts[int(found.codes[row])] or None
    value = np.nan if found is None else float(found.values[row])
    return None if value != value else value
