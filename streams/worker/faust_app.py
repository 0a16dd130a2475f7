"""The batch lane inside Faust: the only module that touches private API of Faust, mode and aiokafka.

Faust keeps what it is good at: group membership, co-partitioned assignment of inputs and changelog, the rebalance
protocol, the consumer thread. Its per-event stream path is not used: fetched batches go to the `Engine` as they came
off the wire, and its commit is replaced by the engine's flush. `tests/contracts/test_faust.py` names what is leaned on
here and fails when an upgrade changes it; the versions are pinned exactly in `pyproject.toml`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.environment import only_what_is_ours
from streams.deployment.settings import Settings
from streams.engine.engine import Engine
from streams.engine.log_truncation import shortened
from streams.errors import UserError
from streams.kafka.batches import UnreadableBatch, advice
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import Missing
from streams.kafka.open_transactions import Held, HeldBack
from streams.kafka.open_transactions import words as held_words
from streams.operations.metrics import WorkerMetrics
from streams.operations.topic_watch import Watch, tell_metrics
from streams.topics import SCORES, TOPICS
from streams.worker.exit import end_process, halt
from streams.worker.flush_writer import REQUEST_TIMEOUT_MS
from streams.worker.gc_tuning import leave_alone
from streams.worker.group_members import Worker, company, refusal, strangers, this_worker
from streams.worker.restore import find_overtaken, restore
from streams.worker.topic_identity import adopt, without_state

with only_what_is_ours():  # Faust reads variables of its own when it is imported
    from faust.app.base import App, BootStrategy
    from faust.tables.manager import TableManager
    from faust.tables.recovery import Recovery
    from faust.tables.table import Table
    from faust.transport.drivers import aiokafka as driver
    from faust.types import TP

_LOG = logging.getLogger(__name__)
FETCH_WAIT_MS = 50
"""How long a broker may sit on a fetch, which is what an event may wait for in an idle topic."""
FINISH_SECONDS = 40.0
"""How long what came before an unreadable batch may wait for other topics."""
REBALANCE_MS = 60_000
"""The least time that members have to join again: a last flush goes before partitions do."""
IDLE_SECONDS = 0.05
LAG_EVERY_SECONDS = 1.0
BEAT_SECONDS = 0.25
STRAGGLE_SECONDS = REQUEST_TIMEOUT_MS / 1_000 + 15.0
"""How long, after the group has given a worker up, what it had sent may still come in."""
LOOK_BACK_EVERY_SECONDS = 1.0
URGENT_PAUSES, URGENT_PAUSE_SECONDS = 5, 0.01
"""Under load, how long a flush waits for more transitions after the last: five times ten milliseconds."""


class LaneThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust has no types
    """Faust's consumer thread, with a consumer that is made as all of ours are."""

    def _create_consumer(self, loop: Any) -> AIOKafkaConsumer:
        """Called in the thread, whose event loop the consumer then belongs to. Faust's options are not looked at."""
        settings: Settings = self.app.settings
        self._assignor = self.app.assignor
        return new_consumer(
            settings,
            self.app.identity.role,
            group_id=settings.deployment,
            partition_assignment_strategy=[self._assignor],
            auto_offset_reset="earliest",  # nothing was committed: all of the log is still to be counted
            **membership(settings),
            rebalance_timeout_ms=max(settings.session_timeout_ms, REBALANCE_MS),
            heartbeat_interval_ms=settings.session_timeout_ms // 10,
            # A join waits for the other members up to the session timeout; the request must outlast it.
            request_timeout_ms=settings.session_timeout_ms + 10_000,
            # After it a member without partitions would leave the group and never come back (aiokafka#1187). A loop
            # that is stuck is what `LaneApp.check_alive` looks for.
            max_poll_interval_ms=10**9,
            max_poll_records=2_000,  # of one fetch; `streams.engine.merge.BUFFER_MAX` bounds what is held
            max_partition_fetch_bytes=1024 * 1024,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )


class LaneConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer, with its message loop and its commit replaced."""

    is_busy = False
    """Whether the last look brought messages to apply: under load, or behind."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._fetching = asyncio.Lock()
        self._suspects: set[TP] = set()
        """Where the last fetch's high watermark was not beyond what was applied."""
        self._missing = self.lane.missing

    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def lane(self) -> LaneApp:
        app: LaneApp = self.app
        return app

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
            await self._finish(error)
            halt(advice(self.lane.settings, error))
        except Exception as error:
            end_process("the worker's message loop failed", error)

    async def _finish(self, error: UnreadableBatch) -> None:
        """Write what came before the batch, so that giving it up gives up nothing else."""
        name, deadline = self.lane.plain_name(error.topic) or "", time.monotonic() + FINISH_SECONDS
        while not self.lane.engine.has_nothing_of(name, error.partition) and time.monotonic() < deadline:
            self.lane.engine.work()
            await asyncio.sleep(IDLE_SECONDS)
        await self.lane.flush()

    async def _drain_once(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        wanted = {tp for tp in self._get_active_partitions() if not self._is_full(tp)}
        if wanted:
            await self._fetch(wanted)
        elif not self.is_busy:
            await asyncio.sleep(IDLE_SECONDS)
        self.is_busy = self.lane.engine.work() > 0
        self.lane.observe_lag(self)
        await asyncio.sleep(0)

    async def _fetch(self, wanted: set[TP]) -> None:
        """Fetch from these partitions, and hand over what came.

        The lock keeps it apart from `perform_seek`: what is fetched before a seek is never taken for what follows it.
        """
        async with self._fetching:
            batches = await self._getmany(active_partitions=wanted, timeout=0 if self.is_busy else IDLE_SECONDS)
            # A rebalance began meanwhile. What came is dropped: reading starts again at the committed offsets.
            if not self.flow_active or self.lane.is_stale():
                return
            for tp, messages in batches.items():
                self._feed(tp, messages)
            for tp in wanted - set(batches):
                self._feed(tp, [])
            if self._suspects:
                await self._check_ends()
            await self._missing.settle(self._starts)

    async def perform_seek(self) -> None:
        """Go back to the committed offsets, with empty buffers."""
        async with self._fetching:
            await super().perform_seek()
            # aiokafka seeks only where something was committed. Elsewhere what was fetched and dropped would be lost.
            names = {TP(tp.topic, tp.partition): self.lane.plain_name(tp.topic) for tp in self.assignment()}
            inputs = {tp: name for tp, name in names.items() if name is not None}
            if untouched := [tp for tp in inputs if not self._read_offset[tp]]:
                await self._thread.seek_to_beginning(*driver.ensure_aiokafka_TPset(untouched))
            self._missing.seek()
            committed = {(name, tp.partition): self._read_offset[tp] or 0 for tp, name in inputs.items()}
            if words := without_state(self.lane.settings, self.lane.engine.partitions.values(), committed):
                halt(words)
            self.lane.engine.read_from(committed)

    def _is_full(self, tp: TP) -> bool:
        name = self.lane.plain_name(tp.topic)
        return name is None or self.lane.engine.is_full(name, tp.partition)

    def _feed(self, tp: TP, messages: list[Any]) -> None:
        name = self.lane.plain_name(tp.topic)
        if name is None:
            return
        place = TP(tp.topic, tp.partition)
        expected = self._read_offset[place] or 0
        if messages and messages[0].offset < expected:
            messages = [message for message in messages if message.offset >= expected]
        reached = max(messages[-1].offset + 1 if messages else expected, self._position_of(tp))
        self._missing.passed((name, tp.partition), expected, messages[0].offset if messages else reached)
        self._read_offset[place] = reached
        end = self.end_of(tp)
        self.lane.engine.feed(name, tp.partition, messages, at_end=end is not None and reached >= end, reached=reached)
        if end is not None and end <= self.lane.applied(name, tp.partition):
            self._suspects.add(place)

    async def _starts(self, places: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        named = {TP(self.lane.settings.topic(name), number): (name, number) for name, number in places}
        found = await self._thread.earliest_offsets(*driver.ensure_aiokafka_TPset(named))
        return {named[TP(tp.topic, tp.partition)]: start for tp, start in found.items()}

    def _position_of(self, tp: TP) -> int:
        """Where the next fetch begins, which passes what no message tells of; 0 while that is not known."""
        try:
            assignment = self._thread._consumer._subscription.subscription.assignment
            state = assignment.state_value(TopicPartition(tp.topic, tp.partition))
            position: int = state.position if state.has_valid_position else 0
        except (AssertionError, AttributeError):  # as in `end_of`
            return 0
        return position

    async def _check_ends(self) -> None:
        """End the process where a log is shorter than what was applied of it.

        Both must say so: just after an election a fetch's high watermark may lag behind, and what the embedded broker
        answers when it is asked for the end is too small.
        """
        suspects, self._suspects = self._suspects, set()
        try:
            found = await self._thread.highwaters(*driver.ensure_aiokafka_TPset(suspects))
        except KafkaError as error:
            _LOG.info("the ends of %s cannot be had now (%r)", suspects, error)
            return
        ends = {TP(tp.topic, tp.partition): end for tp, end in found.items()}
        for tp in suspects:
            applied = self.lane.applied(self.lane.plain_name(tp.topic) or "", tp.partition)
            if (words := shortened(tp.partition, {tp.topic: applied}, {tp.topic: ends[tp]})) is not None:
                halt(words)

    def end_of(self, tp: TP) -> int | None:
        """A partition's next offset, as its last fetch told it; None while that is not known.

        The group moves on in the consumer's own thread, so a partition may be gone between any two of our lines, and
        aiokafka fails over one that is. What is applied of it by then is never written: a flush asks the group first.
        """
        end, held = self._end_and_held(tp)
        # What an open transaction holds back cannot be read yet, and is no lag of ours.
        return end if end is None or held is None else held.stable

    def held_back(self, tp: TP) -> Held | None:
        """What an open transaction keeps from us, as the last fetch told it; None for nothing."""
        return self._end_and_held(tp)[1]

    def _end_and_held(self, tp: TP) -> tuple[int | None, Held | None]:
        try:
            end: int | None = self.highwater(TP(tp.topic, tp.partition))
            stable: int | None = self._thread._consumer.last_stable_offset(TopicPartition(tp.topic, tp.partition))
        except (AssertionError, AttributeError):
            return None, None
        is_held = end is not None and stable is not None and 0 <= stable < end
        return end, Held(stable, end - stable) if is_held and end is not None and stable is not None else None

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Faust asks for a commit on its timer, before partitions go and at the end: each is a flush."""
        await self.lane.flush()
        return True

    async def commit_offsets(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        """Commit the next offsets to read; False when the group has moved on and others will replay."""
        named = {TP(self.lane.settings.topic(topic), partition): next_ for (topic, partition), next_ in offsets.items()}
        assigned = self.assignment()
        if not (mine := {tp: next_ for tp, next_ in named.items() if tp in assigned}):
            return False
        committed: bool = await self._commit(mine)
        if committed:
            self._committed_offset.update(mine)
        return committed

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock detector watches its own stream path, which carries nothing here; ours is `/healthz`."""

    async def on_task_error(self, exc: BaseException) -> None:
        """Faust would commit here."""


class LaneTransport(driver.Transport):  # type: ignore[misc]
    """Faust's aiokafka transport with our consumer."""

    Consumer = LaneConsumer


class LaneRecovery(Recovery):  # type: ignore[misc]
    """Faust's recovery, which finds nothing to do: `AccountTable` reads the changelog in bulk."""

    def need_recovery(self) -> bool:
        return False


class LaneTableManager(TableManager):  # type: ignore[misc]
    """Faust's table manager with our recovery."""

    _recovery: Recovery | None

    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = LaneRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class AccountTable(Table):  # type: ignore[misc]
    """The account table: Faust assigns its changelog with the inputs; state lives in the engine's partitions."""

    async def on_recovery_completed(self, active_tps: Iterable[TP], standby_tps: Iterable[TP]) -> None:
        """Called after an assignment, before any message is read."""
        try:
            await self.app.take_over(sorted({tp.partition for tp in active_tps}))
        except asyncio.CancelledError:
            raise
        except UnreadableBatch as error:
            halt(advice(self.app.settings, error))
        except Exception as error:
            if self.app.should_stop:  # its connections go first
                return
            # Faust would swallow it, and go on with empty state.
            end_process("the changelog could not be read", error)


class LaneStart(BootStrategy):  # type: ignore[misc]
    """What Faust starts: no producer, whose only use would be to hold a connection; ours is in
    `streams.worker.flush_writer`."""

    enable_kafka_producer = False


class LaneApp(App):  # type: ignore[misc]
    """The Faust app of a worker. `own_engine` must be called before it starts."""

    BootStrategy = LaneStart

    settings: Settings
    engine: Engine
    metrics: WorkerMetrics
    identity: Worker
    missing: Missing
    watch: Watch
    _names: dict[str, str]
    _generation = -1
    _joined = (-1, 0.0)
    """The generation that partitions were last given in, and since when."""
    _lag_at = 0.0
    _beat_at = 0.0
    _look_back_at = 0.0

    def own_engine(self, settings: Settings, engine: Engine, metrics: WorkerMetrics) -> None:
        self.settings, self.engine, self.metrics = settings, engine, metrics
        self.identity = this_worker(settings, engine.plan)
        self._held, self._told_held = HeldBack(), set[tuple[str, int]]()
        self.missing = Missing(metrics)
        self.watch = Watch(settings, "worker", tell_metrics(metrics))
        self._names = {settings.topic(name): name for name in TOPICS}

    def _init_fixups(self) -> list[Any]:
        """None: the only one looks for Django in the environment."""
        return []

    def _create_directories(self) -> None:
        """None: nothing is kept on disk, which may be read-only."""

    def _new_transport(self) -> LaneTransport:
        return LaneTransport(self.conf.broker_consumer, self)

    async def on_first_start(self) -> None:
        for name in TOPICS:
            self.topics.add(self.topic(self.settings.topic(name), value_type=bytes, value_serializer="raw"))
        await super().on_first_start()

    def plain_name(self, topic: str) -> str | None:
        """The plain name of one of the topics that are merged, None for the changelog."""
        return self._names.get(topic)

    def applied(self, name: str, number: int) -> int:
        """The last offset applied of a topic's partition, -1 for none."""
        partition = self.engine.partitions.get(number)
        return -1 if partition is None else partition.applied_offsets[TOPICS.index(name)]

    def is_stale(self) -> bool:
        """Whether the group has moved on since the partitions were taken over."""
        return bool(self.consumer_generation_id != self._generation)

    async def take_over(self, numbers: list[int]) -> None:
        """Restore the assigned partitions, which are read only after this.

        Faust may call it again, for the next assignment, while it still runs: the earlier call then gives up.
        """
        started = time.monotonic()
        generation = self.consumer_generation_id
        self.engine.disown()
        self._look_for_a_namesake(generation)
        plan = self.engine.plan
        partitions, records = await restore(self.settings, plan, numbers, generation) if numbers else ([], 0)
        await self._look_around()
        seen = await self.watch.see() or {}
        if generation != self.consumer_generation_id:
            return
        names = {self.settings.topic(name): name for name in (*TOPICS, SCORES)}
        ids = {names[topic]: each.found.id for topic, each in seen.items() if topic in names}
        if words := adopt(self.settings, partitions, ids):
            halt(words)
        self.engine.own(partitions)
        self._look_back_at = time.monotonic() + self.settings.session_timeout_ms / 1_000 + STRAGGLE_SECONDS
        leave_alone()
        self._generation = generation
        self._beat_at = time.monotonic()
        self.metrics.recovery_seconds(time.monotonic() - started)
        self.metrics.recovered_records(records)
        self.metrics.ready()
        _LOG.info(
            "generation %d: partitions %s restored from %d records in %.2f s",
            generation, numbers, records, time.monotonic() - started,
        )  # fmt: skip

    async def _look_around(self) -> None:
        """End the process before it has written anything, when another worker came in at the same moment and scores
        otherwise: both had seen an empty group."""
        odd = strangers(self.identity, await company(self.settings))
        if first := next((other for other in odd if self.identity.gives_way_to(other)), None):
            halt(refusal(self.settings, self.identity, first))

    def _look_for_a_namesake(self, generation: int) -> None:
        """End the process where another took its name, which is then to be had only by taking it back, over and over.

        A static member that is given its partitions again within one generation lost them to one of its own name: any
        other loss makes a new generation. One that has them since less than the session timeout holds out, so that of
        two it is the older that ends.
        """
        now = time.monotonic()
        if generation != self._joined[0]:
            self._joined = generation, now
        elif self.settings.group_instance_id and now - self._joined[1] > self.settings.session_timeout_ms / 1_000:
            halt(
                f"another process took the name {self.settings.group_instance_id!r} in the group "
                f"{self.settings.deployment}: give each a VITALS_GROUP_INSTANCE_ID of its own."
            )

    async def flush(self, *, transitions_only: bool = False) -> None:
        """Flush the engine, unless the group has moved on: then what is in memory is somebody else's to write."""
        if self.is_stale() or not self.engine.partitions:
            self.engine.wake.clear()
            return
        try:
            await self.engine.flush(self.consumer.commit_offsets, self.check_alive, transitions_only=transitions_only)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            end_process("a flush failed", error)

    def check_alive(self) -> None:
        """End the process when its loop stood still for half the session timeout: others may own its partitions.

        A process that was paused must not write before it knows; this runs before every step of a flush. While it owns
        nothing it has nothing to write, and the restoring of many accounts may hold the loop for as long as it takes.
        """
        now = time.monotonic()
        stalled = now - self._beat_at
        if self.engine.partitions and self._beat_at and stalled > self.settings.session_timeout_ms / 2_000:
            end_process(f"the worker stood still for {stalled:.1f} s, others may have taken its partitions over")
        self._beat_at = now

    async def look_back(self) -> None:
        """Some time after each takeover, when nobody who was replaced can write any more, write again what they have
        written after us: compaction keeps the last record of a key, and not the one that counts."""
        while not self.should_stop:
            await asyncio.sleep(LOOK_BACK_EVERY_SECONDS)
            if not self._look_back_at or time.monotonic() < self._look_back_at or self.is_stale():
                continue
            self._look_back_at = 0.0
            partitions = list(self.engine.partitions.values())
            try:
                overtaken = await find_overtaken(self.settings, partitions) if partitions else {}
            except (KafkaError, TimeoutError) as error:
                _LOG.info("what was written since the takeover cannot be read now (%r)", error)
                self._look_back_at = time.monotonic() + STRAGGLE_SECONDS
                continue
            for partition in partitions:
                keys = overtaken[partition.number]
                if keys and self.engine.partitions.get(partition.number) is partition:
                    _LOG.warning(
                        "partition %d: %d records of a worker that was replaced came in; %d accounts are written again",
                        partition.number, len(keys), partition.write_again(keys),
                    )  # fmt: skip
                    self.engine.wake.set()

    async def watch_topics(self) -> None:
        """End the process when its topics are not what they must be any more."""
        try:
            await self.watch.run()
        except UserError as error:
            halt(str(error))

    async def keep_time(self) -> None:
        """Beat, so that a stall is noticed, and have norms made when they are due."""
        while not self.should_stop:
            self.check_alive()
            self.engine.ask_for_norm()
            await asyncio.sleep(BEAT_SECONDS)

    def check_membership(self) -> None:
        """End the process when the group refuses it. aiokafka tells that to whoever polls next, and nobody does as long
        as there are no partitions: the worker would wait for ever, and say nothing."""
        consumer = None if self._consumer is None else self._consumer._thread._consumer
        coordinator = None if consumer is None else consumer._coordinator
        if coordinator is not None and (error := getattr(coordinator, "_pending_exception", None)) is not None:
            end_process(f"the group {self.settings.deployment} refuses this worker", error)

    async def flush_when_woken(self) -> None:
        """Write as soon as a transition or a control message waits.

        Under load transitions come by the dozen: then those of the last moments are written together.
        """
        while not self.should_stop:
            await self.engine.wake.wait()
            await self.flush(transitions_only=True)
            for _ in range(URGENT_PAUSES):
                if not self.consumer.is_busy or self.engine.is_full_of_notifications:
                    break
                await asyncio.sleep(URGENT_PAUSE_SECONDS)

    def observe_lag(self, consumer: LaneConsumer) -> None:
        """Tell the metrics how far behind the partitions are, once a second."""
        now = time.monotonic()
        if now - self._lag_at < LAG_EVERY_SECONDS:
            return
        self._lag_at = now
        lag: dict[tuple[str, int], int] = {}
        behind: dict[tuple[str, int], int] = {}
        held: dict[tuple[str, int], Held] = {}
        for tp in consumer.assignment():
            name = self.plain_name(tp.topic)
            partition = self.engine.partitions.get(tp.partition)
            end = consumer.end_of(tp)
            if name is not None and partition is not None and end is not None:
                applied = partition.applied_offsets[TOPICS.index(name)] + 1
                lag[name, tp.partition] = max(0, end - max(applied, consumer._committed_offset[tp] or 0))
                if lag[name, tp.partition] and self.engine.has_nothing_of(name, tp.partition):
                    behind[name, tp.partition] = consumer._read_offset[tp] or 0
            if name is not None and (kept := consumer.held_back(tp)) is not None:
                held[name, tp.partition] = kept
        self.metrics.lag(lag, self.missing.unreadable(behind))
        self._tell_held(self._held.observe(held, now))
        self.engine.observe_counts()

    def _tell_held(self, standing: dict[tuple[str, int], Held]) -> None:
        """Tell of open transactions once in the log, and in metrics and health for as long as they stand."""
        if standing.keys() - self._told_held:
            _LOG.warning("%s", held_words(standing))
        self._told_held = set(standing)
        self.metrics.held_back({place: held.messages for place, held in standing.items()})
        self.metrics.notice("transactions", held_words(standing))


def new_app(settings: Settings, engine: Engine, metrics: WorkerMetrics) -> LaneApp:
    """The Faust app of a worker: at-least-once under our own flush, no web server, no topic creation of its own."""
    session_seconds = settings.session_timeout_ms / 1_000
    app = LaneApp(
        settings.deployment,
        env={},  # else Faust has any of its eighty settings from there, whatever is said here
        broker="kafka://",  # it names the driver; where the brokers are is `streams.kafka.clients`' to say
        store="memory://",  # the state is the engine's, and its one durable copy the changelog
        processing_guarantee="at_least_once",  # once only is our part: by the offsets in each account's record
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,  # `ensure_topics` makes them, with replication and in-sync copies; Faust has 1
        topic_disable_leader=True,
        table_standby_replicas=0,  # a second copy in memory would save some seconds of reading the changelog
        web_enabled=False,
        TableManager=LaneTableManager,
        # What the consumer itself is given stands in `LaneThread`; by these Faust waits for it.
        broker_session_timeout=session_seconds,
        broker_request_timeout=session_seconds + 10,
        broker_commit_interval=settings.flush_ms / 1_000,
        stream_wait_empty=True,
        loghandlers=[],
    )
    app.own_engine(settings, engine, metrics)
    app.tables.add(AccountTable(app, name="accounts", key_type=bytes, value_type=bytes, partitions=settings.partitions))
    app.task(app.flush_when_woken)
    app.task(app.keep_time)
    app.task(app.watch_topics)
    app.task(app.look_back)
    return app
