"""The web server: it ends when it is to, and not before what is under way is answered."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from streams.errors import UserError
from streams.interactions.server import serve_until
from vitals.local.embedded import free_port


async def test_a_request_under_way_is_answered_before_it_ends() -> None:
    stop, begun, goes_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        begun.set()
        await goes_on.wait()
        return PlainTextResponse("done")

    port = free_port()
    serving = asyncio.create_task(serve_until(stop, Starlette(routes=[Route("/", slow)]), "127.0.0.1", port))
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = asyncio.create_task(get_when_up(client, f"http://127.0.0.1:{port}/"))
        await asyncio.wait_for(begun.wait(), 20)
        stop.set()
        done, _ = await asyncio.wait({serving}, timeout=0.3)
        assert not done
        goes_on.set()
        assert (await answer).text == "done"
    await asyncio.wait_for(serving, 20)


async def get_when_up(client: httpx.AsyncClient, url: str) -> httpx.Response:
    for _ in range(400):
        try:
            return await client.get(url)
        except httpx.ConnectError:
            await asyncio.sleep(0.02)
    raise AssertionError("the server did not come up")


async def test_a_port_that_is_taken_says_which_variable_to_set() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match="is taken: set VITALS_INTERACTIONS_PORT"):
            await serve_until(asyncio.Event(), Starlette(), "127.0.0.1", port)


async def test_an_address_of_another_machine_says_so() -> None:
    with pytest.raises(UserError, match="cannot be used"):
        await serve_until(asyncio.Event(), Starlette(), "192.0.2.1", 0)
