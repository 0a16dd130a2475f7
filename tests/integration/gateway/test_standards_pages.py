"""The pages on Standard Webhooks, CloudEvents and any JSON, tried word by word against a gateway with their files."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.deployment.settings import Settings
from tests.docs.test_connect_pages import CONNECT, files
from tests.support.commands import environment_of
from tests.support.gateway.running import RunningGateway, a_gateway

SECRETS = {
    "VITALS_SECRET_PLATFORM": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "VITALS_SECRET_SHOP": "k-1",
    "VITALS_SECRET_ERP": "erp-secret",
}
SHOWN = {"standard-webhooks": "1 taken", "cloudevents": "1 taken", "generic": "0 taken, 1 waiting for an alias"}


def to_try(page: str) -> str:
    """The script under the last heading of a page."""
    return (CONNECT / f"{page}.md").read_text("utf-8").partition("\n## Try it\n")[2].split("```")[1]


async def run(gateway: RunningGateway, script: str, folder: Path) -> str:
    """What a script prints, run as a person would with `vitals` installed."""
    running = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", script),
        cwd=folder,
        env={
            **environment_of(gateway.settings),
            **SECRETS,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(running.communicate(), 60)
    return f"{printed.decode()}exit {running.returncode}"


@pytest.mark.parametrize("page", list(SHOWN))
async def test_what_a_page_says_to_send_is_answered(page: str, settings: Settings, tmp_path: Path) -> None:
    (text,) = files(f"{page}.md")
    topic = f"{settings.topic_prefix}orders.events"
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    async with a_gateway(settings, tmp_path, text.replace('"orders.events"', f'"{topic}"'), SECRETS) as gateway:
        for _ in range(2):  # a second time counts nothing twice, and is answered alike
            printed = await run(gateway, to_try(page), tmp_path)
            assert SHOWN[page] in printed, printed
            assert printed.endswith("exit 0"), printed
        if page == "cloudevents":
            asked = await gateway.client.options("/in/shop", headers={"WebHook-Request-Origin": "x.example"})
            assert (asked.status_code, asked.headers["webhook-allowed-origin"]) == (200, "x.example")
