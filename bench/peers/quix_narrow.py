"""Quix Streams with the narrow job: RocksDB state with its changelog in Kafka, a checkpoint a second.

`ADDRESS PREFIX EVENTS BROKER_PID GUARANTEE`, the last at-least-once or exactly-once. Head and tiles are keys of the
account's state, as bytes; scores go through the application's own producer, so that they are in its transaction.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from typing import Any, NamedTuple

import msgspec
from quixstreams import Application, State, message_context

from bench.peers.meter import Meter
from bench.peers.narrow_job import Head, Tile, hour_now, take
from bench.peers.quix_events import BUFFER_MESSAGES, COMMIT_SECONDS, events_of
from bench.peers.topics import Task, task_from_arguments

_ANSWER_SECONDS = 1.0
_HEAD = "head"
_read_head = msgspec.msgpack.Decoder(Head).decode
_read_tile = msgspec.msgpack.Decoder(Tile).decode
_write = msgspec.msgpack.Encoder().encode


class _StateTiles(NamedTuple):
    state: State

    def get(self, day: int) -> Tile | None:
        kept = self.state.get_bytes(f"tile-{day}")
        return None if kept is None else _read_tile(kept)

    def put(self, day: int, tile: Tile) -> None:
        self.state.set_bytes(f"tile-{day}", _write(tile))

    def delete(self, day: int) -> None:
        self.state.delete(f"tile-{day}")


class _Scoring:
    """The job on the state of one account after another; answers what has changed once a second, else nothing."""

    def __init__(self) -> None:
        self._changed: dict[str, float] = {}
        self._answered = time.monotonic()

    def __call__(self, event: dict[str, Any], state: State) -> list[dict[str, Any]]:
        kept, now = state.get_bytes(_HEAD), hour_now()
        head = Head(now) if kept is None else _read_head(kept)
        take(head, _StateTiles(state), message_context().topic, event, now)
        state.set_bytes(_HEAD, _write(head))
        self._changed[event["account_id"]] = head.score
        if time.monotonic() - self._answered < _ANSWER_SECONDS:
            return []
        answers = [{"account_id": name, "value": value} for name, value in self._changed.items()]
        self._answered = time.monotonic()
        self._changed.clear()
        return answers


def main(task: Task) -> None:
    """Read the log once; the process ends with it."""
    (guarantee,) = task.options
    meter = Meter(task.events, task.broker_pid)
    with tempfile.TemporaryDirectory(prefix="vitals-quix-") as directory:
        application = Application(
            broker_address=task.address,
            consumer_group=f"{task.prefix}quix-{secrets.token_hex(4)}",
            auto_offset_reset="earliest",
            commit_interval=COMMIT_SECONDS,
            state_dir=directory,
            max_partition_buffer_size=BUFFER_MESSAGES,
            producer_extra_config={"acks": "all"},
            processing_guarantee=guarantee,
            loglevel="ERROR",
        )
        scoring = _Scoring()

        def score(event: dict[str, Any], state: State) -> list[dict[str, Any]]:
            answers = scoring(event, state)
            if meter.add():
                application.stop()
            return answers

        scores = application.topic(task.scores, key_serializer="str", value_serializer="json")
        answers = events_of(application, task).apply(score, stateful=True, expand=True)
        answers.to_topic(scores, key=lambda answer: answer["account_id"])
        application.run()


if __name__ == "__main__":
    main(task_from_arguments())
    os._exit(0)
