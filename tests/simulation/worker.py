"""One worker process: the real session, engine and writer, with a modelled network and group around them.

What Faust and the client do is modelled here: when the group is joined, what a fetch brings, where a seek leads. All
decisions are the session's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from functools import cache
from typing import NamedTuple, NoReturn

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.changelog.records import keep_greatest, note_overtaken
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.engine.partition.partition import Partition
from streams.engine.ports import FlushWriter, Place, Ports, Restored
from streams.engine.session import Session
from streams.message import Message
from streams.operations.metrics import WorkerMetrics
from streams.topics import TOPICS
from streams.worker import flush_writer as writer_module
from streams.worker.event_loop import AsyncioTasks
from tests.batches import batches_of
from tests.simulation.broker import Brokers, Group
from tests.simulation.clock import ModelClock, WorkerClock
from tests.simulation.network import Network, Request

WriterMaker = Callable[[Settings], FlushWriter]
Pairs = list[tuple[bytes, bytes | None]]
OUR_OWN_MISTAKES = (AssertionError, TypeError, AttributeError, LookupError, ValueError)


class Ended(BaseException):
    """The process is over. No `except Exception` holds it up, as none holds up `os._exit`."""


class Surroundings(NamedTuple):
    """What all processes share."""

    settings: Settings
    plan: Plan
    policy: Policy
    brokers: Brokers
    network: Network
    group: Group
    clock: ModelClock
    tell: Callable[[str], None]
    new_writer: WriterMaker
    new_session: Callable[[Settings, Plan, Ports], Session]
    uses_kernel: bool


class Fetched(NamedTuple):
    """What a fetch brought of one input, and where the next one begins."""

    place: Place
    messages: Sequence[Message]
    position: int
    end: int


class Reading:
    """The changelogs that a restore reads, step by step."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.pairs: dict[int, Pairs] = {number: [] for number in numbers}
        self.offsets = dict.fromkeys(numbers, 0)
        self.is_done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def step(self, brokers: Brokers, topic: str, most: int) -> None:
        """Read up to so many records of each."""
        is_at_end = True
        for number, pairs in self.pairs.items():
            stored = brokers.read((topic, number), self.offsets[number], most)
            pairs.extend((each.key or b"", each.value) for each in stored)
            self.offsets[number] = stored[-1].offset + 1 if stored else brokers.ends[topic, number]
            is_at_end = is_at_end and self.offsets[number] >= brokers.ends[topic, number]
        if is_at_end and not self.is_done.done():
            self.is_done.set_result(None)


@cache
def metrics() -> WorkerMetrics:
    """One for all: making one takes longer than a run."""
    return WorkerMetrics()


class Worker(AsyncioTasks):
    """A process, and its session's ports. `is_paused`: stopped by a signal, or starved.

    `joined_generation` is the coordinator's, `generation` the one that the process has heard of: another thread tells.
    """

    def __init__(self, name: str, around: Surroundings) -> None:
        self.name = name
        self.is_alive = True
        self.is_paused = False
        self.is_buried = False
        self.was_replaced = False
        """Whether the group went on without it while it stood still, and it has not joined again."""
        self.offered: tuple[int, list[int]] | None = None
        self.joined_generation = self.generation = -1
        self._rewritten = -1
        """The generation for which it has looked for records of replaced workers."""
        self.flow_is_on = False
        self.is_to_restore = self.is_restored = False
        self.revoking: asyncio.Task[None] | None = None
        self.readings: list[Reading] = []
        self.fetched: list[Fetched] = []
        self.held_back: list[tuple[asyncio.Future[object], object]] = []
        """Answers that came while it stood still."""
        self.clock = WorkerClock(around.clock)
        self._around = around
        self._assigned: list[int] = []
        self._positions: dict[Place, int] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._restoring: asyncio.Task[None] | None = None
        self._errors: list[BaseException] = []
        writer = around.new_writer(around.settings)
        around.network.made.pop().owner = name
        self.session = around.new_session(
            around.settings,
            around.plan,
            Ports(
                clock=self.clock,
                tasks=self,
                group=self,
                changelog=self,
                writer=writer,
                cluster=self,
                gaps=self,
                exit=self,
                metrics=metrics(),
            ),
        )

        around.network.objections[name] = self._objection

    @property
    def partitions(self) -> list[int]:
        return self._assigned

    def _objection(self) -> str:
        """Why outputs may not be sent now."""
        if self.was_replaced:
            return "it was replaced while it stood still"
        return "it owns nothing" if self.session.positions is None else ""

    def raise_errors(self) -> None:
        """Raise what went wrong in our own code, if anything did."""
        for error in self._errors:
            raise error

    # --- the end

    def end(self, why: str) -> None:
        """The process is over at once: no commit, no goodbye."""
        if self.is_alive:
            self._around.tell(f"{self.name} ends: {why}")
            self.is_alive = False
            for task in self._tasks:
                task.cancel()

    def crash(self, why: str, error: BaseException | None = None) -> NoReturn:
        """`Exit.crash`."""
        self.end(f"{why}: {error!r}" if error is not None else why)
        if isinstance(error, OUR_OWN_MISTAKES):
            raise error
        raise Ended(why)

    def abort(self, text: str) -> NoReturn:
        """`Exit.abort`."""
        self.end(text)
        raise Ended(text)

    def abort_recreated(self, topic: str, *, is_state: bool) -> NoReturn:
        """`Exit.abort_recreated`."""
        self.abort("the state is gone" if is_state else f"{topic} was recreated")

    # --- reading and applying

    def fetch(self, partition: int, most: Mapping[str, int], back: int = 0) -> None:
        """Fetch from a partition of the topics named, up to so many messages each, `back` of which were read before.

        What comes waits in `fetched` until it is fed; one fetch is under way at a time.
        """
        if not self.flow_is_on or partition not in self._assigned:
            return
        brokers = self._around.brokers
        for topic, number in most.items():
            if self.session.engine.is_full(topic, partition):
                continue
            place = (self._around.settings.topic(topic), partition)
            position = self._positions[place]
            messages = brokers.read(place, max(0, position - back), number + back)
            if any(message.offset >= position for message in messages):
                brokers.note_read(place, messages[-1].offset)
                self._positions[place] = messages[-1].offset + 1
            elif not brokers.read(place, position, 1):
                self._positions[place] = brokers.ends[place]  # the rest was deleted
            self.fetched.append(Fetched((topic, partition), messages, self._positions[place], brokers.ends[place]))

    def feed(self) -> None:
        """What was fetched comes in."""
        fetched, self.fetched = self.fetched, []
        if self.flow_is_on:
            for place, messages, position, end in fetched:
                self.session.feed(place, batches_of(messages, each=2), position=position, end=end)

    def check_truncation(self) -> None:
        """Ask for the ends of logs that look short."""
        self._start(self.session.check_truncation())

    def keep_time(self) -> None:
        """The task that beats."""
        self._guarded(self.session.check_alive)
        self.session.engine.ask_for_norm()

    def passed(self, place: Place, expected: int, found: int) -> None:
        """`Gaps.passed`."""

    def seek(self) -> None:
        """`Gaps.seek`."""

    # --- flushing

    def start_flush(self) -> None:
        """Flush, as the timer does."""
        self._start(self.session.flush())

    def start_flush_of_transitions(self) -> None:
        """Flush, as every transition and control message does."""
        self._start(self.session.flush(transitions_only=True))

    def is_assigned(self, place: Place) -> bool:
        """`Group.is_assigned`."""
        return place[1] in self._assigned

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        """`Group.commit`."""
        assert all(map(self.is_assigned, offsets)), "what is not assigned must not be committed"
        if generation != self.joined_generation:
            return False
        around = self._around
        named = {(around.settings.topic(topic), partition): next_ for (topic, partition), next_ in offsets.items()}
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        around.network.send(
            Request(self.name, None, (), future, lambda: around.group.commit(self, generation, named)),
        )
        return bool(await future)

    async def pause(self, seconds: float) -> None:
        """`Tasks.pause`. A process that stands still does not go on."""
        await super().pause(0)
        while self.is_paused:
            await super().pause(0)

    # --- rebalances

    def beat(self, *, is_hurried: bool = False) -> None:
        """The heartbeat tells of a rebalance, or of having been removed: flush, then join.

        With `is_hurried` the client joins while a flush is under way, and the session does not hear of it.
        """
        if not self.is_alive or self.revoking is not None:
            return
        self.flow_is_on = False
        if is_hurried:
            self._around.tell(f"{self.name} joins without its last flush")
            self._around.group.join(self)
        else:
            self.revoking = self._start(self._revoke())

    async def _revoke(self) -> None:
        await self.session.flush()
        self.session.revoked()
        self.revoking = None
        if self.is_alive:
            self._around.group.join(self)

    def accept(self) -> None:
        """The client takes the assignment that the group offers; the process has not heard of it yet."""
        assert self.offered is not None
        (self.joined_generation, self._assigned), self.offered = self.offered, None
        committed = self._around.group.committed
        places = [(self._around.settings.topic(topic), number) for topic in TOPICS for number in self._assigned]
        self._positions = {place: committed.get(place, 0) for place in places}

    def hear(self) -> None:
        """The process hears of it."""
        self.generation = self.joined_generation
        self.is_to_restore, self.is_restored, self.was_replaced = True, False, False

    def start_restore(self, *, is_cancelled: bool) -> None:
        """It restores. With `is_cancelled` an earlier restore that still runs does not go on."""
        self.is_to_restore = False
        self.flow_is_on = True  # as Faust has it; what is fetched before the seek is of no use
        if is_cancelled and self._restoring is not None:
            self._restoring.cancel()
            self.readings.clear()
        self._restoring = self._start(self._restore())

    async def _restore(self) -> None:
        generation = self.generation
        if await self.session.assigned(list(self._assigned), generation):
            self.is_restored = True

    async def restore(self, numbers: Sequence[int], generation: int) -> Restored:
        """`Changelog.restore`."""
        reading = Reading(numbers)
        self.readings.append(reading)
        await reading.is_done
        around = self._around
        partitions = []
        for number, pairs in reading.pairs.items():
            partition = new_partition(
                number, around.settings, around.plan, generation, around.policy, uses_kernel=around.uses_kernel
            )
            kept: dict[bytes, bytes] = {}
            overtaken: set[bytes] = set()
            keep_greatest(kept, pairs, overtaken)
            partition.restore_kept(kept, overtaken)
            partition.restored_to = reading.offsets[number]
            partitions.append(partition)
        return Restored(partitions, sum(map(len, reading.pairs.values())))

    def recover(self, reading: Reading, most: int) -> None:
        """Read on in the changelogs, up to so many records each."""
        reading.step(self._around.brokers, self._around.settings.changelog_topic, most)
        if reading.is_done.done():
            self.readings.remove(reading)

    def go_to_committed(self) -> None:
        """The seek that follows a restore."""
        self.is_restored = False
        committed = {}
        for topic in TOPICS:
            for number in self._assigned:
                place = (self._around.settings.topic(topic), number)
                committed[topic, number] = self._positions[place] = self._around.group.committed.get(place, 0)
        self._guarded(lambda: self.session.reset_positions(committed))
        self.flow_is_on = True
        self._around.tell(f"{self.name} owns {sorted(self._assigned)} in generation {self.generation}")

    # --- what the brokers say

    async def check_members(self) -> None:
        """`Cluster.check_members`: all score alike."""

    async def topic_ids(self) -> Mapping[str, str]:
        """`Cluster.topic_ids`."""
        return {topic: self._around.brokers.ids.get(topic, topic) for topic in TOPICS}

    async def log_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """`Cluster.log_ends`."""
        named = {place: (self._around.settings.topic(place[0]), place[1]) for place in places}
        return {place: self._around.brokers.ends[name] for place, name in named.items()}

    async def find_overtaken(self, partitions: Sequence[Partition]) -> Mapping[int, Collection[bytes]]:
        """`Changelog.find_overtaken`."""
        topic = self._around.settings.changelog_topic
        found: dict[int, set[bytes]] = {}
        for partition in partitions:
            stored = self._around.brokers.read((topic, partition.number), partition.restored_to, 1_000_000)
            overtaken = found.setdefault(partition.number, set())
            note_overtaken(overtaken, [(each.key or b"", each.value) for each in stored], partition.epoch)
        return found

    # --- tasks

    async def rewrite_overtaken(self) -> None:
        """As the task that waits for it to be due: once after each assignment.

        A key that no longer exists is answered by a tombstone, which has no rank: asked again, it would be found again.
        """
        if not self.session.is_stale and self.session.generation != self._rewritten:
            self._rewritten = self.session.generation
            await self.session.rewrite_overtaken()

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Ended:
            return

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks[task] = None
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, Ended):
            self._errors.append(error)


def real_writer(settings: Settings) -> FlushWriter:
    """The writer as it is."""
    return writer_module.FlushWriter(settings)
