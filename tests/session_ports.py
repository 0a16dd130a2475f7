"""A session's surroundings in which nothing goes wrong by itself: for tests and benchmarks of the real session."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NoReturn

from scoring.plan.plan import Plan
from streams.engine.engine import new_partition
from streams.engine.flush import Flush
from streams.engine.partition.partition import Partition
from streams.engine.ports import EngineOptions, FlushWriter, Place, Ports, Restored
from streams.operations.metrics import WorkerMetrics
from streams.worker.event_loop import AsyncioTasks


class Ended(BaseException):
    """The process would be over, with these last words."""


class SteadyPorts:
    """Every port of a session but its writer. Mutable: a test sets what the next call is to find."""

    def __init__(self, options: EngineOptions, plan: Plan) -> None:
        self.generation = 1
        self.seconds = 0.0
        """Added to the monotonic clock."""
        self.commits: list[dict[Place, int]] = []
        self.gaps: list[tuple[Place, int, int]] = []
        self.ids: dict[str, str] = {}
        self.ends: dict[Place, int] = {}
        self.unassigned: set[Place] = set()
        self.accepts_commits = True
        self.while_restoring: Callable[[], object] = lambda: None
        self.make_partition: Callable[[int, int], Partition] = lambda number, generation: new_partition(
            number, options, plan, generation
        )

    def with_writer(self, writer: FlushWriter) -> Ports:
        """All ports."""
        return Ports(
            clock=self,
            tasks=AsyncioTasks(),
            group=self,
            changelog=self,
            writer=writer,
            cluster=self,
            gaps=self,
            exit=self,
            metrics=WorkerMetrics(),
        )

    # Clock

    def now_ms(self) -> int:
        return int(time.time() * 1_000)

    def monotonic(self) -> float:
        return time.monotonic() + self.seconds

    # Group

    def is_assigned(self, place: Place) -> bool:
        return place not in self.unassigned

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        if not self.accepts_commits or generation != self.generation:
            return False
        self.commits.append(dict(offsets))
        return True

    # Changelog

    async def restore(self, numbers: Sequence[int], generation: int) -> Restored:
        self.while_restoring()
        return Restored([self.make_partition(number, generation) for number in numbers], 0)

    async def find_overtaken(self, partitions: Sequence[Partition]) -> Mapping[int, Collection[bytes]]:
        return {}

    # Cluster

    async def check_members(self) -> None: ...

    async def topic_ids(self) -> Mapping[str, str]:
        return self.ids

    async def log_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        return {place: self.ends[place] for place in places if place in self.ends}

    # Gaps

    def passed(self, place: Place, expected: int, found: int) -> None:
        if found > expected:
            self.gaps.append((place, expected, found))

    def seek(self) -> None: ...

    # Exit

    def crash(self, why: str, error: BaseException | None = None) -> NoReturn:
        raise Ended(why) from error

    def abort(self, text: str) -> NoReturn:
        raise Ended(text)

    def abort_recreated(self, topic: str, *, is_state: bool) -> NoReturn:
        raise Ended("the state is gone" if is_state else f"{topic} was recreated")


class CountingWriter:
    """Counts what is written; `meanwhile` happens while the changelog is."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.records = self.outputs = 0
        self.meanwhile = meanwhile

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        self.records += len(flushes)
        self.meanwhile()

    async def write_outputs(self, flushes: Sequence[Flush]) -> None:
        self.outputs += len(flushes)
