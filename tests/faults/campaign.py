"""The campaign: scenario after scenario, each compared with an undisturbed run, and the table of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiokafka.errors import KafkaError

from alerts.notification import Notification
from streams.kafka.topic_admin import ensure_topics
from tests.faults import invariants
from tests.faults.broker_faults import BrokerBounces, Outage
from tests.faults.dependency_faults import FullDisk, NetworkCuts, RedisFaults
from tests.faults.environment import PARTITIONS, SEED, SETTLE_SECONDS, WORKERS, Stage, settings_for
from tests.faults.evidence import Evidence
from tests.faults.kafka import Cluster, Kafka, ProxiedKafka
from tests.faults.offset_watch import Watch
from tests.faults.publisher import Offsets, Publisher
from tests.faults.scenario import CannotRun, Row, Scenario
from tests.faults.supervisor import Fleet
from tests.faults.worker_faults import Freezes, Kills, Poison, RollingRestarts, Scaling
from tests.faults.workload import History
from tests.support.kafka.topic import read_all

CALM_SPARE_ROUNDS = 200
_LOG = logging.getLogger(__name__)


def full(share: float = 1.0) -> list[Scenario]:
    """The campaign whole: an hour and a quarter. With a `share` of it (0 to 1), so many of each, one at the least."""

    def of(count: int) -> int:
        return max(1, round(count * share))

    return [
        Kills(of(200)),
        RollingRestarts(of(20)),
        Scaling(of(10)),
        Freezes(of(20)),
        Poison(120.0 * share),
        RedisFaults(of(5), 20.0),
        NetworkCuts(of(5)),
        FullDisk(of(5), 15.0),
        BrokerBounces(of(5), hard=False, away_seconds=10.0),
        BrokerBounces(of(5), hard=True, away_seconds=10.0),
        Outage(1, 90.0),
    ]


def quick() -> list[Scenario]:
    """A little of everything, within five minutes."""
    return [
        Kills(2, 4.0),
        RollingRestarts(1),
        Scaling(1),
        Freezes(1),
        Poison(3.0),
        RedisFaults(1, 3.0),
        NetworkCuts(1, 8.0, ways=1),
        FullDisk(1, 2.0),
        BrokerBounces(1, hard=True, away_seconds=3.0, roles=("coordinator",)),
        Outage(1, 8.0),
    ]


class Campaign:
    """What the scenarios on one broker share: the history, and its undisturbed run. One scenario at a time."""

    def __init__(self, spare_rounds: int = CALM_SPARE_ROUNDS, *, all_ids: bool = False) -> None:
        """`spare_rounds` is how much further than its first scenario the undisturbed run goes, for the next ones;
        `all_ids` is for brokers that restart, see `History`."""
        self._history = History(SEED, PARTITIONS, all_ids=all_ids)
        self._spare_rounds = spare_rounds
        self._calm: list[Notification] = []
        self._calm_rounds = 0

    async def play(self, scenarios: Sequence[Scenario], kafka: Kafka, logs: Path) -> list[Row]:
        """Play these scenarios on this broker, one after the other under one load, and judge them together."""
        try:
            async with Stage(kafka, self._history, logs) as stage:
                rows = [await _played(scenario, stage) for scenario in scenarios]
                evidence = await stage.conclude()
        except (TimeoutError, KafkaError) as error:
            return [_failed(scenario, error) for scenario in scenarios]
        try:
            broken = [*evidence.broken, *await self._differences(evidence, kafka, logs)]
        except (TimeoutError, KafkaError) as error:
            broken = [*evidence.broken, f"the undisturbed run, to compare with, came to no end: {error!r}"]
        told = len({each.id for each in evidence.notifications})
        return [
            msgspec.structs.replace(
                row,
                broken=() if row.skipped else tuple(broken),
                notifications=told,
                repeated=len(evidence.notifications) - told,
                steps=evidence.steps,
                told=evidence.told,
                cases=evidence.cases,
                commands=evidence.commands,
                doubled=evidence.doubled,
                looks=stage.watch.looks,
            )
            for row in rows
        ]

    async def _differences(self, evidence: Evidence, kafka: Kafka, logs: Path) -> list[str]:
        """What the undisturbed run has otherwise. It is the same for every scenario, as far as each goes."""
        if evidence.rounds > self._calm_rounds:
            self._calm_rounds = evidence.rounds + self._spare_rounds
            self._calm = await self._run_calmly(kafka, logs)
        # Only the closing tick makes a cohort norm, and the undisturbed run has its own at another instant.
        calm, got = (
            [each for each in told if each.as_of_ms <= evidence.instant_ms and each.cause.kind != "norm"]
            for told in (self._calm, evidence.notifications)
        )
        return invariants.same_notifications(calm, got, offsets=not evidence.is_spoilt)

    async def _run_calmly(self, kafka: Kafka, logs: Path) -> list[Notification]:
        """The notifications of one worker that nobody disturbs."""
        settings = settings_for(kafka, f"calm-{secrets.token_hex(3)}")
        await ensure_topics(settings)
        publisher = Publisher(settings, self._history)
        watch = Watch(settings, publisher.published)
        fleet = Fleet(lambda number: settings, ["worker"], logs, "undisturbed-")
        fleet.start()
        watching = asyncio.create_task(watch.run())
        try:
            await publisher.run(self._calm_rounds)
            targets = await publisher.close(self._history.round(self._calm_rounds - 1).instant_ms)
            await _caught_up(watch, targets)
            values = await read_all(settings, "notifications")
        finally:
            await fleet.close()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await publisher.end()
        return [msgspec.json.decode(value, type=Notification) for value in values]


async def play_all(scenarios: Sequence[Scenario], logs: Path, tell: Callable[[Row], None], *, together: bool) -> None:
    """Play these scenarios, each by itself or all of one broker `together`; `tell` is told of each that is judged."""
    # Together, one undisturbed run does for both: no time for a second one.
    shared = Campaign(0, all_ids=True) if together else None
    for needs_cluster, broker in ((False, _one_broker), (True, _three_brokers)):
        of_this = [scenario for scenario in scenarios if scenario.needs_cluster == needs_cluster]
        if not of_this:
            continue
        campaign = shared or Campaign(all_ids=needs_cluster)
        async with broker() as kafka:
            for group in [of_this] if together else [[scenario] for scenario in of_this]:
                folder = logs / group[0].name.replace(" ", "-").replace(",", "")
                for row in await campaign.play(group, kafka, folder):
                    tell(row)


async def _caught_up(watch: Watch, targets: Offsets) -> None:
    """Wait until all of it is committed, however much it is.

    Raises:
        TimeoutError: when nothing is committed for two minutes.
    """
    before, deadline = 0, 0.0
    while lag := watch.lag(targets):
        if lag != before:
            before, deadline = lag, time.monotonic() + SETTLE_SECONDS
        if time.monotonic() > deadline:
            raise TimeoutError(f"the lag stays at {lag} messages")
        await asyncio.sleep(0.2)


async def _played(scenario: Scenario, stage: Stage) -> Row:
    """Play one scenario; the row of it, not judged yet."""
    _LOG.info("%s begins", scenario.name)
    began, watch, fleet = time.monotonic(), stage.watch, stage.fleet
    recovered, replayed, started, ends = len(watch.recoveries), fleet.replayed, fleet.started, len(fleet.own_ends)
    stale = sum(watch.changelog.stale.values())
    events, skipped, faults = stage.publisher.sent, "", 0
    try:
        faults = await scenario.run(stage)
    except CannotRun as reason:
        skipped = f"skipped: {reason}"
    except TimeoutError:
        watch.broken.append(f"{scenario.name}: a wait came to no end in time")
        faults = len(watch.recoveries) - recovered
    seconds = [recovery.seconds for recovery in watch.recoveries[recovered:]] or [0.0]
    return Row(
        name=scenario.name,
        words=scenario.words,
        faults=faults,
        seconds=round(time.monotonic() - began, 1),
        recovery_median_seconds=round(statistics.median(seconds), 1),
        recovery_max_seconds=round(max(seconds), 1),
        replayed=fleet.replayed - replayed,
        started=fleet.started - started,
        ended_themselves=len(fleet.own_ends) - ends,
        stale_records=sum(watch.changelog.stale.values()) - stale,
        events=stage.publisher.sent - events,
        skipped=skipped,
    )


def _failed(scenario: Scenario, error: Exception) -> Row:
    """The row of a scenario of which there is nothing to judge."""
    _LOG.exception("%s failed", scenario.name)
    broken = (f"it could not be begun or ended: {error!r}; see campaign.log",)
    return Row(
        name=scenario.name,
        words=scenario.words,
        faults=0,
        seconds=0.0,
        recovery_median_seconds=0.0,
        recovery_max_seconds=0.0,
        replayed=0,
        started=0,
        ended_themselves=0,
        stale_records=0,
        events=0,
        broken=broken,
    )


@asynccontextmanager
async def _one_broker() -> AsyncIterator[Kafka]:
    kafka = ProxiedKafka(WORKERS)
    try:
        await kafka.start()
        yield kafka
    finally:
        await kafka.close()


@asynccontextmanager
async def _three_brokers() -> AsyncIterator[Kafka]:
    cluster = Cluster()
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.close()
