"""A deployment of one partition that takes messages in runs, as a worker does, and keeps every flush."""

from __future__ import annotations

import random
from collections.abc import Sequence

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.engine.flush import Flush, Pair
from streams.engine.inputs.merge import Merge
from streams.engine.partition.partition import Partition
from streams.topics import CONTROL_INDEX, TOPICS
from tests.batches import batches_of
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
        self._luck = random.Random(f"{uses_kernel}")
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
        run: list[tuple[int, Message]] = []
        if not partition.awaiting_norm_ms and not partition.pending_ms and partition.run_walk():
            for topic_index, message in waiting:
                if topic_index == CONTROL_INDEX or len(run) == RUN_MAX:
                    break
                run.append((topic_index, message))
        if not run:
            return super().step(number)
        if not self._take(partition, run) and partition.is_backpressured:
            self.flush(number)
        left = [each for each in waiting if each[1].offset > partition.taken[each[0]]]
        waiting.clear()
        waiting.extend(left)
        return True

    def _take(self, partition: Partition, run: Sequence[tuple[int, Message]]) -> int:
        """Give a partition messages as the engine does, in batches of any size. Returns how many it took."""
        merge = Merge(len(TOPICS), 0.0, waits_at_head=False, now=0.0, inputs=partition.new_inputs())
        for topic in range(CONTROL_INDEX):
            messages = [message for topic_index, message in run if topic_index == topic]
            merge.feed(topic, batches_of(messages, each=self._luck.choice((1, 2, 5, 100))), 0.0)
        done = 0
        while True:
            span = merge.span(0.0) if partition.takes_natively else None
            if span is not None and merge.inputs is not None:
                taken = partition.take_inputs(merge.inputs, span.last_ms, self.now_ms)
                merge.took_inputs(0.0)
            else:
                index, some = merge.next_run(0.0, only_control=False)
                taken = partition.process(index, some, self.now_ms)
                merge.took(index, taken, 0.0)
            if not taken:
                return done
            done += taken

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
