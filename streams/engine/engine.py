"""The engine of a worker: its partitions, the merge of their topics, and the work on them.

No I/O: time is passed in, and `streams.engine.session` decides when to feed, write and commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alerts.lifecycle.policy import Policy
from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.arrivals import Arrivals
from streams.engine.folds.choice import fold_of
from streams.engine.folds.id_prints import FIXED_KEY
from streams.engine.inputs.merge import PENDING, Merge
from streams.engine.partition.partition import Partition
from streams.engine.ports import Clock, EngineMetrics, EngineOptions, Signal
from streams.message_batch import MessageBatch
from streams.topics import TOPICS

NORM_EVERY_MS = HOUR_MS
ROUND_SECONDS = 0.008
"""How long one partition may hold the event loop; the last run may exceed it."""
IDLE_SECONDS, FORECAST_SECONDS = 0.2, 0.01
"""Forecasts are computed after this long without a message, and hold the event loop at most this long at a time."""
NORM_RETRY_MS = 10_000
"""How often a norm is requested while there is none with values."""


class Engine:
    """The partitions that this worker owns. All methods belong to one event loop, and none blocks."""

    def __init__(
        self, options: EngineOptions, plan: Plan, clock: Clock, metrics: EngineMetrics, flush_signal: Signal
    ) -> None:
        """`flush_signal` is set when something should not wait for the regular flush, once a second."""
        self.plan = plan
        self.partitions: dict[int, Partition] = {}
        self._options = options
        self._clock = clock
        self._metrics = metrics
        self._flush_signal = flush_signal
        self._merges: dict[int, Merge] = {}
        self._norm_asked_ms = 0
        self._applied_at = 0.0
        self._oldest_ms: dict[int, float] = {}

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Own exactly these restored partitions. Messages that were read and not yet applied are dropped."""
        now = self._clock.monotonic()
        self.partitions = {partition.number: partition for partition in partitions}
        waits = self._options.clock == "event"
        wait_seconds = self._options.merge_wait_ms / 1_000
        self._merges = {
            number: Merge(len(TOPICS), wait_seconds, waits_at_head=waits, now=now, inputs=partition.new_inputs())
            for number, partition in self.partitions.items()
        }

    def revoke(self) -> None:
        """Own nothing: drop the partitions with their unflushed changes."""
        self.assign(())

    def drop_unapplied(self) -> None:
        """Drop messages that were read and not yet applied, because reading begins again."""
        self.assign(self.partitions.values())

    def feed(self, topic: str, partition: int, batches: Sequence[MessageBatch], *, at_end: bool) -> None:
        """Buffer batches of one topic's partition, in offset order. `at_end`: the log has no more now."""
        if (merge := self._merges.get(partition)) is None:
            return
        index = TOPICS.index(topic)
        merge.note_end(index, at_end=at_end)
        if batches:
            merge.feed(index, batches, self._clock.monotonic())

    def pass_over(self, topic: str, partition: int, next_offset: int) -> None:
        """Note that nothing is left to read below `next_offset`: it was deleted, or its transaction was aborted.
        Ignored while messages of the topic wait to be applied."""
        if partition in self.partitions and self.has_nothing_of(topic, partition):
            self.partitions[partition].pass_over(TOPICS.index(topic), next_offset - 1)

    def has_nothing_of(self, topic: str, partition: int) -> bool:
        """Whether all messages read from a topic's partition are applied."""
        merge = self._merges.get(partition)
        return merge is None or not merge.holds(TOPICS.index(topic))

    def is_full(self, topic: str, partition: int) -> bool:
        """Whether fetches from a topic's partition should pause: buffers are bounded, and the broker keeps the rest."""
        merge = self._merges.get(partition)
        return merge is not None and merge.is_full(TOPICS.index(topic))

    def applied(self, topic: str, partition: int) -> int:
        """The last offset applied of a topic's partition, -1 for none."""
        owned = self.partitions.get(partition)
        return -1 if owned is None else owned.applied_offsets[TOPICS.index(topic)]

    @property
    def held(self) -> int:
        """The number of messages read and not yet applied, or somewhat more: a batch may hold fewer than it says."""
        return sum(merge.held for merge in self._merges.values())

    @property
    def is_behind(self) -> bool:
        """Whether some input was not read to its end at the last fetch."""
        return any(merge.is_behind for merge in self._merges.values())

    @property
    def is_backpressured(self) -> bool:
        """Whether some partition can continue only after a flush."""
        return any(partition.is_backpressured for partition in self.partitions.values())

    def work(self) -> int:
        """Apply messages that are ready, for some milliseconds a partition. Returns how many."""
        started = self._clock.monotonic()
        now_ms = self._clock.now_ms()
        applied = sum(self._work_on(number, partition, now_ms) for number, partition in self.partitions.items())
        if applied:
            self._applied_at = self._clock.monotonic()
            self._metrics.apply_seconds(self._applied_at - started)
        elif started - self._applied_at >= IDLE_SECONDS:
            self._forecast(started + FORECAST_SECONDS)
        if any(partition.flush_requested or partition.has_transitions for partition in self.partitions.values()):
            self._flush_signal.set()
        return applied

    def _forecast(self, ends: float) -> None:
        """Compute forecasts, account by account, until `ends`."""
        for partition in self.partitions.values():
            while partition.compute_next_forecast():
                if self._clock.monotonic() >= ends:
                    return

    def _work_on(self, number: int, partition: Partition, now_ms: int) -> int:
        """Apply runs back to back: when topics interleave, a run may be one or two messages, cheaper than the fetch
        between."""
        applied = 0
        if not self._advance(partition, now_ms):
            if partition.is_backpressured:
                return 0
            applied = 1  # more accounts are due: there is work, and messages are applied in between
        merge = self._merges[number]
        now = self._clock.monotonic()
        ends = now + ROUND_SECONDS
        while now < ends and not partition.is_backpressured:
            waits = partition.awaiting_norm_ms > 0
            before_ms = 0 if waits else partition.pending_ms
            span = merge.span(now, before_ms=before_ms) if partition.takes_natively and not waits else None
            if span is not None and merge.inputs is not None:
                applied += partition.take_inputs(merge.inputs, span.last_ms, now_ms)
                merge.took_inputs(now)
                self._oldest_ms.setdefault(number, span.first_ms)
            else:
                index, run = merge.next_run(now, only_control=waits, before_ms=before_ms)
                if index == PENDING:
                    applied += partition.take_pending()
                elif run:
                    taken = partition.process(index, run, now_ms)
                    merge.took(index, taken, now)
                    applied += taken
                    self._oldest_ms.setdefault(number, run[0].timestamp)
                else:
                    break
            now = self._clock.monotonic()
        return applied

    def _advance(self, partition: Partition, now_ms: int) -> bool:
        """Advance a partition's time, turn by turn for some milliseconds. True when nothing more is due."""
        ends = self._clock.monotonic() + ROUND_SECONDS
        while True:
            is_done = partition.advance(now_ms) if self._options.clock == "wall" else partition.run_walk()
            if is_done or partition.is_backpressured or self._clock.monotonic() >= ends:
                return is_done

    def ask_for_norm(self) -> None:
        """Under the wall clock, the owner of partition 0 requests a norm each hour, and at once while there is none;
        and the owner of any partition at once when an account there sent a source that the norm does not have."""
        if self._options.clock != "wall" or not self.plan.norm_signals:
            return
        now_ms = self._clock.now_ms()
        for number, partition in self.partitions.items():
            scorer = partition.scorer
            is_wanted = scorer.sources.has_news or (number == 0 and not scorer.has_norm())
            if number and not is_wanted:
                continue
            due_ms = now_ms if is_wanted else (now_ms // NORM_EVERY_MS) * NORM_EVERY_MS
            if scorer.norm_as_of_ms < due_ms and now_ms - self._norm_asked_ms >= NORM_RETRY_MS:
                self._norm_asked_ms = now_ms
                partition.ask_for_norm(due_ms)
                self._flush_signal.set()
                return

    def take_arrivals(self) -> list[Arrivals]:
        """The messages for the guard that are due. None under the event clock: when events arrive says nothing then."""
        if self._options.clock == "event":
            return []
        now_ms = self._clock.now_ms()
        taken = [partition.take_arrivals(now_ms) for partition in self.partitions.values()]
        return [message for message in taken if message is not None]

    def take_oldest_ms(self, partition: int) -> float | None:
        """The time of the first message applied since the last call; None for none, and under the event clock."""
        oldest_ms = self._oldest_ms.pop(partition, None)
        return oldest_ms if self._options.clock == "wall" else None


def new_partition(
    number: int,
    options: EngineOptions,
    plan: Plan,
    epoch: int,
    policy: Policy | None = None,
    id_key: bytes = FIXED_KEY,
    *,
    uses_kernel: bool = True,
) -> Partition:
    """An empty partition under these options, model and alert rules; `id_key` is that of its event ids. `uses_kernel`:
    whether the kernel may fold where it is built."""
    fold = fold_of(plan, uses_kernel=uses_kernel)
    return Partition(number, options.partitions, plan, options.clock, epoch, options.settle_ms, policy, id_key, fold)
