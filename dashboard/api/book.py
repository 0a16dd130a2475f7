"""The whole book: portfolio, groups, team, and the queue."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from dashboard.api.answering import answered
from dashboard.api.asking import Reader, Which
from dashboard.api.documented import READ, problems
from dashboard.queries.asked import Asked
from dashboard.values.portfolio import GroupHealth, GroupWeek, PortfolioView
from dashboard.values.team import ActionsView, TeamView

part = APIRouter(tags=["book"])
SinceDays = Annotated[Literal[1, 7], BeforeValidator(int)]
Groups = tuple[GroupHealth, ...]
FILTERED = problems(304, 400)


@part.get("/portfolio", response_model=PortfolioView, responses=FILTERED)
async def portfolio(
    request: Request,
    asked: Asked,
    which: Which,
    _: Reader,
    since_days: Annotated[Literal[1, 7], BeforeValidator(int)] = 7,
) -> Response:
    """The book, or the part of it that the filters keep: where it stands, and what moved it."""
    return answered(request, await asked.portfolio(since_days, which))


@part.get("/segments", response_model=Groups, responses=FILTERED)
async def segments(request: Request, asked: Asked, which: Which, _: Reader) -> Response:
    """Health by segment, the worst first."""
    return answered(request, await asked.groups("segment", which))


@part.get("/industries", response_model=Groups, responses=FILTERED)
async def industries(request: Request, asked: Asked, which: Which, _: Reader) -> Response:
    """Health by industry, the worst first."""
    return answered(request, await asked.groups("industry", which))


@part.get("/owners", response_model=Groups, responses=FILTERED)
async def owners(request: Request, asked: Asked, which: Which, _: Reader) -> Response:
    """Health by owner, the worst first."""
    return answered(request, await asked.groups("owner", which))


@part.get("/plans", response_model=Groups, responses=FILTERED)
async def plans(request: Request, asked: Asked, which: Which, _: Reader) -> Response:
    """Health by plan, the worst first."""
    return answered(request, await asked.groups("plan", which))


@part.get("/totals/{by}", response_model=tuple[GroupWeek, ...], responses=FILTERED)
async def totals(
    request: Request,
    asked: Asked,
    which: Which,
    _: Reader,
    by: Literal["tier", "segment", "industry", "owner", "plan"],
    weeks: Annotated[Literal[4, 8, 12, 52], BeforeValidator(int)] = 12,
) -> Response:
    """Accounts, MRR, MRR at risk and mean score by group at the end of each week, and now."""
    return answered(request, await asked.totals(by, weeks, which))


@part.get("/team", response_model=TeamView, responses=problems(304, 400))
async def team(
    request: Request, asked: Asked, _: Reader, days: Annotated[Literal[30, 90, 365], BeforeValidator(int)] = 90
) -> Response:
    """The six KPIs, and each owner's accounts and what became of them."""
    return answered(request, await asked.team(days))


@part.get("/actions", response_model=ActionsView, responses=READ)
async def actions(
    request: Request, asked: Asked, _: Reader, owner: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """The queue: open cases, those with most MRR at risk first; of one owner, or of all."""
    return answered(request, await asked.actions(owner))
