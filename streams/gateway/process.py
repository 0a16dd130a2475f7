"""The wiring of `vitals gateway`: what it needs from settings, sources and secrets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.app import LOOPBACK, Gateway
from streams.gateway.checking import SURROUNDINGS_BYTES, Checker
from streams.gateway.fetching import fetcher_of
from streams.gateway.log.log import GatewayLog, kafka_log
from streams.gateway.open_files import connections_allowed
from streams.gateway.pipeline import Pipeline
from streams.gateway.sources.ready import LOCAL, ReadySource, read_sources, ready_sources
from streams.gateway.topic_source.existing import check_topics_exist
from streams.gateway.topic_source.run import read_topics, topics_of
from streams.identity.alias_reader import AliasReader
from streams.identity.alias_table import AliasTable
from streams.kafka.retention import Rules
from streams.kafka.topic_admin import ensure_topics
from streams.operations.gateway_metrics import GatewayMetrics
from streams.operations.gc_tuning import freeze, relax
from streams.operations.web_server import Address, serve_until
from streams.topics import ALIASES, DEAD_LETTERS, UNATTRIBUTED

ROLE = "gateway"
CONNECTIONS = 4_000
REPORT_SECONDS = 5.0
_LOG = logging.getLogger(__name__)


def sources_of(settings: Settings, environment: Mapping[str, str]) -> dict[str, ReadySource]:
    """The sources of a deployment with their secrets. Blocks.

    Raises:
        UserError: when the file or a secret cannot be read, or the local source would listen on a network.
    """
    sources = read_sources(settings.gateway)
    if settings.gateway == LOCAL and settings.gateway_host not in LOOPBACK:
        raise UserError(
            f"VITALS_GATEWAY is 'local', which takes events without a key, and VITALS_GATEWAY_HOST is "
            f"{settings.gateway_host!r}: set it to 127.0.0.1, or VITALS_GATEWAY to a file with your sources."
        )
    return ready_sources(sources, environment)


async def run_gateway(
    settings: Settings, environment: Mapping[str, str], *, stop: asyncio.Event, metrics: GatewayMetrics
) -> None:
    """Serve until `stop` is set; then answer what is under way, and return.

    Raises:
        UserError: when the sources or a secret cannot be read, and when the port is taken.
        KafkaError: when the broker refuses us.
    """
    sources = await asyncio.to_thread(sources_of, settings, environment)
    _warn(sources, metrics)
    topology = await ensure_topics(settings, ROLE)
    await check_topics_exist(settings, topics_of(sources))
    rules = {name: topology.seen[settings.topic(name)].rules for name in INPUT_TOPICS}
    partitions = {name: topology.seen[settings.topic(name)].found.partitions for name in (ALIASES, UNATTRIBUTED)}
    table, stop_reading = AliasTable(), asyncio.Event()
    reader = AliasReader(settings, table, ROLE)
    async with AsyncExitStack() as stack:
        log = _log(settings, rules, metrics)
        await log.start()
        stack.push_async_callback(log.stop)
        reading = asyncio.ensure_future(reader.run(stop_reading))
        stack.push_async_callback(_ended, reading, stop_reading)
        fetcher = fetcher_of({name: each.source for name, each in sources.items()}, environment, settings)
        stack.push_async_callback(fetcher.close)
        pipeline = Pipeline(Checker(settings, rules, table, partitions), log, fetcher)
        gateway = Gateway(sources, pipeline, metrics)
        await _until_read(reader, reading, stop)
        reporting = asyncio.ensure_future(_report(log, metrics, reading))
        stack.callback(reporting.cancel)
        if stop.is_set():
            return
        feeding = asyncio.ensure_future(read_topics(settings, sources, pipeline, gateway.note, metrics, stop_reading))
        stack.push_async_callback(_ended, feeding, stop_reading)
        relax()
        freeze()
        metrics.ready()
        connections = connections_allowed(CONNECTIONS)
        address = Address(settings.gateway_host, settings.gateway_port, "VITALS_GATEWAY")
        serving = asyncio.ensure_future(serve_until(stop, gateway, address, connections=connections, name="gateway"))
        await asyncio.wait({serving, reading, reporting, feeding}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            stop.set()  # what is under way is answered; then the error is raised
        await serving
        for task in (reading, reporting, feeding):
            if task.done():
                task.result()


def _log(settings: Settings, rules: Mapping[str, Rules], metrics: GatewayMetrics) -> GatewayLog:
    topics = [settings.topic(name) for name in (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS)]
    limits = [each.message_bytes for each in rules.values() if each.message_bytes is not None]
    batch_bytes = max(min(limits, default=1_000_000) - SURROUNDINGS_BYTES, SURROUNDINGS_BYTES)
    return kafka_log(settings, topics, batch_bytes, metrics.write_failed)


def _warn(sources: Mapping[str, ReadySource], metrics: GatewayMetrics) -> None:
    """Say loudly what nothing verifies."""
    insecure = [name for name, each in sources.items() if each.source.insecure]
    if not insecure:
        return
    words = f"Anybody who reaches this gateway may send events as {', '.join(insecure)}: nothing verifies them."
    _LOG.warning("%s", words)
    metrics.notice("insecure", words)


async def _until_read(reader: AliasReader, reading: asyncio.Future[None], stop: asyncio.Event) -> None:
    """No request is taken before all aliases are known: an event would wait for one that is there."""
    ready = asyncio.ensure_future(reader.wait_until_caught_up())
    stopped = asyncio.ensure_future(stop.wait())
    waited: set[asyncio.Future[Any]] = {ready, reading, stopped}
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    stopped.cancel()
    if reading.done():
        reading.result()


async def _ended(reading: asyncio.Future[None], stop: asyncio.Event) -> None:
    stop.set()
    await asyncio.wait({reading})


async def _report(log: GatewayLog, metrics: GatewayMetrics, reading: asyncio.Future[None]) -> None:
    """Report how the writes stand, for ever."""
    while not reading.done():
        log.check_sound()
        metrics.log(log.waiting_bytes, log.held)
        if held := log.held:
            metrics.waiting("kafka")
            metrics.notice("held", "; ".join(held.values()))
        else:
            metrics.progressed()
            metrics.notice("held", "")
        await asyncio.sleep(REPORT_SECONDS)
