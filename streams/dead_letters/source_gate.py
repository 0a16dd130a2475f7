"""Reads dead letters again as requests to a source of the gateway, and publishes them as the gateway does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.dead_letters.entry import Letter
from streams.dead_letters.replaying import Became
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.answers import Problem
from streams.gateway.checking import Checker
from streams.gateway.fetching import fetcher_of
from streams.gateway.log.log import kafka_log
from streams.gateway.log.outgoing import Outgoing
from streams.gateway.pipeline import Pipeline, Taken
from streams.gateway.ports import Log
from streams.gateway.reading import BadRequest, Reading, Request
from streams.gateway.refused_event import event_in
from streams.gateway.sources.loader import kind_of
from streams.gateway.sources.ready import ReadySource, read_sources
from streams.gateway.sources.schema import Source
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias_reader import AliasReader
from streams.identity.alias_table import AliasTable
from streams.kafka.topic_admin import ensure_topics
from streams.topics import ALIASES, DEAD_LETTERS, UNATTRIBUTED

TAKE_SECONDS = 30.0
CONNECT_SECONDS = 20.0
BATCH_BYTES = 512 * 1024


class GatewayGate:
    """The gateway's sources and its way to Kafka, made when a letter first needs them. An async context manager.

    No secret is needed: what is read again was verified when it first came.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings: Final = settings
        self._environment: Final = environment
        self._stack: Final = AsyncExitStack()
        self._sources: dict[str, Source] | None = None
        self._pipelines: Final[dict[bool, Pipeline]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def take(self, letter: Letter, source: str, *, dry_run: bool) -> tuple[Became, str]:
        """What became of a letter at its source, and in words. Returns once everything of it is acknowledged.

        Raises:
            UserError: when there is no such source any more, or Kafka does not acknowledge.
        """
        ready = self._ready(source)
        pipeline = await self._pipeline(dry_run=dry_run)
        deadline = asyncio.get_running_loop().time() + TAKE_SECONDS
        request = request_of(ready, letter)
        now = msgspec.structs.replace(request, received_ms=time.time_ns() // 1_000_000)
        try:
            reading = reading_of(ready, letter, request)
            if reading.fetch is None:
                taken = await pipeline.publish(ready, now, reading, deadline)
            else:
                taken = await pipeline.take(ready, now, deadline)
        except BadRequest as bad:
            return "refused", f"the source {source} cannot read it: {bad}"
        except Problem as problem:
            if problem.status == 503:
                raise UserError(f"{problem.words} Letters before this one are sent and marked.") from None
            return "refused", problem.words
        return became_of(taken)

    def _ready(self, name: str) -> ReadySource:
        if self._sources is None:
            self._sources = read_sources(self._settings.gateway)
        if name not in self._sources:
            raise UserError(
                f"There is no source {name} in the file that VITALS_GATEWAY names; there are "
                f"{', '.join(self._sources)}: give another with --as, or add it."
            )
        source = self._sources[name]
        vendor = VENDORS[kind_of(source)]
        return ReadySource(name, source, vendor, None, (), frozenset(), 0.0, TAKE_SECONDS)

    async def _pipeline(self, *, dry_run: bool) -> Pipeline:
        if dry_run not in self._pipelines:
            self._pipelines[dry_run] = await self._new_pipeline(dry_run=dry_run)
        return self._pipelines[dry_run]

    async def _new_pipeline(self, *, dry_run: bool) -> Pipeline:
        topology = await ensure_topics(self._settings, "gateway", deadline_seconds=CONNECT_SECONDS)
        rules = {name: topology.seen[self._settings.topic(name)].rules for name in INPUT_TOPICS}
        names = {name: self._settings.topic(name) for name in (ALIASES, UNATTRIBUTED)}
        partitions = {name: topology.seen[topic].found.partitions for name, topic in names.items()}
        table, stop = AliasTable(), asyncio.Event()
        reader = AliasReader(self._settings, table, "dead-letters")
        reading = asyncio.ensure_future(reader.run(stop))
        self._stack.push_async_callback(_ended, reading, stop)
        caught_up = asyncio.ensure_future(reader.wait_until_caught_up())
        waited: set[asyncio.Future[Any]] = {reading, caught_up}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            reading.result()
        log: Log = Unwritten()
        if not dry_run:
            topics = [self._settings.topic(name) for name in (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS)]
            kafka = kafka_log(self._settings, topics, BATCH_BYTES, lambda topic, code: None)
            await kafka.start()
            self._stack.push_async_callback(kafka.stop)
            log = kafka
        fetcher = fetcher_of(self._sources or {}, self._environment, self._settings)
        self._stack.push_async_callback(fetcher.close)
        letters = self._settings.topic(DEAD_LETTERS)
        return Pipeline(Checker(self._settings, rules, table, partitions), WithoutLetters(log, letters), fetcher)


def request_of(ready: ReadySource, letter: Letter) -> Request:
    """A letter as the request that it came with, as far as that was kept."""
    found = letter.letter
    headers = {name: value for name, value in found.headers.items() if not name.startswith(":")}
    return Request(
        name=ready.name,
        source=ready.source,
        body=found.value or b"",
        headers=headers,
        path=found.headers.get(":path", f"/in/{ready.name}"),
        received_ms=found.timestamp_ms,
    )


def reading_of(ready: ReadySource, letter: Letter, request: Request) -> Reading:
    """What is in a letter: the event that was read when it first came, else what its source reads in it now.

    Raises:
        BadRequest: when the source can read nothing in it.
    """
    event = event_in(letter.letter.headers, letter.letter.value or b"")
    return ready.vendor.read(request) if event is None else Reading(events=[event])


def became_of(taken: Taken) -> tuple[Became, str]:
    """What became of a letter that was taken like a request, and in words."""
    try:
        refused = json.loads(taken.reply.body).get("refused", ())
    except (ValueError, AttributeError):
        refused = ()
    why = "; ".join(dict.fromkeys(f"{each['reason']}: {each['words']}" for each in refused))
    if taken.refused and not (taken.accepted or taken.waiting):
        return "refused", why or "its source refuses it again"
    parts = [f"{taken.accepted} published"] if taken.accepted else []
    parts += [f"{taken.waiting} waiting for an alias"] if taken.waiting else []
    parts += [f"{taken.ignored} that no score uses"] if taken.ignored else []
    parts += [f"{taken.refused} refused, {why}"] if taken.refused else []
    return "published", ", ".join(parts) or "nothing was in it"


class Unwritten:
    """A log for a dry run: acknowledges at once, and writes nothing."""

    def write(self, messages: Sequence[Outgoing]) -> asyncio.Future[None]:
        """Done at once."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class WithoutLetters:
    """A log that does not write the dead letters of what is refused as a whole: there is one already."""

    def __init__(self, log: Log, topic: str) -> None:
        self._log: Final = log
        self._topic: Final = topic

    def write(self, messages: Sequence[Outgoing]) -> asyncio.Future[None]:
        """Write the messages, unless all of them are dead letters."""
        if all(message.topic == self._topic for message in messages):
            return Unwritten().write(messages)
        return self._log.write(messages)


async def _ended(reading: asyncio.Future[None], stop: asyncio.Event) -> None:
    stop.set()
    await asyncio.wait({reading})
