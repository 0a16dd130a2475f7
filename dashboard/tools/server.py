"""The tools of `vitals mcp`: what an assistant may ask, and publishing a share link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Annotated, Any, Final, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from dashboard.tools.client import Api, ApiError, account_path

Json = dict[str, Any]
AccountId = Annotated[str, Field(description="The account's id, as list_accounts gives it.")]
Weeks = Literal[4, 8, 12, 52]
INSTRUCTIONS: Final = (
    "Health scores of B2B accounts, 0 to 100, with the reasons. Begin with portfolio or list_accounts; explain_account "
    "says why one stands where it does. Scores are points, money is MRR a month."
)
_ROW: Final = (
    *("account_id", "name", "score", "tier", "standing", "change_7d", "top_risk_whole", "mrr", "at_risk", "owner"),
    *("segment", "renewal", "next_tier", "is_provisional"),
)
_PORTFOLIO: Final = (
    *("sentence", "index", "index_change", "index_by_mrr", "book", "at_risk_change", "tiers", "unscored", "fell"),
    *("rose", "changes", "causes", "guide", "by_segment", "by_owner"),
)
_EXPLAINED: Final = (
    *("summary", "contributions", "flags", "signs", "transition", "ahead", "improvements", "needs", "chances"),
)
P = ParamSpec("P")
T = TypeVar("T")


def tool_server(api: Api, version: str) -> MCPServer:
    """The server over a dashboard. It closes `api` at its end."""

    @asynccontextmanager
    async def lifespan(_: MCPServer) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await api.close()

    server = MCPServer("vitals", instructions=INSTRUCTIONS, version=version, lifespan=lifespan, log_level="WARNING")
    _add_accounts(server, api)
    _add_book(server, api)
    return server


def _add_accounts(server: MCPServer, api: Api) -> None:
    @server.tool()
    @_with_advice
    async def list_accounts(
        search: Annotated[str, Field(description="A part of a name or an id.")] = "",
        filters: Annotated[
            list[str] | None, Field(description="field:operator:value, such as tier:is:red, mrr:at_least:900.")
        ] = None,
        sort: Annotated[str, Field(description="A column, with - the greatest first: -at_risk, score.")] = "-at_risk",
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> Json:
        """List accounts with score, tier, MRR at risk and what holds each down most."""
        found = await api.get("/accounts", q=search, filter=filters or [], sort=sort, limit=limit)
        return {"total": found["total"], "accounts": [_row(row) for row in found["rows"]]}

    @server.tool()
    @_with_advice
    async def get_account(account_id: AccountId) -> Json:
        """Everything about one account: score, facts, use of features, cases, notes, forecast."""
        view: Json = await api.get(account_path(account_id))
        return {**view, "row": _row(view["row"])}

    @server.tool()
    @_with_advice
    async def explain_account(account_id: AccountId) -> Json:
        """Why an account's score is what it is, what comes next, and what would lift it a tier."""
        view: Json = await api.get(account_path(account_id))
        names = (
            "summary",
            "contributions",
            "flags",
            "signs",
            "transition",
            "ahead",
            "improvements",
            "needs",
            "chances",
        )
        return {**_row(view["row"]), **{name: view[name] for name in names}}

    @server.tool()
    @_with_advice
    async def account_history(account_id: AccountId, weeks: Weeks = 8) -> Json:
        """An account's daily scores, and what moved them: events that arrived, events that aged out, people, models."""
        found: Json = await api.get(account_path(account_id, "/history"), weeks=weeks)
        days = [{name: day[name] for name in ("day", "score", "tier", "mrr")} for day in found["days"]]
        moved = await api.get(account_path(account_id, "/timeline"), weeks=weeks)
        return {"days": days, "bounds": found["bounds"], "pins": found["pins"], "timeline": moved}

    @server.tool()
    @_with_advice
    async def why_this_alert(account_id: AccountId) -> Json:
        """Why a message about an account was sent, or none: its cases and the latest decisions."""
        view: Json = await api.get(account_path(account_id))
        decisions = await api.get(account_path(account_id, "/decisions"))
        return {**_row(view["row"]), "cases": view["cases"], "decisions": decisions}


def _add_book(server: MCPServer, api: Api) -> None:
    @server.tool()
    @_with_advice
    async def portfolio(since_days: Literal[1, 7] = 7) -> Json:
        """Where the whole book stands, what changed since yesterday or last week, and what caused it."""
        view: Json = await api.get("/portfolio", since_days=since_days)
        return {**{name: view[name] for name in _PORTFOLIO}, "bottom": [_row(row) for row in view["bottom"]]}

    @server.tool()
    @_with_advice
    async def what_if(
        account_id: Annotated[str, Field(description='The account; "" for the whole book.')] = "",
        weights: Annotated[dict[str, float] | None, Field(description="Other weights by component.")] = None,
        facts: Annotated[
            dict[str, float | str | None] | None,
            Field(description="Other facts by signal, for one account: {'tickets_30d': 0}."),
        ] = None,
        bounds: Annotated[
            dict[str, float] | None, Field(description="Other lower bounds by tier, for the book.")
        ] = None,
    ) -> Json:
        """One account under other facts or weights, or the book under other weights or bounds. Nothing is saved."""
        if account_id:
            body = {"facts": facts or {}, "weights": weights or {}}
            one: Json = await api.post(account_path(account_id, "/what-if"), body)
            return one
        book: Json = await api.post("/what-if", {"weights": weights or {}, "bounds": bounds or {}})
        return book

    @server.tool()
    @_with_advice
    async def publish_share_link(
        place: Literal["portfolio", "accounts"] = "portfolio",
        query: Annotated[str, Field(description="For accounts: the query of the list, like filter=tier:is:red.")] = "",
        days: Annotated[float, Field(gt=0, le=90)] = 30,
        redacts: Annotated[bool, Field(description="Whether names of accounts and owners are hidden.")] = False,
        label: Annotated[str, Field(description="For those who manage links.")] = "",
    ) -> Json:
        """Publish a read-only link. Ask the user first: anybody who has it can read what it shows."""
        body = {"place": place, "query": query, "days": days, "redacts": redacts, "label": label}
        done = await api.post("/shares", body)
        return {"id": done["id"], "words": done["words"], "url": f"{api.url}/share/{done['id']}?key={done['secret']}"}


def _with_advice(tool: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same tool; what the dashboard says no to is an error of the tool, with what to do."""

    @wraps(tool)
    async def asked(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await tool(*arguments, **named)
        except ApiError as error:
            raise ToolError(str(error)) from None

    return asked


def _row(row: Json) -> Json:
    return {name: row[name] for name in _ROW if row.get(name) is not None}
