"""The Faust app of a worker: its settings, its table, its tasks, and the signals that drive the session.

Faust keeps what it is good at: group membership, co-partitioned assignment of inputs and changelog, the order of a
rebalance, the consumer thread. Its per-event stream path is not used, nor its commit: `streams.worker.faust_consumer`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

from scoring.plan.plan import Plan
from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.engine.ports import FlushWriter, Place, Ports
from streams.engine.session import Session
from streams.errors import UserError
from streams.kafka.batches import UnreadableBatch, advice
from streams.kafka.gap_report import GapReport
from streams.operations.metrics import WorkerMetrics
from streams.operations.topic_watch import TopicWatch, report_to_metrics
from streams.topics import SCORES, TOPICS
from streams.worker.event_loop import AsyncioTasks, SystemClock
from streams.worker.exit import ProcessExit, abort, crash
from streams.worker.faust_consumer import BatchApp, BatchConsumer, BatchTableManager
from streams.worker.gc_tuning import freeze
from streams.worker.group_members import Worker, company, refusal, strangers, this_worker
from streams.worker.lag import LagReport
from streams.worker.restore import ChangelogReader

with restricted_environment():
    from faust.types import TP

_LOG = logging.getLogger(__name__)
BEAT_SECONDS = 0.25
REWRITE_POLL_SECONDS = 1.0
FLUSH_PAUSES, FLUSH_PAUSE_SECONDS = 5, 0.01
"""Under load, how long a flush waits for more transitions after the last: five times ten milliseconds."""


class WorkerApp(BatchApp):
    """The Faust app of a worker. `open_session` must be called before it starts."""

    settings: Settings
    session: Session
    gaps: GapReport
    lag: LagReport
    watch: TopicWatch
    identity: Worker
    _names: dict[str, str]

    def open_session(self, settings: Settings, plan: Plan, writer: FlushWriter, metrics: WorkerMetrics) -> None:
        """Make the session, which asks this app for everything that Faust and the brokers know."""
        self.settings = settings
        self.identity = this_worker(settings, plan)
        self.gaps = GapReport(metrics)
        self.watch = TopicWatch(settings, "worker", report_to_metrics(metrics))
        self._names = {settings.topic(name): name for name in TOPICS}
        ports = Ports(
            clock=SystemClock(),
            tasks=AsyncioTasks(),
            group=FaustGroup(self),
            changelog=ChangelogReader(settings, plan),
            writer=writer,
            cluster=FaustCluster(self),
            gaps=self.gaps,
            exit=ProcessExit(settings),
            metrics=metrics,
        )
        self.session = Session(settings, plan, ports)
        self.lag = LagReport(self.session, self.gaps, metrics)

    async def on_first_start(self) -> None:
        for name in TOPICS:
            self.topics.add(self.topic(self.settings.topic(name), value_type=bytes, value_serializer="raw"))
        await super().on_first_start()

    def logical_topic(self, topic: str) -> str | None:
        """The logical name of one of the topics that are merged, None for the changelog."""
        return self._names.get(topic)

    # --- signals of a rebalance

    async def restore(self) -> None:
        """Faust has the assignment, has read nothing, and goes on to the committed offsets when this returns.

        Faust cancels it when the group is joined again meanwhile.
        """
        generation = self.consumer_generation_id
        numbers = sorted(
            {tp.partition for tp in self.consumer.assignment() if tp.topic == self.settings.changelog_topic}
        )
        try:
            is_owned = await self.session.assigned(numbers, generation)
        except asyncio.CancelledError:
            raise
        except UnreadableBatch as error:
            abort(advice(self.settings, error))
        except Exception as error:
            if self.should_stop:  # its connections go first
                return
            crash("the changelog could not be read", error)
        if is_owned:
            freeze()
            _LOG.info("generation %d: partitions %s restored", generation, numbers)

    # --- tasks

    async def flush_on_signal(self) -> None:
        """Write as soon as a transition or a control message waits.

        Under load transitions come by the dozen: then those of the last moments are written together.
        """
        while not self.should_stop:
            await self.session.flush_signal.wait()
            await self.session.flush(transitions_only=True)
            for _ in range(FLUSH_PAUSES):
                if not self.consumer.is_busy or self.session.engine.is_backpressured:
                    break
                await asyncio.sleep(FLUSH_PAUSE_SECONDS)

    async def keep_time(self) -> None:
        """Notice a stall, and have norms made when they are due."""
        while not self.should_stop:
            self.session.check_alive()
            self.session.engine.ask_for_norm()
            await asyncio.sleep(BEAT_SECONDS)

    async def watch_topics(self) -> None:
        """End the process when its topics are not what they must be any more."""
        try:
            await self.watch.run()
        except UserError as error:
            abort(str(error))

    async def rewrite_overtaken(self) -> None:
        """Some time after each restore, write again what a replaced worker has written after us."""
        while not self.should_stop:
            await asyncio.sleep(REWRITE_POLL_SECONDS)
            if not self.session.is_rewrite_due:
                continue
            for partition, (records, accounts) in (await self.session.rewrite_overtaken()).items():
                _LOG.warning(
                    "partition %d: %d records of a worker that was replaced came in; %d accounts are written again",
                    partition, records, accounts,
                )  # fmt: skip

    def check_membership(self) -> None:
        """End the process when the group refuses it."""
        if (error := self.membership_error()) is not None:
            crash(f"the group {self.settings.deployment} refuses this worker", error)


class FaustGroup:
    """`streams.engine.ports.Group`, as Faust's consumer knows it."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app

    @property
    def generation(self) -> int:
        generation: int = self._app.consumer_generation_id
        return generation

    def is_assigned(self, place: Place) -> bool:
        return self._consumer.is_assigned(place)

    async def commit(self, offsets: Mapping[Place, int], generation: int) -> bool:
        return await self._consumer.commit_offsets(offsets, generation)

    @property
    def _consumer(self) -> BatchConsumer:
        consumer: BatchConsumer = self._app.consumer
        return consumer


class FaustCluster:
    """`streams.engine.ports.Cluster`: what consumer and admin client learn from the brokers."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app

    async def check_members(self) -> None:
        """Another worker may have come in at the same moment: both had seen an empty group."""
        settings, own = self._app.settings, self._app.identity
        odd = strangers(own, await company(settings))
        if first := next((other for other in odd if own.gives_way_to(other)), None):
            abort(refusal(settings, own, first))

    async def topic_ids(self) -> Mapping[str, str]:
        seen = await self._app.watch.observe() or {}
        names = {self._app.settings.topic(name): name for name in (*TOPICS, SCORES)}
        return {names[topic]: each.found.id for topic, each in seen.items() if topic in names}

    async def log_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        consumer: BatchConsumer = self._app.consumer
        return await consumer.log_ends(places)


def new_app(settings: Settings, plan: Plan, writer: FlushWriter, metrics: WorkerMetrics) -> WorkerApp:
    """The Faust app of a worker: at-least-once under our own flush, no web server, no topic creation of its own."""
    session_seconds = settings.session_timeout_ms / 1_000
    app = WorkerApp(
        settings.deployment,
        env={},  # else Faust has any of its eighty settings from there, whatever is said here
        broker="kafka://",  # it names the driver; where the brokers are is for `streams.kafka.clients` to say
        store="memory://",  # the state is the engine's, and its one durable copy the changelog
        processing_guarantee="at_least_once",  # once only is our part: by the offsets in each account's record
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,  # `ensure_topics` makes them, with replication and in-sync copies; Faust has 1
        topic_disable_leader=True,
        table_standby_replicas=0,  # a second copy in memory would save some seconds of reading the changelog
        web_enabled=False,
        TableManager=BatchTableManager,
        # What the consumer itself is given stands in `ConsumerThread`; by these Faust waits for it.
        broker_session_timeout=session_seconds,
        broker_request_timeout=session_seconds + 10,
        broker_commit_interval=settings.flush_ms / 1_000,
        stream_wait_empty=True,
        loghandlers=[],
    )
    app.open_session(settings, plan, writer, metrics)
    # Nothing is kept in the table: by it Faust assigns the changelog together with the inputs.
    app.Table("accounts", key_type=bytes, value_type=bytes, partitions=settings.partitions)
    connect_signals(app)
    for task in (app.flush_on_signal, app.keep_time, app.watch_topics, app.rewrite_overtaken):
        app.task(task)
    return app


def connect_signals(app: WorkerApp) -> None:
    """Drive the session by the signals that Faust awaits in a rebalance.

    `on_partitions_revoked` comes after the last flush and before the join. `on_rebalance_complete` comes before the
    seek to committed offsets; `on_partitions_assigned` does not serve, since recovery and that seek run beside it.
    """

    async def revoked(_sender: Any, _partitions: Collection[TP], **_: Any) -> None:
        app.session.revoked()

    async def completed(_sender: Any, **_: Any) -> None:
        await app.restore()

    app.on_partitions_revoked.connect(revoked)
    app.on_rebalance_complete.connect(completed)
