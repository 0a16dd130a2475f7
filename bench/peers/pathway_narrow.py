"""Pathway with the narrow job: a stateful reducer by account, minibatches of a second, its inputs kept on local disk.

One worker. Without a licence key it keeps what it has read, not its state: after a crash all is computed again. Head
and tiles are an account's state, as bytes; a minibatch sends each changed account's score.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from typing import Any

import msgspec
import pathway as pw

from bench.peers.meter import Meter
from bench.peers.narrow_job import Head, Tile, hour_now, take
from bench.peers.topics import Task, task_from_arguments

_EVERY_MS = 1_000
_State = tuple[bytes, float]
_Rows = list[tuple[list[Any], int]]


class _DictTiles(dict[int, Tile]):
    def put(self, day: int, tile: Tile) -> None:
        self[day] = tile

    def delete(self, day: int) -> None:
        self.pop(day, None)


class _Event(pw.Schema):  # type: ignore[misc]  # it may not be installed
    account_id: str
    event: str
    timestamp: str
    seats: int = pw.column_definition(default_value=0)
    mrr: float = pw.column_definition(default_value=0.0)
    nps: int = pw.column_definition(default_value=0)


_PROPERTIES = ("seats", "mrr", "nps")
_read = msgspec.msgpack.Decoder(tuple[Head, dict[int, Tile]]).decode
_write = msgspec.msgpack.Encoder().encode


def main(task: Task) -> None:
    """Read the log once; the process ends with it."""
    meter = Meter(task.events, task.broker_pid)

    def score(state: _State | None, rows: _Rows) -> _State:
        taken = _taken(state, rows)
        if meter.add(len(rows)):
            os._exit(0)
        return taken

    events = pw.Table.concat_reindex(*(_events(task, name) for name in task.topics))
    row = (events.topic, events.event, events.timestamp, *(events[name] for name in _PROPERTIES))
    states = events.groupby(events.account_id).reduce(events.account_id, state=pw.reducers.stateful_many(score)(*row))
    # Without this a change would be sent as two messages.
    scores = states.select(states.account_id, value=states.state[1]).to_stream()
    scores = scores.select(scores.account_id, scores.value)
    settings = {"bootstrap.servers": task.address, "acks": "all"}
    pw.io.kafka.write(scores, settings, task.scores, format="json", key=scores.account_id)
    with tempfile.TemporaryDirectory(prefix="vitals-pathway-") as directory:
        kept = pw.persistence.Config(pw.persistence.Backend.filesystem(directory), snapshot_interval_ms=_EVERY_MS)
        pw.run(monitoring_level=pw.MonitoringLevel.NONE, default_logging=False, persistence_config=kept)


def _events(task: Task, topic: str) -> Any:
    settings = {
        "bootstrap.servers": task.address,
        "group.id": f"{task.prefix}pathway-{secrets.token_hex(4)}",
        "auto.offset.reset": "earliest",
    }
    places = {name: f"/properties/{name}" for name in _PROPERTIES}
    table = pw.io.kafka.read(
        settings,
        topic=topic,
        schema=_Event,
        format="json",
        json_field_paths=places,
        autocommit_duration_ms=_EVERY_MS,
        name=topic,
    )
    return table.with_columns(topic=topic)


def _taken(state: _State | None, rows: _Rows) -> _State:
    """An account's state after one minibatch, whose rows come in no order."""
    now = hour_now()
    rows.sort(key=_at)
    head, tiles = (Head(now), _DictTiles()) if state is None else _unpacked(state[0])
    for (topic, name, timestamp, *properties), _ in rows:
        event = {"event": name, "timestamp": timestamp, "properties": dict(zip(_PROPERTIES, properties, strict=True))}
        take(head, tiles, topic, event, now)
    return _write((head, tiles)), head.score


def _at(row: tuple[list[Any], int]) -> str:
    timestamp: str = row[0][2]
    return timestamp


def _unpacked(state: bytes) -> tuple[Head, _DictTiles]:
    head, tiles = _read(state)
    return head, _DictTiles(tiles)


if __name__ == "__main__":
    main(task_from_arguments())
