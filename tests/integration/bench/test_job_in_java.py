"""The narrow job in Python and in Java: what Quix Streams, Bytewax, Kafka Streams and Flink do in the benchmark."""

from __future__ import annotations

import os
import subprocess

import msgspec
import pytest

from bench.contenders.jvm import JOB, java
from bench.events import make_events
from bench.peers.narrow_job import Head, Tile, take
from scoring.instants import HOUR_MS, parse_instant
from streams.errors import UserError

UNTIL_MS = parse_instant("2026-11-21T10:00:00Z")


class PackedTiles(dict[int, bytes]):
    """Tiles as bytes, as the rows keep them."""

    def get(self, day: int) -> Tile | None:  # type: ignore[override]
        return msgspec.msgpack.decode(self[day], type=Tile) if day in self else None

    def put(self, day: int, tile: Tile) -> None:
        self[day] = msgspec.msgpack.encode(tile)

    def delete(self, day: int) -> None:
        self.pop(day, None)


@pytest.fixture
def command() -> list[str]:
    try:
        return java(JOB, "job.Replay", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    except UserError as error:
        if os.environ.get("VITALS_REQUIRE_KAFKA") == "1":
            pytest.fail(f"VITALS_REQUIRE_KAFKA=1, and the job in Java cannot be had: {error}")
        pytest.skip(f"no job in Java: {error}")


def test_both_have_the_same_score_to_the_last_bit_after_each_event(command: list[str]) -> None:
    lines, expected = [], []
    heads: dict[str, tuple[Head, PackedTiles]] = {}
    for number, sent in enumerate(make_events(6_000, 30, UNTIL_MS, span_ms=60 * 24 * HOUR_MS)):
        # By the event's hour, mostly: windows move; some events are days late, and some come from the hours ahead.
        hour = sent.occurred_at_ms // HOUR_MS + (0, 0, 0, 200, -3)[number % 5]
        event = msgspec.json.decode(sent.value)
        head, tiles = heads.setdefault(event["account_id"], (Head(hour), PackedTiles()))
        take(head, tiles, f"p-{sent.topic}", event, hour)
        lines.append(f"{hour} p-{sent.topic} {sent.value.decode()}")
        expected.append(head.score)
    answer = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True, timeout=60)
    assert [float(line) for line in answer.stdout.split()] == expected
    assert len(set(expected)) > 1_000
