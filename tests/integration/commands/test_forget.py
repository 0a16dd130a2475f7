"""`vitals forget` on a real broker and Redis: what goes, what is refused, what comes again."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from alerts.delivery_record import DeliveryRecord
from scoring.instants import HOUR_MS, rfc3339
from streams.changelog import records
from streams.deployment.settings import Settings
from streams.identity.alias import Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import RedisDeliveredIds
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis
from streams.replay.event_file import EventFile
from streams.replay.publish import Timing, publish
from streams.topics import ALIASES, DELIVERIES, HISTORY, WORKSPACE
from streams.workspace.message import encode_record
from streams.workspace.records import Note, Record, Sentiment, key_of
from tests.builders import model_text
from tests.support.commands import run_command, running
from tests.support.kafka.topic import until

NOW_MS = time.time_ns() // 1_000_000
USAGE = {"usage_30d": {"kind": "count", "topics": ["analytics"], "window": "30d"}}
LEVEL = {"level": {"shape": "ratio", "signal": "usage_30d", "of": 20, "weight": 1}}


def written(path: Path, events: dict[str, int]) -> str:
    """A file with events of these accounts, one an hour."""
    lines = [
        {"topic": "analytics", "account_id": name, "event": "login", "timestamp": rfc3339(NOW_MS - hour * HOUR_MS)}
        for name, number in events.items()
        for hour in range(number)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return str(path)


async def publish_usage(settings: Settings, path: str) -> None:
    with EventFile(path) as file:
        await publish(settings, file, timing=Timing())


async def usage_is(settings: Settings, expected: dict[str, int]) -> None:
    """Return once Redis has exactly these accounts, with so much use."""
    read_model = RedisReadModel.open(settings)
    found: dict[str, object] = {}

    async def look() -> bool:
        answers = await read_model.worst_first()
        found.clear()
        found.update({answer.account_id: answer.facts["usage_30d"] for answer in answers})
        return found == expected

    try:
        await until(look, within_seconds=40, what=f"Redis has not {expected} but {found}")
        assert sum((await read_model.count_by_group()).values()) == len(expected)
    finally:
        await read_model.close()


async def kept(settings: Settings, name: str) -> dict[bytes, bytes]:
    """The last record of each key of a topic, without those that were removed."""
    found: dict[bytes, bytes | None] = {}
    async with AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest") as consumer:
        tps = [TopicPartition(name, number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        idle = 0
        while idle < 3:
            batches = await consumer.getmany(timeout_ms=200)
            idle = 0 if batches else idle + 1
            for messages in batches.values():
                found.update({message.key: message.value for message in messages})
    return {key: value for key, value in found.items() if value is not None}


async def prepare(settings: Settings, redis_ids: RedisDeliveredIds) -> None:
    """Two aliases that lead to acme and one that does not; about acme a delivery, a note and a sentiment."""
    aliases = [
        Alias(kind="segment.group", id="g1", to=ForeignId("account", "acme")),
        Alias(kind="segment.user", id="ann", to=ForeignId("segment.group", "g1")),
        Alias(kind="segment.group", id="g2", to=ForeignId("account", "globex")),
    ]
    people: list[Record] = [
        Note(id="n1", account_id="acme", author="ann", at_ms=0, text="Called."),
        Note(id="n2", account_id="globex", author="ann", at_ms=0, text="Called."),
        Sentiment(id="acme", level="fan", author="ann", at_ms=0),
    ]
    delivered = DeliveryRecord(
        step_id="s1", account_id="acme", rule="tier", outcome="delivered", at=rfc3339(NOW_MS), route="all", sink="slack"
    )
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for alias in aliases:
            key = alias_key(alias.kind, alias.id, alias.by)
            await producer.send_and_wait(settings.topic(ALIASES), encode_alias(alias), key=key)
        for record in people:
            await producer.send_and_wait(settings.topic(WORKSPACE), encode_record(record), key=key_of(record).encode())
        await producer.send_and_wait(settings.topic(DELIVERIES), msgspec.json.encode(delivered), key=b"acme")
    await redis_ids.mark_all(["slack:s1", "slack:s2"], "delivered")


async def test_an_account_goes_everywhere_is_refused_and_may_come_again(settings: Settings, tmp_path: Path) -> None:
    model = tmp_path / "level.toml"
    model.write_text(model_text({"name": "level"}, USAGE, LEVEL), "utf-8")
    settings = msgspec.structs.replace(settings, model=str(model))
    await ensure_topics(settings, "topics")
    redis = open_redis(settings, connect_seconds=5, answer_seconds=5)
    ids = RedisDeliveredIds(redis, prefix=settings.redis_prefix)
    await prepare(settings, ids)
    await publish_usage(settings, written(tmp_path / "first", {"acme": 12, "globex": 7}))
    with running(settings, "worker", "project"):
        await usage_is(settings, {"acme": 12, "globex": 7})
        report = json.loads(
            run_command(settings, "forget", "acme", "--reason", "asked", "--author", "ann", "--yes", "--json")
        )
        removed = {each["what"]: each["number"] for each in report["removed"]}
        assert removed == {
            "its state": 1,
            "its score": 1,
            "aliases": 2,
            "predictions": 0,
            "its closes": 1,
            "notes and sentiment": 2,
            "ids of deliveries": 1,
        }
        assert set(await kept(settings, settings.topic(WORKSPACE))) == {b"note\0n2"}
        assert b"acme" not in await kept(settings, settings.topic(HISTORY))
        assert report["action"] == "forgotten"
        assert "records of deliveries" in {each["what"] for each in report["remains"]}
        await usage_is(settings, {"globex": 7})
        assert await ids.marks(["slack:s1", "slack:s2"]) == {"slack:s2": "delivered"}
        assert set(await kept(settings, settings.topic(ALIASES))) == {alias_key("segment.group", "g2", "source")}

        await publish_usage(settings, written(tmp_path / "more", {"acme": 3, "globex": 8}))
        await usage_is(settings, {"globex": 15})
        left = await kept(settings, settings.changelog_topic)
        assert not [key for key, value in left.items() if b"acme" in key or b"acme" in value]
        assert [key[1:] for key in left if key[:1] == records.FORGOTTEN] == [records.print_of("acme")]

        with pytest.raises(AssertionError, match=r"No account 'nobody' is scored: add --yes"):
            run_command(settings, "forget", "nobody", "--reason", "asked", "--author", "ann")
        with pytest.raises(AssertionError, match=r"Nothing was forgotten: add --yes"):
            run_command(settings, "forget", "globex", "--reason", "asked", "--author", "ann")
        with pytest.raises(AssertionError, match=r"--reason has 1 to 500 characters"):
            run_command(settings, "forget", "globex", "--reason", " ", "--author", "ann", "--yes")
        words = run_command(settings, "forget", "nobody", "--reason", "asked", "--author", "ann", "--yes")
        assert "nobody is forgotten; what still arrives for it is refused, and counted" in words

        words = run_command(settings, "forget", "acme", "--reason", "back", "--author", "ann", "--lift")
        assert "acme may come again" in words
        await publish_usage(settings, written(tmp_path / "again", {"acme": 2}))
        await usage_is(settings, {"acme": 2, "globex": 15})
    await redis.aclose()
