"""What is measured beside the great table: the way of a notification, recovery, memory, scaling, and what many accounts
cost."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from statistics import median

import msgspec

from bench.cost_by_accounts import SAME, Cost, measure_cost
from bench.fixture import Setup
from bench.idle_accounts import measure_held
from bench.latency import RATES, RUN_IN_SECONDS, measure_latency
from bench.mass_expiry import AWAKE_BYTES, measure_midnight
from bench.report import Figure, percentile
from bench.scaling import measure_scaling

_PEAK_BYTES = 12 * 1024
"""What an account may take of the machine while a worker reads it back, and the broker holds its records."""
Step = tuple[str, Callable[[], list[Figure]]]
"""What it is, for people, and how it is measured."""


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured beside the table."""

    workers: tuple[int, ...]
    scaling_runs: int
    live_seconds: int
    live_rates: tuple[int, ...]
    held_accounts: int
    cost_accounts: tuple[int, ...]
    """Ascending. With the last, the events also go to the same thousand of them."""
    cost_events: int
    midnight_accounts: int


FULL = Extent(
    workers=(1, 2, 4),
    scaling_runs=3,
    live_seconds=20,
    live_rates=RATES,
    held_accounts=1_000_000,
    cost_accounts=(1_000, 10_000, 100_000, 1_000_000),
    cost_events=600_000,
    midnight_accounts=1_000_000,
)
QUICK = Extent(
    workers=(1, 2, 4),
    scaling_runs=1,
    live_seconds=5,
    live_rates=RATES[:1],
    held_accounts=20_000,
    cost_accounts=(1_000, 20_000),
    cost_events=400_000,
    midnight_accounts=5_000,
)


def fitting(extent: Extent, free_bytes: int) -> Extent:
    """The same, with no more accounts than fit into so much memory: a tenth of them, or a half, and so on."""
    peak_bytes = max(_PEAK_BYTES * QUICK.held_accounts, free_bytes)
    return msgspec.structs.replace(
        extent,
        held_accounts=_fitting(extent.held_accounts, QUICK.held_accounts, _PEAK_BYTES, free_bytes),
        cost_accounts=tuple(each for each in extent.cost_accounts if each * _PEAK_BYTES <= peak_bytes),
        midnight_accounts=_fitting(extent.midnight_accounts, QUICK.midnight_accounts, AWAKE_BYTES, free_bytes, step=2),
    )


def _fitting(accounts: int, least: int, each_bytes: int, free_bytes: int, step: int = 10) -> int:
    while accounts * each_bytes > free_bytes and accounts > least:
        accounts //= step
    return accounts


def steps(setup: Setup, extent: Extent) -> Iterator[Step]:
    """Each measurement, in the order in which they are made."""
    for rate in extent.live_rates:
        yield f"event to notification, {rate:,} a second", functools.partial(_latency, setup, extent.live_seconds, rate)
    yield f"{extent.held_accounts:,} idle accounts", functools.partial(_held, setup, extent.held_accounts)
    for count in extent.workers:
        yield f"scaling, {count} of {extent.workers[-1]}", functools.partial(_scaling, setup, count, extent)
    yield f"midnight, {extent.midnight_accounts:,} accounts", functools.partial(_midnight, extent.midnight_accounts)
    for accounts in extent.cost_accounts:
        yield f"cost by accounts, {accounts:,}", functools.partial(_cost, setup, accounts, extent)


def _latency(setup: Setup, seconds: int, rate: int) -> list[Figure]:
    took, at_once, late = measure_latency(setup, seconds, rate)
    of = (
        f"{rate:,} events/s by the wall clock, one worker with a history; until a consumer has the notification; "
        f"events were sent up to {late * 1_000:,.0f} ms late"
    )
    name = f"event to notification, {rate:,} a second"
    begin = f"the {RUN_IN_SECONDS} s in which all accounts begin at once"
    parts = ((name, took, f"{seconds} s after {begin}"), (f"{name}, all begin at once", at_once, begin))
    return [
        Figure(
            f"{of_part}, p{share * 100:.0f}",
            f"{percentile(times, share) * 1_000:,.0f} ms",
            f"{len(times):,}; {when}; {of}",
        )
        for of_part, times, when in parts
        for share in (0.5, 0.99)
        if times
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


def _midnight(accounts: int) -> list[Figure]:
    night = measure_midnight(accounts)
    whose = f"{accounts:,} accounts that all wake at one midnight; no broker"
    figures: list[Figure] = []
    for name, hour in (("midnight, after a restart", night.first), ("midnight, the next", night.then)):
        of = (
            f"{whose}; {hour.wake_us:,.1f} µs a wake, {hour.flush_us:,.1f} µs for its records and answer; "
            f"{hour.woke:,} woke, {hour.answers:,} had news, {hour.transitions:,} changed their tier; the longest call "
            f"held its caller for {hour.longest_seconds:,.2f} s"
        )
        figures.append(Figure(name, f"{hour.cpu_seconds:,.2f} s of a core", of))
    of = f"RSS over that of an idle one, with what the flushes took; {whose}"
    figures.append(Figure("midnight, memory of an account that woke", f"{night.awake_bytes:,.0f} bytes", of))
    of = (
        f"each of {night.forecasts:,} accounts wants one after the first midnight; worked out while nothing else is to "
        "be done, and so in neither figure above; the first 1,000 of them"
    )
    return [*figures, Figure("midnight, CPU of a forecast", f"{night.forecast_us / 1_000:,.2f} ms", of)]


def _cost(setup: Setup, accounts: int, extent: Extent) -> list[Figure]:
    is_last = accounts == extent.cost_accounts[-1]
    costs = measure_cost(setup, accounts, extent.cost_events, same=is_last and accounts > SAME)
    return [_cost_figure(each) for each in costs]


def _cost_figure(cost: Cost) -> Figure:
    which = "the first events" if cost.is_first else "events again"
    if cost.spread < cost.held:
        which = f"to the same {cost.spread:,}"
    sample = cost.sample
    return Figure(
        f"cost by accounts, {cost.held:,}: {which}",
        f"{sample.cpu_us_per_event:,.1f} µs CPU an event",
        f"{sample.events_per_second:,.0f} events/s at random over {cost.spread:,} of {cost.held:,} accounts held; "
        f"{cost.changelog_bytes:,.0f} bytes of changelog and {cost.scores_bytes:,.0f} of scores an event, "
        f"{cost.changes:,} changes of tier; the broker {sample.broker_cpu_us_per_event:,.1f} µs",
    )
