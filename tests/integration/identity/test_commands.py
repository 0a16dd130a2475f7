"""`vitals alias` and `vitals unattributed`, as people call them, with a worker and a projector."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from scoring.instants import DAY_MS, rfc3339
from streams.deployment.settings import Settings
from streams.identity.alias import ForeignId
from streams.identity.unattributed import Unattributed
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.message import ORIGIN_HEADER
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.integration.identity.attributing import a_door, attributing, messages_on
from tests.support.commands import environment_of, run_command, running
from tests.support.kafka.topic import until

pytestmark = pytest.mark.slow

NOW_MS = time.time_ns() // 1_000_000
BY = ("--author", "ann", "--reason", "the contract says so")


def refused(settings: Settings, *arguments: str) -> str:
    """What a command says that fails."""
    command = [sys.executable, "-m", "vitals", *arguments]
    done = subprocess.run(
        command, env=environment_of(settings), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


def listed(settings: Settings, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run_command(settings, *arguments, "--json"))
    return found


async def test_an_alias_is_set_listed_and_removed_and_what_waits_says_what_to_do(settings: Settings) -> None:
    customer, user, group = ForeignId("stripe.customer", "cus 1"), ForeignId("s.user", "ann"), ForeignId("s.group", "g")
    event = Unattributed(
        topic="billing",
        event="paid",
        value=b'{"event":"paid","id":"e1","timestamp":1782864000}',
        occurred_at_ms=1_782_864_000_000,
        accounts=(customer, user),
        source="stripe",
    )
    async with a_door(settings) as door:
        await door.event(event, "e1")
        await door.event(event, "e2")
        await door.alias(user, group)
        await door.leads(customer, "globex")
        await door.event(event, "e3")
        (waiting,) = listed(settings, "unattributed", "list")
        assert (waiting["account"], waiting["events"], waiting["names"]) == ("globex", 3, ["paid"])
        run_command(settings, "alias", "remove", "stripe.customer", "cus 1", "--source")
        (waiting,) = listed(settings, "unattributed", "list", "--kind", "stripe.customer")
        assert waiting["command"] == "vitals alias set stripe.customer 'cus 1' ACCOUNT --reason TEXT"
        assert (waiting["ids"], waiting["first"]) == (
            [["stripe.customer", "cus 1"], ["s.user", "ann"]],
            "2026-07-01T00:00:00Z",
        )
        assert listed(settings, "unattributed", "list", "--kind", "s.user") == []
        said = run_command(settings, "alias", "set", "s.group", " g ", "acme", *BY)
        assert said == "s.group g belongs to acme from now on: the contract says so. Set by ann.\n"
        assert [(each["kind"], each["id"]) for each in listed(settings, "alias", "list", "--account", "acme")] == [
            ("s.group", "g"),
            ("s.user", "ann"),
        ]
        assert [each["by"] for each in listed(settings, "alias", "list", "--kind", "s.group")] == ["person"]
        assert "to remove that, add --source" in refused(settings, "alias", "remove", "s.user", "ann")
        async with attributing(settings):

            async def nothing_waits() -> bool:
                return len(await messages_on(settings, "billing")) == 3

            await until(nothing_waits, within_seconds=20, what="they wait")
        removed = json.loads(run_command(settings, "alias", "remove", "s.group", "g", "--json"))
        assert (removed["removed"]["to"], removed["removed"]["author"], removed["remains"]) == ("acme", "ann", None)
        assert listed(settings, "alias", "list", "--account", "acme") == []
    assert "No event waits" in run_command(settings, "unattributed", "list")


async def events_of(settings: Settings, account: str, *bodies: dict[str, object]) -> None:
    async with new_producer(settings, "test") as producer:
        for body in bodies:
            key = account.encode()
            partition = partition_of(key, settings.partitions)
            await producer.send_and_wait(
                settings.topic("analytics"), json.dumps(body).encode(), key=key, partition=partition
            )


async def answer_of(settings: Settings, account: str, views: int | None) -> None:
    """Wait until Redis has so many product events of an account, None for no account."""
    model = RedisReadModel.open(settings)
    seen: list[object] = []
    try:

        async def is_so() -> bool:
            answer = await model.get(account)
            seen[:] = [answer and answer.facts]
            return answer is None if views is None else answer is not None and views in answer.facts.values()

        await until(is_so, within_seconds=40, what=f"{account} has no {views}")
    except AssertionError:
        print(seen)
        raise
    finally:
        await model.close()


def viewed(account: object, day: int, **fields: object) -> dict[str, object]:
    return {"account_id": account, "event": "report_viewed", "timestamp": rfc3339(NOW_MS - day * DAY_MS), **fields}


async def test_a_merge_counts_every_event_once_also_when_it_is_run_again(settings: Settings) -> None:
    await ensure_topics(settings, "topics")
    # Of another spelling, and without an id: the worker sends on what comes later under the same id as the merge.
    olds = [
        viewed("old", 9),
        viewed(" old\u200b", 8, id="a"),
        {"event": "login", "groupId": "old", "timestamp": NOW_MS},
    ]
    with running(settings, "worker", "project"):
        await events_of(settings, "old", *olds)
        await events_of(settings, "new", viewed("new", 7), viewed("new", 6))
        await answer_of(settings, "old", 3)
        await answer_of(settings, "new", 2)
        assert "No account 'nobody' is scored" in refused(settings, "alias", "merge", "nobody", "new", *BY)
        said = run_command(settings, "alias", "merge", "old", "new", *BY)
        assert "analytics: 3 events published again" in said
        assert "Overrides, notes and cases of old are not moved" in said
        await answer_of(settings, "new", 5)
        await answer_of(settings, "old", None)
        await events_of(settings, "old", viewed("old", 5), viewed("old", 4, id="b"))
        await answer_of(settings, "new", 7)
        again = json.loads(run_command(settings, "alias", "merge", "old", "new", *BY, "--json"))
        assert again["events"] == {"analytics": 5}
        await events_of(settings, "new", viewed("new", 3))
        await answer_of(settings, "new", 8)
        assert "would be a circle" in refused(settings, "alias", "merge", "new", "old", *BY)
    moved = [message for message in await messages_on(settings, "analytics") if message.key == b"new"]
    origins = [dict(message.headers).get(ORIGIN_HEADER) for message in moved]
    assert len({*origins} - {None}) == 5
