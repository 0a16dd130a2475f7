"""The tools of `vitals mcp`, asked by the SDK's own client: in this process, and over stdio."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from starlette.types import ASGIApp

from dashboard.tools.client import Api
from dashboard.tools.server import tool_server
from streams.deployment.secret import Secret
from tests.support.dashboard.answers import answers_of
from tests.support.dashboard.api import api_of
from vitals.local.embedded import free_port

ANSWERS = answers_of("default", 30)
SCORED = [answer for answer in ANSWERS if answer.score is not None]
TROUBLED = next(answer for answer in SCORED if answer.facts["tickets_30d"])
TOOLS = {
    *("list_accounts", "get_account", "explain_account", "account_history", "what_if", "why_this_alert", "portfolio"),
    "publish_share_link",
}


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    return api_of(ANSWERS)[0].app


@pytest.fixture(scope="module")
def shut_app() -> ASGIApp:
    """The API, and nobody is let in."""
    return api_of(ANSWERS[:2], None)[0].app


@pytest.fixture(scope="module")
def url(app: ASGIApp) -> Iterator[str]:
    """The API on a port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


async def ask(app: ASGIApp, tool: str, **arguments: Any) -> Any:
    """What a tool says; its error's text where it fails."""
    api = Api("http://dashboard.example", Secret(), httpx.ASGITransport(app))
    async with Client(tool_server(api, "1")) as client:
        result = await client.call_tool(tool, arguments)
    return result.content[0].text if result.is_error else result.structured_content  # type: ignore[union-attr]


async def test_each_tool_answers_with_what_the_api_has(app: ASGIApp) -> None:
    listed = await ask(app, "list_accounts", sort="score", limit=3)
    lowest = sorted(answer.score or 0.0 for answer in SCORED)[:3]
    assert [account["score"] for account in listed["accounts"]] == lowest
    explained = await ask(app, "explain_account", account_id=TROUBLED.account_id)
    assert explained["score"] == TROUBLED.score
    assert explained["contributions"]
    whole = await ask(app, "get_account", account_id=TROUBLED.account_id)
    assert whole["contributions"] == explained["contributions"]
    history = await ask(app, "account_history", account_id=TROUBLED.account_id, weeks=4)
    assert history["days"][-1]["score"] == TROUBLED.score
    one = await ask(app, "what_if", account_id=TROUBLED.account_id, facts={"tickets_30d": 0})
    assert one["score_then"] != one["score"]
    assert (await ask(app, "what_if", weights={"support": 90}))["accounts"] > 0
    assert (await ask(app, "portfolio"))["sentence"]
    assert (await ask(app, "why_this_alert", account_id=TROUBLED.account_id))["decisions"] == []


async def test_an_error_says_what_to_do(app: ASGIApp, shut_app: ASGIApp) -> None:
    unknown = await ask(app, "explain_account", account_id="nobody")
    assert unknown.endswith("There is no such account, or it was forgotten. Look for its id with list_accounts.")
    assert "write field:operator:value" in await ask(app, "list_accounts", filters=["odd"])
    assert "cannot be changed here" in await ask(
        app, "what_if", account_id=TROUBLED.account_id, facts={"onboarding": 1}
    )
    assert "Set VITALS_SECRET_API_KEY" in await ask(shut_app, "portfolio")


async def test_a_dashboard_that_is_away_is_named() -> None:
    api = Api(f"http://127.0.0.1:{free_port()}", Secret("k"))
    async with Client(tool_server(api, "1")) as client:
        result = await client.call_tool("portfolio", {})
    assert result.is_error
    assert "does not answer" in result.content[0].text  # type: ignore[union-attr]


async def test_it_runs_over_stdio(url: str) -> None:
    command = StdioServerParameters(command=sys.executable, args=["-m", "vitals", "mcp", "--url", url])
    async with asyncio.timeout(60), Client(command) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert all(tool.description for tool in tools)
        result = await client.call_tool("explain_account", {"account_id": TROUBLED.account_id})
    assert result.structured_content is not None
    assert result.structured_content["score"] == TROUBLED.score
