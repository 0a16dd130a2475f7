"""Events that happened long ago, and retention, which goes by the time that a message carries."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.replay.event_file import EventFile
from streams.replay.publish import Timing, publish
from tests.support.commands import running
from tests.support.kafka.java import JavaKafka
from tests.support.kafka.topic import read_all, read_until

DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def hasty_broker() -> Iterator[JavaKafka]:
    """A broker that looks every second for what is to be deleted, in segments that end after a second."""
    try:
        broker = JavaKafka(properties={"log.retention.check.interval.ms": "1000", "log.roll.ms": "1000"})
    except UserError as error:
        pytest.skip(f"it takes Apache Kafka from Maven artifacts: {error}")
    broker.start()
    yield broker
    broker.close()


async def test_acknowledged_events_of_sixty_days_ago_are_counted_however_late_a_worker_comes(
    settings: Settings, hasty_broker: JavaKafka, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(settings, kafka=hasty_broker.address)
    old_s = time.time() - 60 * DAY_SECONDS
    events = [
        {"topic": "analytics", "account_id": f"old-{n % 5}", "event": "x", "timestamp": old_s - n} for n in range(200)
    ]
    path = tmp_path / "old.ndjson"
    path.write_text("\n".join(map(json.dumps, events)))
    with EventFile(str(path)) as file:
        assert (await publish(settings, file, timing=Timing())).total == 200
    # Segments end with the first message after a second; then several rounds of deletion pass.
    await asyncio.sleep(2)
    with EventFile(str(path)) as file:
        await publish(settings, file, timing=Timing())
    await asyncio.sleep(4)
    assert len(await read_all(settings, "analytics")) == 400
    with running(settings, "worker"):
        scores = await read_until(
            settings,
            "scores",
            lambda values: len({json.loads(value)["account_id"] for value in values}) == 5,
            within_seconds=60,
        )
    assert {json.loads(value)["account_id"] for value in scores} == {f"old-{n}" for n in range(5)}
