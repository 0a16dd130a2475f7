"""The gateway on a real socket: what honest and careless clients get, and that nothing is claimed before it is
acknowledged."""

from __future__ import annotations

import gzip
import json
import time

import pytest

from streams.gateway.log.outgoing import NotWritten
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from tests.support.gateway.own_sources import BODY, KEY, LOGIN, OWN, SECRETS
from tests.support.gateway.served import served


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


async def test_a_key_that_two_sources_have_says_so_instead_of_taking_the_first() -> None:
    twice = OWN.replace("VITALS_SECRET_C", "VITALS_SECRET_A")
    async with served(twice, SECRETS) as gateway:
        answer = await gateway.client.post("/v1/events", json=LOGIN, headers=KEY)
        assert (answer.status_code, answer.json()["reason"]) == (401, "bad_key")
        assert "/in/own, /in/other" in answer.json()["words"]
        for path in ("/in/own", "/in/other"):
            assert (await gateway.client.post(path, json=LOGIN, headers=KEY)).status_code == 200


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


async def test_a_source_that_nothing_verifies_is_counted_and_shown() -> None:
    async with served(OWN + '\n[sources.open]\nkind = "vitals"\ninsecure = true\n', SECRETS) as gateway:
        assert (await gateway.client.post("/in/open", json=LOGIN)).status_code == 200
        assert gateway.sample("vitals_gateway_insecure_sources") == 1
        found = {each["source"]: each for each in (await gateway.client.get("/v1/sources")).json()["sources"]}
        assert [name for name, each in found.items() if each["is_insecure"]] == ["open"]


async def test_names_of_sources_are_not_for_everybody() -> None:
    async with served(OWN, SECRETS) as gateway:
        for path in ("/in/nobody", "/v1/events"):
            answer = await gateway.client.post(path, json=LOGIN)
            assert answer.status_code in (401, 404)
            assert "hooks" not in answer.text
            assert "other" not in answer.text
