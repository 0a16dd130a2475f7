"""Faust's consumer with another message loop: with `faust_thread` the only module that uses private API of Faust.

It connects the clients with the session: it passes fetched batches on unchanged, and turns Faust's commits into
flushes. `tests/contracts/test_faust.py` lists the private API in use and fails when an upgrade changes it; the versions
are pinned exactly in `pyproject.toml`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.environment import restricted_environment
from streams.engine.ports import Place
from streams.engine.session import Session
from streams.kafka.batches import UnreadableBatch, advice
from streams.kafka.gap_report import GapReport
from streams.kafka.open_transactions import BlockedPartition
from streams.worker.exit import abort, crash
from streams.worker.faust_thread import ConsumerThread
from streams.worker.lag import InputEnd, LagReport

with restricted_environment():  # Faust reads variables of its own when it is imported
    from faust.app.base import App, BootStrategy
    from faust.tables.manager import TableManager
    from faust.tables.recovery import Recovery
    from faust.transport.drivers import aiokafka as driver
    from faust.types import TP

_LOG = logging.getLogger(__name__)
IDLE_SECONDS = 0.05


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, with its message loop and its commit replaced."""

    is_busy = False
    """Whether the last round applied messages: under load, or while catching up."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._fetching = asyncio.Lock()
        self._session: Session = self.app.session
        self._gaps: GapReport = self.app.gaps
        self._lag: LagReport = self.app.lag

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # --- the message loop

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await self._drain_once()
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        except UnreadableBatch as error:
            try:
                await self._session.finish((self.app.logical_topic(error.topic) or "", error.partition))
            except UnreadableBatch as earlier:  # of another buffer, or before this one: messages wait behind it
                error = earlier
            await self._session.flush()
            abort(advice(self.app.settings, error))
        except Exception as error:
            crash("the worker's message loop failed", error)

    async def _drain_once(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        inputs = [tp for tp in self._get_active_partitions() if self.app.logical_topic(tp.topic) is not None]
        wanted = {tp for tp in inputs if not self._session.engine.is_full(*self._place_of(tp))}
        self._thread.leaves_some = len(wanted) < len(inputs)
        if wanted:
            await self._fetch(wanted)
        elif not self.is_busy:
            await asyncio.sleep(IDLE_SECONDS)
        self.is_busy = self._session.work() > 0
        self._lag.observe(self.input_ends)
        await asyncio.sleep(0)

    async def _fetch(self, wanted: set[TP]) -> None:
        """Fetch from these partitions, and feed the messages to the session.

        The lock excludes `perform_seek`: messages fetched before a seek are never fed after it.
        """
        async with self._fetching:
            batches = await self._getmany(active_partitions=wanted, timeout=0 if self.is_busy else IDLE_SECONDS)
            if not self.flow_active:  # a rebalance began meanwhile: reading starts again at the committed offsets
                return
            for tp in [*batches, *(wanted - set(batches))]:
                end, position = self._input_end(tp), self._position_of(tp)
                self._session.feed(self._place_of(tp), batches.get(tp, []), position=position, end=end.end)
            await self._session.check_truncation()
            await self._gaps.settle(self.log_starts)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets, and empty the buffers. Faust calls it once the partitions are restored."""
        async with self._fetching:
            found = {TP(tp.topic, tp.partition): offset for tp, offset in (await self.seek_to_committed()).items()}
            inputs = [tp for tp in self.assignment() if self.app.logical_topic(tp.topic) is not None]
            committed = {TP(tp.topic, tp.partition): found.get(TP(tp.topic, tp.partition)) or 0 for tp in inputs}
            # aiokafka seeks only partitions with a commit. In others, messages fetched and dropped would be lost.
            if untouched := [tp for tp, offset in committed.items() if not offset]:
                await self._thread.seek_to_beginning(*driver.ensure_aiokafka_TPset(untouched))
            self._session.reset_positions({self._place_of(tp): offset for tp, offset in committed.items()})

    def _place_of(self, tp: TP) -> Place:
        return self.app.logical_topic(tp.topic), tp.partition

    def _named(self, places: Collection[Place]) -> dict[TP, Place]:
        return {TP(self.app.settings.topic(topic), partition): (topic, partition) for topic, partition in places}

    # --- what the group and the logs say

    def is_assigned(self, place: Place) -> bool:
        return TP(self.app.settings.topic(place[0]), place[1]) in self.assignment()

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Faust asks for a commit on its timer, before partitions go and at the end: each is a flush. With the last two
        it wants no new transaction, and these cannot wait."""
        await self._session.flush(may_wait=start_new_transaction)
        self.app.dead_cycles.tend()
        return True

    async def commit_offsets(self, offsets: Mapping[Place, int], generation: int) -> bool:
        """As `streams.engine.ports.Group.commit`."""
        named = {TP(self.app.settings.topic(topic), number): next_ for (topic, number), next_ in offsets.items()}
        committed: bool = await self._thread.call_thread(self._thread.commit_in, named, generation)
        return committed

    async def log_ends(self, places: Collection[Place]) -> dict[Place, int]:
        """As `streams.engine.ports.Cluster.log_ends`."""
        named = self._named(places)
        try:
            found = await self._thread.highwaters(*driver.ensure_aiokafka_TPset(named))
        except KafkaError as error:
            _LOG.info("the ends of %s cannot be had now (%r)", sorted(places), error)
            return {}
        return {named[TP(tp.topic, tp.partition)]: end for tp, end in found.items()}

    async def log_starts(self, places: Collection[Place]) -> dict[Place, int]:
        """The first offsets that still exist.

        Raises:
            KafkaError: when they are unavailable now.
        """
        named = self._named(places)
        found = await self._thread.earliest_offsets(*driver.ensure_aiokafka_TPset(named))
        return {named[TP(tp.topic, tp.partition)]: start for tp, start in found.items()}

    def input_ends(self) -> dict[Place, InputEnd]:
        """The end of each assigned input's log, as reported by the last fetch."""
        inputs = [tp for tp in self.assignment() if self.app.logical_topic(tp.topic) is not None]
        return {self._place_of(tp): self._input_end(tp) for tp in inputs}

    def _input_end(self, tp: TP) -> InputEnd:
        """The end of the readable log. Messages of an open transaction cannot be read, and are no lag of ours.

        The consumer's own thread follows the group, so a partition may be revoked between any two of our lines, and
        aiokafka raises for one that is. Its messages applied by then are never written: a flush checks the group first.
        """
        try:
            end: int | None = self.highwater(TP(tp.topic, tp.partition))
            stable: int | None = self._thread._consumer.last_stable_offset(TopicPartition(tp.topic, tp.partition))
        except (AssertionError, AttributeError):
            return InputEnd(None)
        if end is not None and stable is not None and 0 <= stable < end:
            return InputEnd(stable, BlockedPartition(stable, end - stable))
        return InputEnd(end)

    def _position_of(self, tp: TP) -> int:
        """Where the next fetch begins, which also passes offsets without a message; 0 while unknown."""
        try:
            assignment = self._thread._consumer._subscription.subscription.assignment
            state = assignment.state_value(TopicPartition(tp.topic, tp.partition))
            position: int = state.position if state.has_valid_position else 0
        except (AssertionError, AttributeError):  # as in `_input_end`
            return 0
        return position

    # --- what Faust does by itself

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock detector watches its own stream path, which is not used here; ours is `/healthz`."""

    async def on_task_error(self, exc: BaseException) -> None:
        """Does nothing; Faust would commit here."""


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's aiokafka transport with our consumer."""

    Consumer = BatchConsumer


class NoRecovery(Recovery):  # type: ignore[misc]
    """Faust's recovery with nothing to do: `Session.assigned` reads the changelog in bulk."""

    def need_recovery(self) -> bool:
        return False


class BatchTableManager(TableManager):  # type: ignore[misc]
    """Faust's table manager with our recovery."""

    _recovery: Recovery | None

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = NoRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class NoProducer(BootStrategy):  # type: ignore[misc]
    """Faust without its producer, which would only hold a connection; ours is `streams.worker.flush_writer`."""

    enable_kafka_producer = False


class BatchApp(App):  # type: ignore[misc]
    """A Faust app with our consumer. It reads no environment variables and writes nothing to disk."""

    BootStrategy = NoProducer

    def _init_fixups(self) -> list[Any]:
        """None: the only one looks for Django in the environment."""
        return []

    def _create_directories(self) -> None:
        """None: nothing is kept on disk, which may be read-only."""

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def membership_error(self) -> BaseException | None:
        """Why the group refuses this process; None when it does not.

        aiokafka raises the error to the next caller that polls, and without partitions nobody polls: the worker would
        wait for ever, and log nothing.
        """
        consumer = None if self._consumer is None else self._consumer._thread._consumer
        coordinator = None if consumer is None else consumer._coordinator
        return None if coordinator is None else getattr(coordinator, "_pending_exception", None)
