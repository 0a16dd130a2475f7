"""`vitals alerts` on a real broker and Redis: cases are listed, explained and acted on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from alerts.delivery_record import DeliveryRecord
from alerts.step import AlertStep
from scoring.instants import rfc3339
from scoring.result import OpenCase, ScoreSnapshot
from streams.alerting import account_records
from streams.alerting.account_records import read_account
from streams.alerting.noted import read_steps
from streams.control.messages import CaseCommand, decode_control
from streams.deployment.settings import Settings
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel
from streams.topics import ALERTS, CONTROL, DELIVERIES, partition_of
from tests.builders import a_snapshot, an_alert_step, snapshot_models
from tests.support.commands import environment_of, run_command
from tests.support.kafka.topic import read_all

NOON = 1_795_255_200_000
CASE = OpenCase(
    id="c0ffee",
    rule="tier",
    severity="critical",
    status="open",
    opened_at=rfc3339(NOON),
    since=rfc3339(NOON),
    words="acme fell from green to red",
)
FALLEN = a_snapshot("acme", score=41.2, tier="red", cases=(CASE,))


def at(number: int, account_id: str = "acme", **given: Any) -> AlertStep:
    """The account's `number`-th step, an hour after the one before."""
    as_of_ms = NOON + 3_600_000 * number
    return an_alert_step(
        **{"account_id": account_id, "sequence": number, "as_of_ms": as_of_ms, "as_of": rfc3339(as_of_ms), **given}
    )


async def publish(settings: Settings, *records: AlertStep | DeliveryRecord) -> None:
    await ensure_topics(settings)
    await ensure_topics(settings, "alerts")
    producer = new_producer(settings, "test")
    await producer.start()
    try:
        for record in records:
            topic = settings.topic(ALERTS if isinstance(record, AlertStep) else DELIVERIES)
            key = record.account_id.encode()
            home = partition_of(key, settings.partitions)
            await producer.send_and_wait(topic, msgspec.json.encode(record), key=key, partition=home)
    finally:
        await producer.stop()


async def project(settings: Settings, *answers: ScoreSnapshot) -> None:
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]
    model = RedisReadModel.open(settings)
    await model.write_models(snapshot_models())
    await model.expect({0: len(changes)})
    await model.write(Batch(partition=0, start=0, end=len(changes), changes=changes))
    await model.close()


def failed(settings: Settings, *arguments: str) -> str:
    """What a command says that must fail."""
    command = [sys.executable, "-m", "vitals", *arguments]
    done = subprocess.run(
        command, env=environment_of(settings), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


async def test_why_says_what_came_what_did_not_and_what_became_of_it(settings: Settings) -> None:
    opened, quiet = at(1), at(2, step="none", outcome="suppressed", reason="hysteresis")
    record = DeliveryRecord(
        step_id=opened.id, account_id="acme", rule="tier", outcome="delivered", at=opened.as_of, route="r", sink="slack"
    )
    others = [at(number, f"other-{number}") for number in range(20)]
    await publish(settings, *others[:10], opened, record, *others[10:], quiet)
    await project(settings, FALLEN)
    found = json.loads(run_command(settings, "alerts", "why", "acme", "--json"))
    assert [each["reason"] for each in found["decisions"]] == ["hysteresis", "first"]
    assert [each["sink"] for each in found["decisions"][1]["routes"]] == ["slack"]
    assert "was to tell nobody: the score crossed a bound" in found["says"][0]
    assert [case["rule"] for case in found["cases"]] == ["tier"]
    before = json.loads(run_command(settings, "alerts", "why", "acme", "--at", opened.as_of, "--json"))
    assert [each["reason"] for each in before["decisions"]] == ["first"]
    unknown = json.loads(run_command(settings, "alerts", "why", "nobody", "--json"))
    assert unknown["says"][0].startswith("This account is not known")
    shown = json.loads(run_command(settings, "alerts", "show", "acme", "--told", "--json"))
    assert ([case["rule"] for case in shown["cases"]], [step["sequence"] for step in shown["steps"]]) == (["tier"], [1])


async def test_a_command_goes_to_the_partition_of_its_account(settings: Settings) -> None:
    await ensure_topics(settings)
    await project(settings, FALLEN, a_snapshot("fine"))
    (listed,) = json.loads(run_command(settings, "alerts", "list", "--json"))
    assert (listed["account_id"], listed["case"]["rule"]) == ("acme", "tier")
    said = run_command(settings, "alerts", "ack", "acme", "--author", "ann", "--action", "called", "--rule", "tier")
    assert said.startswith("ann acknowledged acme (rule tier) at ")
    run_command(settings, "alerts", "snooze", "acme", "--for", "7d", "--author", "bo")
    first, second = [decode_control(value) for value in await read_all(settings, CONTROL)]
    assert isinstance(first, CaseCommand)
    assert isinstance(second, CaseCommand)
    assert (first.command, first.rule, first.action, first.author) == ("acknowledge", "tier", "called", "ann")
    assert second.until_ms - second.instant_ms == 7 * 86_400_000


async def test_mistakes_are_told_in_one_line_with_what_to_do(settings: Settings) -> None:
    await ensure_topics(settings)
    await project(settings, FALLEN, a_snapshot("fine"))
    ann = ("--author", "ann")
    assert "fine has no open case" in failed(settings, "alerts", "ack", "fine", *ann)
    assert "it has tier" in failed(settings, "alerts", "ack", "acme", "--rule", "drop", *ann)
    assert "No account nobody is known" in failed(settings, "alerts", "resolve", "nobody", *ann)
    assert "it has tier" in failed(settings, "alerts", "snooze", "acme", "--rule", "drop", "--for", "1d", *ann)
    assert "ends within 90 days" in failed(settings, "alerts", "snooze", "acme", "--for", "91d", *ann)
    assert "give one of --for and --until" in failed(settings, "alerts", "snooze", "acme", *ann)
    assert "give --reason, --action or both" in failed(settings, "alerts", "note", "acme", *ann)
    assert "--severity 'bad' is none" in failed(settings, "alerts", "list", "--severity", "bad")
    assert "lies in the future" in failed(settings, "alerts", "why", "acme", "--at", "2999-01-01T00:00:00Z")
    assert "has none yet" in failed(settings, "alerts", "report")


async def test_the_newest_steps_are_found_through_many_pages(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_records, "STRIDE", 7)
    steps = [at(number, f"a{number % 3}") for number in range(1, 60)]
    await publish(settings, *steps)
    mine = [step for step in reversed(steps) if step.account_id == "a1"]
    found = await read_account(settings, "a1", limit=5)
    assert list(found.steps) == mine[:5]
    assert found.reaches_back
    every = await read_account(settings, "a1", limit=500, until_ms=mine[3].as_of_ms)
    assert list(every.steps) == mine[3:]
    noted, unreadable = await read_steps(settings, lambda done: None)
    assert ({each.id for each in noted}, unreadable) == ({step.id for step in steps}, 0)
