"""Bytewax with the narrow job: `stateful_map` with recovery, a snapshot of changed keys in SQLite once a second.

One worker. The recovery store is on local disk and holds the offsets too; nothing but the scores is written to Kafka.
"""

from __future__ import annotations

import os
import tempfile
import time
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
from confluent_kafka import Producer

from bench.peers.meter import Meter
from bench.peers.narrow_job import Head, Tile, hour_now, take
from bench.peers.topics import Task, task_from_arguments

_EPOCH = timedelta(seconds=1)
_ANSWER_SECONDS = 1.0
_Scored = tuple[str, float]


class _DictTiles(dict[int, Tile]):
    def put(self, day: int, tile: Tile) -> None:
        self[day] = tile

    def delete(self, day: int) -> None:
        self.pop(day, None)


_State = tuple[Head, _DictTiles]


class _Answering(StatelessSinkPartition[_Scored]):  # type: ignore[misc]  # it may not be installed
    """Sends what has changed once a second, and waits for the acknowledgements, as Bytewax's own sink does."""

    def __init__(self, task: Task) -> None:
        self._meter = Meter(task.events, task.broker_pid)
        self._producer = Producer({"bootstrap.servers": task.address, "acks": "all"})
        self._topic = task.scores
        self._changed: dict[str, float] = {}
        self._answered = time.monotonic()

    def write_batch(self, items: list[_Scored]) -> None:
        self._changed.update(items)
        if time.monotonic() - self._answered >= _ANSWER_SECONDS:
            self._answer()
        if self._meter.add(len(items)):
            os._exit(0)

    def _answer(self) -> None:
        for name, value in self._changed.items():
            self._producer.produce(self._topic, key=name, value=orjson.dumps({"account_id": name, "value": value}))
            self._producer.poll(0)
        self._producer.flush()
        self._changed.clear()
        self._answered = time.monotonic()


class _Sink(DynamicSink[_Scored]):  # type: ignore[misc]
    def __init__(self, task: Task) -> None:
        self._task = task

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Answering:
        return _Answering(self._task)


def main(task: Task) -> None:
    """Read the log once; the process ends with it."""
    flow = Dataflow("bench")
    messages = op.input("events", flow, KafkaSource([task.address], task.topics, tail=True))
    scored = op.stateful_map("score", op.map("decode", messages, _decoded), _score)
    op.output("answer", scored, _Sink(task))
    with tempfile.TemporaryDirectory(prefix="vitals-bytewax-") as directory:
        init_db_dir(Path(directory), 1)
        run_main(flow, epoch_interval=_EPOCH, recovery_config=RecoveryConfig(Path(directory)))


def _decoded(message: KafkaSourceMessage) -> tuple[str, tuple[str, dict[str, Any]]]:
    event = orjson.loads(message.value)
    return event["account_id"], (message.topic, event)


def _score(state: _State | None, came: tuple[str, dict[str, Any]]) -> tuple[_State, float]:
    topic, event = came
    now = hour_now()
    head, tiles = state or (Head(now), _DictTiles())
    take(head, tiles, topic, event, now)
    return (head, tiles), head.score


if __name__ == "__main__":
    main(task_from_arguments())
