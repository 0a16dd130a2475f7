"""The gateway on a real broker: what is answered is on the topics."""

from __future__ import annotations

import json
from pathlib import Path

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from tests.support.gateway.running import a_gateway
from tests.support.kafka.topic import read_all, read_until

OWN = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_OWN"]
"""
SECRETS = {"VITALS_SECRET_OWN": "k-1"}
KEY = {"Authorization": "Bearer k-1"}


def login(account: str, number: int = 0) -> dict[str, object]:
    return {"topic": "analytics", "account_id": account, "event": "login", "id": f"e{number}", "timestamp": 1772359200}


async def test_what_is_answered_with_200_is_on_its_topic(settings: Settings, tmp_path: Path) -> None:
    async with a_gateway(settings, tmp_path, OWN, SECRETS) as gateway:
        one = await gateway.client.post("/v1/events", json=login("acme"), headers=KEY)
        assert (one.status_code, one.json()) == (200, {"accepted": 1, "refused": [], "waiting": 0})
        many = [login(f"a{number % 7}", number) for number in range(500)]
        assert (await gateway.client.post("/v1/events", json=many, headers=KEY)).json()["accepted"] == 500
        values = [json.loads(value) for value in await read_all(gateway.settings, "analytics")]
        assert sorted(values, key=str) == sorted([login("acme"), *many], key=str)
        assert gateway.sample("vitals_gateway_events_total", source="own", outcome="accepted") == 501


async def test_a_bad_event_in_a_batch_is_named_and_is_a_dead_letter(settings: Settings, tmp_path: Path) -> None:
    async with a_gateway(settings, tmp_path, OWN, SECRETS) as gateway:
        batch = [login("acme"), {"topic": "analytics", "event": "login"}, login("acme", 1)]
        answer = (await gateway.client.post("/v1/events", json=batch, headers=KEY)).json()
        assert answer["accepted"] == 2
        assert [(each["position"], each["reason"]) for each in answer["refused"]] == [(1, "no_account")]
        await ensure_topics(gateway.settings, "gateway")
        letters = await read_until(gateway.settings, "dead-letters", lambda found: len(found) == 1, within_seconds=20)
        letter = json.loads(letters[0])
        assert (letter["source"], letter["reason"], letter["topic"]) == ("own", "no_account", "")


async def test_who_has_no_key_is_refused_in_words(settings: Settings, tmp_path: Path) -> None:
    async with a_gateway(settings, tmp_path, OWN, SECRETS) as gateway:
        answers = [
            await gateway.client.post("/v1/events", json=login("acme"), headers=headers)
            for headers in ({}, {"Authorization": "Bearer k-2"})
        ]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert [answer.json()["reason"] for answer in answers] == ["no_key", "bad_key"]
        assert await read_all(gateway.settings, "analytics") == []
