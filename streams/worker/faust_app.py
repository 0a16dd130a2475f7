"""The Faust app of a worker: its settings, its table, its tasks, and the signals that drive the session.

Faust does what it is good at: group membership, co-partitioned assignment of inputs and changelog, the order of a
rebalance, the consumer thread. Its per-event stream path and its commit are not used; see
`streams.worker.faust_consumer`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from typing import Any

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.deployment.environment import restricted_environment
from streams.deployment.settings import Settings
from streams.engine.ports import FlushWriter, Place, Ports
from streams.engine.session import Session
from streams.errors import UserError
from streams.kafka.batches import UnreadableBatch, advice
from streams.kafka.gap_report import GapReport
from streams.operations.gc_tuning import DeadCycles
from streams.operations.metrics import WorkerMetrics
from streams.operations.topic_watch import TopicWatch, report_to_metrics
from streams.topics import SCORES, TOPICS
from streams.worker.arrivals import ARRIVALS_SECONDS, Write, publish_arrivals
from streams.worker.event_loop import AsyncioTasks, SystemClock
from streams.worker.exit import ProcessExit, abort, crash
from streams.worker.faust_consumer import BatchApp, BatchConsumer, BatchTableManager
from streams.worker.group_members import Worker, company, refusal, strangers, this_worker
from streams.worker.lag import LagReport
from streams.worker.restore import ChangelogReader

with restricted_environment():
    from faust.types import TP

_LOG = logging.getLogger(__name__)
BEAT_SECONDS = 0.25
REWRITE_POLL_SECONDS = 1.0
FLUSH_PAUSES, FLUSH_PAUSE_SECONDS = 5, 0.01
"""Under load, a flush waits for more transitions: ten milliseconds at a time, at most five times."""


class WorkerApp(BatchApp):
    """The Faust app of a worker. `open_session` must be called before it starts."""

    settings: Settings
    session: Session
    gaps: GapReport
    lag: LagReport
    watch: TopicWatch
    identity: Worker
    write_arrivals: Write
    dead_cycles: DeadCycles
    _names: dict[str, str]

    def open_session(
        self, settings: Settings, plan: Plan, policy: Policy, writer: FlushWriter, metrics: WorkerMetrics
    ) -> None:
        """Make the session, whose ports ask this app for everything that Faust and the brokers know."""
        self.settings = settings
        self.identity = this_worker(settings, plan, policy)
        self.gaps = GapReport(metrics)
        self.watch = TopicWatch(settings, "worker", report_to_metrics(metrics))
        self._names = {settings.topic(name): name for name in TOPICS}
        ports = Ports(
            clock=SystemClock(),
            tasks=AsyncioTasks(),
            group=FaustGroup(self),
            changelog=ChangelogReader(settings, plan, policy),
            writer=writer,
            cluster=FaustCluster(self),
            gaps=self.gaps,
            exit=ProcessExit(settings),
            metrics=metrics,
        )
        self.session = Session(settings, plan, ports)
        self.dead_cycles = DeadCycles()
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
        """Restore the assignment. Faust has read nothing yet, and seeks to the committed offsets when this returns.

        Faust cancels it if the group is joined again meanwhile.
        """
        self.dead_cycles.begin()  # quick: the partitions of the generation before are gone
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
            if self.should_stop:  # the connections are closed first
                return
            crash("the changelog could not be read", error)
        if is_owned:
            self.dead_cycles.keep()
            folds = {partition.fold.name for partition in self.session.engine.partitions.values()}
            by = f", folded by the {folds.pop()}" if folds else ""
            _LOG.info("generation %d: partitions %s restored%s", generation, numbers, by)

    # --- tasks

    async def flush_on_signal(self) -> None:
        """Flush as soon as a transition or a control message waits.

        Under load many transitions come at once; those of a short period are then written together.
        """
        while not self.should_stop:
            await self.session.flush_signal.wait()
            await self.session.flush(transitions_only=True)
            for _ in range(FLUSH_PAUSES):
                if not self.consumer.is_busy or self.session.engine.is_backpressured:
                    break
                await asyncio.sleep(FLUSH_PAUSE_SECONDS)

    async def keep_time(self) -> None:
        """Detect a stall, and request norms when they are due."""
        while not self.should_stop:
            self.session.check_alive()
            self.session.engine.ask_for_norm()
            await asyncio.sleep(BEAT_SECONDS)

    async def tell_guard(self) -> None:
        """Publish what arrives in our partitions."""
        while not self.should_stop:
            await asyncio.sleep(ARRIVALS_SECONDS)
            if not self.session.is_stale:
                await publish_arrivals(self.session.engine.take_arrivals, self.write_arrivals)

    async def watch_topics(self) -> None:
        """End the process when its topics no longer meet their requirements."""
        try:
            await self.watch.run()
        except UserError as error:
            abort(str(error))

    async def rewrite_overtaken(self) -> None:
        """Some time after each restore, write the accounts again that a replaced worker overwrote after it."""
        while not self.should_stop:
            await asyncio.sleep(REWRITE_POLL_SECONDS)
            if not self.session.is_rewrite_due:
                continue
            for partition, (records, accounts) in (await self.session.rewrite_overtaken()).items():
                _LOG.warning(
                    "partition %d: %d records of a replaced worker arrived late; %d accounts are written again",
                    partition, records, accounts,
                )  # fmt: skip

    def check_membership(self) -> None:
        """End the process when the group refuses it."""
        if (error := self.membership_error()) is not None:
            crash(f"the group {self.settings.deployment} refuses this worker", error)


class FaustGroup:
    """`streams.engine.ports.Group` over Faust's consumer."""

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
    """`streams.engine.ports.Cluster` over the consumer and an admin client."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app

    async def check_members(self) -> None:
        """Another worker may have joined at the same moment, after both had seen an empty group."""
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


def new_app(
    settings: Settings,
    plan: Plan,
    policy: Policy,
    writer: FlushWriter,
    metrics: WorkerMetrics,
    write_arrivals: Write,
) -> WorkerApp:
    """The Faust app of a worker: at-least-once under our own flush, no web server, no topic creation of its own."""
    session_seconds = settings.session_timeout_ms / 1_000
    app = WorkerApp(
        settings.deployment,
        env={},  # otherwise any of Faust's eighty settings may come from the environment and override these
        broker="kafka://",  # only names the driver; `streams.kafka.clients` knows the brokers' addresses
        store="memory://",  # the engine holds the state, and the changelog is its only durable copy
        processing_guarantee="at_least_once",  # effectively once by our own offsets in each account's record
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,  # `ensure_topics` creates them with replicas and in-sync copies; Faust with 1
        topic_disable_leader=True,
        table_standby_replicas=0,  # a standby would save only some seconds of reading the changelog
        web_enabled=False,
        TableManager=BatchTableManager,
        # `ConsumerThread` sets the consumer's own timeouts; Faust uses these to wait for it.
        broker_session_timeout=session_seconds,
        broker_request_timeout=session_seconds + 10,
        broker_commit_interval=settings.flush_ms / 1_000,
        stream_wait_empty=True,
        loghandlers=[],
    )
    app.open_session(settings, plan, policy, writer, metrics)
    app.write_arrivals = write_arrivals
    # The table holds nothing: through it Faust assigns the changelog together with the inputs.
    app.Table("accounts", key_type=bytes, value_type=bytes, partitions=settings.partitions)
    connect_signals(app)
    for task in (app.flush_on_signal, app.keep_time, app.tell_guard, app.watch_topics, app.rewrite_overtaken):
        app.task(task)
    return app


def connect_signals(app: WorkerApp) -> None:
    """Drive the session by the signals that Faust awaits in a rebalance.

    Faust sends `on_partitions_revoked` after the last flush and before the join, and `on_rebalance_complete` before the
    seek to committed offsets. `on_partitions_assigned` is unsuitable: recovery and that seek run concurrently with it.
    """

    async def revoked(_sender: Any, _partitions: Collection[TP], **_: Any) -> None:
        app.session.revoked()

    async def completed(_sender: Any, **_: Any) -> None:
        await app.restore()

    app.on_partitions_revoked.connect(revoked)
    app.on_rebalance_complete.connect(completed)
