"""What an event costs by how many accounts a worker holds, and by how many of them the events are spread over.

A worker is restarted with so many accounts in its changelog, copies of real ones, and is then sent a backlog. CPU time
is measured by committed offsets, as everywhere here: what an event costs until it is durable. Three things are in it
that grow with the number of accounts that the events are spread over, and are told apart as far as that goes:

- An account is kept as the bytes of its records until its first event, and is decoded then; and under a new worker its
  first write writes all of its records. So the *first* events are measured, and events *again*, after each account had
  one. The latter not for millions of accounts: it would take a pass over them all, and their decoded state.
- A flush, once a second, writes each account that changed once, whatever the number of its events. Spread over many
  accounts, each event has a write and an answer of its own; so the bytes written are told too.
- The processor's caches hold a thousand accounts, and no million. It is in the figures, and not told apart.

What holding accounts costs by itself is in the row where the events go to the *same* thousand of them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.events import BenchEvent, make_events
from bench.fixture import PARTITIONS, Setup
from bench.idle_accounts import (
    EVENTS_AN_ACCOUNT,
    HELD,
    TEMPLATES,
    metric,
    metrics_of,
    metrics_when_ready,
    take_in_templates,
    write_copies,
)
from bench.report import Sample
from bench.scaling import SESSION_MS, send_to_halted
from bench.throughput import Point, sample_of, until_committed, watch, workers
from scoring.instants import MINUTE_MS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.topics import SCORES
from vitals.local.child import Child
from vitals.local.embedded import free_port

SAME = 1_000
"""To how many accounts the events go where they go to the same of many."""
AGAIN_MAX = 100_000
"""With more accounts there is no pass over all of them."""
_SPAN_MS = 10 * MINUTE_MS


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of events that were spread at random over `spread` of `held` accounts.

    `is_first`: most of these accounts had no event since the worker's start. `changes` is how many of the events
    changed an account's tier; the bytes are those of values, uncompressed, an event.
    """

    held: int
    spread: int
    is_first: bool
    sample: Sample
    changes: int
    changelog_bytes: float
    scores_bytes: float


def measure_cost(setup: Setup, accounts: int, events: int, *, same: bool) -> list[Cost]:
    """Restart a worker with `accounts` accounts more than a few hundred, and send it `events` events at a time.

    With `same`, to the same thousand of them before all others.

    Raises:
        UserError: when the worker ends, or stands still.
    """
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}cost-{accounts}-")
    settings = msgspec.structs.replace(own.settings("worker"), metrics_port=free_port(), session_timeout_ms=SESSION_MS)
    asyncio.run(take_in_templates(own, settings))
    asyncio.run(write_copies(settings, accounts))
    with workers(settings, 1) as (child,):
        metrics_when_ready(child, settings)
        return asyncio.run(_measured(_Load(own, settings, child), accounts, events, same=same))


async def _measured(load: _Load, accounts: int, events: int, *, same: bool) -> list[Cost]:
    costs: list[Cost] = []
    if same:
        await load.touch(SAME)
        costs.append(await load.measure(accounts, SAME, events, is_first=False))
    costs.append(await load.measure(accounts, accounts, events, is_first=True))
    if accounts <= AGAIN_MAX:
        await load.touch(accounts)
        costs.append(await load.measure(accounts, accounts, events, is_first=False))
    return costs


class _Load:
    """One worker, and what it was sent so far. Mutable."""

    def __init__(self, setup: Setup, settings: Settings, child: Child) -> None:
        self._setup = setup
        self._settings = settings
        self._child = child
        self._sent = TEMPLATES * EVENTS_AN_ACCOUNT

    async def touch(self, accounts: int) -> None:
        """One event to each of the first `accounts` accounts; returns when all are committed."""
        await self._send(self._events(accounts, accounts, in_turn=True), accounts)
        await until_committed([self._child], self._settings, self._sent)

    async def measure(self, held: int, spread: int, events: int, *, is_first: bool) -> Cost:
        """Events at random over the first `spread` accounts; returns when all are committed."""
        base, before, ends = self._sent, metrics_of(self._settings), await self._score_ends()
        await self._send(self._events(events, spread), events)
        points = await watch([self._child], self._settings, msgspec.structs.replace(self._setup, events=self._sent))
        await until_committed([self._child], self._settings, self._sent)
        after = metrics_of(self._settings)
        return Cost(
            held=held,
            spread=spread,
            is_first=is_first,
            sample=sample_after(points, base, events),
            changes=changes_in(after) - changes_in(before),
            changelog_bytes=(metric(after, "vitals_state_bytes_sum") - metric(before, "vitals_state_bytes_sum"))
            / events,
            scores_bytes=await self._score_bytes(ends) / events,
        )

    def _events(self, count: int, accounts: int, *, in_turn: bool = False) -> Iterator[BenchEvent]:
        # What was sent so far is the seed: no two lots are the same events, with the same ids.
        now_ms = int(time.time() * 1_000)
        return make_events(count, accounts, now_ms, _SPAN_MS, self._sent, named=HELD, are_known=True, in_turn=in_turn)

    async def _send(self, events: Iterator[BenchEvent], count: int) -> None:
        self._sent += count
        await send_to_halted(self._settings, events, [self._child])

    async def _score_ends(self) -> dict[TopicPartition, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            topic = self._settings.topic(SCORES)
            ends: dict[TopicPartition, int] = await consumer.end_offsets(
                [TopicPartition(topic, number) for number in range(PARTITIONS)]
            )
            return ends
        finally:
            await consumer.stop()

    async def _score_bytes(self, since: dict[TopicPartition, int]) -> int:
        """The bytes of the answers that were written since these offsets."""
        ends = await self._score_ends()
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka, enable_auto_commit=False)
        await consumer.start()
        found = 0
        try:
            consumer.assign(list(since))
            for tp, offset in since.items():
                consumer.seek(tp, offset)
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for messages in (await consumer.getmany(timeout_ms=200)).values():
                    found += sum(len(message.value) for message in messages)
        finally:
            await consumer.stop()
        return found


def sample_after(points: list[Point], base: int, events: int) -> Sample:
    """What was done of the `events` events after the first `base` ones, from the first commit of any of them; from the
    moment at which the worker went on, where there was no second commit before it was nearly through.

    Raises:
        UserError: when there was no commit in between at all.
    """
    counted = [msgspec.structs.replace(each, events=each.events - base) for each in points if each.events >= base]
    try:
        return sample_of([each for each in counted if each.events], events)
    except UserError:
        return sample_of(counted, events)


def changes_in(metrics: str) -> int:
    """How many changes of tier a worker tells of, whatever their cause.

    >>> changes_in('vitals_transitions_total{cause="event"} 3.0\\nvitals_transitions_total{cause="late"} 1.0\\n')
    4
    """
    return int(sum(map(float, re.findall(r"^vitals_transitions_total\{.*\} (\S+)$", metrics, re.MULTILINE))))
