"""Bytewax, stateful with recovery: a counter an account, a snapshot of changed keys in SQLite once a second.

One worker. The recovery store is on local disk and holds the offsets too; nothing is committed to Kafka.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.testing import run_main

from bench.peers.meter import Meter
from bench.peers.topics import Task, task_from_arguments

_EPOCH = timedelta(seconds=1)
_Counted = tuple[str, int]


class _Counting(StatelessSinkPartition[_Counted]):  # type: ignore[misc]  # it may not be installed
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def write_batch(self, items: list[_Counted]) -> None:
        if self._meter.add(len(items)):
            os._exit(0)


class _Sink(DynamicSink[_Counted]):  # type: ignore[misc]
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Counting:
        return _Counting(self._meter)


def main(task: Task) -> None:
    """Read the log once; the process ends with it."""
    flow = Dataflow("bench")
    messages = op.input("events", flow, KafkaSource([task.address], task.topics, tail=True))
    counted = op.stateful_map("count", op.map("decode", messages, _decoded), _count)
    op.output("measure", counted, _Sink(Meter(task.events, task.broker_pid)))
    with tempfile.TemporaryDirectory(prefix="vitals-bytewax-") as directory:
        init_db_dir(Path(directory), 1)
        run_main(flow, epoch_interval=_EPOCH, recovery_config=RecoveryConfig(Path(directory)))


def _decoded(message: KafkaSourceMessage) -> tuple[str, dict[str, Any]]:
    event = orjson.loads(message.value)
    return event["account_id"], event


def _count(state: int | None, event: dict[str, Any]) -> tuple[int, int]:
    counted = (state or 0) + 1
    return counted, counted


if __name__ == "__main__":
    main(task_from_arguments())
