"""The midnight hour: what it costs when something of every account expires at one instant.

In a process of its own, and without a broker: accounts are restored from records, as a
worker restores them, and their time is moved on minute by minute through two days, with a flush after each second of
work and after each minute that changed anything. The flush makes the records and answers, and drops them. All that
happened to an account happened in the hour after some midnight, 14 days ago and yesterday: so at the coming midnight a
14-day window loses events, the last use is a day longer ago, and the account a day older, all in one bucket. At the
midnight after it, it is only the latter two. That is the worst that can be: a bucket is an hour here, and real accounts
have their events, and so their wakes, at all hours of the day.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from bench.events import BenchEvent, make_events
from bench.fixture import ROOT
from bench.idle_accounts import by_account, copies
from bench.processes import resident_bytes
from bench.throughput import python_environment
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.engine.flush import Pair
from streams.engine.partition.partition import Partition
from streams.errors import UserError
from streams.operations.gc_tuning import DeadCycles

PARTITIONS = 4
AWAKE_BYTES = 20 * 1024
"""What an account may take of the machine when it has woken, with its share of a flush."""
TEMPLATES = 400
MODEL = "default"
_MIDNIGHT_MS = 20_000 * DAY_MS
"""Any will do: nothing here depends on the day."""
_PAST = ((14, 6), (1, 2))
"""(days before the midnight, events an account has in the hour that begins then)"""
_FLUSH_SECONDS = 1.0
"""A worker flushes once a second."""
_FORECASTS = 1_000
"""ForecastQueue are milliseconds each: so many of them are worked out, and not all that are wanted."""
_DEADLINE_SECONDS = 1_800.0


class Hour(msgspec.Struct):
    """What one hour took so far. Mutable.

    `woke` is how often an account was judged anew by time alone, `answers` how many of these had anything new to tell,
    `transitions` how many changed their tier. The seconds are CPU seconds of one core, but `longest_seconds`: for so
    long, by the wall, the longest single call held whoever made it.
    """

    woke: int = 0
    answers: int = 0
    transitions: int = 0
    wake_seconds: float = 0.0
    flush_seconds: float = 0.0
    longest_seconds: float = 0.0

    @property
    def cpu_seconds(self) -> float:
        return self.wake_seconds + self.flush_seconds

    @property
    def wake_us(self) -> float:
        return self.wake_seconds / max(1, self.woke) * 1e6

    @property
    def flush_us(self) -> float:
        return self.flush_seconds / max(1, self.woke) * 1e6

    def advance(self, partition: Partition, instant_ms: int) -> bool:
        """Move a partition on, as far as it goes without a flush; False when it wants one first."""
        began, used = time.monotonic(), time.process_time()
        is_done = partition.advance(instant_ms)
        self.wake_seconds += time.process_time() - used
        self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
        return is_done

    def flush(self, partition: Partition, now_ms: int, tend: Callable[[], None]) -> None:
        """Take a flush, say that it was acknowledged, and `tend` to what is left of it."""
        began, used = time.monotonic(), time.process_time()
        flush = partition.take_flush(now_ms)
        partition.confirm(flush)
        tend()
        self.flush_seconds += time.process_time() - used
        self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
        self.woke += sum(group[-1][0] != records.PARTITION_KEY for group in flush.changelog)
        self.answers += len(flush.scores)
        self.transitions += len(flush.notifications)


class Midnight(msgspec.Struct, frozen=True, kw_only=True):
    """The busiest hours of two days: `first` after a restart, with every account undecoded, and `then` the next.

    `awake_bytes` is by how much an account is larger when it has woken, with what the flushes took and gave back.
    `forecast_us` is CPU time of the forecast that each of the `forecasts` accounts wants after the first midnight: a
    worker works them out when nothing else is to be done, so it is in neither hour.
    """

    accounts: int
    first: Hour
    then: Hour
    awake_bytes: float
    forecasts: int
    forecast_us: float


def measure_midnight(accounts: int) -> Midnight:
    """Measure in a process of its own. Blocks until it ends.

    Raises:
        UserError: when it fails, or does not end within half an hour.
    """
    command = [sys.executable, "-m", "bench.mass_expiry", str(accounts)]
    environment = {**os.environ, **python_environment()}
    try:
        ended = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=_DEADLINE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"Midnight of {accounts:,} accounts did not end: measure fewer in bench/secondary.py."
        ) from None
    if ended.returncode != 0:
        raise UserError(
            f"Midnight of {accounts:,} accounts failed (exit code {ended.returncode}; minus 9 is mostly for want of "
            f"memory). Its last output:\n{ended.stderr[-2_000:]}\nMend what it says, or measure fewer."
        )
    return msgspec.json.decode(ended.stdout, type=Midnight)


def night_of(accounts: int) -> Midnight:
    """Measure in this process."""
    dead_cycles = DeadCycles(time.process_time)
    dead_cycles.begin()  # as our worker does
    plan = Plan(load_preset(MODEL))
    partitions = restored(plan, templates_of(plan), accounts)
    dead_cycles.keep()
    before = resident_bytes(os.getpid())
    first = busiest(through_a_day(partitions, 0, dead_cycles.tend))
    awake_bytes = (resident_bytes(os.getpid()) - before) / accounts
    forecast_us = forecast_us_of(partitions)
    then = busiest(through_a_day(partitions, 1, dead_cycles.tend))
    return Midnight(
        accounts=accounts,
        first=first,
        then=then,
        awake_bytes=awake_bytes,
        forecasts=first.woke,
        forecast_us=forecast_us,
    )


def busiest(hours: Iterable[Hour]) -> Hour:
    """The hour that took most CPU time."""
    return max(hours, key=lambda hour: hour.cpu_seconds)


class Templates(NamedTuple):
    """A partition's own record, and those of each of its accounts."""

    own: bytes
    accounts: list[list[Pair]]


def templates_of(plan: Plan) -> Templates:
    """Accounts at noon before the midnight at which they all wake next."""
    noon_ms = _MIDNIGHT_MS - DAY_MS // 2
    partition = new_partition(0, Settings(partitions=1, settle_ms=0), plan, 1, uses_kernel=wants_kernel())
    partition.advance(noon_ms)
    for offset, sent in enumerate(past_events()):
        message = _Message(sent.value, sent.occurred_at_ms, offset, sent.key)
        while not partition.process(INPUT_TOPICS.index(sent.topic), [message], noon_ms):
            partition.take_flush(noon_ms)
    pairs = [pair for group in partition.take_flush(noon_ms).changelog for pair in group]
    every_account = by_account([(key, value) for key, value in pairs if key != records.PARTITION_KEY])
    (own,) = [value for key, value in pairs if key == records.PARTITION_KEY]
    return Templates(own or b"", [group for group in every_account if first_timer_of(group) == _MIDNIGHT_MS])


def past_events() -> Iterator[BenchEvent]:
    """The events of all templates: each in the hour after one of some midnights."""
    for days, each in _PAST:
        until_ms = _MIDNIGHT_MS - days * DAY_MS + HOUR_MS
        # The farthest first, and then the accounts are known.
        are_known = days != _PAST[0][0]
        yield from make_events(TEMPLATES * each, TEMPLATES, until_ms, HOUR_MS, seed=days, are_known=are_known)


def first_timer_of(group: Sequence[Pair]) -> int:
    """The next wake of an account with these records, in milliseconds since 1970."""
    (head,) = [value for key, value in group if key[:1] == records.HEAD]
    return records.head_prefix(head or b"").due_at_ms


def restored(plan: Plan, templates: Templates, accounts: int) -> list[Partition]:
    """Partitions with so many accounts in them, each a copy of a template."""
    kept: list[dict[bytes, bytes]] = [{records.PARTITION_KEY: templates.own} for _ in range(PARTITIONS)]
    for number, key, value in copies([templates.accounts] * PARTITIONS, accounts):
        # Bytes of its own, as what is read from a log has: the memory is measured.
        kept[number][key] = bytes(bytearray(value or b""))
    settings = Settings(partitions=PARTITIONS, settle_ms=0)
    partitions = [new_partition(number, settings, plan, 2, uses_kernel=wants_kernel()) for number in range(PARTITIONS)]
    for partition in partitions:
        partition.restore_kept(kept.pop(0))
    return partitions


def forecast_us_of(partitions: Sequence[Partition]) -> float:
    """CPU µs of a forecast, over the first `_FORECASTS` that are wanted; 0.0 when none is."""
    used, worked = time.process_time(), 0
    for partition in partitions:
        while worked < _FORECASTS and partition.compute_next_forecast():
            worked += 1
    return (time.process_time() - used) / max(1, worked) * 1e6


def through_a_day(partitions: Sequence[Partition], day: int, tend: Callable[[], None] = lambda: None) -> Iterator[Hour]:
    """Move the partitions on through a day, from noon to noon, a minute at a time; answers what each hour took.

    Day 0 has the midnight at which all accounts wake first.
    """
    noon_ms = _MIDNIGHT_MS + day * DAY_MS - DAY_MS // 2
    for hour_ms in range(noon_ms, noon_ms + DAY_MS, HOUR_MS):
        hour = Hour()
        for instant_ms in range(hour_ms, hour_ms + HOUR_MS, MINUTE_MS):
            for partition in partitions:
                flushed = hour.cpu_seconds
                while not hour.advance(partition, instant_ms):
                    if partition.is_backpressured or hour.cpu_seconds - flushed >= _FLUSH_SECONDS:
                        hour.flush(partition, instant_ms, tend)
                        flushed = hour.cpu_seconds
                if partition.has_pending:
                    hour.flush(partition, instant_ms, tend)
        yield hour


class _Message(NamedTuple):
    """An event as a consumer hands it over."""

    value: bytes
    timestamp: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 0


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(night_of(int(sys.argv[1]))))
