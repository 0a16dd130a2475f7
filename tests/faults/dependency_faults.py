"""Faults around the workers: Redis, the network between a worker and the broker, the disk."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from streams.read_model.port import ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from tests.faults.environment import SESSION_MS, SETTLE_SECONDS, WORKERS, Stage
from tests.faults.kafka import ProxiedKafka
from tests.faults.offset_watch import Recovery
from tests.faults.publisher import PRELUDE_ROUNDS
from tests.faults.scenario import CannotRun
from vitals.local.embedded import start_redis

LOOK_SECONDS = 0.25
CANNOT_START = 1
"""With which a worker ends that cannot have its files."""


class RedisFaults:
    """The read model is killed, unreachable, emptied. Scoring must not notice, and the read model must catch up."""

    name = "Redis"
    words = "killed for some seconds (it comes back empty), black-holed, emptied"
    needs_cluster = False

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds

    async def run(self, stage: Stage) -> int:
        faults = (self._killed, self._unreachable, self._emptied)
        for _ in range(self._count):
            for fault in faults:
                await self._one(stage, fault)
        return self._count * len(faults)

    async def _one(self, stage: Stage, fault: Callable[[Stage], Awaitable[None]]) -> None:
        await fault(stage)
        stage.watch.over("scoring meanwhile")
        published = stage.history.round(stage.publisher.rounds - 1).instant_ms
        began = time.monotonic()
        async with asyncio.timeout(SETTLE_SECONDS):
            while not await self._is_fresh(stage, published):  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(LOOK_SECONDS)
        stage.watch.recoveries.append(Recovery(fault.__name__, time.monotonic() - began))
        await stage.watch.recovered()

    async def _killed(self, stage: Stage) -> None:
        port = stage.redis_port
        await asyncio.to_thread(stage.redis.child.kill)
        await asyncio.sleep(self._seconds)
        stage.redis = await asyncio.to_thread(start_redis, port)

    async def _unreachable(self, stage: Stage) -> None:
        stage.redis_proxy.shut()
        await asyncio.sleep(self._seconds)
        stage.redis_proxy.open()

    async def _emptied(self, stage: Stage) -> None:
        async with Redis.from_url(stage.redis.address) as redis:
            await redis.flushall()

    async def _is_fresh(self, stage: Stage, instant_ms: int) -> bool:
        """The read model has every account again, and of every partition something as new as what was published."""
        model = RedisReadModel.open(msgspec.structs.replace(stage.settings, redis=stage.redis.address))
        try:
            answers = await model.worst_first()
        except ReadModelUnavailable:
            return False
        finally:
            await model.close()
        beats = [answer for answer in answers if answer.account_id in stage.history.beats]
        names = {answer.account_id for answer in answers}
        is_whole = names >= stage.history.accounts(PRELUDE_ROUNDS)
        return is_whole and len(beats) == len(stage.history.beats) and all(b.as_of_ms >= instant_ms for b in beats)


class NetworkCuts:
    """A worker is cut off from the broker, wholly or one way, or all connections are reset, or all workers cut off."""

    name = "network"
    words = "a worker cut off both ways or one way, connections reset, all workers cut off"
    needs_cluster = False

    def __init__(self, count: int, seconds: float = 2 * SESSION_MS / 1_000, ways: int = 3) -> None:
        self._count = count
        self._ways = ways
        self._seconds = seconds
        self._rng = random.Random(17)

    async def run(self, stage: Stage) -> int:
        kafka = stage.kafka
        if not isinstance(kafka, ProxiedKafka):
            raise CannotRun("the broker has no proxies before it")
        for _ in range(self._count):
            one = [kafka.proxies[self._rng.randrange(WORKERS)]]
            for proxies, only_there in ((one, False), (one, True), (kafka.proxies, False))[: self._ways]:
                for proxy in proxies:
                    proxy.shut(only_there=only_there)
                await asyncio.sleep(self._seconds)
                for proxy in proxies:
                    proxy.open()
                stage.watch.over("cut")
                await stage.watch.recovered()
            for proxy in kafka.proxies:
                proxy.hang_up()
            stage.watch.over("reset")
            await stage.watch.recovered()
        return (self._ways + 1) * self._count


class FullDisk:
    """The disk under the workers' data directory is full, and a worker has to start on it: it needs nothing there."""

    name = "disk full"
    words = "no space under the workers' data directory; a worker is killed, and starts all the same"
    needs_cluster = False

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds

    async def run(self, stage: Stage) -> int:
        disk = Path(tempfile.mkdtemp(prefix="vitals-disk-"))
        await asyncio.to_thread(_mount, disk)
        try:
            for fault in range(self._count):
                await self._one(stage, disk, fault)
        finally:
            stage.data_dirs.clear()
            await asyncio.to_thread(_unmount, disk)
        return self._count

    async def _one(self, stage: Stage, disk: Path, fault: int) -> None:
        number = fault % WORKERS
        others = [other for other in range(WORKERS) if other != number]
        for other in others:
            stage.data_dirs[other] = str(disk / f"{fault}-{other}")
            stage.fleet.kill(other)
        for other in others:
            await stage.fleet.restarted(other)
        ends = len(stage.fleet.own_ends)
        fillers = await asyncio.to_thread(_fill, disk)
        stage.data_dirs[number] = str(disk / f"{fault}-{number}")
        stage.fleet.kill(number)
        await stage.fleet.restarted(number)
        await asyncio.sleep(self._seconds)
        if (number, CANNOT_START) in stage.fleet.own_ends[ends:]:
            stage.watch.broken.append("a worker did not start on a full disk")
        for filler in fillers:
            filler.unlink()
        stage.watch.over("full disk")
        await stage.watch.recovered()


def _mount(disk: Path) -> None:
    if os.geteuid() != 0:
        disk.rmdir()
        raise CannotRun("not root, so no disk of its own")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=64", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        disk.rmdir()
        raise CannotRun("this machine lets nobody mount a disk")


def _unmount(disk: Path) -> None:
    subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)
    shutil.rmtree(disk, ignore_errors=True)


def _fill(disk: Path) -> list[Path]:
    """Take every byte and every name that is left."""
    fillers: list[Path] = []
    try:
        while True:
            filler = disk / f"filler-{len(fillers)}"
            with filler.open("wb", buffering=0) as file:
                fillers.append(filler)
                try:
                    while file.write(b"x" * 4_096):
                        pass
                except OSError:
                    continue  # no byte is left; go on with names
    except OSError:
        return fillers
