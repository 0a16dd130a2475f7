"""Faults of the workers themselves: killed, restarted, fewer and more, frozen; and what they are given to read."""

from __future__ import annotations

import asyncio
import random
import signal

from tests.faults.environment import NOTIFIER, SESSION_MS, WORKERS, Stage
from tests.faults.offset_watch import Flushes
from tests.faults.supervisor import Slot
from tests.faults.workload import Load

FAILED = 70
"""With which a worker ends that may have been replaced."""
NOTICE_SECONDS = 10.0
FLUSH_SECONDS = 10.0
"""How long a flush is waited for: the survivors of the last fault may be waiting for each other."""
ROW_SECONDS = 60.0


class Kills:
    """kill -9 of a worker at random, again and again; every other time when somebody is just writing, every third time
    of the notifier too."""

    name = "worker kill -9"
    needs_cluster = False

    def __init__(self, count: int, longest_seconds: float = 8.0) -> None:
        self.words = f"a random worker, every 1 to {longest_seconds:g} s; every other time at the sight of a flush, "
        self.words += "every third time the notifier too"
        self._count = count
        self._longest_seconds = longest_seconds
        self._rng = random.Random(42)

    async def run(self, stage: Stage) -> int:
        async with Flushes(stage.settings) as flushes:
            for number in range(self._count):
                await asyncio.sleep(self._rng.uniform(1.0, self._longest_seconds))
                if number % 2:
                    await flushes.seen(FLUSH_SECONDS)
                stage.fleet.kill(self._rng.randrange(WORKERS))
                if number % 3 == 0:
                    stage.fleet.kill(NOTIFIER)
                stage.watch.over("kill")
        await stage.watch.recovered()
        return self._count


class RollingRestarts:
    """Worker after worker is told to end, and started again."""

    name = "rolling restart"
    words = "three workers, one after the other: SIGTERM, then a new process"
    needs_cluster = False

    def __init__(self, count: int) -> None:
        self._count = count

    async def run(self, stage: Stage) -> int:
        for _ in range(self._count):
            for number in range(WORKERS):
                await stage.fleet.ready(number)  # or the signal meets a process that has not begun
                await stage.fleet.stop(number)
                stage.fleet.want(number)
                await stage.fleet.restarted(number)
            stage.watch.over("restart")
            await stage.watch.recovered()
        return self._count


class Scaling:
    """Three workers, one, three."""

    name = "3-1-3 workers"
    words = "two of three are asked to stop, and come back later"
    needs_cluster = False

    def __init__(self, count: int) -> None:
        self._count = count

    async def run(self, stage: Stage) -> int:
        for _ in range(self._count):
            await asyncio.gather(*[stage.fleet.stop(number) for number in (1, 2)])
            stage.watch.over("3 to 1")
            await stage.watch.recovered()
            for number in (1, 2):
                stage.fleet.want(number)
                await stage.fleet.restarted(number)
            stage.watch.over("1 to 3")
            await stage.watch.recovered()
        return 2 * self._count


class Freezes:
    """A worker stands still until others have its partitions, and comes back: it must end, and write nothing."""

    name = "SIGSTOP, SIGCONT"
    words = (
        f"a worker stands still for {2 * SESSION_MS / 1_000:g} s, twice the session timeout; "
        "every other time from the sight of a flush on"
    )
    needs_cluster = False

    def __init__(self, count: int) -> None:
        self._count = count
        self._rng = random.Random(11)

    async def run(self, stage: Stage) -> int:
        stale = dict(stage.watch.changelog.stale)
        async with Flushes(stage.settings) as flushes:
            for number in range(self._count):
                await stage.ready()  # one that has not begun has nothing to lose, and need not end
                if number % 2:
                    await flushes.seen(FLUSH_SECONDS)
                await self._freeze(stage, stage.fleet.workers[self._rng.randrange(WORKERS)])
        if stage.watch.changelog.stale != stale:
            found = stage.watch.changelog.stale
            stage.watch.broken.append(f"replaced workers wrote to the changelog: records by partition {found}")
        return self._count

    async def _freeze(self, stage: Stage, slot: Slot) -> None:
        pid, starts = slot.pid, slot.started
        slot.send(signal.SIGSTOP)
        await asyncio.sleep(2 * SESSION_MS / 1_000)
        slot.send(signal.SIGCONT)
        stage.watch.over("freeze")
        try:
            async with asyncio.timeout(NOTICE_SECONDS):
                while slot.started == starts:  # noqa: ASYNC110 - a process tells nobody when it ends
                    await asyncio.sleep(0.05)
        except TimeoutError:
            stage.watch.broken.append(f"a worker (pid {pid}) that others had replaced went on")
        await stage.watch.recovered()


class Poison:
    """One message in a hundred that cannot be used, and a hundred in a row."""

    name = "poison"
    words = "1 % of all messages cannot be used, and once 100 in a row on one partition"
    needs_cluster = False

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_row_due = False
        self._injected = 0
        self._rng = random.Random(13)

    async def run(self, stage: Stage) -> int:
        stage.publisher.spoil = self._spoil
        await asyncio.sleep(self._seconds / 2)
        self._is_row_due = True
        await asyncio.sleep(self._seconds / 2)
        async with asyncio.timeout(ROW_SECONDS):
            while self._is_row_due:  # noqa: ASYNC110 - the publisher tells nobody
                await asyncio.sleep(0.05)
        stage.publisher.spoil = None
        stage.watch.over("poison")
        await stage.watch.recovered()
        return self._injected

    def _spoil(self, messages: list[Load]) -> list[Load]:
        bad = [each for each in messages if each.account_id and self._rng.random() < 0.01]
        row = [messages[0]] * 100 if self._is_row_due else []
        self._is_row_due = False
        self._injected += len(bad) + len(row)
        spoilt = list(messages)
        for each in bad:
            spoilt.insert(spoilt.index(each), self._poisoned(each))
        return [self._poisoned(each) for each in row] + spoilt

    def _poisoned(self, like: Load) -> Load:
        value = self._rng.choice(_UNUSABLE)
        return Load(like.topic, like.partition, like.account_id, like.instant_ms, value, is_poison=True)


_UNUSABLE: tuple[bytes | None, ...] = (
    None,
    b"",
    b"\x00\xff\xfe",
    b'{"account_id": "account-01", "event": "x", "timestamp": "2015-01-01T00:00:00Z"',
    b"[1, 2, 3]",
    b'{"account_id": "account-01", "event": "x", "timestamp": NaN}',
    b'{"account_id": "account-01", "event": "\\ud800", "timestamp": "2015-01-01T00:00:00Z"}',
    b'{"account_id": 7.5, "event": "x", "timestamp": "2015-01-01T00:00:00Z"}',
    b'{"event": "x", "timestamp": "2015-01-01T00:00:00Z"}',
    b'{"account_id": "account-01", "event": "x", "timestamp": "yesterday"}',
    b'{"account_id": "account-01", "event": "x", "timestamp": "1970-01-01T00:00:00Z"}',
    b'{"account_id": "account-01", "event": "x", "timestamp": "2999-01-01T00:00:00Z"}',
    b"[" * 100_000,
    b'{"account_id": "account-01", "event": "x", "properties": {"blob": "' + b"x" * 1_000_000 + b'"}}',
)
