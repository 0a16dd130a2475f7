"""The engine of a worker: its partitions, their merging, and the flush. It knows no Faust; `streams.worker.faust_app`
drives it.

The order of a flush is the promise: records, then scores and notifications, then offsets, each acknowledged before the
next begins. Anything that fails on the way ends the process without a commit.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Protocol

from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.engine.flush import Flush
from streams.engine.merge import PENDING, Merge
from streams.engine.partition import Partition
from streams.message import Message
from streams.operations.metrics import WorkerMetrics
from streams.topics import TOPICS

_LOG = logging.getLogger(__name__)
NORM_EVERY_MS = HOUR_MS
ROUND_SECONDS = 0.008
"""How long one partition may hold the event loop, give or take a run."""
IDLE_SECONDS, FORECAST_SECONDS = 0.2, 0.01
"""After how long without a message forecasts are worked out, and how long they may hold the event loop at once."""
NORM_RETRY_MS = 10_000
"""While nobody has a norm worth the name, how often one is asked for."""

Commit = Callable[[Mapping[tuple[str, int], int]], Awaitable[bool]]
"""Commits the next offsets to read, by (topic's plain name, partition); False when the group has moved on."""


class FlushLog(Protocol):
    """Where a flush goes; see `streams.worker.flush_writer.Log`."""

    async def write_changelog(self, flushes: Sequence[Flush]) -> None: ...

    async def write_outputs(self, flushes: Sequence[Flush]) -> None: ...


class Engine:
    """The partitions that this worker owns. All methods belong to one event loop."""

    def __init__(self, settings: Settings, plan: Plan, log: FlushLog, metrics: WorkerMetrics) -> None:
        self.settings = settings
        self.plan = plan
        self.partitions: dict[int, Partition] = {}
        self.wake = asyncio.Event()
        """Set when something should not wait for the next second's flush."""
        self._log = log
        self._metrics = metrics
        self._merges: dict[int, Merge] = {}
        self._committed: dict[tuple[str, int], int] | None = None
        """The offsets that are committed; None until they are known, and until then nothing is written."""
        self._flushing = asyncio.Lock()
        self._norm_asked_ms = 0
        self._applied_at = 0.0
        self._oldest_ms: dict[int, float] = {}

    def own(self, partitions: Iterable[Partition]) -> None:
        """Take over these partitions, restored, and no others."""
        now = time.monotonic()
        self.partitions = {partition.number: partition for partition in partitions}
        waits = self.settings.clock == "event"
        wait_seconds = self.settings.merge_wait_ms / 1_000
        self._merges = {
            number: Merge(len(TOPICS), wait_seconds, waits_at_head=waits, now=now) for number in self.partitions
        }
        self._committed = None

    def disown(self) -> None:
        """The partitions are somebody else's now: forget them, and whatever of them was not flushed."""
        self.own(())

    def read_from(self, committed: Mapping[tuple[str, int], int]) -> None:
        """The log is read again from these offsets, by (topic's plain name, partition), 0 where none was committed.

        What was read and not yet applied is dropped.
        """
        self.own(self.partitions.values())
        self._committed = dict(committed)

    def feed(self, topic: str, partition: int, messages: Sequence[Message], *, at_end: bool, reached: int = 0) -> None:
        """Messages of one topic's partition, as they were fetched; `reached` is the next offset that a fetch begins at,
        which passes what was deleted, and what a transaction leaves."""
        if (merge := self._merges.get(partition)) is None:
            return
        index = TOPICS.index(topic)
        merge.note_end(index, at_end=at_end)
        if messages:
            merge.feed(index, messages, time.monotonic())
        elif not merge.holds(index) and reached > (self._committed or {}).get((topic, partition), reached):
            self.partitions[partition].pass_over(index, reached - 1)

    def has_nothing_of(self, topic: str, partition: int) -> bool:
        """Whether all that was read of a topic's partition is taken in."""
        merge = self._merges.get(partition)
        return merge is None or not merge.holds(TOPICS.index(topic))

    def is_full(self, topic: str, partition: int) -> bool:
        """Whether a topic's partition should not be fetched for now: bounded buffers, and the broker keeps the rest."""
        merge = self._merges.get(partition)
        return merge is not None and merge.is_full(TOPICS.index(topic))

    @property
    def held(self) -> int:
        """Messages that were read and not yet applied."""
        return sum(merge.held for merge in self._merges.values())

    @property
    def is_full_of_notifications(self) -> bool:
        """Whether some partition goes on only after a flush."""
        return any(partition.is_backpressured for partition in self.partitions.values())

    def work(self) -> int:
        """Apply what may be applied, for some milliseconds a partition; answers how many messages it was."""
        started = time.monotonic()
        now_ms = int(time.time() * 1_000)
        applied = sum(self._work_on(number, partition, now_ms) for number, partition in self.partitions.items())
        if applied:
            self._applied_at = time.monotonic()
            self._metrics.apply_seconds(self._applied_at - started)
        elif started - self._applied_at >= IDLE_SECONDS:
            self._compute_forecasts(started + FORECAST_SECONDS)
        if any(partition.flush_requested or partition.has_transitions for partition in self.partitions.values()):
            self.wake.set()
        return applied

    def _compute_forecasts(self, ends: float) -> None:
        """Nothing else is to be done: work out forecasts, one account after the other, for some milliseconds."""
        for partition in self.partitions.values():
            while partition.compute_next_forecast():
                if time.monotonic() >= ends:
                    return

    def _work_on(self, number: int, partition: Partition, now_ms: int) -> int:
        """Run after run: where topics are busy alike a run is a message or two, and a fetch between them costs more."""
        applied = 0
        if self.settings.clock == "wall" and not partition.advance(now_ms):
            if partition.is_backpressured:
                return 0
            applied = 1  # more accounts are to be woken: there is work, and in between there are messages
        merge = self._merges[number]
        now = time.monotonic()
        ends = now + ROUND_SECONDS
        while now < ends and not partition.is_backpressured:
            waits = partition.awaiting_norm_ms > 0
            index, run = merge.next_run(now, only_control=waits, before_ms=0 if waits else partition.pending_ms)
            if index == PENDING:
                applied += partition.take_pending()
            elif run:
                taken = partition.process(index, run, now_ms)
                merge.took(index, taken, now)
                applied += taken
                self._oldest_ms.setdefault(number, run[0].timestamp)
            else:
                break
            now = time.monotonic()
        return applied

    def ask_for_norm(self) -> None:
        """By the wall clock, the owner of partition 0 has a norm made each hour, and at once while nobody has one."""
        partition = self.partitions.get(0)
        if partition is None or self.settings.clock != "wall" or not self.plan.norm_signals:
            return
        now_ms = int(time.time() * 1_000)
        has_norm = partition.scorer.has_norm()
        due_ms = (now_ms // NORM_EVERY_MS) * NORM_EVERY_MS if has_norm else now_ms
        is_due = partition.scorer.norm_as_of_ms < due_ms and now_ms - self._norm_asked_ms >= NORM_RETRY_MS
        if is_due and (has_norm or self._norm_asked_ms < now_ms):
            self._norm_asked_ms = now_ms
            partition.ask_for_norm(due_ms)
            self.wake.set()

    async def flush(self, commit: Commit, check_alive: Callable[[], None], *, transitions_only: bool = False) -> None:
        """Write what changed, then commit: at once, or after the flush that is under way.

        With `transitions_only`, only of the accounts that changed their tier, unless a whole flush is requested: that
        is quick, and nothing is committed.

        `check_alive` runs before every step, and does not return when this process may have been replaced. When the
        group has moved on, nothing is written: what is in memory is replayed by whoever has the partitions now.

        Raises:
            Exception: whatever a write raised; the caller ends the process.
        """
        async with self._flushing:
            self.wake.clear()
            if not (committed := self._committed):
                return
            started = time.monotonic()
            now_ms = int(time.time() * 1_000)
            # A commit of what is committed already changes nothing, but only a member of the group's current generation
            # may do it: whoever was replaced finds out before it writes.
            if not await commit(dict(islice(committed.items(), 1))):
                return
            taken = await self._take(now_ms, transitions_only=transitions_only)
            if not taken:
                return
            check_alive()
            await self._log.write_changelog([flush for _, flush in taken])
            check_alive()
            taken = self._still_ours(taken)
            await self._log.write_outputs([flush for _, flush in taken])
            check_alive()
            if self._committed is not committed:
                return
            flushes = [flush for _, flush in taken]
            offsets = {(topic, flush.partition): next_ for flush in flushes for topic, next_ in flush.offsets.items()}
            if offsets and await commit(offsets):
                committed.update(offsets)
            for partition, flush in taken:
                partition.confirm(flush)
            self._observe(flushes, time.monotonic() - started)

    async def _take(self, now_ms: int, *, transitions_only: bool) -> list[tuple[Partition, Flush]]:
        """What is to be written."""
        partitions = list(self.partitions.values())
        if transitions_only and not any(partition.flush_requested for partition in partitions):
            return [
                (partition, partition.take_transitions(now_ms)) for partition in partitions if partition.has_transitions
            ]
        taken = []
        for partition in partitions:
            if self._has_news(partition):
                taken.append((partition, partition.take_flush(now_ms)))
                await asyncio.sleep(0)  # each is taken in one step, and others may have the loop between them
        return self._still_ours(taken)

    def _still_ours(self, taken: Iterable[tuple[Partition, Flush]]) -> list[tuple[Partition, Flush]]:
        """Without what was taken over anew meanwhile, perhaps from a changelog that has not all of this: whoever took
        it over replays it, and tells it."""
        return [(partition, flush) for partition, flush in taken if self.partitions.get(partition.number) is partition]

    def _has_news(self, partition: Partition) -> bool:
        if partition.is_dirty:
            return True
        committed = self._committed or {}
        return any(
            offset >= 0 and committed.get((topic, partition.number), 0) < offset + 1
            for topic, offset in zip(TOPICS, partition.taken, strict=True)
        )

    def _observe(self, flushes: Sequence[Flush], seconds: float) -> None:
        metrics = self._metrics
        metrics.flush_seconds(seconds)
        metrics.progressed()
        now_ms = time.time() * 1_000
        for flush in flushes:
            if (oldest_ms := self._oldest_ms.pop(flush.partition, None)) is not None and self.settings.clock == "wall":
                metrics.end_to_end_seconds(max(0.0, (now_ms - oldest_ms) / 1_000))
            for group in flush.changelog:
                for _, value in group:
                    if value is not None:
                        metrics.state_bytes(len(value))
        self.observe_counts()

    def observe_counts(self) -> None:
        """Hand counters and gauges over to the metrics."""
        names = self.plan.primary.tier_names
        accounts, mrr = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
        for partition in self.partitions.values():
            for (topic, outcome), count in partition.outcomes.items():
                if outcome.startswith("dead_letter:"):
                    self._metrics.dead_letter(outcome.removeprefix("dead_letter:"), count)
                self._metrics.events(topic, outcome.split(":")[0], count)
            scorer = partition.scorer
            for (from_tier, to_tier, cause), count in scorer.transitions.items():
                self._metrics.transition(from_tier, to_tier, cause, count)
            for (model, from_tier, to_tier), count in scorer.shadow_transitions.items():
                self._metrics.shadow_transition(model, from_tier, to_tier, count)
            partition.outcomes.clear()
            scorer.transitions.clear()
            scorer.shadow_transitions.clear()
            for tier, name in enumerate(names):
                accounts[name] += scorer.tier_accounts[tier]
                mrr[name] += scorer.tier_mrr[tier]
        self._metrics.accounts(accounts, mrr)
        for mismatch, count in self.plan.type_mismatches.items():
            self._metrics.type_mismatches(mismatch.signal, count)
        self.plan.type_mismatches.clear()
        for field, count in self.plan.decoder.unusable.items():
            self._metrics.unusable_ids(field, count)
        self.plan.decoder.unusable.clear()
        for of, count in self.plan.past.items():
            self._metrics.past_bounds(of, count)
        self.plan.past.clear()


def new_partition(number: int, settings: Settings, plan: Plan, epoch: int) -> Partition:
    """An empty partition under these settings."""
    return Partition(number, settings.partitions, plan, settings.clock, epoch, settings.settle_ms)
