"""Real SDKs of Segment and PostHog, pointed at a gateway: the scores are those of the same events in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import posthog
from segment.analytics.client import Client as SegmentClient

from scoring.instants import parse_instant, rfc3339
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.replay.event_file import EventFile
from tests.support.commands import run_command, running
from tests.support.gateway.running import a_gateway, a_gateway_process
from tests.support.kafka.topic import newest_scores, read_all, until
from tests.support.plain.replay import read_history, replay

SOURCES = """
[sources.segment]
kind = "segment"
keys = ["VITALS_SECRET_SEGMENT"]

[sources.posthog]
kind = "posthog"
keys = ["VITALS_SECRET_POSTHOG"]
"""
SECRETS = {"VITALS_SECRET_SEGMENT": "wk1", "VITALS_SECRET_POSTHOG": "phc_1"}
BEGIN = parse_instant("2026-03-02T09:07:30Z")
END = "2026-05-01T12:00:00Z"
DAY = 86_400_000
ACCOUNTS = {"segment": ("s-1", "s-2", "s-3"), "posthog": ("p-1", "p-2", "p-3"), "rudder": ("r-1", "r-2")}
EVERY_DAYS = {"1": 1, "2": 3, "3": 9}
"""How often an account comes, by the end of its name."""
TRAITS = {"s-1": {"seats": 40, "segment": "enterprise"}}
Told = dict[str, Any]


def book(kind: str) -> list[Told]:
    """What the accounts of a client do: use, an invitation, a subscription, an error, their traits."""
    told: list[Told] = []
    for account in ACCOUNTS[kind]:
        every = EVERY_DAYS[account[-1]]

        def tell(day: int, event: str, topic: str = "analytics", of: str = account, **properties: Any) -> None:
            at = rfc3339(BEGIN + day * DAY)
            told.append({"topic": topic, "account_id": of, "event": event, "timestamp": at, "properties": properties})

        tell(0, "Signed Up")
        tell(1, "Invite Sent")
        tell(1, "Subscription Started", "billing", mrr=100 * every, plan="pro")
        for day in range(2, 55, every):
            tell(day, "Report Exported", rows=day)
        tell(20, "NPS Answered", nps=10 - every)
    for number, each in enumerate(told):
        each["id"], each["user_id"] = str(UUID(int=number + 1)), f"{each['account_id']}-u{number % 2}"
    return told


def names_its_account(number: int) -> bool:
    """Of every third event only the user is known."""
    return number % 3 != 1


def at(each: Told) -> datetime:
    return datetime.fromtimestamp(parse_instant(each["timestamp"]) / 1_000, UTC)


def latest(told: list[Told]) -> Told:
    return max(told, key=lambda each: str(each["timestamp"]))


def by_segment(url: str, told: list[Told]) -> None:
    errors: list[object] = []
    client = SegmentClient("wk1", host=url, gzip=True, on_error=lambda error, batch: errors.append(error))
    for number, each in enumerate(told):
        client.track(
            each["user_id"],
            each["event"],
            each["properties"],
            context={"groupId": each["account_id"]} if names_its_account(number) else {},
            timestamp=at(each),
            message_id=each["id"],
        )
    for each in told[:2]:
        for account in ACCOUNTS["segment"]:
            client.group(f"{account}-{each['user_id'][-2:]}", account, TRAITS.get(account), timestamp=at(each))
    client.flush()
    client.join()
    assert errors == []


def by_posthog(url: str, told: list[Told], mode: str) -> None:
    errors: list[object] = []
    client = posthog.Posthog(
        *("phc_1", url),
        gzip=True,
        capture_mode=mode,
        on_error=lambda error, batch: errors.append(error),
        enable_exception_autocapture=False,
        disable_geoip=True,
    )
    for number, each in enumerate(told):
        client.capture(
            each["event"],
            distinct_id=each["user_id"],
            properties=each["properties"],
            groups={"company": each["account_id"]} if names_its_account(number) else None,
            timestamp=at(each),
            uuid=each["id"],
        )
    last = latest(told)
    account, also = last["account_id"], {"timestamp": at(last), "uuid": last["id"]}
    client.group_identify("company", account, {"seats": 7}, **also)
    client.capture_exception(
        ValueError("no such report"), distinct_id=last["user_id"], groups={"company": account}, **also
    )
    client.flush()
    client.shutdown()
    assert errors == []


def by_rudderstack(url: str, told: list[Told]) -> None:
    """As RudderStack's SDK for Node sends it. The clock of this sender is two hours slow."""
    slow_ms = 2 * 3_600_000
    sent_at = rfc3339(int(datetime.now(UTC).timestamp() * 1_000) - slow_ms)
    calls = [
        {
            "type": "track",
            "event": each["event"],
            "userId": each["user_id"],
            "messageId": each["id"],
            "originalTimestamp": rfc3339(parse_instant(each["timestamp"]) - slow_ms),
            "sentAt": sent_at,
            "context": {"groupId": each["account_id"], "library": {"name": "RudderLabs JavaScript SDK"}},
            "properties": each["properties"],
            "channel": "server",
        }
        for each in told
    ]
    answer = httpx.post(f"{url}/v1/batch", json={"batch": calls, "sentAt": sent_at}, auth=("wk1", ""), trust_env=False)
    assert (answer.status_code, answer.json()["success"]) == (200, True), answer.text


def expected(told: Mapping[str, list[Told]], path: Path) -> dict[str, ScoreSnapshot]:
    """The scores of the same events as lines of a file, in which some stand several times."""
    first, last = told["segment"][0], latest(told["posthog"])
    more = [
        {**first, "topic": "billing", "event": "group", "properties": TRAITS["s-1"]},
        {**last, "topic": "billing", "event": "$groupidentify", "properties": {"seats": 7}},
        {**last, "topic": "exceptions", "event": "$exception", "properties": {}},
    ]
    path.write_text("\n".join(json.dumps(each) for kind in told.values() for each in [*kind, *more]), "utf-8")
    plan = Plan(load_preset("default"))
    with EventFile(str(path)) as file:
        events = read_history(file, plan, parse_instant(END)).events
    return {each.account_id: each for each in replay(plan, events, [parse_instant(END)])}


async def published_ids(settings: Settings) -> set[tuple[str, str]]:
    """Accounts and ids of all events on these topics."""
    values = [json.loads(value) for topic in ("analytics", "billing") for value in await read_all(settings, topic)]
    return {(value["account_id"], value["id"]) for value in values}


async def test_scores_equal_those_of_the_same_events_in_a_file(settings: Settings, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings, clock="event", merge_wait_ms=1_000, model="default")
    told = {kind: book(kind) for kind in ACCOUNTS}
    everything = [each for kind in ACCOUNTS for each in told[kind]]
    ids = {(each["account_id"], each["id"]) for each in everything}
    due = expected(told, tmp_path / "events.ndjson")
    with running(settings, "attribute") as attributing:
        async with a_gateway_process(settings, tmp_path, SOURCES, SECRETS) as (gateway, _):
            by_segment(gateway.url, told["segment"])
            by_posthog(gateway.url, told["posthog"], "v0")
            by_rudderstack(gateway.url, told["rudder"])
            by_segment(gateway.url, told["segment"])
            by_posthog(gateway.url, told["posthog"], "v1")

        async def all_are_published() -> bool:
            return await published_ids(settings) >= ids

        assert await read_all(settings, "unattributed")
        await until(all_are_published, within_seconds=60, what="not every event is on its topic")
        assert attributing[0].stop() == 0
    again = tmp_path / "again.ndjson"
    again.write_text(json.dumps(everything[0]), "utf-8")
    with running(settings, "worker") as commands:
        run_command(settings, "publish", str(again), "--tick", END)

        def all_stand(newest: Mapping[str, ScoreSnapshot]) -> bool:
            return {name for name, each in newest.items() if each.as_of_ms >= parse_instant(END)} == set(due)

        newest = await newest_scores(settings, all_stand, within_seconds=60)
        assert commands[0].stop() == 0
    assert await read_all(msgspec.structs.replace(settings, partitions=1), "dead-letters") == []
    assert {name: (each.score, each.tier, each.facts) for name, each in newest.items()} == {
        name: (each.score, each.tier, each.facts) for name, each in due.items()
    }
    assert newest["s-1"].facts["seats"] == 40
    assert newest["p-2"].facts["mrr"] == 300
    assert (newest["p-1"].facts["seats"], newest["p-1"].facts["errors_14d"]) == (7, 1)
    assert len({each.score for each in due.values()}) > 2


async def test_a_delete_takes_the_users_alias_and_leaves_the_account_to_a_person(
    settings: Settings, tmp_path: Path
) -> None:
    calls = [
        {"type": "group", "userId": "u1", "groupId": "acme"},
        {"type": "track", "userId": "u1", "event": "Report Exported"},
        {"type": "delete", "userId": "u1"},
        {"type": "track", "userId": "u1", "event": "Report Shared"},
    ]
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:

        async def stored(call: dict[str, str]) -> tuple[int, int]:
            answer = await gateway.client.post("/in/segment", json=call, headers={"Authorization": "Bearer wk1"})
            return answer.json()["accepted"], answer.json()["waiting"]

        async def is_(call: dict[str, str], expected: tuple[int, int]) -> None:
            async def is_so() -> bool:
                return await stored(call) == expected

            await until(is_so, within_seconds=20, what=f"{call} is not {expected}")

        for call, expected in zip(calls, [(1, 0), (1, 0), (0, 0), (0, 1)], strict=True):
            await is_(call, expected)
    (letter,) = [
        json.loads(each) for each in await read_all(msgspec.structs.replace(settings, partitions=1), "dead-letters")
    ]
    assert letter["reason"] == "delete_asked"
    assert "`vitals forget acme --reason TEXT`" in letter["words"]
