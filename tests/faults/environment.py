"""A stage for one scenario: workers, a projector, a notifier and a Redis of its own, load that goes on, and a watch."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Coroutine, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from alerts.notification import Notification
from alerts.step import AlertStep
from scoring.instants import DAY_MS
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.alert_files import read_rules
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import LEASE_MS
from streams.read_model.port import ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from tests.faults import invariants
from tests.faults.alert_evidence import (
    Alerting,
    Letter,
    Logs,
    alerting_of,
    follow,
    of_the_load,
    read_deliveries,
    read_logs,
)
from tests.faults.evidence import Evidence
from tests.faults.kafka import Kafka
from tests.faults.offset_watch import Watch
from tests.faults.proxy import Proxy
from tests.faults.publisher import PRELUDE_ROUNDS, Offsets, Publisher
from tests.faults.supervisor import Fleet
from tests.faults.workload import History
from tests.support.kafka.topic import read_all
from tests.support.plain.replay import replay
from vitals.local.embedded import HOST, Embedded, start_redis

WORKERS = 3
PARTITIONS = 6
SEED = 20260301
SESSION_MS = 6_000
RULES = Path(__file__).with_name("alerts.toml")
NOTIFIER = WORKERS + 1
"""Its slot."""
ANY_AGE_MS = 100 * 365 * DAY_MS
"""The load is of long ago, and is delivered all the same."""
MERGE_WAIT_MS = 600_000
"""Longer than any fault: what is behind is decided by the log alone (see `tests.faults.workload`)."""
SETTLE_SECONDS = 120.0
LOOK_SECONDS = 0.5


def settings_for(kafka: Kafka, name: str) -> Settings:
    """A deployment of this name, as the campaign itself reaches it."""
    return Settings(
        kafka=kafka.address,
        group=name,
        topic_prefix=f"{name}.",
        partitions=PARTITIONS,
        replication=kafka.replication,
        min_insync=min(2, kafka.replication),
        model="four-inputs",  # its tiers change often, so there are notifications to lose
        clock="event",
        merge_wait_ms=MERGE_WAIT_MS,
        session_timeout_ms=SESSION_MS,
        flush_ms=200,
        alerts=str(RULES),
        notify_max_age_ms=ANY_AGE_MS,
        canary_seconds=0,  # it is of our time: what is on `control` after it would wait until the load is
    )


class Stage:
    """As a context manager: all of it runs inside, and nothing after. Everything belongs to one event loop."""

    def __init__(self, kafka: Kafka, history: History, logs: Path) -> None:
        self.kafka = kafka
        self.name = f"faults-{secrets.token_hex(3)}"
        self.settings = settings_for(kafka, self.name)
        self.history = history
        self.publisher = Publisher(self.settings, history)
        self.watch = Watch(self.settings, self.publisher.published)
        logs.mkdir(parents=True, exist_ok=True)
        self.fleet = Fleet(self._settings_of, ["worker"] * WORKERS + ["project", "notify"], logs)
        self.data_dirs: dict[int, str] = {}
        """Where a worker keeps Faust's own files, when not just anywhere."""
        self.redis_proxy: Proxy
        self.redis: Embedded
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.redis = await asyncio.to_thread(start_redis)
        self.redis_proxy = Proxy(self.redis_port)
        await self.redis_proxy.start()
        await ensure_topics(self.settings)
        self._spawn(self.watch.run())
        self._spawn(self.publisher.run())
        self.fleet.start()
        try:
            await self._ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fleet.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.publisher.end()
        await self.redis_proxy.stop()
        await asyncio.to_thread(self.redis.stop)

    @property
    def redis_port(self) -> int:
        """The port of the Redis itself, not that of its proxy."""
        return int(self.redis.address.rpartition(":")[2].partition("/")[0])

    async def ready(self) -> None:
        """Wait until every worker has its partitions, and what is published is committed."""
        for slot in self.fleet.workers:
            await self.fleet.ready(slot.number)

    async def conclude(self) -> Evidence:
        """End the load, wait until all of it is done, and look at what stands. Called after the last fault."""
        await self._pending_faults()
        self.publisher.stop()
        await self._running(self._tasks[1])
        instant_ms = self.history.round(self.publisher.rounds - 1).instant_ms
        targets = await self.publisher.close(instant_ms)
        broken = await self._lag_ends(targets)
        expected = self._expected(instant_ms)
        broken += await self._answers(instant_ms, expected)
        sent = [
            msgspec.json.decode(value, type=Notification) for value in await read_all(self.settings, "notifications")
        ]
        broken += invariants.notifications(sent)
        logs = await read_logs(self.settings)
        alerting = await self._alerting(logs, instant_ms)
        broken += await self._alerts(alerting, instant_ms)
        broken += await self._deliveries(alerting.steps)
        broken += await self._dead_letters(alerting.refused)
        broken += self.watch.broken[: invariants.SHOWN]
        doubled = of_the_load(logs) - self.publisher.sent
        return Evidence(
            instant_ms=instant_ms,
            rounds=self.publisher.rounds,
            events=self.publisher.sent,
            broken=broken,
            notifications=sent,
            doubled=doubled,
            steps=len(alerting.steps),
            told=sum(step.is_told for step in alerting.steps),
            cases=len({step.case_id for step in alerting.steps if step.case_id}),
            commands=self.publisher.commands,
            is_spoilt=bool(self.publisher.poison or doubled),
        )

    def _settings_of(self, number: int) -> Settings:
        redis = f"redis://{HOST}:{self.redis_proxy.port}/0"
        kafka, data_dir = self.kafka.address_of(number), self.data_dirs.get(number, "")
        return msgspec.structs.replace(self.settings, kafka=kafka, redis=redis, data_dir=data_dir)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _ready(self) -> None:
        await self.ready()
        async with asyncio.timeout(SETTLE_SECONDS):
            while self.publisher.rounds <= PRELUDE_ROUNDS or not self.watch.looks:
                self._fail_with_tasks()
                await asyncio.sleep(LOOK_SECONDS / 5)
        self.watch.over("start")
        await self.watch.recovered()
        self.watch.recoveries.clear()

    def _fail_with_tasks(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _running(self, task: asyncio.Task[None]) -> None:
        async with asyncio.timeout(SETTLE_SECONDS):
            await asyncio.shield(task)

    async def _pending_faults(self) -> None:
        try:
            await self.watch.recovered(SETTLE_SECONDS)
        except TimeoutError:
            self.watch.broken.append(f"not recovered {SETTLE_SECONDS:g} s after the last fault")

    async def _lag_ends(self, targets: Offsets) -> list[str]:
        deadline = time.monotonic() + SETTLE_SECONDS
        while lag := self.watch.lag(targets):
            if time.monotonic() > deadline:
                return [f"the lag is still {lag} messages {SETTLE_SECONDS:g} s after the last fault"]
            self._fail_with_tasks()
            await asyncio.sleep(LOOK_SECONDS)
        return []

    def _expected(self, instant_ms: int) -> dict[str, ScoreSnapshot]:
        """The fold over all that was published, without any of the machinery."""
        plan = Plan(load_preset(self.settings.model))
        events = [
            plan.decoder.decode(load.topic, load.value, load.instant_ms, instant_ms)
            for number in range(self.publisher.rounds)
            for load in self.history.round(number).messages
            if load.account_id
        ]
        return {answer.account_id: answer for answer in replay(plan, events, [instant_ms])}

    async def _answers(self, instant_ms: int, expected: dict[str, ScoreSnapshot]) -> list[str]:
        """On the topic `scores` and in Redis stands what the replay says."""

        async def in_redis() -> dict[str, ScoreSnapshot]:
            model = RedisReadModel.open(msgspec.structs.replace(self.settings, redis=self.redis.address))
            try:
                return {answer.account_id: answer for answer in await model.worst_first()}
            except ReadModelUnavailable:
                return {}
            finally:
                await model.close()

        broken = await self._stands(expected, instant_ms, self._on_topic, "scores")
        return broken + await self._stands(expected, instant_ms, in_redis, "Redis")

    async def _on_topic(self) -> dict[str, ScoreSnapshot]:
        newest: dict[str, ScoreSnapshot] = {}
        for value in await read_all(self.settings, "scores"):
            answer = msgspec.json.decode(value, type=ScoreSnapshot)
            held = newest.get(answer.account_id, answer)
            newest[answer.account_id] = max(held, answer, key=lambda each: (each.generation, each.version))
        return newest

    async def _alerting(self, logs: Logs, instant_ms: int) -> Alerting:
        said = await asyncio.to_thread(follow, self.settings, logs, instant_ms)
        return await alerting_of(self.settings, said, instant_ms)

    async def _alerts(self, alerting: Alerting, instant_ms: int) -> list[str]:
        return invariants.alert_steps(alerting.bodies, await self._on_topic(), alerting.expected, instant_ms)

    async def _deliveries(self, steps: Sequence[AlertStep]) -> list[str]:
        """Look until the notifier is done, and what is wrong when it is not in time. If it was killed in an attempt,
        its claim stays for the time of a lease, and the rest of the lane waits for it."""
        routes = read_rules(self.settings.alerts, load_preset(self.settings.model)).routes
        deadline = time.monotonic() + LEASE_MS / 1_000 + SETTLE_SECONDS / 2
        while broken := invariants.deliveries(steps, await read_deliveries(self.settings), routes):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return broken

    async def _stands(
        self,
        expected: dict[str, ScoreSnapshot],
        instant_ms: int,
        look: Callable[[], Coroutine[Any, Any, dict[str, ScoreSnapshot]]],
        where: str,
    ) -> list[str]:
        """Look until what stands there is right, and what is wrong when it does not come to that in time."""
        deadline = time.monotonic() + SETTLE_SECONDS / 2
        while True:
            found = {name: answer for name, answer in (await look()).items() if not name.startswith("after-")}
            broken = invariants.answers(expected, found, where)
            late = sum(answer.as_of_ms < instant_ms for answer in found.values())
            if not broken and not late:
                return []
            if time.monotonic() > deadline:
                return broken or [f"{where}: {late} accounts are not judged at the closing tick"]
            await asyncio.sleep(LOOK_SECONDS)

    async def _dead_letters(self, refused: Collection[Letter]) -> list[str]:
        letters = [msgspec.json.decode(each, type=DeadLetter) for each in await read_dead_letters(self.settings)]
        found = {(letter.topic, letter.partition, letter.offset) for letter in letters}
        return invariants.dead_letters({*self.publisher.poison, *refused}, found)


async def read_dead_letters(settings: Settings) -> list[bytes]:
    """The values of the topic of dead letters, which has one partition only."""
    return await read_all(msgspec.structs.replace(settings, partitions=1), "dead-letters")
