"""`vitals interactions` as a process: from a click or a form to the account's partition of `control`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
from aiokafka import TopicPartition

from alerts.case_action import ref_of
from alerts.case_links import CaseTokens
from scoring.instants import DAY_MS
from streams.control.messages import CaseCommand, decode_control
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.topics import CONTROL, partition_of
from tests.builders import an_alert_step
from tests.support.commands import environment_of
from tests.support.slack.signed import SIGNING_SECRET, click_body, signed
from vitals.local.embedded import free_port

KEY = "0123456789abcdef"
STEP = an_alert_step(as_of_ms=4_000_000_000_000)
RULES = """
[alerts]
name = "mine"

[rules.tier]
kind = "tier"
severities = { red = "critical" }

[routes.team]
to = ["app"]

[sinks.app]
kind = "slack_app"
token_secret = "VITALS_SECRET_BOT"
signing_secret = "VITALS_SECRET_SIGNING"
channel = "C012AB3CD"
"""


@asynccontextmanager
async def interactions(
    settings: Settings, folder: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    (folder / "alerts.toml").write_text(RULES)
    own = msgspec.structs.replace(settings, alerts=str(folder / "alerts.toml"), interactions_port=free_port())
    secrets = {"VITALS_SECRET_SIGNING": SIGNING_SECRET, "VITALS_SECRET_BOT": "xoxb", "VITALS_SECRET_LINKS": KEY}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vitals", "interactions"),
        env={**environment_of(own), **secrets},
        stderr=asyncio.subprocess.PIPE,
    )
    base = f"http://127.0.0.1:{own.interactions_port}"
    try:
        async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=20) as client:
            for _ in range(1_200):
                try:
                    await client.get("/")
                    break
                except httpx.ConnectError:
                    assert process.returncode is None, (await process.communicate())[1]
                    await asyncio.sleep(0.05)
            yield client, process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def commands(settings: Settings, count: int) -> list[CaseCommand]:
    """The first commands on acme's partition."""
    partition = TopicPartition(settings.topic(CONTROL), partition_of(b"acme", settings.partitions))
    consumer = new_consumer(settings, "test")
    await consumer.start()
    try:
        consumer.assign([partition])
        consumer.seek(partition, 0)
        found: list[CaseCommand] = []
        async with asyncio.timeout(60):
            while len(found) < count:
                control = decode_control((await consumer.getone()).value)
                assert isinstance(control, CaseCommand)
                found.append(control)
        return found
    finally:
        await consumer.stop()


async def test_a_click_and_a_form_are_commands_in_the_accounts_partition(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    async with interactions(settings, tmp_path) as (client, process):
        body = click_body(STEP)
        assert (await client.post("/slack/interactivity", content=body, headers=signed(body))).status_code == 200
        assert (await client.post("/slack/interactivity", content=body)).status_code == 401
        link = f"/cases/{CaseTokens([KEY]).token(ref_of(STEP), STEP.as_of_ms + DAY_MS)}"
        assert "acme" in (await client.get(link)).text
        assert (await client.post(link, data={"action": "acknowledge", "name": "Bo"})).status_code == 409
        assert (await client.post(link, data={"action": "resolve", "name": "Bo"})).status_code == 303
        got = await commands(settings, 2)
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
    assert [(command.command, command.author, command.rule) for command in got] == [
        ("acknowledge", "ann (U024BE7LH)", "tier"),
        ("resolve", "Bo (link)", "tier"),
    ]
    assert process.returncode == 0, log
    assert SIGNING_SECRET not in log.decode()
    assert KEY not in log.decode()


def test_without_a_way_in_the_process_says_what_to_set(settings: Settings) -> None:
    environment = {**environment_of(settings), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", "vitals", "interactions"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "VITALS_SECRET_LINKS is not set" in done.stderr
