"""The worker on a real broker: what it does with silence, with unusable input, and on a second start."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer

from scoring.instants import DAY_MS, HOUR_MS, parse_instant, rfc3339
from streams.control.messages import Tick, encode_control
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.builders import model_text
from tests.support.commands import Command, run_command, running
from tests.support.fake_slack import FakeSlack, Reply
from tests.support.kafka.topic import read_until, until

START = parse_instant("2026-01-05T09:00:00Z")
SILENCE = {"silence": {"kind": "since_last", "topics": ["analytics"], "label": "product events"}}
RECENCY = {"recency": {"shape": "linear", "signal": "silence", "points": [[1, 100], [7, 50], [14, 0]], "weight": 1}}


def write_history(path: Path, *, days: int, silent_after: int) -> None:
    """Two accounts, twelve events a working hour's day; one of them falls silent after `silent_after` days."""
    lines = []
    for day in range(days):
        for number in range(12):
            at = rfc3339(START + day * DAY_MS + number * HOUR_MS // 2)
            for account in ("steady", "silent") if day < silent_after else ("steady",):
                event = {"topic": "analytics", "account_id": account, "event": "report_viewed", "timestamp": at}
                lines.append(json.dumps({**event, "user_id": f"u{number % 4}"}))
    path.write_text("\n".join(lines), "utf-8")


async def test_an_account_that_falls_silent_reaches_slack_once_with_its_cause_after_a_429(
    settings: Settings, tmp_path: Path
) -> None:
    model = tmp_path / "silence.toml"
    model.write_text(model_text({"name": "silence"}, SILENCE, RECENCY), "utf-8")
    write_history(tmp_path / "events.ndjson", days=45, silent_after=40)
    tick = rfc3339(START + 45 * DAY_MS)
    with FakeSlack(Reply(status=429, headers={"Retry-After": "1"})) as slack:
        settings = msgspec.structs.replace(
            settings, model=str(model), clock="event", slack_url=slack.url, notify_max_age_ms=10**13
        )
        with running(settings, "worker", "notify") as commands:
            run_command(settings, "publish", str(tmp_path / "events.ndjson"), "--tick", tick)
            sent = await read_until(settings, "notifications", lambda values: bool(values), within_seconds=60)
            posts = await slack.wait_for(len(sent) + 1)
            assert [command.stop() for command in commands] == [0, 0]
    notification = json.loads(sent[0])
    assert [notification["account_id"], notification["from"], notification["to"]] == ["silent", "green", "yellow"]
    assert notification["cause"]["kind"] == "expiry"
    assert [post.status for post in posts] == [429, 200]
    assert len(slack.accepted()) == len(sent) == 1
    assert "no product events in" in slack.accepted()[0].body.decode()


BAD = {
    b"": "malformed",
    b"not json": "malformed",
    b"[1, 2]": "invalid",
    b'{"account_id": "acme", "event": "login", "n": NaN}': "malformed",
    b'{"account_id": "acme", "event": "login", "timestamp": 1e308}': "bad_timestamp",
    b'{"account_id": "\\ud800", "event": "login"}': "malformed",
    b'{"event": "login"}': "no_account",
    b'{"account_id": "' + b"a" * 5_000 + b'", "event": "login"}': "account_too_long",
    b'{"account_id": "acme", "event": "login", "timestamp": 0}': "bad_timestamp",
    b'{"account_id": "acme", "event": "login", "timestamp": "2099-01-01T00:00:00Z"}': "in_the_future",
    b'{"account_id": "acme", "event": "login", "timestamp": []}': "bad_timestamp",
    b'{"account_id": "null", "event": "plan_changed"}': "placeholder_account",
    b'[{"account_id": "acme", "event": "login"}]': "needs_gateway",
}


async def test_every_kind_of_unusable_input_is_dead_lettered_and_the_next_event_is_scored(settings: Settings) -> None:
    await ensure_topics(settings)
    home = partition_of(b"acme", settings.partitions)
    now = rfc3339(parse_instant("2026-03-01T00:00:00Z"))
    good = json.dumps({"account_id": "acme", "event": "login", "timestamp": now}).encode()
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for value in BAD:
            await producer.send_and_wait(settings.topic("analytics"), value, key=b"acme", partition=home)
        await producer.send_and_wait(settings.topic("analytics"), None, key=b"acme", partition=home)
        await producer.send_and_wait(settings.topic("control"), b"no control", partition=home)
        await producer.send_and_wait(settings.topic("analytics"), good, key=None, partition=(home + 1) % 4)
    with running(settings, "worker") as commands:
        scores = await read_until(settings, "scores", lambda values: bool(values), within_seconds=60)
        letters = await read_until(
            msgspec.structs.replace(settings, partitions=1),
            "dead-letters",
            lambda values: len(values) >= len(BAD) + 2,
            within_seconds=30,
        )
        assert commands[0].is_running
    assert json.loads(scores[-1])["facts"]["usage_30d"] in (0, 1)
    reasons = [json.loads(letter)["reason"] for letter in letters]
    assert sorted(reasons) == sorted([*BAD.values(), "tombstone", "malformed"])
    first = next(json.loads(letter) for letter in letters if json.loads(letter)["reason"] == "no_account")
    assert (first["topic"], first["partition"], first["offset"]) == (
        "analytics",
        home,
        list(BAD).index(b'{"event": "login"}'),
    )


async def test_a_worker_that_starts_again_goes_on_where_it_was(settings: Settings, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings, clock="event")
    write_history(tmp_path / "events.ndjson", days=10, silent_after=10)
    with running(settings, "worker", "project") as commands:
        run_command(settings, "publish", str(tmp_path / "events.ndjson"), "--tick", rfc3339(START + 10 * DAY_MS))
        await until_answered(settings, START + 10 * DAY_MS)
        assert commands[0].stop() == 0
        commands.append(Command(settings, "worker", tmp_path / "again.log"))
        tick = encode_control(Tick(instant_ms=START + 11 * DAY_MS, declare=True))
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
            for partition in range(settings.partitions):
                await producer.send_and_wait(settings.topic("control"), tick, partition=partition)
        answers = await until_answered(settings, START + 11 * DAY_MS)
    assert {name: answer["facts"]["usage_30d"] for name, answer in answers.items()} == {"steady": 120, "silent": 120}


async def until_answered(settings: Settings, instant_ms: int) -> dict[str, dict[str, dict[str, object]]]:
    """Both accounts' answers in Redis, once they are as of `instant_ms` and have a forecast."""
    read_model = RedisReadModel.open(settings)
    answers: dict[str, dict[str, dict[str, object]]] = {}
    try:

        async def look() -> bool:
            found = await read_model.worst_first()
            answers.update({answer.account_id: msgspec.to_builtins(answer) for answer in found})
            return len(found) == 2 and all(answer.as_of_ms == instant_ms and answer.forecast for answer in found)

        await until(look, within_seconds=60, what=f"no two answers as of {rfc3339(instant_ms)}: {answers}")
    finally:
        await read_model.close()
    return answers
