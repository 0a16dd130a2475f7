"""A flush and the group: who wrote what when the partitions are taken over anew in the middle of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.engine.engine import Engine, new_partition
from streams.engine.flush import Flush
from streams.operations.metrics import WorkerMetrics
from streams.topics import TOPICS
from tests.builders import Message, a_model, usage

PLAN = Plan(a_model({"n": {"kind": "count", "window": "2h"}}))
SETTINGS = Settings(partitions=1)
NOTHING_COMMITTED = {(topic, 0): 0 for topic in TOPICS}


class Writer:
    """Notes what is written; `meanwhile` happens while the changelog is."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.records = self.outputs = 0
        self._meanwhile = meanwhile

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        self.records += len(flushes)
        self._meanwhile()

    async def write_outputs(self, flushes: Sequence[Flush]) -> None:
        self.outputs += len(flushes)


async def flushed(*, taken_over: bool) -> tuple[Writer, list[dict[tuple[str, int], int]]]:
    """What a flush of one event wrote, and what was committed with it."""
    commits: list[dict[tuple[str, int], int]] = []

    async def commit(offsets: Mapping[tuple[str, int], int]) -> bool:
        commits.append(dict(offsets))
        return True

    def take_over() -> None:
        if taken_over:
            engine.own([new_partition(0, SETTINGS, PLAN, epoch=2)])
            engine.read_from(NOTHING_COMMITTED)

    writer = Writer(take_over)
    engine = Engine(SETTINGS, PLAN, writer, WorkerMetrics())
    engine.own([new_partition(0, SETTINGS, PLAN, epoch=1)])
    engine.read_from(NOTHING_COMMITTED)
    now_ms = int(time.time() * 1_000)
    engine.feed("analytics", 0, [Message(0, now_ms, b"acme", usage(at=now_ms).value)], at_end=True)
    for topic in TOPICS[1:]:
        engine.feed(topic, 0, [], at_end=True)
    assert engine.work() == 1
    await engine.flush(commit, lambda: None)
    return writer, commits[1:]


async def test_a_flush_is_told_and_committed() -> None:
    writer, commits = await flushed(taken_over=False)
    assert (writer.records, writer.outputs) == (1, 1)
    assert commits == [{("analytics", 0): 1}]


async def test_what_was_taken_before_a_takeover_is_neither_told_nor_committed_after_it() -> None:
    writer, commits = await flushed(taken_over=True)
    assert (writer.records, writer.outputs) == (1, 0)
    assert commits == []


async def test_before_it_is_known_what_is_committed_nothing_is_written() -> None:
    writer = Writer(lambda: None)
    engine = Engine(SETTINGS, PLAN, writer, WorkerMetrics())
    engine.own([new_partition(0, SETTINGS, PLAN, epoch=1)])

    async def commit(offsets: Mapping[tuple[str, int], int]) -> bool:
        raise AssertionError("nothing may be committed")

    await engine.flush(commit, lambda: None)
    assert writer.records == 0
