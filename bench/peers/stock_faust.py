"""Stock Faust: one agent a topic, one table, `table[account] += 1` for each event. `ADDRESS PREFIX EVENTS`.

It counts and does nothing else, keeps its table in memory with its changelog in Kafka, and commits as Faust does by
default. One worker, four agents in it.
"""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

import faust

from bench.peers.result import Stopwatch
from bench.setup import PARTITIONS
from streams.settings import INPUT_TOPICS


def new_app(address: str, prefix: str, events: int) -> Any:
    """The app; its process ends when `events` are counted, the first not among them."""
    app = faust.App(
        f"{prefix}faust-{secrets.token_hex(4)}",
        broker=f"kafka://{address}",
        store="memory://",
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        broker_session_timeout=10,  # as the worker's; the embedded broker has whoever joins wait for half of it
        broker_rebalance_timeout=10,
        broker_heartbeat_interval=3,
        web_enabled=False,
    )
    counts = app.Table("counts", default=int, key_type=str, value_type=int, partitions=PARTITIONS)
    done = 0
    stopwatch: Stopwatch | None = None

    async def count(stream: Any) -> None:
        nonlocal done, stopwatch
        async for event in stream:
            counts[event["account_id"]] += 1
            if stopwatch is None:
                stopwatch = Stopwatch()
                continue
            done += 1
            if done == events:
                stopwatch.tell(done)
                os._exit(0)

    for name in INPUT_TOPICS:
        topic = app.topic(prefix + name, key_type=bytes, key_serializer="raw", value_serializer="json")
        app.agent(topic, name=f"count-{name}")(count)
    return app


if __name__ == "__main__":
    address, prefix, events = sys.argv[1:]
    faust.Worker(new_app(address, prefix, int(events)), loglevel="WARNING").execute_from_commandline()
