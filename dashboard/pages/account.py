"""`/accounts/{id}`: one account, why its score is what it is, what happened, what comes next."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from dashboard.pages.frame import Framed, with_tiers
from dashboard.pages.one.account_page import WEEKS, Chosen, page_values
from dashboard.pages.one.days import KINDS
from dashboard.pages.one.place import place_of
from dashboard.queries.asked import Asked
from dashboard.queries.port import HISTORY_WEEKS, UnknownAccount

router = APIRouter(include_in_schema=False)
PRINT_WEEKS = 12


@router.get("/accounts/{account_id:path}")
async def account(
    account_id: str,
    framed: Framed,
    asked: Asked,
    weeks: int = WEEKS,
    events: Annotated[str, Query(max_length=20)] = "all",
    came_from: Annotated[str, Query(alias="from", max_length=4_000)] = "",
    print_: Annotated[str, Query(alias="print", max_length=5)] = "",
) -> HTMLResponse:
    """The page; `?print=1` is the one for a business review, without what is only ours."""
    is_print = bool(print_)
    chosen = Chosen(
        weeks=PRINT_WEEKS if is_print else weeks if weeks in HISTORY_WEEKS else WEEKS,
        events=events if events in KINDS else "all",
        came_from=came_from,
        is_print=is_print,
    )
    try:
        view, trajectory, entries, place = await asyncio.gather(
            asked.account(account_id),
            asked.trajectory(account_id, chosen.weeks),
            asked.timeline(account_id, chosen.weeks),
            place_of(asked, framed, account_id, came_from),
        )
    except UnknownAccount:
        return framed.page(
            "account/unknown.html",
            page="accounts",
            title="No such account",
            as_of_ms=0,
            account_id=account_id,
            status=404,
        )
    framed = with_tiers(framed, trajectory.bounds)
    values = page_values(framed.look, view, trajectory, entries, place, chosen)
    return framed.page("account.html", page="accounts", live="/live?page=account", may_act=framed.may_act, **values)
