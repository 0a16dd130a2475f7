"""Quix Streams with state: a counter an account in RocksDB, with its changelog in Kafka, committed once a second.

The four topics are concatenated, so that an account has one counter; each message's value is decoded by its JSON
deserialiser. A checkpoint writes one changelog record for each changed key.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import Any

from quixstreams import Application, State

from bench.peers.meter import Meter
from bench.peers.quix_events import BUFFER_MESSAGES, COMMIT_SECONDS, events_of
from bench.peers.topics import Task, task_from_arguments


def main(task: Task) -> None:
    """Read the log once; the process ends with it."""
    meter = Meter(task.events, task.broker_pid)
    with tempfile.TemporaryDirectory(prefix="vitals-quix-") as directory:
        application = Application(
            broker_address=task.address,
            consumer_group=f"{task.prefix}quix-{secrets.token_hex(4)}",
            auto_offset_reset="earliest",
            commit_interval=COMMIT_SECONDS,
            state_dir=directory,
            max_partition_buffer_size=BUFFER_MESSAGES,
            loglevel="ERROR",
        )

        def count(event: dict[str, Any], state: State) -> int:
            counted: int = state.get("count", 0) + 1
            state.set("count", counted)
            if meter.add():
                application.stop()
            return counted

        events_of(application, task).apply(count, stateful=True)
        application.run()


if __name__ == "__main__":
    main(task_from_arguments())
    os._exit(0)
