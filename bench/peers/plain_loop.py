"""What one writes first: aiokafka, a dict, `counts[account] += 1`, and a commit of the offsets once a second.

Nothing is durable: a restart counts from zero where it had committed.
"""

from __future__ import annotations

import asyncio
import secrets
import time

import orjson
from aiokafka import AIOKafkaConsumer

from bench.peers.meter import Meter
from bench.peers.topics import Task, task_from_arguments

_COMMIT_SECONDS = 1.0


async def run(task: Task) -> None:
    """Read the log once, as a group of its own."""
    meter = Meter(task.events, task.broker_pid)
    consumer = AIOKafkaConsumer(
        *task.topics,
        bootstrap_servers=task.address,
        group_id=f"{task.prefix}loop-{secrets.token_hex(4)}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    counts: dict[str, int] = {}
    await consumer.start()
    try:
        committed = time.monotonic()
        while not meter.is_done:
            batches = await consumer.getmany(timeout_ms=1_000)
            for messages in batches.values():
                for message in messages:
                    account = orjson.loads(message.value)["account_id"]
                    counts[account] = counts.get(account, 0) + 1
                if meter.add(len(messages)):
                    break
            if time.monotonic() - committed >= _COMMIT_SECONDS:
                await consumer.commit()
                committed = time.monotonic()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(run(task_from_arguments()))
