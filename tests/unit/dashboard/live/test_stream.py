"""The streams on a real web server: their head, their end, readers that do not read, and the six connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.doors.identity import LOCAL_PERSON, admit
from dashboard.live import routes
from dashboard.live.frames import BEAT
from dashboard.live.keys import row_key
from dashboard.live.stream import EventStream
from streams.operations import web_server
from streams.operations.web_server import Address, serve_until
from tests.unit.dashboard.live.worlds import World


class _Admits:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        admit(scope, LOCAL_PERSON)
        await self._app(scope, receive, send)


class Served:
    """A world's hub behind a server."""

    def __init__(self, world: World, port: int, stop: asyncio.Event) -> None:
        self.world = world
        self.port = port
        self.stop = stop
        self.url = f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def served(world: World) -> AsyncIterator[Served]:
    app = FastAPI()
    app.state.hub = world.hub
    app.include_router(routes.router)
    app.add_middleware(_Admits)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = asyncio.Event()
    running = [
        asyncio.ensure_future(serve_until(stop, app, Address("127.0.0.1", port, "X"), connections=50)),
        asyncio.ensure_future(world.hub.run(stop)),
    ]
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.01)
    try:
        yield Served(world, port, stop)
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), 5)


async def read_until(response: httpx.Response, part: str, seconds: float = 3.0) -> str:
    text = ""
    async with asyncio.timeout(seconds):
        async for piece in response.aiter_text():
            text += piece
            if part in text:
                return text
    raise AssertionError(f"the stream ended without {part!r}: {text!r}")


async def test_a_stream_says_how_it_may_be_kept_and_sends_a_changed_row() -> None:
    world = World("acme")
    async with served(world) as server, httpx.AsyncClient(base_url=server.url) as client:
        address = f"/live?page=accounts&view=v&rows={row_key('acme')}"
        async with client.stream("GET", address) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-accel-buffering"] == "no"
            await world.change("acme", 42.0)
            text = await read_until(response, "acme=42.0")
            assert text.startswith("retry: ")
            assert world.hub.streams == 1
    assert world.hub.streams == 0


async def test_the_api_streams_rows_as_json() -> None:
    world = World("acme", "globex")
    async with (
        served(world) as server,
        httpx.AsyncClient(base_url=server.url) as client,
        client.stream("GET", "/api/v1/events", params={"account": "globex"}) as one,
        client.stream("GET", "/api/v1/events") as whole,
    ):
        await world.change("acme", 1.0)
        await world.change("globex", 2.0)
        assert '"account_id":"acme"' in await read_until(whole, '"account_id":"globex"')
        text = await read_until(one, '"account_id":"globex"')
        assert "event: row" in text
        assert "acme" not in text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/live?page=accounts&view=unknown", 400),
        ("/live?page=accounts&rows=%3Cscript%3E", 400),
        ("/live?page=json", 400),
        ("/live?page=" + "x" * 30, 422),
    ],
)
async def test_an_address_that_no_page_made_is_refused(address: str, status: int) -> None:
    async with served(World("acme")) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get(address)).status_code == status


async def test_too_many_streams_get_503_and_when_to_come_back() -> None:
    world = World("acme", streams_max=1)
    async with (
        served(world) as server,
        httpx.AsyncClient(base_url=server.url) as client,
        client.stream("GET", "/live?page=accounts&view=v"),
    ):
        answer = await client.get("/live?page=accounts&view=v")
    assert answer.status_code == 503
    assert 5 <= int(answer.headers["retry-after"]) < 30


async def test_streams_end_at_once_when_the_process_stops() -> None:
    world = World("acme")
    async with (
        served(world) as server,
        httpx.AsyncClient(base_url=server.url) as client,
        client.stream("GET", "/live?page=accounts&view=v") as response,
    ):
        server.stop.set()
        began = asyncio.get_running_loop().time()
        async for _ in response.aiter_bytes():
            pass
        assert asyncio.get_running_loop().time() - began < 1.0


async def test_a_stream_ends_after_its_life_and_beats_before() -> None:
    world = World("acme")
    listener = await world.listen("acme")
    sent: list[bytes] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message.get("body", b""))

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        raise AssertionError("nothing is received")

    left: list[bool] = []
    stream = EventStream(listener, left.append, beat_seconds=0.02, life_seconds=0.2)
    async with asyncio.timeout(2):
        await stream({"type": "http"}, receive, send)
    assert sum(body.startswith(BEAT) for body in sent) >= 3
    assert sent[-1] == b""
    assert left == [False]


async def test_a_reader_that_does_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "STALLED_SECONDS", 0.3)
    monkeypatch.setattr("dashboard.live.stream.SLOW_SECONDS", 0.2)
    world = World("acme")
    async with served(world) as server:
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stalled, ("127.0.0.1", server.port))
        await loop.sock_sendall(stalled, b"GET /live?page=accounts&view=v HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            await loop.sock_recv(stalled, 100)
            assert world.hub.streams == 1
            while world.hub.streams:
                for listener in world.listeners():
                    listener.put("row", b"data: " + b"x" * 1_000_000 + b"\n\n")
                await asyncio.sleep(0.02)
        stalled.close()
    assert world.counts.outcomes["dropped"] == 1
