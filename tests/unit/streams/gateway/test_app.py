"""The gateway on a real socket: what honest, careless and hostile clients get, and that nothing is claimed before it is
acknowledged."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from streams.dead_letter import DeadLetter
from streams.gateway.bodies import BODY_MAX_BYTES, BodyReader
from streams.gateway.log.outgoing import NotWritten
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from streams.kafka.retention import Rules
from streams.operations import web_server
from tests.support.gateway.served import served

OWN = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_A", "VITALS_SECRET_B"]

[sources.other]
kind = "vitals"
keys = ["VITALS_SECRET_C"]

[sources.hooks]
kind = "standard-webhooks"
secrets = ["VITALS_SECRET_HOOKS"]
"""
SECRETS = {
    "VITALS_SECRET_A": "k-a",
    "VITALS_SECRET_B": "k-b",
    "VITALS_SECRET_C": "k-c",
    "VITALS_SECRET_HOOKS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
KEY = {"Authorization": "Bearer k-a"}
LOGIN = {"topic": "analytics", "account_id": "acme", "event": "login", "id": "e1", "timestamp": 1_772_359_200}
HEAD = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k-a\r\nContent-Type: application/json\r\n"
BODY = json.dumps(LOGIN).encode()


@pytest.mark.parametrize("key", ["k-a", "k-b"])
async def test_each_of_several_keys_holds(key: str) -> None:
    async with served(OWN, SECRETS) as gateway:
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-Api-Key": key}):
            answer = await gateway.client.post("/in/own", json=LOGIN, headers=headers)
            assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "refused": [], "waiting": 0})
        assert (await gateway.client.post("/in/own", json=LOGIN, auth=(key, ""))).status_code == 200


async def test_a_head_finds_the_path_of_a_source_and_no_other() -> None:
    async with served(OWN, SECRETS) as gateway:
        statuses = [(await gateway.client.head(path)).status_code for path in ("/in/own", "/in/nobody")]
        assert statuses == [200, 404]


async def test_a_path_that_several_sources_have_goes_by_the_key() -> None:
    async with served(OWN, SECRETS) as gateway:
        for key, source in (("k-b", "own"), ("k-c", "other")):
            answer = await gateway.client.post("/v1/events", json=LOGIN, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 200
            assert gateway.sample("vitals_gateway_events_total", source=source, outcome="accepted") == 1
        assert (await gateway.client.post("/v1/events", json=LOGIN)).status_code == 401
        wrong = await gateway.client.post("/in/other", json=LOGIN, headers=KEY)
        assert (wrong.status_code, wrong.json()["reason"]) == (401, "bad_key")
        assert len(gateway.log.messages) == 2


@pytest.mark.parametrize(
    ("path", "method", "headers", "body", "status", "reason"),
    [
        ("/in/nobody", "POST", KEY, BODY, 404, "no_such_path"),
        ("/v1/events/more", "POST", KEY, BODY, 404, "no_such_path"),
        ("/in/own", "GET", KEY, b"", 405, "method"),
        ("/in/own", "POST", {}, BODY, 401, "no_key"),
        ("/in/own", "POST", {"Authorization": "Bearer"}, BODY, 401, "no_key"),
        ("/in/own", "POST", {"Authorization": "Bearer k-ä".encode()}, BODY, 401, "bad_key"),
        ("/in/hooks", "POST", {}, BODY, 401, "bad_signature"),
        ("/in/own", "POST", KEY, b"", 400, "malformed"),
        ("/in/own", "POST", KEY, b"[{", 400, "malformed"),
        ("/in/own", "POST", KEY, b"\xff\xfe{", 422, "malformed"),
        ("/in/own", "POST", KEY, b"{", 422, "malformed"),
        ("/in/own", "POST", KEY, b"7", 422, "invalid"),
        ("/in/own", "POST", KEY, b"[" * 100_000, 400, "malformed"),
        ("/in/own", "POST", KEY, json.dumps({**LOGIN, "account_id": None}).encode(), 422, "no_account"),
        ("/in/own", "POST", KEY, json.dumps({**LOGIN, "timestamp": 4e9}).encode(), 422, "in_the_future"),
        ("/in/own", "POST", KEY, json.dumps({**LOGIN, "topic": "tax"}).encode(), 422, "unknown_topic"),
        ("/in/own", "POST", {**KEY, "Content-Type": "multipart/form-data; boundary=x"}, BODY, 415, "media_type"),
        ("/in/own", "POST", {**KEY, "Content-Type": "application/json; charset=utf-16"}, BODY, 415, "charset"),
        ("/in/own", "POST", {**KEY, "Content-Encoding": "br"}, BODY, 415, "unknown_encoding"),
        ("/in/own", "POST", {**KEY, "Content-Encoding": "gzip"}, BODY, 400, "not_packed"),
        ("/in/own", "POST", {**KEY, "Content-Encoding": "gzip"}, gzip.compress(BODY, mtime=0)[:-9], 400, "not_packed"),
    ],
)
async def test_what_is_not_taken_is_answered_with_a_reason_and_what_to_do(
    path: str, method: str, headers: dict[str, str], body: bytes, status: int, reason: str
) -> None:
    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.client.request(method, path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
        assert len(answer.json()["words"].split()) > 3
        assert "k-a" not in answer.text
        assert gateway.log.values("analytics") == []


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


async def test_a_key_that_two_sources_have_says_so_instead_of_taking_the_first() -> None:
    twice = OWN.replace("VITALS_SECRET_C", "VITALS_SECRET_A")
    async with served(twice, SECRETS) as gateway:
        answer = await gateway.client.post("/v1/events", json=LOGIN, headers=KEY)
        assert (answer.status_code, answer.json()["reason"]) == (401, "bad_key")
        assert "/in/own, /in/other" in answer.json()["words"]
        for path in ("/in/own", "/in/other"):
            assert (await gateway.client.post(path, json=LOGIN, headers=KEY)).status_code == 200


async def test_a_slow_body_is_given_up() -> None:
    async with served(OWN, SECRETS, bodies=BodyReader(seconds=0.2)) as gateway:
        answer = await gateway.raw(HEAD + b"Content-Length: 500\r\n\r\n{", pause=0.4)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"too_slow" in answer


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


@pytest.mark.parametrize("how", ["refuses", "fails"])
async def test_what_is_not_written_is_503_with_a_time_to_come_again(how: str) -> None:
    async with served(OWN, SECRETS) as gateway:
        setattr(gateway.log, how, NotWritten("held", "the topic analytics takes nothing"))
        answer = await gateway.client.post("/in/own", json=LOGIN, headers=KEY)
        assert (answer.status_code, answer.json()["reason"]) == (503, "not_written")
        assert "the topic analytics takes nothing" in answer.json()["words"]
        assert int(answer.headers["retry-after"]) > 0
        setattr(gateway.log, how, None)
        assert (await gateway.client.post("/in/own", json=LOGIN, headers=KEY)).status_code == 200


async def test_a_log_that_does_not_answer_is_503_within_the_time_of_the_sender() -> None:
    sources = OWN.replace(
        'kind = "vitals"\nkeys = ["VITALS_SECRET_A"', 'kind = "vitals"\nanswer_within = "1s"\nkeys = ["VITALS_SECRET_A"'
    )
    async with served(sources, SECRETS) as gateway:
        gateway.log.hangs = True
        started = time.monotonic()
        answer = await gateway.client.post("/in/own", json=LOGIN, headers=KEY)
        assert answer.status_code == 503
        assert 0.9 < time.monotonic() - started < 3
        assert gateway.sample("vitals_gateway_requests_total", source="own", outcome="not_written") == 1


async def test_what_is_refused_is_a_dead_letter_that_holds_no_secret() -> None:
    async with served(OWN, SECRETS) as gateway:
        answer = await gateway.client.post("/in/own", json=[LOGIN, {"event": "x"}], headers={**KEY, "Cookie": "s"})
        assert answer.json()["accepted"] == 1
        (letter,) = gateway.log.values("dead-letters")
        assert letter is not None
        read = json.loads(letter)
        assert (read["reason"], read["source"], read["partition"]) == ("no_topic", "own", -1)
        assert read["headers"] == {":path": "/in/own", "content-type": "application/json"}
        assert b"k-a" not in letter


async def test_of_many_refusals_each_is_a_dead_letter_and_a_hundred_are_listed() -> None:
    async with served(OWN, SECRETS) as gateway:
        answer = (await gateway.client.post("/in/own", json=[{"event": "x"}] * 250 + [LOGIN], headers=KEY)).json()
        assert (len(answer["refused"]), answer["refused_count"], answer["accepted"]) == (100, 250, 1)
        assert len(gateway.log.values("dead-letters")) == 250
        assert gateway.sample("vitals_gateway_events_total", source="own", outcome="refused") == 250


async def test_an_event_of_a_merged_account_goes_to_the_other_one() -> None:
    async with served(OWN, SECRETS) as gateway:
        gateway.aliases.put(Alias(kind=ACCOUNT, id="acme", to=ForeignId(ACCOUNT, "globex"), by="person"))
        assert (await gateway.client.post("/in/own", json=LOGIN, headers=KEY)).json()["accepted"] == 1
        (message,) = gateway.log.messages
        assert message.key == b"globex"
        assert json.loads(message.value or b"")["account_id"] == "globex"


async def test_an_event_without_a_known_account_waits_with_its_own_id_and_time() -> None:
    sources = OWN.replace(
        "[sources.other]", '[[sources.own.account]]\npointer = "/org"\nkind = "crm.org"\n\n[sources.other]'
    )
    event = {"topic": "billing", "event": "paid", "org": 7, "id": "p1", "timestamp": "2026-03-01T10:00:00Z"}
    async with served(sources, SECRETS) as gateway:
        answer = await gateway.client.post("/in/own", json=event, headers=KEY)
        assert (answer.status_code, answer.json()["waiting"]) == (200, 1)
        gateway.aliases.put(Alias(kind="crm.org", id="7", to=ForeignId(ACCOUNT, "acme")))
        assert (await gateway.client.post("/in/own", json=event, headers=KEY)).json()["accepted"] == 1
        waiting, accepted = gateway.log.messages
        assert waiting.topic == "vitals-unattributed"
        assert waiting.key == b"crm.org\x007\x00billing\x00paid\x00p1"
        assert accepted.topic == "billing"
        assert json.loads(accepted.value or b"") == {"account_id": "acme", **event}


async def test_local_takes_no_request_of_a_page_in_a_browser() -> None:
    async with served("local") as gateway:
        for headers, status in (
            ({}, 200),
            ({"Origin": "http://localhost:3000"}, 200),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Host": "evil.example"}, 403),
        ):
            answer = await gateway.client.post("/v1/events", json=LOGIN, headers=headers)
            assert answer.status_code == status, headers


async def test_browsers_may_call_the_fixed_paths_of_sources_with_keys() -> None:
    async with served(OWN, SECRETS) as gateway:
        asked = await gateway.client.options("/v1/events", headers={"Origin": "https://app.example"})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
        answer = await gateway.client.post("/v1/events", json=LOGIN, headers=KEY)
        assert answer.headers["access-control-allow-origin"] == "*"
        hook = await gateway.client.post("/in/own", json=LOGIN, headers=KEY)
        assert "access-control-allow-origin" not in hook.headers


async def test_the_report_of_sources_is_for_this_machine_and_for_those_with_a_key() -> None:
    async with served(OWN, SECRETS) as gateway:
        await gateway.client.post("/in/own", json=LOGIN, headers=KEY)
        await gateway.client.post("/in/own", json=LOGIN)
        found = {each["source"]: each for each in (await gateway.client.get("/v1/sources")).json()["sources"]}
        assert found.keys() == {"own", "other", "hooks"}
        assert (found["own"]["taken"], found["own"]["failed"], found["own"]["events_5m"]) == (1, 1, 1)
        assert "gives no key" in found["own"]["last_error"]
        through_a_proxy = {"X-Forwarded-For": "203.0.113.9"}
        assert (await gateway.client.get("/v1/sources", headers=through_a_proxy)).status_code == 401
        assert (await gateway.client.get("/v1/sources", headers={**through_a_proxy, **KEY})).status_code == 200


async def test_agentrys_two_posts_are_taken_as_they_are() -> None:
    async with served(OWN, SECRETS) as gateway:
        view = {"event": "dashboard_view", "distinct_id": "ann@acme.io", "properties": {"account_id": "acme"}}
        error = {"message": "boom " * 100, "stack": "at x", "user": {"id": "ann"}, "tags": {"account_id": "acme"}}
        for path, body in (("/v1/analytics/p1/", view), ("/v1/logs/p1/", error)):
            answer = await gateway.client.post(path, json=body, headers=KEY)
            assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
        assert [message.topic for message in gateway.log.messages] == ["analytics", "exceptions"]
        log = json.loads(gateway.log.messages[1].value or b"")
        assert "stack" not in log
        assert len(log["message"]) == 200
        assert {"id", "timestamp"} <= log.keys()


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


async def test_a_source_that_nothing_verifies_is_counted_and_shown() -> None:
    async with served(OWN + '\n[sources.open]\nkind = "vitals"\ninsecure = true\n', SECRETS) as gateway:
        assert (await gateway.client.post("/in/open", json=LOGIN)).status_code == 200
        assert gateway.sample("vitals_gateway_insecure_sources") == 1
        found = {each["source"]: each for each in (await gateway.client.get("/v1/sources")).json()["sources"]}
        assert [name for name, each in found.items() if each["is_insecure"]] == ["open"]


@pytest.mark.parametrize("path", ["/in/own", "/v1/events"])
async def test_without_a_key_the_body_is_not_waited_for(path: str) -> None:
    head = HEAD.replace(b"/v1/events", path.encode()).replace(b"Bearer k-a", b"Bearer k-d")
    async with served(OWN, SECRETS) as gateway:
        started = time.monotonic()
        answer = await gateway.raw(head + b"Content-Length: 9000000\r\n\r\n{")
        assert answer.startswith(b"HTTP/1.1 401")
        assert time.monotonic() - started < 5
        assert (await gateway.client.post(path, json=LOGIN, headers=KEY)).status_code == 200


async def test_names_of_sources_are_not_for_everybody() -> None:
    async with served(OWN, SECRETS) as gateway:
        for path in ("/in/nobody", "/v1/events"):
            answer = await gateway.client.post(path, json=LOGIN)
            assert answer.status_code in (401, 404)
            assert "hooks" not in answer.text
            assert "other" not in answer.text
