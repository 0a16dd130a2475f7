"""One worker process: the real engine and writer, and a model of the lane that drives them.

What the lane does in Faust is done here by hand, in the same order: on a rebalance flush, then join; after an
assignment read the changelog, then take over, then go back to what is committed; and nothing but `end` after a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import NamedTuple

from scoring.plan.plan import Plan
from streams.changelog.records import keep_greatest, note_overtaken
from streams.deployment.settings import Settings
from streams.engine.engine import Engine, FlushLog, new_partition
from streams.operations.metrics import WorkerMetrics
from streams.topics import TOPICS
from streams.worker import flush_writer as log_module
from tests.simulation.broker import Brokers, Group, Place
from tests.simulation.network import Network, Request

LogMaker = Callable[[Settings], FlushLog]
Pairs = list[tuple[bytes, bytes | None]]


class Ended(BaseException):
    """The process is over. No `except Exception` holds it up, as none holds up `os._exit`."""


class Surroundings(NamedTuple):
    """What all processes share."""

    settings: Settings
    plan: Plan
    brokers: Brokers
    network: Network
    group: Group
    tell: Callable[[str], None]
    new_log: LogMaker
    new_engine: Callable[[Settings, Plan, FlushLog, WorkerMetrics], Engine]


@cache
def metrics() -> WorkerMetrics:
    """One for all: making one takes longer than a run."""
    return WorkerMetrics()


class Worker:
    """A process. `is_paused`: stopped by a signal, or starved; `was_replaced`: meanwhile the group went on."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.is_alive = True
        self.is_paused = False
        self.was_replaced = False
        self.offered: tuple[int, list[int]] | None = None
        self.generation = -1
        self.flow_is_on = False
        self.revoking: asyncio.Task[None] | None = None
        self.recovering: dict[int, Pairs] | None = None
        self._around = around
        self._taken_over = -1
        self._assigned: list[int] = []
        self._positions: dict[Place, int] = {}
        self._recovered: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self.is_buried = False
        self.held_back: list[tuple[asyncio.Future[object], object]] = []
        """Answers that came while it stood still."""
        log = around.new_log(around.settings)
        around.network.made.pop().owner = name
        self.engine = around.new_engine(around.settings, around.plan, log, metrics())

    @property
    def is_stale(self) -> bool:
        """Whether the group has moved on since the partitions were taken over, as far as the process knows."""
        return self.generation != self._taken_over

    def end(self, why: str) -> None:
        """The process is over at once: no commit, no goodbye."""
        if self.is_alive:
            self._around.tell(f"{self.name} ends: {why}")
            self.is_alive = False
            for task in self._tasks:
                task.cancel()

    # --- reading and applying

    def fetch(self, partition: int, most: Mapping[str, int]) -> None:
        """Fetch from a partition of the topics named, up to so many messages each."""
        if not self.flow_is_on or self.is_stale or partition not in self._assigned:
            return
        for topic, number in most.items():
            if self.engine.is_full(topic, partition):
                continue
            place = (self._around.settings.topic(topic), partition)
            messages = self._around.brokers.read(place, self._positions[place], number)
            if messages:
                self._around.brokers.note_read(place, messages[-1].offset)
                self._positions[place] = messages[-1].offset + 1
            elif not self._around.brokers.read(place, self._positions[place], 1):
                self._positions[place] = self._around.brokers.ends[place]  # the rest was deleted
            reached = self._positions[place]
            at_end = reached >= self._around.brokers.ends[place]
            self.engine.feed(topic, partition, messages, at_end=at_end, reached=reached)

    def work(self) -> int:
        """One round of applying; answers how many messages it was."""
        return self.engine.work() if self.flow_is_on and not self.is_stale else 0

    @property
    def partitions(self) -> list[int]:
        return self._assigned

    # --- flushing

    def start_flush(self) -> None:
        """Flush, as the timer does."""
        if self.is_alive:
            self._start(self.flush())

    def start_flush_of_moved(self) -> None:
        """Flush, as every transition and control message does."""
        if self.is_alive:
            self._start(self.flush(transitions_only=True))

    async def flush(self, *, transitions_only: bool = False) -> None:
        """As `LaneApp.flush`."""
        if self.is_stale or not self.engine.partitions:
            self.engine.wake.clear()
            return
        try:
            await self.engine.flush(self._commit, self._check_alive, transitions_only=transitions_only)
        except Exception as error:
            self.end(f"a flush failed: {error!r}")
            if isinstance(error, AssertionError | TypeError | AttributeError | LookupError | ValueError):
                raise

    async def _commit(self, offsets: Mapping[Place, int]) -> bool:
        """As `LaneConsumer.commit_offsets`."""
        around = self._around
        mine = {
            (around.settings.topic(topic), partition): next_
            for (topic, partition), next_ in offsets.items()
            if partition in self._assigned
        }
        if not mine:
            return False
        generation = self.generation
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        around.network.send(
            Request(self.name, None, (), future, lambda: around.group.commit(self, generation, mine)),
        )
        return bool(await future)

    def _check_alive(self) -> None:
        """As `LaneApp.check_alive`: whoever stood still for so long that others may own its partitions ends."""
        if not self.is_alive:
            raise Ended
        if self.was_replaced:
            self.end("it stood still for too long")
            raise Ended

    def notice(self) -> None:
        """As `LaneApp.keep_time`."""
        if self.was_replaced:
            self.end("it stood still for too long")

    def raise_errors(self) -> None:
        """Raise what went wrong in our own code, if anything did."""
        for error in self._errors:
            raise error

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Ended):
            self._errors.append(error)

    # --- rebalances

    def beat(self) -> None:
        """The heartbeat that tells of a rebalance, or of having been removed: flush, then join."""
        if self.is_alive and self.revoking is None:
            self.flow_is_on = False
            self.recovering = None
            self.revoking = self._start(self._revoke())

    async def _revoke(self) -> None:
        await self.flush()
        self.revoking = None
        if self.is_alive:
            self._around.group.join(self)

    def accept(self) -> None:
        """Take the assignment that the group offers; recovery begins."""
        assert self.offered is not None
        (self.generation, self._assigned), self.offered = self.offered, None
        self.engine.disown()
        self.recovering = {number: [] for number in self._assigned}
        self._recovered = dict.fromkeys(self._assigned, 0)

    def recover(self, most: int) -> None:
        """Read on in the changelogs, up to so many records each; at their ends, take over."""
        assert self.recovering is not None
        brokers, topic = self._around.brokers, self._around.settings.changelog_topic
        is_at_end = True
        for number, pairs in self.recovering.items():
            place = (topic, number)
            stored = brokers.read(place, self._recovered[number], most)
            pairs.extend((each.key or b"", each.value) for each in stored)
            self._recovered[number] = stored[-1].offset + 1 if stored else brokers.ends[place]
            is_at_end = is_at_end and self._recovered[number] >= brokers.ends[place]
        if is_at_end:
            self._take_over(self.recovering)

    def look_back(self) -> None:
        """As `LaneApp.look_back`."""
        topic = self._around.settings.changelog_topic
        for number, partition in self.engine.partitions.items():
            stored = self._around.brokers.read((topic, number), partition.restored_to, 1_000_000)
            overtaken: set[bytes] = set()
            note_overtaken(overtaken, [(each.key or b"", each.value) for each in stored], partition.epoch)
            partition.write_again(overtaken)

    def _take_over(self, recovered: dict[int, Pairs]) -> None:
        around = self._around
        partitions = []
        for number, pairs in recovered.items():
            partition = new_partition(number, around.settings, around.plan, self.generation)
            kept: dict[bytes, bytes] = {}
            overtaken: set[bytes] = set()
            keep_greatest(kept, pairs, overtaken)
            partition.restore_kept(kept, overtaken)
            partition.restored_to = self._recovered[number]
            partitions.append(partition)
        self.recovering, self._positions = None, {}
        self.engine.own(partitions)
        self._taken_over = self.generation
        committed = {}
        for topic in TOPICS:
            for number in recovered:
                place = (around.settings.topic(topic), number)
                committed[topic, number] = self._positions[place] = around.group.committed.get(place, 0)
        self.engine.read_from(committed)
        self.flow_is_on = True
        around.tell(f"{self.name} took over {sorted(recovered)} in generation {self.generation}")


def real_log(settings: Settings) -> FlushLog:
    """The writer as it is."""
    return log_module.Log(settings)
