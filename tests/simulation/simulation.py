"""The world of a run: everybody in it, what is sent, what arrives, and what can be done to whom.

What happens next is for `chaos` to draw, and for `rest` once nothing goes wrong any more.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from streams.changelog.records import greatest
from streams.deployment.settings import Settings
from streams.engine.partition import flush_builder, pending_writes, timekeeper
from streams.engine.partition.partition import Partition
from streams.engine.session import Session
from streams.read_model import projector as projector_module
from streams.topics import SCORES, TOPICS
from streams.worker import flush_writer as writer_module
from tests.simulation.broker import COMPACTION_LAG_MS, Brokers, Group, Place
from tests.simulation.clock import ModelClock
from tests.simulation.invariants import Watch
from tests.simulation.network import Network, Record, failed
from tests.simulation.projection import Projection
from tests.simulation.worker import Surroundings, Worker, WriterMaker, real_writer
from tests.simulation.workload import Plot, Sending

BREATHS = 20
"""Turns of the event loop after each action: enough for an answer to get through to whoever awaits it."""
BATCH_BYTES = writer_module.BATCH_MAX_BYTES
SMALL_BATCH_BYTES = (400, 2_000)
EXPIRED_UNREAD = "and nobody had read"


class Faults(NamedTuple):
    """What may go wrong, each as a weight among all that may happen next (a fetch is 30); and how much happens."""

    dies: float = 0.8
    pauses: float = 0.8
    removed: float = 0.8
    rebalances: float = 0.4
    lost: float = 0.01
    """The share of requests that never arrive; as many arrive, and their acknowledgement does not."""
    doubled: float = 0.02
    compaction: float = 0.8
    day: float = 0.4
    read_model: float = 0.6
    retention: float = 0.4
    hurried: float = 0.2
    """The share of joins that do not wait for the last flush."""
    reading: float = 12.0
    """How often a restore reads on."""
    slow_fetch: float = 0.1
    """The share of fetches that bring something only after other things have happened."""
    aimed: float = 1.0
    """By how much likelier a process stands still while something that it sent is under way."""
    read_twice: float = 0.1
    """The share of fetches that bring messages again which were read before."""
    torn: bool = False
    """Whether an account's records may come in two batches, as those do that are too long for one."""
    actions: int = 250
    """Things that happen in each epoch before it is left to come to rest."""


NO_FAULTS = Faults(
    dies=0,
    pauses=0,
    removed=0,
    rebalances=0,
    lost=0,
    doubled=0,
    compaction=0,
    day=0,
    read_model=0,
    retention=0,
    hurried=0,
    reading=0,
    slow_fetch=0,
    read_twice=0,
    aimed=0,
    actions=0,
)


SETTLE_MS = (0, 6 * HOUR_MS, DAY_MS)
"""For how long the accounts of a seed are not told of."""


TURN_ACCOUNTS, PART_ACCOUNTS, CHANGED_MAX = (1, 2, 100), (250, 1, 3, 2), (25_000, 2)
"""By seed, how much is done in one step: small numbers interrupt what concerns all accounts."""


class PlainlyNamed(Settings, frozen=True, kw_only=True):
    """The settings of a world with one deployment: its topics have their plain names."""

    def topic(self, name: str) -> str:
        return name


class World:
    """Mutable. `new_writer` and `new_session` make what a mutant replaces; `drawn` decides whatever is open."""

    def __init__(
        self,
        plot: Plot,
        faults: Faults,
        tell: Callable[[str], None],
        new_writer: WriterMaker = real_writer,
        new_session: Callable[..., Session] = Session,
        *,
        uses_kernel: bool = True,
    ) -> None:
        self.plot = plot
        self.faults = faults
        self.drawn = random.Random(f"faults {plot.seed}")
        self.clock = ModelClock(plot.start_ms, random.Random(f"clock {plot.seed}"))
        self._tell = tell
        self.settings = PlainlyNamed(
            partitions=plot.partitions,
            clock=plot.clock,
            group="sim",
            merge_wait_ms=2_000,
            settle_ms=SETTLE_MS[plot.seed % len(SETTLE_MS)],
        )
        plan = Plan(plot.model, watches=plot.policy.watches)
        # Small batches make torn flushes; an account's own records stay together, unless they may not.
        self._batch_bytes = self.drawn.choice((*SMALL_BATCH_BYTES, BATCH_BYTES)) if faults.actions else BATCH_BYTES
        self.brokers, self.network = Brokers(), Network(self._batch_bytes if faults.torn else BATCH_BYTES)
        self.group = Group(plot.partitions, self.drawn, self.tell)
        self.watch = Watch(plot, plan, self.settings, self.brokers, self.group)
        self.projection = Projection(self.brokers, plot.partitions, self.drawn)
        self.workers: list[Worker] = []
        self.wanted = self.drawn.randint(1, 3) if faults.actions else 1
        self.unsent: list[Sending] = []
        self.slow: set[str] = set()
        """Processes that the group went on without, and whose last requests crawl."""
        self._may_lose = self.drawn.random() < 0.3
        """Whether messages may expire that nobody has read yet; elsewhere only what is committed does."""
        self._started = 0
        self._around = Surroundings(
            self.settings,
            plan,
            plot.policy,
            self.brokers,
            self.network,
            self.group,
            self.clock,
            self.tell,
            new_writer,
            new_session,
            uses_kernel,
        )

    def tell(self, words: str) -> None:
        """Add to the story."""
        self._tell(f"{self.clock.now_ms - self.plot.start_ms:>12} ms  {words}")

    @contextmanager
    def in_its_time(self) -> Iterator[None]:
        """Within, the real code reads our clock and sends through our network."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projector_module, "time", self.clock)
            patch.setattr(writer_module, "new_producer", self.network.producer)
            patch.setattr(writer_module, "BATCH_MAX_BYTES", self._batch_bytes)
            patch.setattr(timekeeper, "TURN_ACCOUNTS", by_seed(TURN_ACCOUNTS, self.plot.seed))
            patch.setattr(flush_builder, "PART_ACCOUNTS", by_seed(PART_ACCOUNTS, self.plot.seed))
            patch.setattr(pending_writes, "CHANGED_MAX", by_seed(CHANGED_MAX, self.plot.seed))
            yield

    async def do(self, action: Callable[[], object]) -> None:
        """One thing happens, and whoever waited for it goes on."""
        doing = action()
        if asyncio.iscoroutine(doing):
            await doing
        for _ in range(BREATHS):
            await asyncio.sleep(0)
        for worker in self.workers:
            worker.raise_errors()
            if not worker.is_alive and not worker.is_buried:
                self._bury(worker)
        self.workers = [worker for worker in self.workers if worker.is_alive or worker in self.group.members]

    # --- what is sent

    def publish(self, most: int) -> None:
        """Send the next messages of the plot."""
        for sending in self.unsent[:most]:
            self.append(sending)
        del self.unsent[:most]

    def append(self, sending: Sending) -> None:
        """A producer's message arrives."""
        place = (self.settings.topic(TOPICS[sending.topic_index]), sending.partition)
        stored = self.brokers.append(place, sending.key, sending.value, sending.timestamp, self.clock.now_ms)
        self.watch.appended(place, stored, is_poison=sending.is_poison)

    def deliver(self, queue: tuple[str, Place | None]) -> None:
        """The oldest request of a queue arrives, or is lost."""
        request = self.network.take(queue)
        what = f"what {request.sender} sent to {request.place or 'the group'}"
        fate = self.drawn.random()
        if fate < self.faults.lost:
            self.tell(f"{what} is lost")
            self.network.answers.append((request, failed()))
            if self.faults.torn and queue in self.network.queues:
                # What belongs to it may be behind it: an idempotent producer's broker refuses what comes after a gap.
                self.network.answers.extend((behind, failed()) for behind in self.network.cut(queue, 0))
            return
        answer: object = True
        if request.carry_out is not None:
            answer = request.carry_out()
            self.tell(f"{request.sender} commits: {answer}")
            self.watch.committed()
        elif request.place is not None:
            for _ in range(2 if self.drawn.random() < self.faults.doubled else 1):
                self._store(request.place, request.records)
        if fate > 1 - self.faults.lost:
            self.tell(f"the acknowledgement of {what} is lost")
            answer = failed()
        self.network.answers.append((request, answer))
        if self.drawn.random() < 0.8:
            self.answer(len(self.network.answers) - 1)

    def _store(self, place: Place, records: Iterable[Record]) -> None:
        now_ms = self.clock.now_ms
        for record in records:
            timestamp = now_ms if record.timestamp is None else record.timestamp
            stored = self.brokers.append(place, record.key, record.value, timestamp, now_ms, record.headers)
            self.watch.appended(place, stored, is_poison=False)
        self.tell(f"{place[0]}/{place[1]} ends at {self.brokers.ends[place]}")

    def answer(self, which: int) -> None:
        """An answer gets back to whoever asked, if it still lives."""
        request, answer = self.network.answers.pop(which)
        sender = next((worker for worker in self.workers if worker.name == request.sender), None)
        if sender is None or not sender.is_alive:
            return
        if sender.is_paused:
            sender.held_back.append((request.acknowledged, answer))
        else:
            settle(request.acknowledged, answer)

    # --- what is done to processes

    def start(self) -> None:
        """Another worker."""
        self._started += 1
        worker = Worker(f"w{self._started}", self._around)
        self.workers.append(worker)
        self.tell(f"{worker.name} starts")
        self.group.join(worker)

    def pause(self, worker: Worker) -> None:
        """It stands still; the brokers do not."""
        self.tell(f"{worker.name} stands still")
        worker.is_paused = True

    def resume(self, worker: Worker) -> None:
        """It goes on where it was."""
        self.tell(f"{worker.name} goes on")
        worker.is_paused = False
        for future, answer in worker.held_back:
            settle(future, answer)
        worker.held_back.clear()

    def remove(self, worker: Worker) -> None:
        """The session timeout of a worker has passed. If it lives it is not told."""
        self.tell(f"the group goes on without {worker.name}")
        if worker.is_paused:
            worker.clock.lost_seconds += self.settings.session_timeout_ms / 1_000
            worker.was_replaced = True
        if self.drawn.random() < 0.5:
            self.slow.add(worker.name)
        self.group.remove(worker)

    def _bury(self, worker: Worker) -> None:
        """Of what it has sent, some is in the brokers' hands already."""
        worker.is_buried = True
        for queue in self.network.of(worker.name):
            self.network.cut(queue, self.drawn.randint(0, len(self.network.queues[queue])))

    # --- what is done to logs

    def compact(self) -> None:
        """The brokers compact a partition; the changelog only as far as it is a day old."""
        number = self.drawn.randrange(self.plot.partitions)
        for place, lag_ms in (((self.settings.changelog_topic, number), COMPACTION_LAG_MS), ((SCORES, number), 0)):
            if gone := self.brokers.compact(place, self.clock.now_ms, lag_ms):
                self.tell(f"{place[0]}/{place[1]} is compacted: {gone} records go")

    @property
    def retention(self) -> float:
        """How likely it is that something expires."""
        return self.faults.retention * (4 if self._may_lose else 1)

    def expire(self) -> None:
        """An input's log begins later from now on.

        What was read and is not committed stays: whether it counts would depend on who dies.
        """
        place = self.settings.topic(self.drawn.choice(INPUT_TOPICS)), self.drawn.randrange(self.plot.partitions)
        committed = self.group.committed.get(place, 0)
        may_lose = self._may_lose and self.brokers.read_to[place] < committed
        start = self.drawn.randint(*((committed, self.brokers.ends[place]) if may_lose else (0, committed)))
        if not (gone := self.brokers.expire(place, start)):
            return
        lost = [offset for offset in gone if offset >= committed]
        if lost:
            self.watch.lost(place, lost)
        self.tell(f"{place[0]}/{place[1]} begins at {start}{f', {EXPIRED_UNREAD}: {lost}' if lost else ''}")

    def has_stale_records(self) -> bool:
        """Whether, of some key of a changelog, the last record is not the greatest."""
        for number in range(self.plot.partitions):
            log = self.brokers.logs[self.settings.changelog_topic, number]
            pairs = [(stored.key or b"", stored.value) for stored in log]
            last = dict(pairs)
            if any(value != last[key] for key, value in greatest(pairs).items()):
                return True
        return False

    async def sleep(self) -> None:
        """More than a day passes in which nothing arrives, once the workers have looked back and have nothing to write:
        then compaction may take whatever is the last of its key for what counts."""
        alive = [worker for worker in self.workers if worker.is_alive]
        for worker in alive:
            await worker.rewrite_overtaken()
        if len(self.owned) < self.plot.partitions or any(partition.has_pending for partition in self.owned):
            return
        self.clock.leap_quietly(1.1 * DAY_MS)
        self.tell("a day passes")

    @property
    def owned(self) -> list[Partition]:
        """The partitions of those that know how far these were read."""
        sessions = [worker.session for worker in self.workers if worker.is_alive]
        return [each for one in sessions if one.positions is not None for each in one.engine.partitions.values()]


def by_seed(numbers: tuple[int, ...], seed: int) -> int:
    """One of these numbers."""
    return numbers[seed % len(numbers)]


def settle(future: asyncio.Future[object], answer: object) -> None:
    """Tell whoever awaits a request what came of it."""
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
