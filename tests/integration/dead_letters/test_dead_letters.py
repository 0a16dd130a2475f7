"""`vitals dead-letters` on a real broker: listed, shown, sent again once, and never twice by accident."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from scoring.instants import rfc3339
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.message import ORIGIN_HEADER, TIME_HEADER
from streams.topics import DEAD_LETTERS, partition_of
from tests.support.gateway.dead_letters import EVENT, a_letter
from tests.support.gateway.running import a_gateway
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
    for name, value in settings.environment().items():
        if name != "VITALS_GATEWAY":
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


# --- letters of the gateway

SOURCE = """
[sources.erp]
kind = "generic"
insecure = true
account = [{{ pointer = "{account}" }}]
map = {{ event = "/kind", time = "/at", id = "/id" }}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the gateway's file is, which the command finds."""
    monkeypatch.setenv("VITALS_GATEWAY", str(tmp_path / "gateway.toml"))
    return tmp_path


def sent(number: int, at: str = "2026-03-01T09:00:00Z") -> dict[str, Any]:
    return {"kind": "login", "at": at, "id": number, "org": "acme"}


async def send_all(settings: Settings, folder: Path, events: Sequence[Any]) -> None:
    """Send these to a gateway whose source looks for the account in the wrong place."""
    async with a_gateway(settings, folder, SOURCE.format(account="/company")) as gateway:
        for event in events:
            assert (await gateway.client.post("/in/erp", json=event)).status_code == 200


def test_what_a_source_refused_is_read_again_by_its_rules_of_now(settings: Settings, run: Any, folder: Path) -> None:
    asyncio.run(send_all(settings, folder, [sent(1), sent(2), "nonsense"]))
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json")
    assert {each["became"] for each in json.loads(out)} == {"refused"}
    assert "/company" in out
    assert len(asyncio.run(on(settings, DEAD_LETTERS))) == 3, "what is refused again has no second letter"
    (folder / "gateway.toml").write_text(SOURCE.format(account="/org"), "utf-8")
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json", "--dry-run")
    assert [each["became"] for each in json.loads(out)] == ["published", "published", "refused"]
    assert asyncio.run(on(settings, "analytics")) == []
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json")
    assert [each["became"] for each in json.loads(out)] == ["published", "published", "refused"]
    events = [json.loads(each.value) for each in asyncio.run(on(settings, "analytics"))]
    assert [(each["account_id"], each["id"]) for each in events] == [("acme", "1"), ("acme", "2")]
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json")
    assert [each["became"] for each in json.loads(out)] == ["refused"]
    assert len(asyncio.run(on(settings, "analytics"))) == 2


def test_an_event_that_the_check_refused_is_published_with_its_account(
    settings: Settings, run: Any, folder: Path
) -> None:
    ahead = {**sent(1, rfc3339(time.time_ns() // 1_000_000 + 3_600_000)), "company": "acme"}
    asyncio.run(send_all(settings, folder, [ahead]))
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json")
    assert "in_the_future" in out
    (message,) = asyncio.run(on(settings, DEAD_LETTERS))
    letter = msgspec.json.decode(message.value, type=DeadLetter)
    value = (letter.value or b"").replace(ahead["at"].encode(), b"2026-03-01T09:00:00Z")
    asyncio.run(put(settings, [msgspec.structs.replace(letter, value=value, value_bytes=len(value))]))
    _, out, _ = run("replay", "--source", "erp", "--author", "ann", "--json")
    assert [each["became"] for each in json.loads(out)] == ["refused", "published"]
    (event,) = [json.loads(each.value) for each in asyncio.run(on(settings, "analytics"))]
    assert (event["account_id"], event["id"]) == ("acme", "1")


def test_a_source_reads_what_came_to_a_topic_instead(settings: Settings, run: Any, folder: Path) -> None:
    (folder / "gateway.toml").write_text(SOURCE.format(account="/org"), "utf-8")
    batch = json.dumps([sent(1), sent(2)]).encode()
    asyncio.run(put(settings, [a_letter(value=batch, reason="needs_gateway").letter]))
    code, out, err = run("replay", "0:0", "--as", "erp", "--author", "ann", "--json")
    assert (code, json.loads(out)[0]["words"]) == (0, "2 published"), err
    assert len(asyncio.run(on(settings, "analytics"))) == 2


def test_a_source_that_is_not_there_is_an_error(settings: Settings, run: Any, folder: Path) -> None:
    (folder / "gateway.toml").write_text(SOURCE.format(account="/org"), "utf-8")
    asyncio.run(put(settings, [a_letter(source="crm", topic="").letter]))
    code, _, err = run("replay", "--source", "crm", "--author", "ann")
    assert code == 1
    assert "There is no source crm" in err
    assert "erp" in err
