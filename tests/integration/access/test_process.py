"""`vitals dashboard` as a process on a real broker and Redis: keys by command, links, slow clients, its end."""

from __future__ import annotations

import asyncio
import json
import socket
import time

import httpx
import msgspec
import pytest

from dashboard.process import LOCAL_WORDS
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from tests.support.commands import Command, run_command, running
from tests.support.kafka.topic import until
from vitals.local.embedded import free_port

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 60.0
BY = ("--author", "ann")


async def answers(url: str) -> None:
    """Return once the dashboard answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    await client.get(f"{url}/shares")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    return


async def test_a_dashboard_from_its_start_to_its_end(settings: Settings) -> None:
    settings = msgspec.structs.replace(
        settings, dashboard="local", dashboard_port=free_port(), metrics_port=free_port(), metrics_host="127.0.0.1"
    )
    await ensure_topics(settings, "topics")
    made = json.loads(run_command(settings, "dashboard", "key", "create", "ci", *BY, "--scope", "read", "--json"))
    url = f"http://127.0.0.1:{settings.dashboard_port}"
    with running(settings, "dashboard") as [process]:
        await answers(url)
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            await _a_key(client, settings, made)
            await _a_link(client)
        await _a_slow_client(settings.dashboard_port)
        await _the_end(process, settings, url)
        log = process.log.read_text()
    assert LOCAL_WORDS in log
    assert made["key"] not in log
    assert "Traceback" not in log
    lines = json.loads(run_command(settings, "dashboard", "audit", "--json"))
    assert "?" not in run_command(settings, "dashboard", "audit")
    assert [line["act"] for line in lines] == ["key_create", "key_revoke", "share_create", "share_revoke", "share_view"]
    assert {line["outcome"] for line in lines} == {"done"}


async def _a_key(client: httpx.AsyncClient, settings: Settings, made: dict[str, str]) -> None:
    """It was made before the dashboard began, and is revoked while it runs."""
    headers = {"authorization": f"Bearer {made['key']}"}
    assert (await client.get("/shares", headers=headers)).status_code == 200
    listed = json.loads(run_command(settings, "dashboard", "key", "list", "--json"))
    assert [(each["id"], each["state"]) for each in listed] == [(made["id"], "open")]
    run_command(settings, "dashboard", "key", "revoke", made["id"], *BY)

    async def is_ended() -> bool:
        return (await client.get("/shares", headers=headers)).status_code == 401

    await until(is_ended, within_seconds=PATIENCE_SECONDS, what="the key still lets somebody in")


async def _a_link(client: httpx.AsyncClient) -> None:
    json_ = {"accept": "application/json"}
    made = (await client.post("/shares", data={"place": "accounts", "days": "1"}, headers=json_)).json()
    assert made["outcome"] == "done", made
    assert (await client.get(made["secret"])).status_code == 200
    assert (await client.post("/shares/revoke", data={"share": made["id"]}, headers=json_)).json()["outcome"] == "done"
    assert (await client.get(made["secret"])).status_code == 404


async def _a_slow_client(port: int) -> None:
    """It sends the head of a form and a byte now and then: it is hung up on or refused, and nobody else waits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /acts/notes HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\ntext=".encode())
    begun, answer = time.monotonic(), b""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not answer:
                writer.write(b"x")
                try:
                    answer = await asyncio.wait_for(reader.read(100), 1.0)
                except TimeoutError:
                    continue
    except ConnectionError:
        answer = b"HTTP/1.1 408"
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert time.monotonic() - begun < 40
    writer.close()


async def _the_end(process: Command, settings: Settings, url: str) -> None:
    """A stream that is open does not keep it: it ends at once, and the lines of links are written."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
        client.stream("GET", f"{url}/api/v1/events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream"), stream.status_code
        metrics = await client.get(f"http://127.0.0.1:{settings.metrics_port}/metrics")
        assert "vitals_dashboard_streams 1.0" in metrics.text
        begun = time.monotonic()
        code = await asyncio.to_thread(process.stop)
    assert code == 0, process.log.read_text()
    assert time.monotonic() - begun < 10
    with socket.socket() as connection:
        assert connection.connect_ex(("127.0.0.1", settings.dashboard_port)) != 0
