"""The flushes of a worker. Their order of writes is what makes processing effectively once.

The barrier, then records, then outputs, then offsets, each acknowledged before the next begins. Any failure is raised,
and the caller ends the process without a commit. A flush of many accounts is a series of such steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.engine.counts import report_counts, report_sizes
from streams.engine.engine import Engine
from streams.engine.flush import Flush
from streams.engine.partition.flush_builder import PART_ACCOUNTS
from streams.engine.partition.partition import Partition
from streams.engine.ports import IsCurrent, Place, Ports, Signal
from streams.engine.positions import Positions, offsets_of
from streams.topics import TOPICS

Taken = list[tuple[Partition, Flush]]
STEP_ACCOUNTS = 200
"""A full flush is written in steps, each of whole partitions that have at least this number of accounts together. An
alert that comes meanwhile is written between two steps."""
WORK_PER_FLUSH = 4
"""While a worker catches up, it works about this many times as long as its last flush took before the next."""


class Step(NamedTuple):
    """What is written together, of these partitions."""

    partitions: Sequence[Partition]
    transitions_only: bool = False


class FlushCycle:
    """Flushes an engine. All methods belong to one event loop."""

    def __init__(self, engine: Engine, ports: Ports, flush_signal: Signal, longest_wait: float) -> None:
        """`flush_signal` is cleared when a flush begins. `longest_wait`: the maximum of the seconds for which a flush
        may wait while the worker catches up."""
        self._engine = engine
        self._ports = ports
        self._flush_signal = flush_signal
        self._lock = ports.tasks.new_lock()
        self._longest_wait = longest_wait
        self._due_at = 0.0
        """Until then a flush may wait while the worker catches up; monotonic seconds."""

    def may_wait(self) -> bool:
        """Whether the regular flush may be left out now.

        A flush writes a changed account once, however many events it had. Behind a backlog nobody waits for the score
        of each second, so a long flush is followed by a long pause there: each account then has more events. What is
        urgent is flushed by the signal all the same.
        """
        return self._engine.is_behind and self._ports.clock.monotonic() < self._due_at

    async def run(
        self, positions: Positions, generation: int, is_current: IsCurrent, *, transitions_only: bool = False
    ) -> None:
        """Write the changes and commit, at once or after those that are being written.

        Offsets are committed as a member of `generation`. With `transitions_only`, writes only the accounts that
        changed tier unless a full flush was requested: that is quick, and commits nothing.

        `is_current` is called before the first step and after each wait. When it returns False, nothing more is
        written: the state in memory is dropped, and the partition's owner replays it.

        Raises:
            Exception: the error of a write or a commit; it is then unknown how much was written.
        """
        self._flush_signal.clear()
        started = self._ports.clock.monotonic()
        flushes: list[Flush] = []
        for step in self._steps(positions, transitions_only=transitions_only):
            flushes += await self._write(step, positions, generation, is_current)
        if flushes:
            ended = self._ports.clock.monotonic()
            if offsets_of(flushes):
                self._due_at = ended + min(WORK_PER_FLUSH * (ended - started), self._longest_wait)
            self._report(flushes, ended - started)

    def _steps(self, positions: Positions, *, transitions_only: bool) -> Iterator[Step]:
        """What is written together: of a full flush some partitions each, so that an alert waits for no more."""
        partitions = list(self._engine.partitions.values())
        if transitions_only and not any(partition.flush_requested for partition in partitions):
            if news := [partition for partition in partitions if partition.has_transitions]:
                yield Step(news, transitions_only=True)
            return
        accounts, together = 0, list[Partition]()
        for partition in partitions:
            if self._has_news(positions, partition):
                together.append(partition)
                accounts += partition.accounts_to_write
            if accounts >= STEP_ACCOUNTS:
                yield Step(together)
                accounts, together = 0, []
        if together:
            yield Step(together)

    async def _write(self, step: Step, positions: Positions, generation: int, is_current: IsCurrent) -> Sequence[Flush]:
        """Write a step, then commit its offsets. Returns all that is acknowledged; nothing when the flush may not
        continue, or another one wrote it meanwhile."""
        async with self._lock:
            if not is_current() or not (due := self._due_of(step, positions)):
                return ()
            now_ms = self._ports.clock.now_ms()
            if not await self._passes_barrier(positions, generation) or not is_current():
                return ()
            taken = await self._take(due, now_ms, is_current)
            if not taken:
                return ()
            flushes = [flush for _, flush in taken]
            await self._ports.writer.write_changelog(flushes)
            if not is_current():
                return ()
            await self._ports.writer.write_outputs(flushes)
            if not is_current():
                return ()
            offsets = offsets_of(flushes)
            if offsets and await self.commit(offsets, generation):
                positions.committed.update(offsets)
            for partition, flush in taken:
                partition.confirm(flush)
            return flushes

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        """Commit those of `offsets` that are assigned; False when there are none, or the group has moved on.

        Partitions can be revoked at any time, and the client raises for one that was: its next owner replays it.
        """
        mine = {place: next_ for place, next_ in offsets.items() if self._ports.group.is_assigned(place)}
        return bool(mine) and await self._ports.group.commit(mine, generation)

    async def _passes_barrier(self, positions: Positions, generation: int) -> bool:
        """Whether the group still accepts commits from this process: a replaced process finds out before it writes."""
        return await self.commit(positions.one_committed(), generation)

    async def _take(self, step: Step, now_ms: int, is_current: IsCurrent) -> Taken:
        """What to write. A partition's flush of many accounts is prepared in parts, and other tasks run in between."""
        if step.transitions_only:
            return [(partition, partition.take_transitions(now_ms)) for partition in step.partitions]
        taken: Taken = []
        for partition in step.partitions:
            for _ in range(partition.accounts_to_write // PART_ACCOUNTS):
                partition.prepare_part(now_ms)
                await self._ports.tasks.pause(0)
                if not is_current():
                    return []
            taken.append((partition, partition.take_flush(now_ms)))
            await self._ports.tasks.pause(0)
            if not is_current():
                return []
        return taken

    def _due_of(self, step: Step, positions: Positions) -> Step | None:
        """What is still to be written of a step; None for nothing."""
        if step.transitions_only:
            due = [partition for partition in step.partitions if partition.has_transitions]
        else:
            due = [partition for partition in step.partitions if self._has_news(positions, partition)]
        return step._replace(partitions=due) if due else None

    def _has_news(self, positions: Positions, partition: Partition) -> bool:
        places = [(topic, partition.number) for topic in TOPICS]
        return partition.has_pending or positions.is_behind(places, partition.taken)

    def _report(self, flushes: Iterable[Flush], seconds: float) -> None:
        metrics, now_ms = self._ports.metrics, self._ports.clock.now_ms()
        metrics.flush_seconds(seconds)
        metrics.progressed()
        for flush in flushes:
            if (oldest_ms := self._engine.take_oldest_ms(flush.partition)) is not None:
                metrics.end_to_end_seconds(max(0.0, (now_ms - oldest_ms) / 1_000))
        report_sizes(metrics, flushes)
        report_counts(metrics, self._engine.plan, self._engine.partitions.values())
