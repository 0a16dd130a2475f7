"""What is measured beside the great table: scaling, the way of a notification, recovery, and memory."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from statistics import median

import msgspec

from bench.held import measure_held
from bench.latency import EVENTS_PER_SECOND, measure_latency
from bench.report import Figure, percentile
from bench.scaling import measure_scaling
from bench.setup import Setup

_PEAK_BYTES = 12 * 1024
"""What an account may take of the machine while a worker reads it back, and the broker holds its records."""
Step = tuple[str, Callable[[], list[Figure]]]
"""What it is, for people, and how it is measured."""


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured beside the table."""

    workers: tuple[int, ...]
    scaling_runs: int
    live_seconds: int
    held_accounts: int


FULL = Extent(workers=(1, 2, 4), scaling_runs=3, live_seconds=20, held_accounts=1_000_000)
QUICK = Extent(workers=(1, 2, 4), scaling_runs=1, live_seconds=5, held_accounts=20_000)


def fitting(extent: Extent, free_bytes: int) -> Extent:
    """The same, with no more accounts than fit into so much memory, in steps of a tenth."""
    accounts = extent.held_accounts
    while accounts * _PEAK_BYTES > free_bytes and accounts > QUICK.held_accounts:
        accounts //= 10
    return msgspec.structs.replace(extent, held_accounts=accounts)


def steps(setup: Setup, extent: Extent) -> Iterator[Step]:
    """Each measurement, in the order in which they are made."""
    yield "event to notification", functools.partial(_latency, setup, extent.live_seconds)
    yield f"{extent.held_accounts:,} idle accounts", functools.partial(_held, setup, extent.held_accounts)
    for count in extent.workers:
        yield f"scaling, {count} of {extent.workers[-1]}", functools.partial(_scaling, setup, count, extent)


def _latency(setup: Setup, seconds: int) -> list[Figure]:
    took = measure_latency(setup, seconds)
    of = (
        f"{seconds} s of {EVENTS_PER_SECOND:,} events/s by the wall clock, one worker with a history; until a consumer "
        f"has the notification; {len(took):,} of them"
    )
    return [
        Figure(f"event to notification, p{share * 100:.0f}", f"{percentile(took, share) * 1_000:,.0f} ms", of)
        for share in (0.5, 0.99)
        if took
    ]


def _held(setup: Setup, accounts: int) -> list[Figure]:
    held = measure_held(setup, accounts)
    of = f"a worker restarted with {held.accounts:,} idle accounts more, {held.records:,} records in its changelog"
    return [
        Figure("recovery", f"{held.records / held.recovery_seconds:,.0f} records/s", of),
        Figure("recovery, all of it", f"{held.recovery_seconds:,.1f} s", of),
        Figure("memory of an idle account", f"{held.bytes_an_account:,.0f} bytes", f"RSS of {of}"),
    ]


def _scaling(setup: Setup, count: int, extent: Extent) -> list[Figure]:
    samples = [measure_scaling(setup, count) for _ in range(extent.scaling_runs)]
    speed, cpu = median(each.events_per_second for each in samples), median(each.cpu_us_per_event for each in samples)
    broker = median(each.broker_cpu_us_per_event for each in samples)
    of = (
        f"{cpu:,.1f} µs CPU an event, all workers; the broker {broker:,.1f} µs; {os.cpu_count()} cores for all of them "
        f"and the broker"
    )
    return [Figure(f"{count} worker{'s' if count > 1 else ''} of one group", f"{speed:,.0f} events/s", of)]
