"""Accounts: the list, as JSON or CSV, and all that can be asked about one."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from dashboard.api.answering import answered, once
from dashboard.api.asking import Listed, Reader, Weeks
from dashboard.api.bodies import Contributions, Counterfactual, Evidence, ForecastAnswer
from dashboard.api.documented import READ, READ_ONE, problems
from dashboard.queries.asked import Asked
from dashboard.queries.port import Queries
from dashboard.values.account import AccountView, TimelineEntry, Trajectory
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest
from dashboard.values.alerts import Decision
from dashboard.values.listing import Column, Listing, ListRequest, Row

part = APIRouter(tags=["accounts"])
PAGE: Final = 500
CSV: Final = "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LEFT_OUT: Final = ("sparkline", "marks")


@part.get("/columns", response_model=tuple[Column, ...], responses=READ)
async def columns(request: Request, asked: Asked, _: Reader) -> Response:
    """The columns of the list: what can be filtered and sorted by."""
    return answered(request, asked.columns())


@part.get(
    "/accounts",
    response_model=Listing,
    responses={**problems(304, 400), 200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def accounts(
    request: Request,
    asked: Asked,
    listed: Listed,
    _: Reader,
    form: Annotated[
        Literal["json", "csv"], Query(alias="format", description="`csv` has all rows, whatever the limit.")
    ] = "json",
) -> Response:
    """A page of the list."""
    found = await asked.accounts(listed)
    if form == "json":
        return answered(request, found)
    headers = {"content-disposition": 'attachment; filename="accounts.csv"'}
    return StreamingResponse(_lines(asked, listed), media_type=f"{CSV}; charset=utf-8", headers=headers)


@part.get("/accounts/{account_id:path}/contributions", response_model=Contributions, responses=READ_ONE)
async def contributions(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """Why the score is what it is, line by line."""
    view = await asked.account(account_id)
    row = view.row
    value = Contributions(account_id=account_id, score=row.score, tier=row.tier, contributions=view.contributions)
    return answered(request, value)


@part.get("/accounts/{account_id:path}/history", response_model=Trajectory, responses=problems(304, 400, 404))
async def history(request: Request, asked: Asked, account_id: str, _: Reader, weeks: Weeks = 8) -> Response:
    """The score at the close of each day, with the points of each component, its causes, and what silence brings."""
    return answered(request, await asked.trajectory(account_id, weeks))


@part.get("/accounts/{account_id:path}/timeline", response_model=tuple[TimelineEntry, ...], responses=READ_ONE)
async def timeline(request: Request, asked: Asked, account_id: str, _: Reader, weeks: Weeks = 8) -> Response:
    """What happened and what aged out, the newest first. A day's points add up to its change."""
    return answered(request, await asked.timeline(account_id, weeks))


@part.get("/accounts/{account_id:path}/transitions", response_model=tuple[TimelineEntry, ...], responses=READ_ONE)
async def transitions(request: Request, asked: Asked, account_id: str, _: Reader, weeks: Weeks = 52) -> Response:
    """The changes of tier, the newest first, each with its cause."""
    entries = await asked.timeline(account_id, weeks)
    return answered(request, tuple(each for each in entries if each.from_tier != each.to_tier))


@part.get("/accounts/{account_id:path}/evidence", response_model=Evidence, responses=READ_ONE)
async def evidence(request: Request, asked: Asked, account_id: str, _: Reader, weeks: Weeks = 8) -> Response:
    """Which events and which expiries moved the score, and the events that a person would want to see."""
    view, entries = await asked.account(account_id), await asked.timeline(account_id, weeks)
    moved = tuple(each for each in entries if each.points is not None)
    return answered(request, Evidence(account_id=account_id, movements=moved, notable=view.notable))


@part.get("/accounts/{account_id:path}/forecast", response_model=ForecastAnswer, responses=READ_ONE)
async def forecast(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """When and why the tier changes next, if nothing more arrives."""
    view = await asked.account(account_id)
    row = view.row
    return answered(request, ForecastAnswer(account_id=account_id, score=row.score, tier=row.tier, ahead=view.ahead))


@part.get("/accounts/{account_id:path}/counterfactual", response_model=Counterfactual, responses=READ_ONE)
async def counterfactual(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """The smallest changes that would lift the account a tier."""
    view = await asked.account(account_id)
    value = Counterfactual(
        account_id=account_id,
        score=view.row.score,
        tier=view.row.tier,
        needs=view.needs,
        improvements=view.improvements,
    )
    return answered(request, value)


@part.get("/accounts/{account_id:path}/decisions", response_model=tuple[Decision, ...], responses=READ_ONE)
async def decisions(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """Why a message about the account was sent, or none: the latest decisions, the newest first."""
    return answered(request, await asked.decisions(account_id))


@part.post("/accounts/{account_id:path}/what-if", response_model=AccountWhatIf, responses=problems(400, 404, 408, 413))
async def what_if(asked: Asked, account_id: str, body: AccountWhatIfRequest, _: Reader) -> Response:
    """The account under other facts or weights. `inputs` says which facts can be changed, and why others cannot."""
    return once(await asked.account_what_if(account_id, body))


@part.get("/accounts/{account_id:path}", response_model=AccountView, responses=READ_ONE)
async def account(request: Request, asked: Asked, account_id: str, _: Reader) -> Response:
    """One account: all of its page but trajectory and timeline."""
    return answered(request, await asked.account(account_id))


async def _lines(asked: Queries, request: ListRequest) -> AsyncIterator[str]:
    """The file, page by page. Numbers are unrounded, instants are milliseconds since 1970, nothing is empty."""
    names = [column.name for column in asked.columns() if column.kind not in _LEFT_OUT]
    yield _line(names)
    request = replace(request, limit=PAGE, cursor="")
    while True:
        listing = await asked.accounts(request)
        yield "".join(_line([_cell(row, name) for name in names]) for row in listing.rows)
        if not listing.cursor:
            return
        request = replace(request, cursor=listing.cursor)


def _cell(row: Row, name: str) -> str:
    value: Any = row.custom.get(name)
    if name.startswith("case_"):
        value = getattr(row.case, name.removeprefix("case_"), None)
    elif not name.startswith(("trait.", "fact.")):
        value = getattr(row, name, None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # what begins like a formula is a text to a spreadsheet
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else repr(value)


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
