"""Bodies on a real socket: packed, large, slow, and made to harm."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from streams.gateway.bodies import BODY_MAX_BYTES, BodyReader
from streams.kafka.retention import Rules
from tests.support.gateway.own_sources import BODY, HEAD, KEY, LOGIN, OWN, SECRETS
from tests.support.gateway.served import served


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_body_is_unpacked(encoding: str) -> None:
    packed = gzip.compress(BODY) if encoding == "gzip" else zlib.compress(BODY)
    async with served(OWN, SECRETS) as gateway:
        headers = {**KEY, "Content-Encoding": encoding}
        answer = await gateway.client.post("/in/own", content=packed, headers=headers)
        assert answer.status_code == 200
        assert gateway.log.values("analytics") == [BODY]


async def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress(b"[" + b" " * 200_000_000, 1)
    assert len(bomb) < BODY_MAX_BYTES
    async with served(OWN, SECRETS) as gateway:
        tracemalloc.start()
        answer = await gateway.client.post("/in/own", content=bomb, headers={**KEY, "Content-Encoding": "gzip"})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.status_code == 413
        assert "10,000,000 bytes" in answer.json()["words"]
        assert peak < 60_000_000


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_twenty_megabytes_are_refused_with_the_limit(is_chunked: bool) -> None:
    body = b"[" + b" " * 20_000_000 + b"]"

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.client.post("/in/own", content=chunks() if is_chunked else body, headers=KEY)
        assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")
        assert "10,000,000" in answer.json()["words"]
        assert gateway.sample("vitals_gateway_requests_total", source="own", outcome="too_large") == 1


async def test_an_event_beyond_what_its_topic_takes_is_named_and_the_others_are_taken() -> None:
    large = {**LOGIN, "id": "e2", "properties": {"text": "x" * 70_000}}
    async with served(OWN, SECRETS, rules={"analytics": Rules(message_bytes=65_536)}) as gateway:
        answer = (await gateway.client.post("/in/own", json=[LOGIN, large], headers=KEY)).json()
        assert answer["accepted"] == 1
        assert [(each["position"], each["reason"]) for each in answer["refused"]] == [(1, "oversize")]
        assert "64,536" in answer["refused"][0]["words"]
        alone = await gateway.client.post("/in/own", json=large, headers=KEY)
        assert (alone.status_code, alone.json()["reason"]) == (413, "oversize")


async def test_a_slow_body_is_given_up() -> None:
    async with served(OWN, SECRETS, bodies=BodyReader(seconds=0.2)) as gateway:
        answer = await gateway.raw(HEAD + b"Content-Length: 500\r\n\r\n{", pause=0.4)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"too_slow" in answer


async def test_many_bombs_at_once_are_held_within_one_limit() -> None:
    """Each is small as it is sent, and honest in what it unpacks to."""
    bomb = gzip.compress(json.dumps([{**LOGIN, "properties": {"text": "x" * 9_000}}] * 1_000).encode())
    assert len(bomb) < 100_000
    async with served(OWN, SECRETS, bodies=BodyReader(reading_max=20_000_000)) as gateway:
        headers = {**KEY, "Content-Encoding": "gzip"}
        tracemalloc.start()
        answers = await asyncio.gather(
            *(gateway.client.post("/in/own", content=bomb, headers=headers) for _ in range(30))
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert {answer.status_code for answer in answers} == {200, 503}
        assert peak < 200_000_000
        later = await gateway.client.post("/in/own", content=bomb, headers=headers)
        assert later.status_code == 200


async def test_more_events_than_a_request_may_hold_are_413_with_the_number() -> None:
    body = b"[" + b"1," * 3_000_000 + b"1]"
    async with served(OWN, SECRETS) as gateway:
        headers = {**KEY, "Content-Encoding": "gzip"}
        answer = await gateway.client.post("/in/own", content=gzip.compress(body, 1), headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (413, "too_many")
        assert "20,000" in answer.json()["words"]
        assert gateway.log.values("dead-letters") == []


@pytest.mark.parametrize("path", ["/in/own", "/v1/events"])
async def test_without_a_key_the_body_is_not_waited_for(path: str) -> None:
    head = HEAD.replace(b"/v1/events", path.encode()).replace(b"Bearer k-a", b"Bearer k-d")
    async with served(OWN, SECRETS) as gateway:
        started = time.monotonic()
        answer = await gateway.raw(head + b"Content-Length: 9000000\r\n\r\n{")
        assert answer.startswith(b"HTTP/1.1 401")
        assert time.monotonic() - started < 5
        assert (await gateway.client.post(path, json=LOGIN, headers=KEY)).status_code == 200
