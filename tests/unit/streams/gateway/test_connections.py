"""Connections of the gateway: half a head, hanging up, pipelines, chunks and HTTP/2."""

from __future__ import annotations

import asyncio
import json
import re
import time

import msgspec
import pytest

from streams.dead_letter import DeadLetter
from streams.gateway.bodies import BodyReader
from streams.operations import web_server
from tests.support.gateway.own_sources import BODY, HEAD, KEY, LOGIN, OWN, SECRETS
from tests.support.gateway.served import served


async def test_half_a_head_and_an_endless_one_are_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 0.2)
    async with served(OWN, SECRETS) as gateway:
        started = time.monotonic()
        assert await gateway.raw(HEAD) == b""
        assert await gateway.raw() == b""
        assert time.monotonic() - started < 1.5
        monkeypatch.setattr(web_server, "HEAD_SECONDS", 60.0)
        assert await gateway.raw(HEAD + b"X-Endless: ", *[b"x" * 16_384] * 8) == b""
        assert (await gateway.client.post("/in/own", json=LOGIN, headers=KEY)).status_code == 200


async def test_beyond_the_limit_of_connections_they_are_hung_up_on() -> None:
    """Each is an open file, and Kafka needs some."""
    async with served(OWN, SECRETS) as gateway:  # which allows 100
        held = [await asyncio.open_connection("127.0.0.1", gateway.port) for _ in range(180)]
        await asyncio.sleep(0.2)
        closed = [reader.at_eof() for reader, _ in held]
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.2)
        assert sum(closed) in (30, 31)  # the client may hold one, too
        assert (await gateway.client.post("/in/own", json=LOGIN, headers=KEY)).status_code == 200


async def test_a_client_that_hangs_up_costs_nothing() -> None:
    bodies = BodyReader()
    async with served(OWN, SECRETS, bodies=bodies) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(HEAD + b"Content-Length: 500\r\n\r\n" + b"x" * 100)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.1)
        assert bodies.used == 0
        assert gateway.log.messages == []


async def test_two_pipelined_requests_get_two_answers_in_order() -> None:
    second = json.dumps({**LOGIN, "id": "e2"}).encode()
    requests = b"".join(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in (BODY, second, b"{"))
    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.raw(requests)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200", b"422"]
        assert gateway.log.values("analytics") == [BODY, second]


async def test_who_asks_for_http_2_is_answered_in_http_1_with_all_of_the_body() -> None:
    """As Java's HttpClient asks, with each request. A body may hold the same words."""
    asks = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
    body = BODY + b"\r\nUpgrade: h2c\r\n\r\n" + b" " * 70_000
    request = HEAD + asks + b"Content-Length: %d\r\n\r\n" % len(body)
    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.raw(request + BODY, body[len(BODY) :], request + body, pause=0.1)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200"]
        request = HEAD + asks + b"Content-Length: %d\r\n\r\n" % len(BODY)
        answer = await gateway.raw(request + BODY, request + BODY, pause=0.1)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200"]
        assert gateway.log.values("analytics") == [BODY] * 4
        letters = [msgspec.json.decode(value or b"", type=DeadLetter) for value in gateway.log.values("dead-letters")]
        assert [letter.value for letter in letters] == [b"Upgrade: h2c"] * 2


async def test_chunks_and_expect_continue_are_taken() -> None:
    chunked = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (10, BODY[:10], len(BODY) - 10, BODY[10:])
    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.raw(
            HEAD + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", chunked, pause=0.1
        )
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"100", b"200"]
        assert gateway.log.values("analytics") == [BODY]
