"""Publishing to a real broker: each event where, when and in the order that it should be, and the tick at the end."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import parse_instant, rfc3339
from streams.control.messages import Tick, decode_control
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.topic_admin import ensure_topics
from streams.replay.event_file import EventFile
from streams.replay.publish import Published, Timing, as_if_now, publish
from streams.replay.undated_lines import UndatedPolicy
from streams.topics import CONTROL, partition_of
from tests.support.kafka.broker import RunningBroker
from vitals import main
from vitals.local.embedded import free_port, start_kafka

DEADLINE_SECONDS = 60.0
SINGULAR = {"exceptions": "exception", "tickets": "ticket"}
FIRST_MS = parse_instant("2026-01-01T00:00:00Z")
TICK_MS = parse_instant("2026-02-01T00:00:00Z")


def a_history(events: int, seed: int = 20261121) -> list[dict[str, Any]]:
    """Events of 40 accounts on all topics, a minute apart."""
    dice = random.Random(seed)
    return [
        {
            "topic": dice.choice(INPUT_TOPICS),
            "account_id": f"account-{dice.randrange(40)}",
            "event": "something",
            "timestamp": rfc3339(FIRST_MS + number * 60_000),
            "properties": {"number": number},
        }
        for number in range(events)
    ]


def written(path: Path, events: Sequence[dict[str, Any]]) -> Path:
    """The events as a gzipped file, with topics in the singular where there is one."""
    lines = [json.dumps({**event, "topic": SINGULAR.get(event["topic"], event["topic"])}) for event in events]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


async def published(settings: Settings, path: Path, **options: Any) -> Published:
    with EventFile(str(path)) as file:
        return await publish(settings, file, **{"timing": Timing(), **options})


@asynccontextmanager
async def reading(settings: Settings, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of every partition of these topics, from the beginning."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    await consumer.start()
    try:
        names = [settings.topic(topic) for topic in topics]
        consumer.assign([TopicPartition(name, number) for name in names for number in range(settings.partitions)])
        yield consumer
    finally:
        await consumer.stop()


async def take(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    """The next `count` messages, and no more than come with them; in order within each partition."""
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        while len(found) < count:
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += messages
    return found


async def test_each_event_goes_to_its_account_s_partition_in_the_file_s_order(
    settings: Settings, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(settings, clock="event")
    events = a_history(5_000)
    result = await published(settings, written(tmp_path / "events.gz", events))
    assert (result.total, result.refused, result.tick) == (5_000, (), "")
    async with reading(settings, *INPUT_TOPICS) as consumer:
        messages = await take(consumer, 5_000)
    expected, found = defaultdict(list), defaultdict(list)
    for event in events:
        home = partition_of(event["account_id"].encode(), settings.partitions)
        expected[settings.topic(event["topic"]), home].append(event["properties"]["number"])
    for message in messages:
        number = json.loads(message.value)["properties"]["number"]
        event = {name: value for name, value in events[number].items() if name != "topic"}
        assert json.loads(message.value) == event
        assert message.key == event["account_id"].encode()
        assert message.timestamp == FIRST_MS + number * 60_000
        found[message.topic, message.partition].append(number)
    assert found == expected
    assert result.events == Counter(event["topic"] for event in events)


async def test_the_tick_comes_to_every_partition_once_all_events_are_there(settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, clock="event")
    events = a_history(300)
    await ensure_topics(settings)
    end, start = os.pipe()
    async with reading(settings, *INPUT_TOPICS) as inputs, reading(settings, CONTROL) as control:
        with EventFile(f"/dev/fd/{end}") as file, os.fdopen(start, "wb") as pipe:
            sending = asyncio.create_task(publish(settings, file, timing=Timing(), tick_ms=TICK_MS))
            pipe.write(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
            pipe.flush()
            # The pipe stays open: what came through it is sent, and there is no end at which to tick.
            assert len(await take(inputs, 300)) == 300
            assert await control.getmany(timeout_ms=500) == {}
            assert not sending.done()
            pipe.close()
            result = await asyncio.wait_for(sending, DEADLINE_SECONDS)
        os.close(end)
        ticks = await take(control, settings.partitions)
    assert result.tick == "2026-02-01T00:00:00Z"
    assert sorted(tick.partition for tick in ticks) == list(range(settings.partitions))
    for tick in ticks:
        assert tick.timestamp == TICK_MS
        assert decode_control(tick.value) == Tick(instant_ms=TICK_MS, declare=True)


async def test_what_is_refused_is_named_and_not_sent_and_the_rest_is(settings: Settings, tmp_path: Path) -> None:
    good = [msgspec.json.encode(event) for event in a_history(3)]
    large = json.dumps({**a_history(1)[0], "padding": "x" * 990_000}).encode()
    path = tmp_path / "events"
    bad = (b"not json", b'{"topic":"nonsense"}', b"x" * 2_000_000)
    path.write_bytes(b"\n".join([good[0], bad[0], good[1], bad[1], bad[2], good[2], large]))
    result = await published(settings, path)
    assert [(each.reason, each.count, each.lines) for each in result.refused] == [
        ("malformed", 1, (2,)),
        ("oversize", 1, (5,)),
        ("unknown_topic", 1, (4,)),
    ]
    async with reading(settings, *INPUT_TOPICS) as consumer:
        assert len(await take(consumer, 4)) == result.total == 4


async def test_accounts_in_several_spellings_go_to_one_partition_and_twins_are_told(
    settings: Settings, tmp_path: Path
) -> None:
    spellings: list[object] = ["acme", "acme ", "acme\u200b", 42, 42.0, "42", "Acme"]
    event = {"topic": "analytics", "event": "login", "timestamp": rfc3339(FIRST_MS)}
    events = [event | {"account_id": spelling, "id": True} for spelling in spellings]
    clock = msgspec.structs.replace(settings, clock="event")
    result = await published(clock, written(tmp_path / "events.gz", events))
    assert (result.total, result.twins) == (7, (("Acme", "acme"),))
    assert {each.account_id: each.written for each in result.spelled} == {"acme": ("acme ", "acme\u200b")}
    assert result.unusable_ids == {"id": 7}
    async with reading(settings, "analytics") as consumer:
        messages = await take(consumer, 7)
    homes = {message.key: partition_of(message.key, settings.partitions) for message in messages}
    assert Counter(message.key for message in messages) == {b"acme": 3, b"42": 3, b"Acme": 1}
    assert all(message.partition == homes[message.key] for message in messages)


async def test_as_if_now_moves_event_and_message_alike(settings: Settings, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings, clock="event")
    events = a_history(100)
    now_ms = parse_instant("2026-03-01T12:34:56.789Z")
    with EventFile(str(written(tmp_path / "events.gz", events))) as file:
        await publish(settings, file, timing=as_if_now(file, now_ms))
    async with reading(settings, *INPUT_TOPICS) as consumer:
        for message in await take(consumer, 100):
            event = json.loads(message.value)
            expected_ms = now_ms - (99 - event["properties"]["number"]) * 60_000
            assert (parse_instant(event["timestamp"]), message.timestamp) == (expected_ms, expected_ms)


async def test_a_rate_is_kept(settings: Settings, tmp_path: Path) -> None:
    result = await published(settings, written(tmp_path / "events.gz", a_history(100)), rate=200.0)
    assert result.total == 100
    assert result.seconds >= 99 / 200


async def test_nothing_sent_is_not_ticked(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("not json\n")
    result = await published(settings, path, tick_ms=TICK_MS)
    assert (result.total, result.tick) == (0, "")
    async with reading(settings, CONTROL) as control:
        assert await control.getmany(timeout_ms=500) == {}


async def test_a_file_that_breaks_off_says_how_much_of_it_was_published(settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "events.gz", a_history(5_000))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UserError, match=r"^4,999 events were published, then it failed\. .*is truncated"):
        await published(settings, path, tick_ms=TICK_MS)


async def test_a_broker_that_dies_is_told_with_how_much_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.replay.event_sender.REQUEST_TIMEOUT_MS", 1_000)
    path = written(tmp_path / "events.gz", a_history(5_000))
    with start_kafka() as broker:
        settings = Settings(kafka=broker.address, idempotent=0)
        task = asyncio.create_task(published(settings, path, rate=1_000.0))
        async with reading(settings, *INPUT_TOPICS) as consumer:
            await take(consumer, 500)
        broker.child.kill()
        with pytest.raises(UserError, match=r"^[1-9][0-9,]* events were published, then it failed \(.+\): check that"):
            await asyncio.wait_for(task, DEADLINE_SECONDS)


async def test_a_broker_without_idempotent_producers_is_told_what_to_set(tmp_path: Path) -> None:
    with start_kafka() as broker:
        path = written(tmp_path / "events.gz", a_history(5))
        with pytest.raises(UserError, match="set VITALS_IDEMPOTENT to 0"):
            await published(Settings(kafka=broker.address, idempotent=1), path)


async def test_no_broker_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.replay.publish.CONNECT_SECONDS", 0.5)
    path = written(tmp_path / "events.gz", a_history(5))
    with pytest.raises(UserError, match="set VITALS_KAFKA"):
        await published(Settings(kafka=f"127.0.0.1:{free_port()}"), path)


def test_the_command_publishes_and_tells(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for field in ("kafka", "group", "topic_prefix", "partitions", "idempotent"):
        monkeypatch.setenv(f"VITALS_{field.upper()}", str(getattr(settings, field)))
    path = written(tmp_path / "events.gz", a_history(100))
    assert command("publish", str(path), "--as-if-now", "--tick", "now", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert sum(result["events"].values()) == 100
    assert result["tick"].endswith("Z")
    assert command("publish", str(path)) == 0
    assert capsys.readouterr().out.startswith("Published 100 events (analytics ")
    path.write_text("x\n")
    assert command("publish", str(path)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "malformed" in err
    assert err.splitlines()[-1].startswith(f"error: {path}: no line of it is an event, so nothing was published.")


async def test_lines_without_a_timestamp_are_refused_unless_their_time_was_asked_for(
    settings: Settings, tmp_path: Path
) -> None:
    line = {"topic": "analytics", "account_id": "acme", "event": "Report Viewed"}
    lines = [{**line, "properties": {"time": 1735732800}}, {**line, "created_at": "2025-01-01T12:00:01Z"}]
    path = tmp_path / "undated.ndjson"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    refused = await published(settings, path)
    assert (refused.total, [(each.reason, each.count, each.lines) for each in refused.refused]) == (
        0,
        [("bad_timestamp", 2, (1, 2))],
    )
    assert refused.refused[0].words.startswith("no timestamp, but properties.time: 1735732800")
    for field in ("properties.time", "created_at"):
        assert (await published(settings, path, timing=Timing(undated=UndatedPolicy(field=field)))).total == 1
    began_ms = time.time_ns() // 1_000_000
    assert (await published(settings, path, timing=Timing(undated=UndatedPolicy(is_now=True)))).total == 2
    async with reading(settings, "analytics") as consumer:
        messages = await take(consumer, 4)
    assert [json.loads(message.value).get("timestamp") for message in messages] == [
        1735732800,
        "2025-01-01T12:00:01Z",
        None,
        None,
    ]
    assert all(message.timestamp >= began_ms for message in messages[2:])


def command(*arguments: str) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


async def test_what_a_topic_would_delete_before_it_is_read_is_refused_with_the_mend(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} tells no settings that it was not given")
    await create_topic(settings, "analytics", {"retention.ms": "86400000"})
    await create_topic(settings, "billing", {"retention.ms": "-1", "message.timestamp.before.max.ms": "86400000"})
    await create_topic(settings, "tickets", {"retention.ms": "86400000", "message.timestamp.type": "LogAppendTime"})
    now_s = time.time()
    events = [
        {"topic": topic, "account_id": "acme", "event": "x", "timestamp": now_s - hours * 3_600}
        for topic in ("analytics", "billing", "tickets")
        for hours in (1, 23, 25)
    ]
    result = await published(settings, written(tmp_path / "events.gz", events))
    assert [(each.reason, each.lines) for each in result.refused] == [
        ("deleted_at_once", (3,)),
        ("refused_by_age", (6,)),
    ]
    assert all("message.timestamp.type to LogAppendTime" in each.words for each in result.refused)
    assert result.events == {"analytics": 2, "billing": 2, "tickets": 3}


async def test_a_tick_that_would_be_deleted_before_it_is_read_is_an_error(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} tells no settings that it was not given")
    await create_topic(settings, CONTROL, {"retention.ms": "86400000"})
    with (
        EventFile(str(written(tmp_path / "events.gz", a_history(1)))) as file,
        pytest.raises(UserError, match=r"2026-02-01T00:00:00Z would have no effect.*deletes events older than 1 d"),
    ):
        await publish(settings, file, timing=Timing(), tick_ms=TICK_MS)


async def create_topic(settings: Settings, name: str, kept: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(settings.topic(name), settings.partitions, 1, topic_configs=kept)])
    finally:
        await admin.close()
