"""A great many idle accounts: how long a worker takes to read them back, and what memory each costs it.

A worker takes in a few accounts. Its changelog is then filled with copies of their records under other ids, and it is
started again. So the records are real ones, and so is the worker.
"""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from collections.abc import Iterator, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.events import make_events
from bench.fixture import PARTITIONS, Setup, create_topics, send_events
from bench.processes import resident_bytes
from bench.throughput import check_running, until_committed, workers
from scoring.instants import HOUR_MS
from streams.changelog import records
from streams.changelog.own_records import key_of, name_of_key
from streams.deployment.settings import Settings
from streams.engine.flush import Pair
from streams.topics import partition_of
from vitals.local.child import Child
from vitals.local.embedded import HOST, free_port

TEMPLATES = 400
EVENTS_AN_ACCOUNT = 8
HELD = "held-{:07d}"
"""The id of the copy with a number, from 0 on."""
_SPAN_MS = HOUR_MS
_START_SECONDS = 300.0
_POLL_SECONDS = 0.1
_BATCH_BYTES = 256 * 1024


class Held(msgspec.Struct, frozen=True):
    """What a restarted worker said of itself: `bytes_an_account` is how much larger it is for each account."""

    accounts: int
    records: int
    recovery_seconds: float
    bytes_an_account: float


class _Restarted(msgspec.Struct, frozen=True):
    records: int
    seconds: float
    memory: int


def measure_held(setup: Setup, accounts: int) -> Held:
    """Restart a worker with `accounts` more accounts than a few hundred.

    Raises:
        UserError: when the worker ends, or is not ready within five minutes.
    """
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}held-")
    settings = msgspec.structs.replace(own.settings("worker"), metrics_port=free_port())
    asyncio.run(take_in_templates(own, settings))
    before = _restart(settings)
    asyncio.run(write_copies(settings, accounts))
    after = _restart(settings)
    return Held(accounts, after.records, after.seconds, (after.memory - before.memory) / accounts)


async def take_in_templates(setup: Setup, settings: Settings) -> None:
    """Have a worker take in the accounts that are copied then; it has ended when this returns."""
    count = TEMPLATES * EVENTS_AN_ACCOUNT
    await create_topics(settings)
    await send_events(settings, make_events(count, TEMPLATES, setup.until_ms, _SPAN_MS))
    with workers(settings, 1) as children:
        await until_committed(children, settings, count)


def _restart(settings: Settings) -> _Restarted:
    """Start a worker, wait until it has its state, ask it and the system, and end it."""
    with workers(settings, 1) as (child,):
        metrics = metrics_when_ready(child, settings)
        return _Restarted(
            records=int(metric(metrics, "vitals_recovered_records_total")),
            seconds=metric(metrics, "vitals_recovery_seconds"),
            memory=resident_bytes(child.pid),
        )


def metrics_when_ready(child: Child, settings: Settings) -> str:
    """What a worker that was just started says of itself when it has its state. Blocks until then.

    Raises:
        UserError: when the worker ends, or is not ready within five minutes.
    """
    began = time.monotonic()
    while True:
        check_running([child], time.monotonic() - began > _START_SECONDS)
        try:
            text = metrics_of(settings)
        except OSError:  # it does not listen yet, or is busy
            text = ""
        if text and metric(text, "vitals_recovered_records_total") > 0:
            return text
        time.sleep(_POLL_SECONDS)


def metrics_of(settings: Settings) -> str:
    """What the worker on this port says of itself. Raises OSError when it does not answer within ten seconds."""
    with urllib.request.urlopen(f"http://{HOST}:{settings.metrics_port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def metric(text: str, name: str) -> float:
    """A figure without labels from such a text, 0.0 when it is not there."""
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def write_copies(settings: Settings, accounts: int) -> None:
    """Fill the changelog with `accounts` accounts more, copies of those that are in it. No worker runs meanwhile."""
    templates = await _templates(settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", max_batch_size=_BATCH_BYTES)
    topic = settings.changelog_topic
    await producer.start()
    try:
        batches = {number: producer.create_batch() for number in range(PARTITIONS)}
        for partition, key, value in copies(templates, accounts):
            if batches[partition].append(key=key, value=value, timestamp=None) is None:
                await producer.send_batch(batches[partition], topic, partition=partition)
                batches[partition] = producer.create_batch()
                batches[partition].append(key=key, value=value, timestamp=None)
        for partition, batch in batches.items():
            await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


async def _templates(settings: Settings) -> list[list[list[Pair]]]:
    """By partition, the records of each account in its changelog."""
    # By default a consumer begins at the end, and may still do so after it was told to go to the beginning.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        tps = [TopicPartition(settings.changelog_topic, number) for number in range(PARTITIONS)]
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning()
        pairs: list[list[Pair]] = [[] for _ in tps]
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for tp, messages in (await consumer.getmany(timeout_ms=200)).items():
                pairs[tp.partition].extend((message.key, message.value) for message in messages)
    finally:
        await consumer.stop()
    return [by_account(each) for each in pairs]


def by_account(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The records in force of each account, heads as if all that they hand out had been sent long ago."""
    accounts: dict[str, list[Pair]] = {}
    for key, value in records.greatest(pairs).items():
        named = records.parse_key(key)
        if named.kind == records.HEAD:
            opaque, state = records.split_head(value)
            opaque = msgspec.structs.replace(opaque, outbox=[])
            prefix = records.head_prefix(value)._replace(flush=0)
            value = records.join_head(
                records.rank_of(value), prefix, records.encode_opaque(opaque), value[state.at : state.end]
            )
        if named.account_id:
            accounts.setdefault(named.account_id, []).append((key, value))
    return list(accounts.values())


def copies(templates: Sequence[Sequence[Sequence[Pair]]], accounts: int) -> Iterator[tuple[int, bytes, bytes | None]]:
    """The records (partition, key, value) of `accounts` new accounts, each a copy of one of its own partition's."""
    for number in range(accounts):
        account_id = HELD.format(number)
        partition = partition_of(account_id.encode(), len(templates))
        group = templates[partition][number % len(templates[partition])]
        for key, value in group:
            yield partition, _key_of(key, account_id), value


def _key_of(key: bytes, account_id: str) -> bytes:
    named = records.parse_key(key)
    return records.head_key(account_id) if named.kind == records.HEAD else key_of(name_of_key(named), account_id)
