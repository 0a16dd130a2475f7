"""Two workers, one of them killed with -9 half way and started again: the same answers and the same notifications."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from alerts.notification import Notification
from scoring.event.event import Event
from scoring.instants import parse_instant, rfc3339
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.read_model.store import RedisReadModel
from streams.replay.event_file import EventFile
from tests.support.commands import Command, run_command, running
from tests.support.kafka.topic import newest_scores, read_all, read_until, until
from tests.support.plain.replay import read_history, replay
from tests.support.shared_data import shared

HALF = parse_instant("2022-04-10T00:00:00Z")
END = parse_instant("2022-06-30T12:00:00Z")
KILL_AFTER = {"four-inputs": 400, "usage-trend-friction": 10}
"""Notifications after which a worker is killed: somewhere in the middle of the stream."""


@pytest.fixture
def halves(tmp_path: Path) -> tuple[Path, Path]:
    """The reference history until `END`, in two files that meet at `HALF`."""
    with gzip.open(shared("data/churnsim/events.ndjson.gz"), "rb") as file:
        lines = [(parse_instant(json.loads(line)["timestamp"]), line) for line in file]
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    first.write_bytes(b"".join(line for at, line in lines if at <= HALF))
    second.write_bytes(b"".join(line for at, line in lines if HALF < at <= END))
    return first, second


def of(settings: Settings, model: str, name: str) -> Settings:
    return msgspec.structs.replace(
        settings,
        model=model,
        clock="event",
        merge_wait_ms=2_000,
        session_timeout_ms=10_000,  # a worker ends when it stands still for half of it, which happens on a busy machine
        group=f"{settings.group}-{name}",
        topic_prefix=f"{settings.topic_prefix}{name}.",
    )


async def stream(
    settings: Settings, halves: tuple[Path, Path], *, kill: bool
) -> tuple[list[Notification], list[ScoreSnapshot]]:
    """Publish both halves, each with its closing tick, to two workers; what stands in the end."""
    with running(settings, "worker", "worker", "project") as commands:
        run_command(settings, "publish", str(halves[0]), "--tick", rfc3339(HALF))
        run_command(settings, "publish", str(halves[1]), "--tick", rfc3339(END))
        if kill:
            enough = KILL_AFTER[settings.model]
            await read_until(settings, "notifications", lambda values: len(values) >= enough, within_seconds=120)
            commands[0].kill()
            commands.append(Command(settings, "worker", Path(settings.data_dir) / "again.log"))
        accounts = len({json.loads(line)["account_id"] for half in halves for line in half.read_bytes().splitlines()})

        def all_stand_at_the_end(newest: Mapping[str, ScoreSnapshot]) -> bool:
            at_end = [answer for answer in newest.values() if answer.as_of_ms >= END]
            done = [answer for answer in at_end if answer.score is not None or answer.standing]
            return len(done) == accounts

        await newest_scores(settings, all_stand_at_the_end, within_seconds=240)
        assert [command.stop() for command in commands if command.is_running and command is not commands[2]] == [0, 0]
        sent = await read_all(settings, "notifications")
        answers = await projected(settings, accounts)
    return [msgspec.json.decode(value, type=Notification) for value in sent], answers


async def projected(settings: Settings, accounts: int) -> list[ScoreSnapshot]:
    """What Redis holds, once the projector has taken everything in."""
    newest: dict[str, ScoreSnapshot] = {}
    for value in await read_all(settings, "scores"):
        answer = msgspec.json.decode(value, type=ScoreSnapshot)
        held = newest.get(answer.account_id)
        if held is None or (answer.generation, answer.version) > (held.generation, held.version):
            newest[answer.account_id] = answer
    assert len(newest) == accounts
    read_model = RedisReadModel.open(settings)
    answers: list[ScoreSnapshot] = []
    try:

        async def is_taken_in() -> bool:
            answers[:] = await read_model.worst_first()
            return {answer.account_id: answer for answer in answers} == newest

        await until(is_taken_in, within_seconds=60, what="Redis does not hold what stands on the topic")
    finally:
        await read_model.close()
    return answers


def by_id(notifications: list[Notification]) -> dict[str, Notification]:
    contents: dict[str, Notification] = {}
    for notification in notifications:
        assert contents.setdefault(notification.id, notification) == notification, "one id stands for two contents"
    return contents


@pytest.mark.parametrize("model", ["four-inputs", "usage-trend-friction"])
async def test_a_worker_killed_half_way_changes_no_answer_and_no_notification(
    settings: Settings, halves: tuple[Path, Path], model: str
) -> None:
    plan = Plan(load_preset(model))
    events: list[Event] = []
    for half in halves:
        with EventFile(str(half)) as file:
            events += read_history(file, plan, END).events
    expected = {answer.account_id: answer for answer in replay(plan, events, [END])}

    undisturbed, calm = await stream(of(settings, model, "calm"), halves, kill=False)
    disturbed, killed = await stream(of(settings, model, "killed"), halves, kill=True)

    for answers in (calm, killed):
        assert {answer.account_id: (answer.score, answer.tier, answer.facts) for answer in answers} == {
            name: (answer.score, answer.tier, answer.facts) for name, answer in expected.items()
        }
    assert len(undisturbed) > KILL_AFTER[model]
    assert by_id(disturbed) == by_id(undisturbed)
    for notifications in (undisturbed, disturbed):
        sequences: dict[str, list[Notification]] = {}
        for notification in by_id(notifications).values():
            sequences.setdefault(notification.account_id, []).append(notification)
        for chain in sequences.values():
            chain.sort(key=lambda notification: notification.sequence)
            assert [notification.sequence for notification in chain] == list(range(1, len(chain) + 1))
            assert all(a.to_tier == b.from_tier for a, b in itertools.pairwise(chain))
