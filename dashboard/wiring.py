"""Opens what the dashboard is made of, and closes it: Kafka's producer, the read model, the book, the workspace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from dashboard.acts.acts import Acts
from dashboard.acts.cases import CaseActs
from dashboard.acts.ground import Ground as ActGround
from dashboard.acts.known import Known
from dashboard.acts.links import LinkActs
from dashboard.acts.overrides import OverrideActs
from dashboard.acts.sources import SourceActs
from dashboard.acts.workspace import WorkspaceActs
from dashboard.book.book import Book
from dashboard.book.follower import Follower
from dashboard.book.words import Words
from dashboard.doors.opening import Doors
from dashboard.live.hub import Bar, Hub
from dashboard.live.views import Views
from dashboard.pages.lists.addresses import request_of
from dashboard.pages.lists.live_rows import PAGE as LIST
from dashboard.pages.lists.live_rows import view_maker
from dashboard.pages.shell.top_bar import TopBar
from dashboard.parts import Parts
from dashboard.queries.account.ids import AccountIds, AccountIdsReader
from dashboard.queries.alerts.rule_file import RuleFile
from dashboard.queries.ground import Ground
from dashboard.queries.port import Queries
from dashboard.queries.service import Service
from dashboard.queries.sources.watch import KafkaWatch
from dashboard.queries.team.accuracy import ReadAccuracy
from dashboard.sharing.access import Accesses
from dashboard.sharing.links import Links
from dashboard.values.dashboard_file import DashboardFile
from streams.accuracy.record import read_series
from streams.activity.reads import RedisReads
from streams.deployment.settings import Settings
from streams.interactions.first_actors import RedisFirstActors
from streams.kafka.clients import new_producer
from streams.kafka.sending import REQUEST_TIMEOUT_MS, Sending
from streams.kafka.topic_admin import ensure_topics
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis
from streams.topics import CONTROL
from streams.workspace.audit import Audit
from streams.workspace.workspace import Workspace

ROLE: Final = "dashboard"
REQUEST_MAX_BYTES: Final = 1_500_000
"""A dead letter that is sent again may be larger than what people write."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts, and the tasks that run until the process ends; one that ends before has failed."""

    parts: Parts
    running: tuple[asyncio.Future[None], ...]


@asynccontextmanager
async def opened(
    settings: Settings,
    environment: Mapping[str, str],
    file: DashboardFile,
    doors: Doors,
    metrics: DashboardMetrics,
    stop: asyncio.Event,
) -> AsyncIterator[Opened]:
    """Everything, started. The workspace is read; the book may still be filling.

    Raises:
        UserError: when the topics or the settings of Redis cannot be used.
        KafkaError: when the broker refuses us.
    """
    topology = await ensure_topics(settings, ROLE)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_redis(settings, connect_seconds=0.5, answer_seconds=0.5))
        producer = await _started_producer(settings, stack)
        read_model = RedisReadModel.open(settings)
        stack.push_async_callback(read_model.close)
        book, words, ending = Book(), Words(), asyncio.Event()
        workspace = Workspace(settings, Sending(producer), ROLE)
        reading = _running(stack, workspace.run(ending), ending)
        reads = RedisReads.open(settings)
        stack.push_async_callback(reads.close)
        ids = AccountIds()
        reading_ids = _running(stack, AccountIdsReader(settings, ids, ROLE).run(ending), ending)
        queries = service_of(settings, file, book, words, read_model, reads, workspace, ids)
        top_bar = TopBar()
        bar = partial(_bar, book, top_bar, queries)
        hub = Hub(queries.rows, bar, metrics, views=Views({LIST: view_maker(queries.columns)}))
        sending_live = _cancelling(stack, hub.run(stop))
        following = _cancelling(stack, Follower(book, read_model, words, _now_ms, hub, reads, file).run())
        ground = ActGround(
            settings=settings,
            sending=Sending(producer),
            audit=Audit(settings, Sending(producer)),
            actors=RedisFirstActors(redis, settings.redis_prefix),
            metrics=metrics,
            control=topology.seen[settings.topic(CONTROL)].rules,
        )
        accesses = Accesses(ground.audit, _now_ms)
        logging_accesses = _running(stack, accesses.run(ending), ending)
        acts = acts_of(ground, workspace, queries, producer, environment)
        links = links_of(ground, workspace, queries, accesses, file)
        await _first_of(workspace.wait_until_read(), reading, stop.wait())
        parts = Parts(
            settings=settings,
            file=file,
            doors=doors,
            queries=queries,
            hub=hub,
            top_bar=top_bar,
            workspace=workspace,
            acts=acts,
            links=links,
            metrics=metrics,
            stop=stop,
        )
        yield Opened(parts, (following, reading, reading_ids, sending_live, logging_accesses))


def service_of(
    settings: Settings,
    file: DashboardFile,
    book: Book,
    words: Words,
    read_model: RedisReadModel,
    reads: RedisReads,
    workspace: Workspace,
    ids: AccountIds,
) -> Service:
    """All queries, over what is open."""
    return Service(
        Ground(
            book=book,
            read_model=read_model,
            now_ms=_now_ms,
            words=words,
            file=file,
            activity=reads,
            cases=reads,
            workspace=workspace.table,
            rules=RuleFile(settings.alerts),
            watch=KafkaWatch(settings, _now_ms),
            accuracy=ReadAccuracy(partial(read_series, settings), partial(len, book), _now_ms),
            ids=ids,
        )
    )


def acts_of(
    ground: ActGround,
    workspace: Workspace,
    queries: Queries,
    producer: AIOKafkaProducer,
    environment: Mapping[str, str],
) -> Acts:
    """All acts, on one producer."""
    known = Known(queries)
    return Acts(
        cases=CaseActs(ground, queries),
        overrides=OverrideActs(ground, known),
        workspace=WorkspaceActs(ground, workspace, known),
        sources=SourceActs(ground, known, producer, environment),
        links=LinkActs(ground, workspace, request_of),
    )


def links_of(
    ground: ActGround, workspace: Workspace, queries: Queries, accesses: Accesses, file: DashboardFile
) -> Links:
    """All share links."""
    return Links(
        table=workspace.table,
        queries=queries,
        accesses=accesses,
        metrics=ground.metrics,
        currency=file.currency,
        request_of=request_of,
        now_ms=ground.now_ms,
    )


async def _started_producer(settings: Settings, stack: AsyncExitStack) -> AIOKafkaProducer:
    """Kafka's producer, which is stopped with the stack."""
    producer = new_producer(settings, ROLE, request_timeout_ms=REQUEST_TIMEOUT_MS, max_request_size=REQUEST_MAX_BYTES)
    await producer.start()
    stack.push_async_callback(producer.stop)
    return producer


async def _first_of(*steps: Awaitable[Any]) -> None:
    """Return when one ends, with its error. Futures that were given go on; the rest is cancelled."""
    tasks = [asyncio.ensure_future(step) for step in steps]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, step in zip(tasks, steps, strict=True):
        if task is not step:
            task.cancel()
    for task in done:
        task.result()


async def _bar(book: Book, top_bar: TopBar, queries: Queries) -> Bar:
    await top_bar.refresh(queries)
    return Bar(as_of_ms=book.as_of_ms, counts=top_bar.counts)


def _running(stack: AsyncExitStack, work: Coroutine[Any, Any, None], ending: asyncio.Event) -> asyncio.Future[None]:
    """The work, begun. Leaving the stack sets `ending`, and waits until the work has ended."""
    task = asyncio.ensure_future(work)
    stack.push_async_callback(_ended, task, ending)
    return task


def _cancelling(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Future[None]:
    """The work, begun. Leaving the stack cancels it."""
    task = asyncio.ensure_future(work)
    stack.push_async_callback(_cancelled, task)
    return task


async def _cancelled(task: asyncio.Future[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _ended(task: asyncio.Future[None], stop: asyncio.Event) -> None:
    stop.set()
    await asyncio.wait({task})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
