"""Stock Faust: one agent a topic, one table, `table[account] += 1` for each event.

It counts and does nothing else, keeps its table in memory with its changelog in Kafka, and commits as Faust does by
default. One worker, four agents in it.
"""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

import faust

from bench.fixture import PARTITIONS
from bench.peers.meter import Meter
from bench.peers.topics import Task, task_from_arguments


def new_app(task: Task) -> Any:
    """The app; its process ends when the events are counted."""
    app = faust.App(
        f"{task.prefix}faust-{secrets.token_hex(4)}",
        broker=f"kafka://{task.address}",
        store="memory://",
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        broker_session_timeout=10,  # as the worker's; the embedded broker has whoever joins wait for half of it
        broker_rebalance_timeout=10,
        broker_heartbeat_interval=3,
        web_enabled=False,
    )
    counts = app.Table("counts", default=int, key_type=str, value_type=int, partitions=PARTITIONS)
    meter = Meter(task.events, task.broker_pid)

    async def count(stream: Any) -> None:
        async for event in stream:
            counts[event["account_id"]] += 1
            if meter.add():
                os._exit(0)

    for name in task.topics:
        topic = app.topic(name, key_type=bytes, key_serializer="raw", value_serializer="json")
        app.agent(topic, name=f"count-{name}")(count)
    return app


if __name__ == "__main__":
    task, sys.argv[1:] = task_from_arguments(), []
    faust.Worker(new_app(task), loglevel="WARNING").execute_from_commandline()
