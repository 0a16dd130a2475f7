"""A worker's part in its group: what it owns, how far that was read, and what it may write.

All safety rules of a rebalance are here. It knows no Faust, no client and no clock: it uses the ports of
`streams.engine.ports`. The order of calls, all on one event loop:

    assigned ▸ reset_positions ▸ (feed ▸ work ▸ flush)* ▸ flush ▸ revoked ▸ assigned …

Crash-only: if it cannot go on, it ends the process through `Exit`, without a commit. A method that ends the process
does not return. If a method raises, nothing is committed that is not written; the caller ends the process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.plan.plan import Plan
from streams.engine.engine import Engine
from streams.engine.flush_cycle import FlushCycle
from streams.engine.liveness import Liveness, StaticName
from streams.engine.log_truncation import TruncationCheck
from streams.engine.ports import EngineOptions, Place, Ports
from streams.engine.positions import Positions
from streams.engine.topic_identity import adopt_topics, has_lost_state
from streams.message_batch import MessageBatch

FINISH_SECONDS, FINISH_PAUSE_SECONDS = 40.0, 0.05
"""How long messages before an unreadable batch may wait for other topics."""
LATE_WRITES_SECONDS = 45.0
"""How long after the session timeout records of a replaced worker may still arrive: the request timeout and 15 s."""
OVERTAKEN_RETRY_SECONDS = 45.0


class Session:
    """One process's membership in its group. Owned by one event loop; no method is thread-safe."""

    def __init__(self, options: EngineOptions, plan: Plan, ports: Ports) -> None:
        self.flush_signal = ports.tasks.new_signal()
        """Set when something should not wait for the regular flush, once a second."""
        self.engine = Engine(options, plan, ports.clock, ports.metrics, self.flush_signal)
        self.positions: Positions | None = None
        """None from an assignment until its `reset_positions`. While None, nothing is fed, written or committed."""
        self._options = options
        self._ports = ports
        self._cycle = FlushCycle(self.engine, ports, self.flush_signal, options.catch_up_flush_ms / 1_000)
        self._assignment = 0
        """Counts assignments and revocations: a step that began in an earlier one does not continue."""
        self._generation = -1
        self._static_name = StaticName(options, ports.exit)
        self._liveness = Liveness(options, ports.exit)
        self._rewrite_at = 0.0
        self._truncation = TruncationCheck(options, self.engine, ports.cluster, ports.exit)

    # --- the group

    @property
    def is_stale(self) -> bool:
        """Whether the group has moved on since the partitions were restored. If so, nothing may be fed or written."""
        return self._ports.group.generation != self.generation

    @property
    def generation(self) -> int:
        """The generation in which the owned partitions were assigned; -1 before the first."""
        return self._generation

    async def assigned(self, numbers: Sequence[int], generation: int) -> bool:
        """Restore the partitions that the group assigned in `generation`. True when they are owned now.

        Called after each join, also with no partitions, before the inputs are read. Blocks in proportion to the length
        of the changelogs. May be cancelled, and may be called for the next generation while it runs: the earlier call
        then gives up and returns False.

        Raises:
            Exception: the error of `Changelog.restore`. Nothing is owned then, and the caller ends the process: with
                empty state it would score, and commit, without the lost history.
        """
        started = self._ports.clock.monotonic()
        self.revoked()
        self._static_name.check(generation, started)
        restored = await self._ports.changelog.restore(numbers, generation)
        await self._ports.cluster.check_members()
        ids = await self._ports.cluster.topic_ids()
        if self._is_superseded(generation):
            return False
        if recreated := adopt_topics(restored.partitions, ids):
            self._ports.exit.abort_recreated(recreated, is_state=False)
        self.engine.assign(restored.partitions)
        self._generation = generation
        now = self._ports.clock.monotonic()
        self._liveness.beat(now)
        self._rewrite_at = now + self._options.session_timeout_ms / 1_000 + LATE_WRITES_SECONDS
        self._ports.metrics.recovery_seconds(now - started)
        self._ports.metrics.recovered_records(restored.records)
        self._ports.metrics.ready()
        return True

    def revoked(self) -> None:
        """The group revokes the partitions: drop them, with their unflushed changes.

        Called after the last flush and before the group is joined again. Idempotent. Does not block. A flush that is
        under way writes nothing more.
        """
        self._assignment += 1
        self.positions = None
        self._truncation.clear()
        self.engine.revoke()

    def reset_positions(self, committed: Mapping[Place, int]) -> None:
        """Begin reading at these next offsets of every assigned input; 0 where none was committed.

        Called after `assigned` has returned True and before the first message, and only when no fetch is under way.
        Does not block. Ends the process when there are committed offsets but no state.
        """
        if has_lost_state(self.engine.partitions.values(), committed):
            self._ports.exit.abort_recreated("", is_state=True)
        self._ports.gaps.seek()
        self.positions = Positions(committed)
        self.engine.drop_unapplied()

    def _is_superseded(self, generation: int) -> bool:
        """Whether the group moved on during a restore: other workers may own the partitions now, with newer state."""
        return generation != self._ports.group.generation

    # --- reading

    def feed(self, place: Place, batches: Sequence[MessageBatch], *, position: int, end: int | None) -> None:
        """Buffer the batches of one fetch from one input's partition, in offset order; call it also for none.

        `position` is where the next fetch begins, 0 when unknown: it passes deleted messages and transaction markers.
        `end` is the end of the readable log, as the next offset, None when unknown. The batches are dropped when the
        group has moved on, and before `reset_positions`: they were fetched at other offsets, and the messages between
        would count as applied. Does not block.
        """
        if self.is_stale or (positions := self.positions) is None or place not in positions.read:
            return
        topic, partition = place
        expected = positions.read[place]
        batches = positions.trim(place, batches)
        reached = max(batches[-1].next_offset if batches else expected, position)
        self._ports.gaps.passed(place, expected, batches[0].first_offset if batches else reached)
        positions.read[place] = reached
        self.engine.feed(topic, partition, batches, at_end=end is not None and reached >= end)
        if not batches and reached > positions.committed[place]:
            self.engine.pass_over(topic, partition, reached)
        self._truncation.note(place, end)

    async def check_truncation(self) -> None:
        """End the process when a log ends before its applied offset. Called after each round of `feed`.

        Asks the brokers, which blocks for a round trip, only if a fetch reported such an end. Both must agree: just
        after an election a fetch may lag behind, and the embedded broker's answer is too small. If the brokers do not
        answer, they are asked again after the next fetch.
        """
        await self._truncation.run()

    def work(self) -> int:
        """Apply buffered messages, for some milliseconds a partition. Returns how many. Does not block."""
        return 0 if self.is_stale or self.positions is None else self.engine.work()

    async def finish(self, place: Place) -> None:
        """Apply and write the messages of a partition before an unreadable batch, so that nothing else is lost with the
        batch. Blocks for at most `FINISH_SECONDS` and a flush; the caller then ends the process."""
        deadline = self._ports.clock.monotonic() + FINISH_SECONDS
        while not self.engine.has_nothing_of(*place) and self._ports.clock.monotonic() < deadline:
            self.work()
            await self._ports.tasks.pause(FINISH_PAUSE_SECONDS)
        await self.flush()

    # --- writing

    async def flush(self, *, transitions_only: bool = False, may_wait: bool = False) -> None:
        """Write and commit the changes. Does nothing when the group has moved on: the partitions' owner replays them.

        Called each second, when `flush_signal` is set, and before partitions are revoked: that last call must be
        awaited before the group is joined. Blocks until all is acknowledged, and while another flush runs. Any failure
        ends the process. Idempotent. For `transitions_only` see `FlushCycle.run`, for `may_wait` `FlushCycle.may_wait`.
        """
        positions, assignment = self.positions, self._assignment
        if self.is_stale or positions is None or not self.engine.partitions:
            self.flush_signal.clear()
            return
        if may_wait and self._cycle.may_wait():
            return
        run, is_current = self._cycle.run, lambda: self._is_current(assignment)
        try:
            await run(positions, self.generation, is_current, transitions_only=transitions_only)
        except Exception as error:
            self._ports.exit.crash("a flush failed", error)

    def _is_current(self, assignment: int) -> bool:
        """Whether a flush that began in `assignment` may continue. Called after each of its waits."""
        self.check_alive()
        return assignment == self._assignment and not self.is_stale

    def check_alive(self) -> None:
        """End the process when its loop stalled for half the session timeout: others may own its partitions.

        A process that was paused must not write before this check. Called several times a second, and before every
        step of a flush. While it owns no partitions it writes nothing, so a restore may hold the loop without limit.
        """
        now = self._ports.clock.monotonic()
        if self.engine.partitions:
            self._liveness.check(now)
        else:
            self._liveness.beat(now)

    @property
    def is_rewrite_due(self) -> bool:
        """Whether the last records of replaced workers have arrived, and `rewrite_overtaken` should run."""
        return 0.0 < self._rewrite_at <= self._ports.clock.monotonic() and not self.is_stale

    async def rewrite_overtaken(self) -> dict[int, tuple[int, int]]:
        """Queue the accounts whose last record is from a replaced worker to be written again, since compaction keeps
        the last record of a key; and the answers of accounts that were forgotten meanwhile to be removed again.

        Called once after each assignment, when `is_rewrite_due`. Blocks while the changelog is read. The next flush
        writes them. Returns, by partition, the numbers of records and of accounts; partitions without any are left out.
        """
        self._rewrite_at = 0.0
        partitions = list(self.engine.partitions.values())
        overtaken = await self._ports.changelog.find_overtaken(partitions) if partitions else {}
        if overtaken is None:
            self._rewrite_at = self._ports.clock.monotonic() + OVERTAKEN_RETRY_SECONDS
            return {}
        written = {}
        for partition in partitions:
            if self.engine.partitions.get(partition.number) is not partition:
                continue
            partition.remove_answers_again()
            if keys := overtaken.get(partition.number, ()):
                written[partition.number] = len(keys), partition.write_again(keys)
                self.flush_signal.set()
        return written
