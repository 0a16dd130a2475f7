"""The exchange beneath every posting sink: bounded in bytes and in time, whatever the other side does."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from alerts.sinks import http
from alerts.sinks.http import BODY_BYTES, Reply, http_client, post_json
from alerts.sinks.port import DeliveryFailed

Writing = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(write: Writing) -> AsyncIterator[str]:
    """A server that reads a whole post, then writes as the test says."""
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n{}")
            await write(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if writer.is_closing() else writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.ensure_future(answer(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/services/T0/B0/secret"
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.wait(answering)
        await asyncio.sleep(0)


async def reply_to(write: Writing) -> Reply:
    async with serving(write) as url, http_client() as client:
        return await post_json(client, url, b"{}", {})


def saying(head: bytes, *parts: bytes, again_and_again: bytes = b"", seconds: float = 0.0) -> Writing:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + head + b"\r\n\r\n" + b"".join(parts))
        await writer.drain()
        while again_and_again:
            writer.write(again_and_again)
            await writer.drain()
            await asyncio.sleep(seconds)

    return write


async def test_of_an_endless_body_the_beginning_is_read() -> None:
    reply = await reply_to(saying(b"200 OK", again_and_again=b"x" * 65_536))
    assert (len(reply.body), reply.is_whole) == (BODY_BYTES, False)


async def test_a_body_that_trickles_is_cut_short_and_its_status_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BODY_SECONDS", 0.3)
    began = time.monotonic()
    reply = await reply_to(saying(b"200 OK", again_and_again=b"x", seconds=0.05))
    assert time.monotonic() - began < 3.0
    assert reply.status == 200
    assert not reply.is_whole


async def test_headers_that_trickle_are_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 0.3)
    with pytest.raises(DeliveryFailed, match="no complete answer"):
        await reply_to(saying(b"200 OK\r\nX: ", again_and_again=b"x", seconds=0.05))


async def test_headers_without_end_are_no_answer() -> None:
    with pytest.raises(DeliveryFailed, match="no answer: RemoteProtocolError"):
        await reply_to(saying(b"200 OK\r\nX: " + b"x" * 1_000_000, again_and_again=b"x" * 65_536))


@pytest.mark.parametrize("write", [saying(b"200 OK\r\nContent-Length: 10", b"ok"), saying(b"200 OK", b"ok")])
async def test_a_body_that_breaks_off_is_what_came_of_it(write: Writing) -> None:
    assert (await reply_to(write)).body == "ok"


async def test_a_packed_bomb_is_unpacked_no_further_than_needed() -> None:
    bomb = gzip.compress(bytes(3_000_000))
    head = b"200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d" % len(bomb)
    reply = await reply_to(saying(head, bomb))
    assert (len(reply.body), reply.is_whole) == (BODY_BYTES, False)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [(b"gzip", gzip.compress(b"ok", mtime=0)), (b"deflate", zlib.compress(b"ok")), (b"identity", b"ok")],
)
async def test_what_is_packed_all_the_same_is_read(encoding: bytes, packed: bytes) -> None:
    head = b"200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d" % (encoding, len(packed))
    assert await reply_to(saying(head, packed)) == Reply(status=200, body="ok", is_whole=True)


@pytest.mark.parametrize("encoding", [b"br", b"gzip, br", b"gzip"])
async def test_what_cannot_be_unpacked_is_told(encoding: bytes) -> None:
    head = b"200 OK\r\nContent-Encoding: %s\r\nContent-Length: 2" % encoding
    assert await reply_to(saying(head, b"ok")) == Reply(status=200, body="", is_whole=False)


async def test_the_address_is_not_in_what_an_answer_repeats() -> None:
    repeating = saying(b"404 Not Found", b"no /services/T0/B0/secret here, no secret")
    assert (await reply_to(repeating)).body == "no … here, no …"
