"""A history published to a worker by the wall clock, on a real broker: scores come, and nobody is told."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.topics import NOTIFICATIONS
from tests.support.commands import run_command, running
from tests.support.kafka.topic import newest_scores

DAY_SECONDS = 86_400


def history(accounts: int = 20, days: int = 60, seed: int = 3) -> list[dict[str, object]]:
    """Healthy accounts, in the order of time, until some minutes ago; now and then an error."""
    drawn = random.Random(seed)
    found: list[tuple[float, dict[str, object]]] = []
    for account in range(accounts):
        for day in range(days, -1, -1):
            for number in range(drawn.randint(3, 12)):
                at = time.time() - day * DAY_SECONDS - drawn.randint(60, 36_000)
                who = {"account_id": f"bk-{account}", "timestamp": at}
                found.append((at, {"topic": "analytics", "event": "x", "user_id": f"u{number % 4}", **who}))
                if drawn.random() < 0.05:
                    found.append((at, {"topic": "exceptions", **who}))
    return [event for _, event in sorted(found, key=lambda pair: pair[0])]


async def told(settings: Settings) -> int:
    """How many notifications were ever made."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        topic = settings.topic(NOTIFICATIONS)
        ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(settings.partitions)])
        return sum(ends.values())
    finally:
        await consumer.stop()


async def test_a_history_that_is_imported_tells_nobody_and_all_accounts_are_scored(
    settings: Settings, tmp_path: Path
) -> None:
    events = history()
    path = tmp_path / "history.ndjson"
    path.write_text("\n".join(map(json.dumps, events)), "utf-8")

    def is_done(newest: Mapping[str, ScoreSnapshot]) -> bool:
        """Every account's last answer has all of its use, but for what an hour that begins meanwhile takes away."""
        uses = {name: answer.facts["usage_30d"] for name, answer in newest.items()}
        return uses.keys() == wanted.keys() and all(wanted[name] - 12 <= float(uses[name] or 0) for name in wanted)

    recent = time.time() - 30 * DAY_SECONDS
    wanted = {
        f"bk-{account}": sum(
            event["topic"] == "analytics"
            and event["account_id"] == f"bk-{account}"
            and float(str(event["timestamp"])) > recent
            for event in events
        )
        for account in range(20)
    }
    with running(settings, "worker"):
        run_command(settings, "publish", str(path))
        newest = await newest_scores(settings, is_done, within_seconds=90)
    assert all(answer.score is not None and answer.score >= 75 for answer in newest.values())
    assert await told(settings) == 0
