"""`python -m bench.digest`: put steps on `alerts`, have one lane on one core deliver them to a local receiver, twice.

Once as a digest that is due when all were put there, once through a storm of more than 20 in 10 minutes that is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from typing import Annotated, Any

import msgspec
import typer
from aiokafka import AIOKafkaProducer

from alerts.step import AlertStep
from bench.fixture import ROOT
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import ALERTS
from tests.builders import an_alert_step
from tests.support.kafka.broker import SessionBroker
from vitals.local.embedded import start_redis

MODES = ("digest", "storm")


def main(
    steps: Annotated[int, typer.Option(help="How many told steps.")] = 100_000,
    accounts: Annotated[int, typer.Option(help="Of how many accounts.")] = 20_000,
) -> None:
    """Print a line for each mode: seconds, CPU seconds, peak memory, messages, bytes that the receiver got."""
    broker = SessionBroker(os.environ, is_measured=True)
    try:
        running = broker.running()
        print(running.name)
        for mode in MODES:
            with start_redis() as redis:
                prefix = f"digest-{uuid.uuid4().hex[:6]}."
                settings = Settings(kafka=running.address, redis=redis.address, topic_prefix=prefix, partitions=4)
                print(mode, json.dumps(asyncio.run(_measure(settings, mode, steps, accounts))))
    finally:
        broker.close()


async def _measure(settings: Settings, mode: str, steps: int, accounts: int) -> dict[str, Any]:
    await ensure_topics(settings, "notifier")
    size = await _put(settings, steps, accounts)
    received: list[int] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                received.append(length)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    command = [sys.executable, "-m", "bench.digest.lane", mode, str(steps), f"http://127.0.0.1:{port}/"]
    async with server:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=os.environ | settings.environment(), stdout=subprocess.PIPE
        )
        out, _ = await child.communicate()
    found: dict[str, Any] = json.loads(out)
    return found | {"messages": len(received), "received_bytes": sum(received), "bytes_a_step": size}


async def _put(settings: Settings, steps: int, accounts: int) -> int:
    """Send the steps, and return the bytes of one."""
    sample, value = an_alert_step(), b""
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=20) as producer:
        sends = []
        for number in range(steps):
            step: AlertStep = msgspec.structs.replace(
                sample,
                id=f"{number:032x}",
                account_id=f"account-{number % accounts:05}",
                sequence=number // accounts + 1,
                mrr=float(number * 7_919 % 10_000),
            )
            value = msgspec.json.encode(step)
            sends.append(await producer.send(settings.topic(ALERTS), value, key=step.account_id.encode()))
        await asyncio.gather(*sends)
    return len(value)


if __name__ == "__main__":
    typer.run(main)
