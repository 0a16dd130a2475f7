"""`vitals dead-letters` on a real broker: listed, shown, sent again once, and never twice by accident."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.message import ORIGIN_HEADER, TIME_HEADER
from streams.topics import DEAD_LETTERS, partition_of
from tests.support.commands import environment_of
from tests.support.gateway.dead_letters import EVENT, a_letter
from vitals import main


async def put(settings: Settings, letters: Sequence[DeadLetter]) -> None:
    await ensure_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for letter in letters:
            await producer.send_and_wait(settings.topic(DEAD_LETTERS), msgspec.json.encode(letter), partition=0)


async def on(settings: Settings, topic: str) -> list[Any]:
    """The messages of a topic, all partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        count = 1 if topic == DEAD_LETTERS else settings.partitions
        tps = [TopicPartition(settings.topic(topic), number) for number in range(count)]
        return [message async for _, batch in read_logs(consumer, dict.fromkeys(tps)) for message in batch]
    finally:
        await consumer.stop()


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `vitals dead-letters …` in this process; (exit code, output, errors)."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run_it(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["dead-letters", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run_it


def test_letters_are_listed_shown_and_sent_again_once(settings: Settings, run: Any) -> None:
    code, out, _ = run("list")
    assert (code, out) == (0, "There is no dead letter: everything that arrived could be used.\n")
    broken = a_letter(reason="malformed", words="not JSON", value=b"{", topic="billing").letter
    cut = a_letter(value=b"x", value_bytes=70_000).letter
    whole, again = a_letter().letter, a_letter(offset=100).letter
    asyncio.run(put(settings, [whole, broken, cut, again]))

    _, out, _ = run("list", "--json")
    assert [each["id"] for each in json.loads(out)] == ["0:0", "0:1", "0:2", "0:3"]
    _, out, _ = run("list", "--reason", "malformed")
    assert "billing 3:99" in out
    assert "analytics" not in out
    _, out, _ = run("list", "--topic", "tickets")
    assert out == "No dead letter is such a one. There are: 3 in_the_future, 1 malformed.\n"
    code, out, _ = run("show", "0:0")
    assert EVENT.decode() in out
    assert run("show", "0:9")[0] == 1

    code, out, _ = run("replay", "--reason", "in_the_future", "--author", "ann", "--dry-run")
    assert (code, asyncio.run(on(settings, "analytics"))) == (0, [])
    code, out, _ = run("replay", "--reason", "in_the_future", "--author", "ann", "--json")
    assert [(each["id"], each["became"]) for each in json.loads(out)] == [
        ("0:0", "published"),
        ("0:2", "kept"),
        ("0:3", "published"),
    ]
    messages = asyncio.run(on(settings, "analytics"))
    assert [(each.key, each.value, each.partition) for each in messages] == 2 * [
        (b"acme", EVENT, partition_of(b"acme", settings.partitions))
    ]
    headers = [dict(each.headers) for each in messages]
    assert {header[ORIGIN_HEADER] for header in headers} == {b"analytics/3/99", b"analytics/3/100"}
    assert {header[TIME_HEADER] for header in headers} == {str(whole.timestamp_ms).encode()}

    code, out, _ = run("replay", "--reason", "in_the_future", "--author", "ann", "--json")
    assert [(each["id"], each["became"]) for each in json.loads(out)] == [("0:2", "kept")]
    assert run("replay", "0:0", "--author", "ann")[0] == 1
    assert len(asyncio.run(on(settings, "analytics"))) == 2
    assert run("replay", "0:0", "--again", "--author", "ann")[0] == 0
    repeated = [dict(each.headers)[ORIGIN_HEADER] for each in asyncio.run(on(settings, "analytics"))]
    assert repeated == [b"analytics/3/99", b"analytics/3/100", b"analytics/3/99"]
    _, out, _ = run("list", "--json")
    assert [bool(each["replayed_at"]) for each in json.loads(out)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], "give their ids, or --reason"),
        (["replay", "x", "--author", "ann"], "like 0:17"),
        (["show", "x"], "`vitals dead-letters list` shows them"),
        (["list", "--since", "soon"], "--since"),
    ],
)
def test_mistakes_say_what_to_do(run: Any, arguments: list[str], words: str) -> None:
    code, _, err = run(*arguments)
    assert code == 1
    assert words in err


def test_a_letter_that_is_not_there_is_an_error(run: Any) -> None:
    code, _, err = run("replay", "0:7", "--author", "ann")
    assert code == 1
    assert "There is no dead letter 0:7" in err
