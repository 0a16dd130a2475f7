"""`/accounts`: the list, its views, its explanation in place, its download."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from dashboard.pages.frame import Framed
from dashboard.pages.lists.counts import ViewCounts
from dashboard.pages.lists.download import csv_lines
from dashboard.pages.lists.filtering import filters_of_form, is_form
from dashboard.pages.lists.list_page import asking_of, page_values
from dashboard.queries.asked import Asked
from dashboard.queries.port import BadRequest, Queries, UnknownAccount
from dashboard.values.account import AccountView

router = APIRouter(include_in_schema=False)
_COUNTS: Final = "view_counts"


@router.get("/accounts")
async def accounts(request: Request, framed: Framed, asked: Asked) -> Response:
    """The page."""
    asking = asking_of(request, framed, asked)
    address = asking.address
    if is_form(request.query_params):
        filters = tuple(dict.fromkeys((*address.request.filters, *filters_of_form(request.query_params))))
        return RedirectResponse(address.href(filters=filters, explain=""), 303)
    counting = _counts(request)
    fault, listing = "", None
    try:
        listing, counts, explained = await asyncio.gather(
            asked.accounts(address.request), counting.of(asked, asking.views), _explained(asked, address.explain)
        )
    except BadRequest as error:
        fault, counts, explained = str(error), await counting.of(asked, asking.views), None
    values = page_values(framed, asking, listing, counts, explained)
    return framed.page("accounts.html", page="accounts", fault=fault, status=400 if fault else 200, **values)


@router.get("/accounts.csv")
async def download(request: Request, framed: Framed, asked: Asked) -> Response:
    """All rows of a list, not only those of a page."""
    asking = asking_of(request, framed, asked)
    await asked.accounts(replace(asking.address.request, limit=1, cursor=""))  # a wrong list is 400, not half of a file
    lines = csv_lines(asked, asking.address.request, asking.shown)
    headers = {"content-disposition": 'attachment; filename="accounts.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _counts(request: Request) -> ViewCounts:
    state = request.app.state
    if not hasattr(state, _COUNTS):
        setattr(state, _COUNTS, ViewCounts())
    found: ViewCounts = getattr(state, _COUNTS)
    return found


async def _explained(asked: Queries, account_id: str) -> AccountView | None:
    if not account_id:
        return None
    try:
        return await asked.account(account_id)
    except UnknownAccount:
        return None
