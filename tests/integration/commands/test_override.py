"""`vitals override` on a real broker and Redis: set, told, kept through a kill -9, and over at its very instant."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from alerts.notification import Notification
from scoring.instants import HOUR_MS, parse_instant, rfc3339
from scoring.result import Override, ScoreSnapshot
from streams.control.messages import EndOverride, SetOverride, decode_control
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from streams.replay.event_file import EventFile
from streams.replay.publish import Timing, publish
from streams.topics import CONTROL, partition_of
from tests.builders import a_snapshot, model_text
from tests.support.commands import Command, environment_of, run_command, running
from tests.support.kafka.topic import read_until, until
from vitals import main
from vitals.local.embedded import free_port

NOW_MS = time.time_ns() // 1_000_000
USAGE = {"usage_30d": {"kind": "count", "topics": ["analytics"], "window": "30d"}}
LEVEL = {"level": {"shape": "ratio", "signal": "usage_30d", "of": 20, "weight": 1}}
SET = ("--score", "12.5", "--reason", "they told us", "--for", "14d", "--author", "ann")


def written(path: Path, *, events: int) -> str:
    """A file of product events of acme, one an hour and the last a moment ago."""
    lines = [
        {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": rfc3339(NOW_MS - hour * HOUR_MS)}
        for hour in range(events)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return str(path)


async def publish_usage(settings: Settings, path: str) -> None:
    with EventFile(path) as file:
        await publish(settings, file, timing=Timing())


async def acme(settings: Settings, is_so: Callable[[ScoreSnapshot], bool]) -> ScoreSnapshot:
    """acme's answer in Redis, once it is so."""
    read_model = RedisReadModel.open(settings)
    found: list[ScoreSnapshot] = []
    try:

        async def look() -> bool:
            found[:] = [answer] if (answer := await read_model.get("acme")) is not None else []
            return bool(found) and is_so(found[0])

        await until(look, within_seconds=40, what=f"acme's answer did not come to be so: {found}")
    finally:
        await read_model.close()
    return found[0]


async def causes(settings: Settings, number: int) -> list[Notification]:
    """The first notifications about acme, in order, once there are so many."""
    found = await read_until(settings, "notifications", lambda values: len(values) >= number, within_seconds=30)
    notifications = {(each := msgspec.json.decode(value, type=Notification)).sequence: each for value in found}
    return [notifications[sequence] for sequence in sorted(notifications)]


async def test_an_override_holds_through_a_kill_until_its_instant_and_both_changes_of_tier_are_told(
    settings: Settings, tmp_path: Path
) -> None:
    model = tmp_path / "level.toml"
    model.write_text(model_text({"name": "level"}, USAGE, LEVEL), "utf-8")
    settings = msgspec.structs.replace(settings, model=str(model))
    await publish_usage(settings, written(tmp_path / "first", events=30))
    with running(settings, "worker", "project") as commands:
        before = await acme(settings, lambda answer: answer.facts["usage_30d"] == 30 and answer.score is not None)
        assert (before.override, before.beneath) == (None, None)
        assert before.score is not None
        assert before.score >= 75

        began_ns = time.monotonic_ns()
        sent = json.loads(run_command(settings, "override", "acme", *SET, "--json"))
        answer = await acme(settings, lambda answer: answer.override is not None)
        took_ms = (time.monotonic_ns() - began_ns) // 1_000_000
        at, until_ = parse_instant(sent["at"]), parse_instant(sent["until"])
        assert until_ - at == 14 * 24 * HOUR_MS
        assert answer.override == Override(score=12.5, reason="they told us", author="ann", set_ms=at, until_ms=until_)
        assert (answer.score, answer.tier, answer.beneath) == (12.5, "red", before.score)
        [fell] = await causes(settings, 1)
        assert (fell.from_tier, fell.to_tier, fell.cause.kind, fell.after) == ("green", "red", "override", 12.5)
        assert fell.cause.words.startswith("ann set the score to 12.5 until")

        commands[0].kill()
        commands.append(Command(settings, "worker", Path(settings.data_dir) / "again.log"))
        await publish_usage(settings, written(tmp_path / "more", events=5))
        again = await acme(settings, lambda answer: answer.facts["usage_30d"] == 35)
        assert (again.score, again.tier, again.override) == (12.5, "red", answer.override)
        assert again.beneath is not None

        soon = time.time_ns() // 1_000_000 + 3_000 + 3 * took_ms  # the worker must have it before
        run_command(settings, "override", "acme", *SET[:4], "--until", rfc3339(soon), "--author", "bo")
        ended = await acme(settings, lambda answer: answer.override is None)
        assert (ended.tier, ended.beneath) == ("green", None)
        assert ended.score is not None
        _, rose = await causes(settings, 2)
        assert (rose.from_tier, rose.to_tier, rose.cause.kind, rose.as_of_ms) == ("red", "green", "override", soon)
        assert rose.cause.words == "the score that bo had set to 12.5 (they told us) holds no longer"

        run_command(settings, "override", "acme", *SET)
        await acme(settings, lambda answer: answer.override is not None)
        assert "ann ended the score set for acme" in run_command(settings, "override", "acme", "--end", *SET[-2:])
        assert (await acme(settings, lambda answer: answer.override is None)).tier == "green"
        assert [each.cause.kind for each in await causes(settings, 4)] == ["override"] * 4


# --- mistakes, and what is sent


class Ended(NamedTuple):
    """A command that has ended; `err` is on one line."""

    code: object
    out: str
    err: str


class Desk:
    """Where commands of one deployment are given, in this process. Redis knows acme, and no other account."""

    def __init__(self, settings: Settings, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = settings
        self._patch = patch
        self._capsys = capsys
        asyncio.run(know_acme(settings))

    def override(self, *arguments: str, user: str = "bo", **settings: Any) -> Ended:
        for name, value in environment_of(msgspec.structs.replace(self.settings, **settings)).items():
            self._patch.setenv(name, value)
        self._patch.setenv("USER", user)
        with pytest.raises(SystemExit) as ended:
            main(["override", *arguments])
        out, err = self._capsys.readouterr()
        return Ended(ended.value.code, out, err.rstrip())


async def know_acme(settings: Settings) -> None:
    read_model = RedisReadModel.open(settings)
    await read_model.write(Batch(partition=0, start=0, end=1, changes=[Change(0, "acme", a_snapshot("acme"))]))
    await read_model.close()


@pytest.fixture
def desk(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(settings, monkeypatch, capsys)


async def said(settings: Settings) -> list[tuple[int, int, object]]:
    """(partition, time, control message) of all that is on `control`."""
    await ensure_topics(settings)
    topic, found = settings.topic(CONTROL), list[tuple[int, int, object]]()
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        while not all([consumer.highwater(tp) == await consumer.position(tp) for tp in tps]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [(each.partition, each.timestamp, decode_control(each.value)) for each in messages]
    finally:
        await consumer.stop()
    return found


T = "2026-03-01T00:00:00Z"
MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (
        ("acme",),
        "The duration is needed exactly once: give --score, --reason and one of --for and --until; or --end alone.",
    ),
    (("acme", *SET, "--until", T), "The duration is needed exactly once"),
    (("acme", "--for", "14d"), "The score and its reason are both needed"),
    (("acme", "--score", "5", "--for", "14d"), "The score and its reason are both needed"),
    (("acme", *SET, "--score", "100.01"), "a score is from 0 to 100, not 100.01: fix that"),
    (("acme", *SET, "--score", "-0.5"), "a score is from 0 to 100, not -0.5"),
    (("acme", *SET, "--score", "nan"), "a score is from 0 to 100, not nan"),
    (("acme", *SET, "--reason", " "), "a reason has 1 to 500 characters"),
    (("acme", *SET, "--reason", "a" * 501), "a reason has 1 to 500 characters"),
    (("acme", *SET, "--reason", "\udcff"), "--reason is no text in UTF-8"),
    (("acme", *SET, "--author", " "), "give --author NAME, of 1 to 200 characters"),
    (("acme", *SET, "--author", "a" * 201), "give --author NAME, of 1 to 200 characters"),
    (("acme", "--end", "--author", ""), "give --author NAME"),
    (("acme", "--end", *SET), "--end ends the override and takes no other option"),
    (("acme", *SET, "--for", "two weeks"), "--for: 'two weeks' is not a duration"),
    (("acme", *SET, "--for", "999999999d"), "Nothing was set, because its end is after the year 2100"),
    (("acme", *SET[:4], "--until", "tomorrow"), "--until: 'tomorrow' is not an instant"),
    (("acme", *SET[:4], "--until", T), "Nothing was set, because its time is over already"),
    (("acme", *SET, "--at", T), "--at is for VITALS_CLOCK=event"),
    (("", *SET), "An account's id has 1 to 200 characters"),
    (("a" * 201, *SET), "An account's id has 1 to 200 characters"),
    (("nobody", *SET), "No account 'nobody' is scored, so the worker would refuse it"),
    (("nobody", "--end"), "or add --force."),
]


def test_a_mistake_is_said_and_nothing_is_sent(desk: Desk) -> None:
    for arguments, words in MISTAKES:
        ended = desk.override(*arguments)
        assert (ended.code, ended.out) == (1, ""), arguments
        assert ended.err.startswith("error: "), arguments
        assert words in ended.err, arguments
    assert "give --author NAME" in desk.override("acme", *SET[:6], user="").err
    assert "say with --at T" in desk.override("acme", *SET, clock="event").err
    assert "lies in the future" in desk.override("acme", *SET, "--at", "2999-01-01", clock="event").err
    assert asyncio.run(said(desk.settings)) == []


def test_what_is_sent_is_in_the_account_s_partition_at_its_instant(desk: Desk) -> None:
    set_ = desk.override("acme", *SET[:6], "--at", T, clock="event")
    assert set_ == Ended(0, f"bo set acme to 12.5 from {T} until 2026-03-15T00:00:00Z: they told us\n", "")
    end = desk.override("acme", "--end", "--at", T, clock="event")
    assert (end.code, end.out) == (0, f"bo ended the score set for acme at {T}.\n")
    assert end.err.startswith("warning: acme has no score set by hand, as far as Redis knows")
    forced = desk.override("nobody", *SET, "--at", T, "--force", "--json", clock="event")
    assert json.loads(forced.out)["until"] == "2026-03-15T00:00:00Z"
    deaf = desk.override("acme", *SET, "--at", T, clock="event", redis=f"redis://127.0.0.1:{free_port()}/0")
    assert (deaf.code, deaf.out) == (0, f"ann set acme to 12.5 from {T} until 2026-03-15T00:00:00Z: they told us\n")
    assert "does not answer" in deaf.err
    assert "could not be looked up; it is sent all the same" in deaf.err

    at = parse_instant(T)
    by_ann = SetOverride(
        instant_ms=at,
        account_id="acme",
        score=12.5,
        reason="they told us",
        author="ann",
        until_ms=parse_instant("2026-03-15T00:00:00Z"),
    )
    home, elsewhere = (partition_of(name, desk.settings.partitions) for name in (b"acme", b"nobody"))
    assert home != elsewhere
    found = asyncio.run(said(desk.settings))
    assert [each for each in found if each[0] == home] == [
        (home, at, msgspec.structs.replace(by_ann, author="bo")),
        (home, at, EndOverride(instant_ms=at, account_id="acme", author="bo")),
        (home, at, by_ann),
    ]
    assert [each for each in found if each[0] != home] == [
        (elsewhere, at, msgspec.structs.replace(by_ann, account_id="nobody"))
    ]
