"""A deployment of one partition that takes messages in runs, as a worker does, and keeps every flush."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.engine.flush import Flush, Pair
from streams.topics import CONTROL_INDEX
from tests.builders import Message
from tests.support.in_memory_cluster import Line

RUN_MAX = 40


class RunLine(Line):
    """`taken` counts the messages that were taken natively."""

    def __init__(
        self, plan: Plan, clock: ClockKind, now_ms: int, policy: Policy | None = None, *, uses_kernel: bool
    ) -> None:
        super().__init__(plan, 1, clock, now_ms, policy, uses_kernel=uses_kernel)
        self.flushes: list[Flush] = []
        self._taken = 0

    @property
    def taken(self) -> int:
        """The messages that were taken natively so far."""
        loop = self.partitions[0].loop
        return self._taken + (0 if loop is None else loop.taken)

    def work(self, number: int = 0) -> None:
        """Take in all that waits, at the time of now."""
        if self.clock == "wall":
            self.advance(self.now_ms)
        super().work(number)

    def step(self, number: int = 0) -> bool:
        """Take in a run of messages, up to the next of `control`; False when none can be taken."""
        partition, waiting = self.partitions[number], self._waiting[number]
        run: list[Message] = []
        if not partition.awaiting_norm_ms and not partition.pending_ms and partition.run_walk():
            for topic_index, message in waiting:
                if topic_index == CONTROL_INDEX or len(run) == RUN_MAX:
                    break
                run.append(message)
        if not run:
            return super().step(number)
        topics = bytes([waiting[place][0] for place in range(len(run))])
        done = partition.process_run(topics, run, self.now_ms)
        for _ in range(done):
            waiting.popleft()
        if not done and partition.is_backpressured:
            self.flush(number)
        return True

    def take_flush(self, number: int = 0) -> Flush:
        flush = super().take_flush(number)
        self.flushes.append(flush)
        return flush

    def take_transitions(self) -> None:
        """A flush of the accounts that changed tier alone."""
        flush = self.partitions[0].take_transitions(self.now_ms)
        self.flushes.append(flush)
        self.changelogs[0].extend(pair for group in flush.changelog for pair in group)
        self._emit(flush)
        self.partitions[0].confirm(flush)

    def restart(self, number: int, changelog: Sequence[Pair], *, committed: bool = True) -> None:
        self._taken = self.taken
        super().restart(number, changelog, committed=committed)
