"""A deployment of partitions whose broker is a handful of lists, so that a test decides what is lost, and when.

Messages are delivered in the order in which they were sent, as the merge by time would; what a flush hands out goes
where a real worker sends it. Nothing is started, and no time passes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

import msgspec

from alerts.lifecycle.policy import Policy
from alerts.notification import Notification
from alerts.step import AlertStep
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.clock_kind import ClockKind
from streams.control.messages import Control, Tick, encode_control
from streams.dead_letter import DeadLetter
from streams.engine.flush import Flush, Pair
from streams.engine.folds.choice import fold_of
from streams.engine.partition.partition import Partition
from streams.engine.stored_account import StoredAccount
from streams.topics import CONTROL_INDEX, TOPICS, partition_of
from tests.builders import Message, Sent
from tests.oracle import happened
from tests.support.inputs.taking import take

FAR_FUTURE_MS = 4_102_444_800_000
"""The year 2100: a wall clock at which no event of a test is in the future."""
Reached = Literal["nothing", "some records", "records", "outputs", "offsets"]
"""How far a flush came before the crash."""


class Line:
    """The partitions of one deployment and their topics. `confirm_flushes` False is a worker that never gets so far."""

    def __init__(
        self,
        plan: Plan,
        partitions: int = 1,
        clock: ClockKind = "event",
        now_ms: int = FAR_FUTURE_MS,
        policy: Policy | None = None,
        *,
        uses_kernel: bool = True,
    ) -> None:
        self.plan = plan
        self._uses_kernel = uses_kernel
        self.policy = policy
        self.clock: ClockKind = clock
        self.now_ms = now_ms
        self.partitions = [self._new_partition(number, partitions) for number in range(partitions)]
        self.changelogs: list[list[Pair]] = [[] for _ in range(partitions)]
        self.bodies: list[bytes] = []
        """Every notification that was sent, in order, repeats included."""
        self.step_bodies: list[bytes] = []
        """Every alert step that was sent, in order, repeats included."""
        self.answers: dict[str, ScoreSnapshot] = {}
        """The last answer for each account."""
        self.dead_letters: list[DeadLetter] = []
        self._logs: list[list[tuple[int, Message]]] = [[] for _ in range(partitions)]
        self._ends = [[0] * len(TOPICS) for _ in range(partitions)]
        self._committed: list[dict[str, int]] = [{} for _ in range(partitions)]
        self._waiting: list[deque[tuple[int, Message]]] = [deque() for _ in range(partitions)]

    @property
    def notifications(self) -> list[Notification]:
        """Every notification once, in the order in which it was first sent."""
        return [msgspec.json.decode(body, type=Notification) for body in dict.fromkeys(self.bodies)]

    @property
    def steps(self) -> list[AlertStep]:
        """Every alert step once, in the order in which it was first sent."""
        return [msgspec.json.decode(body, type=AlertStep) for body in dict.fromkeys(self.step_bodies)]

    def decoded(self, account_id: str, number: int = 0) -> StoredAccount:
        """An account of a partition, decoded where it was at rest."""
        stored = self.partitions[number].accounts[account_id]
        stored.hydrate(self.partitions[number].fold)
        return stored

    def send(self, sent: Sent, *, to: int | None = None) -> Message:
        """Put an event into its account's partition, or into another one."""
        event = happened(sent)
        key = event.account_id.encode()
        home = partition_of(key, len(self.partitions)) if to is None else to
        return self.send_raw(TOPICS.index(sent.topic), sent.value, to=home, key=key, timestamp=event.at_ms)

    def send_raw(
        self,
        topic_index: int,
        value: bytes | None,
        *,
        to: int = 0,
        key: bytes | None = None,
        timestamp: int = 0,
        headers: Sequence[tuple[str, bytes | None]] = (),
    ) -> Message:
        """Put any bytes into a partition of a topic."""
        message = Message(self._ends[to][topic_index], timestamp, key, value, headers)
        self._ends[to][topic_index] += 1
        self._logs[to].append((topic_index, message))
        self._waiting[to].append((topic_index, message))
        return message

    def control(self, control: Control, to: int) -> None:
        """Put a control message into a partition."""
        self.send_raw(CONTROL_INDEX, encode_control(control), to=to, timestamp=control.instant_ms)

    def messages(self, number: int) -> list[tuple[int, Message]]:
        """All messages of a partition, with the index of their topic."""
        return list(self._logs[number])

    def tick(self, instant_ms: int, *, declare: bool = True) -> None:
        """Say to every partition what time it is, and have all of it done and flushed."""
        for number in range(len(self.partitions)):
            self.control(Tick(instant_ms=instant_ms, declare=declare), number)
        self.settle()

    def advance(self, as_of_ms: int, number: int = 0) -> None:
        """Move a partition's time on, with a flush only where it insists on one."""
        while not self.partitions[number].advance(as_of_ms):
            if self.partitions[number].is_backpressured:
                self.flush(number)

    def work(self, number: int = 0) -> None:
        """Take in all that waits for one partition; a flush only where the partition insists on it."""
        while self.step(number):
            pass

    def step(self, number: int = 0) -> bool:
        """Take in one message; False when none can be taken."""
        partition, waiting = self.partitions[number], self._waiting[number]
        if not partition.run_walk():
            if partition.is_backpressured:
                self.flush(number)
            return True
        index = 0
        if partition.awaiting_norm_ms:
            index = next((place for place, (topic, _) in enumerate(waiting) if topic == CONTROL_INDEX), -1)
        elif partition.pending_ms and (not waiting or waiting[0][1].timestamp > partition.pending_ms):
            if not partition.take_pending():
                self.flush(number)
            return True
        if not waiting or index < 0:
            return False
        topic_index, message = waiting[index]
        if take(partition, topic_index, [message], self.now_ms) == 0:
            if partition.is_backpressured:  # else many accounts are due, and the rest of them has its turn next
                self.flush(number)
            return True
        del waiting[index]
        return True

    def settle(self) -> None:
        """Work and flush until no partition has anything to take in or to write."""
        while True:
            for number in range(len(self.partitions)):
                self.work(number)
            dirty = [number for number, partition in enumerate(self.partitions) if partition.has_pending]
            if not dirty:
                return
            for number in dirty:
                self.flush(number)

    def flush(self, number: int = 0) -> Flush:
        """A whole flush: records, outputs, offsets; confirmed."""
        flush = self.take_flush(number)
        self.changelogs[number].extend(pair for group in flush.changelog for pair in group)
        self._emit(flush)
        self._committed[number].update(flush.offsets)
        self.partitions[number].confirm(flush)
        return flush

    def take_flush(self, number: int = 0) -> Flush:
        """Only the first step of a flush. Ten seconds pass, so every answer is due."""
        self.now_ms += 10_000
        return self.partitions[number].take_flush(self.now_ms)

    def crash(self, number: int = 0, reached: Reached = "nothing", groups: int = 0) -> None:
        """End the worker of a partition in a flush that came so far (`groups` of accounts written, for "some
        records"), and start another one, which restores the changelog and reads on from the committed offsets."""
        if reached != "nothing":
            flush = self.take_flush(number)
            written = flush.changelog[: min(groups, len(flush.changelog) - 1)] if reached == "some records" else None
            self.changelogs[number].extend(
                pair for group in (flush.changelog if written is None else written) for pair in group
            )
            if reached in ("outputs", "offsets"):
                self._emit(flush)
            if reached == "offsets":
                self._committed[number].update(flush.offsets)
        self.restart(number, self.changelogs[number])

    def restart(self, number: int, changelog: Sequence[Pair], *, committed: bool = True) -> None:
        """A new worker for a partition, restored from this changelog. Without `committed` it reads all messages."""
        partition = self._new_partition(number, len(self.partitions))
        partition.restore(changelog)
        self.partitions[number] = partition
        offsets = self._committed[number] if committed else {}
        self._waiting[number] = deque(
            (topic, message) for topic, message in self._logs[number] if message.offset >= offsets.get(TOPICS[topic], 0)
        )

    def _new_partition(self, number: int, partitions: int) -> Partition:
        fold = fold_of(self.plan, uses_kernel=self._uses_kernel)
        return Partition(number, partitions, self.plan, self.clock, epoch=1, policy=self.policy, fold=fold)

    def _emit(self, flush: Flush) -> None:
        self.bodies.extend(body for _, body in flush.notifications if body is not None)
        self.step_bodies.extend(body for _, body in flush.alerts if body is not None)
        for key, body in flush.scores:
            if body is None:
                self.answers.pop(key.decode(), None)
            else:
                self.answers[key.decode()] = msgspec.json.decode(body, type=ScoreSnapshot)
        self.dead_letters.extend(flush.dead_letters)
        for forward in flush.forwards:
            self.send_raw(
                TOPICS.index(forward.topic),
                forward.value,
                to=forward.partition,
                key=forward.key,
                timestamp=forward.timestamp_ms,
                headers=forward.headers,
            )
        for partition, value in flush.controls:
            self.send_raw(CONTROL_INDEX, value, to=partition)
