"""A great many accounts as a worker holds them after a restart, made in this process and without a broker.

A few hundred accounts are made from events; their records are copied under other ids, and restored as a worker restores
them. When their events happened decides what is due: nothing for days, or something of every account at one instant.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from bench.events import BenchEvent, make_events
from bench.idle_accounts import by_account, copies
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.changelog.record_types import Retention
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.engine.flush import Pair
from streams.engine.partition.partition import Partition

PARTITIONS = 4
TEMPLATES = 400
EVENTS_AN_ACCOUNT = 8
_AT_REST_HOURS = (10 * 24 + 12, 2 * 24 + 12)
"""The hours, before the instant, in which the events of accounts happened of which nothing is due. At half a day from
it, so that what grows by a day does so at another time."""
_DUE_HOURS = (14 * 24, 24)
"""The same of accounts of which something is due at the instant: they leave a 14-day window, and are a day older."""
Restorable = dict[bytes, bytes]
"""The records of one partition, by key."""


class Templates(NamedTuple):
    """A partition's own record, and those of each of its accounts."""

    own: bytes
    accounts: list[list[Pair]]


class EventMessage(NamedTuple):
    """An event as a consumer hands it over."""

    value: bytes
    timestamp: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 0


def settings_of(partitions: int = PARTITIONS) -> Settings:
    """The settings of a worker that owns all partitions and tells every change of tier."""
    return Settings(partitions=partitions, settle_ms=0)


def at_rest(plan: Plan, instant_ms: int) -> Templates:
    """Accounts just before `instant_ms`, with nothing due for days under the presets."""
    return _templates(plan, _AT_REST_HOURS, instant_ms, instant_ms - 1)


def due(plan: Plan, instant_ms: int) -> Templates:
    """Accounts half a day before `instant_ms`, the start of an hour, whose next timer is due then."""
    templates = _templates(plan, _DUE_HOURS, instant_ms, instant_ms - DAY_MS // 2)
    return Templates(templates.own, [group for group in templates.accounts if due_at(group) == instant_ms])


def warming_until(plan: Plan, templates: Templates, until_ms: int) -> Templates:
    """The same, under a model that has begun to keep what it reads so that its longest window is known at `until_ms`.

    The partition's own instant has to be before it.
    """
    longest_ms = max(signal.reach_ms for signal in plan.primary.signals.values())
    since_ms = until_ms - longest_ms - plan.resolution_ms
    kept = {
        identity: Retention(since_ms if reach_ms else 0, reach_ms) for identity, reach_ms in plan.identities.items()
    }
    own = msgspec.structs.replace(records.decode_partition(templates.own), kept=kept)
    return Templates(records.encode_partition(own, records.rank_of(templates.own)), templates.accounts)


def copied(templates: Templates, accounts: int) -> list[Restorable]:
    """By partition, the records of this many accounts, each a copy of a template."""
    restorable: list[Restorable] = [{records.PARTITION_KEY: templates.own} for _ in range(PARTITIONS)]
    for number, key, value in copies([templates.accounts] * PARTITIONS, accounts):
        # Bytes of its own, as what is read from a log has: the memory is measured.
        restorable[number][key] = bytes(bytearray(value or b""))
    return restorable


def restored(plan: Plan, restorable: list[Restorable]) -> list[Partition]:
    """The partitions with these records in them; the list is emptied on the way."""
    settings = settings_of()
    partitions = [new_partition(number, settings, plan, 2, uses_kernel=wants_kernel()) for number in range(PARTITIONS)]
    for partition in partitions:
        partition.restore_kept(restorable.pop(0))
    return partitions


def due_at(group: Sequence[Pair]) -> int:
    """The next timer of an account with these records, in milliseconds since 1970."""
    (head,) = [value for key, value in group if key[:1] == records.HEAD]
    return records.head_prefix(head or b"").due_at_ms


def _templates(plan: Plan, hours: Sequence[int], instant_ms: int, until_ms: int) -> Templates:
    """Accounts whose events happened so many hours before `instant_ms`, taken in at `until_ms`."""
    partition = new_partition(0, settings_of(partitions=1), plan, 1, uses_kernel=wants_kernel())
    partition.advance(until_ms)
    for offset, sent in enumerate(_events(hours, instant_ms)):
        message = EventMessage(sent.value, sent.occurred_at_ms, offset, sent.key)
        while not partition.process(INPUT_TOPICS.index(sent.topic), [message], until_ms):
            partition.take_flush(until_ms)
    pairs = [pair for group in partition.take_flush(until_ms).changelog for pair in group]
    accounts = by_account([(key, value) for key, value in pairs if key != records.PARTITION_KEY])
    (own,) = [value for key, value in pairs if key == records.PARTITION_KEY]
    del partition, pairs
    gc.collect()
    return Templates(own or b"", accounts)


def _events(hours: Sequence[int], instant_ms: int) -> Iterator[BenchEvent]:
    """Equally many events of each account in each of these hours."""
    count = TEMPLATES * EVENTS_AN_ACCOUNT // len(hours)
    for seed, ago in enumerate(hours):
        until_ms = instant_ms - (ago - 1) * HOUR_MS
        yield from make_events(count, TEMPLATES, until_ms, HOUR_MS, seed + 1, are_known=seed > 0, in_turn=seed == 0)
