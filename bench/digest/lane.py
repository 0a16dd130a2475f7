"""One lane in a process of its own, on one core: `python -m bench.digest.lane MODE STEPS URL` prints what it took."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

from redis.asyncio import Redis

from alerts.lifecycle.schema import Digest, Route, Volume
from alerts.sinks.http import http_client
from alerts.sinks.webhook import WebhookSink
from streams.deployment.settings import Settings
from streams.kafka.clients import new_producer
from streams.notifier.delivered_ids import RedisDeliveredIds
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.lanes.run import LaneTools, run_lane
from streams.notifier.notifier_metrics import Outcome
from streams.notifier.sink_memory import RedisSinkMemory
from streams.topics import DELIVERIES
from tests.fakes import RecordingNotifierMetrics

LATER_SECONDS = 1_200
"""How far the lane's clock is ahead, so that nothing has to be waited for."""


class Counting(RecordingNotifierMetrics):
    """Sets `stop` when all steps are delivered, and notes when the lane got its partitions."""

    def __init__(self, steps: int, stop: asyncio.Event) -> None:
        super().__init__()
        self._steps = steps
        self._stop = stop
        self.began = 0.0

    def ready(self) -> None:
        """See `NotifierMetrics.ready`."""
        self.began = self.began or time.monotonic()

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        """See `NotifierMetrics.notification`."""
        super().notification(outcome, count)
        if self.outcomes["delivered"] + self.outcomes["in_digest"] + self.outcomes["in_storm"] >= self._steps:
            self._stop.set()


async def main(mode: str, steps: int, url: str) -> None:
    """Run the lane until all is delivered, recorded and committed."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    settings, stop = Settings.from_environment(os.environ), asyncio.Event()
    metrics = Counting(steps, stop)
    table = (
        Route(digest=Digest(at=time.strftime("%H:%M", time.gmtime(time.time() + 600))), storm=None)
        if mode == "digest"
        else Route(storm=Volume(messages=20))
    )
    async with (
        Redis.from_url(settings.redis) as redis,
        new_producer(settings, "bench") as producer,
        http_client() as client,
    ):
        tools = LaneTools(
            settings=settings,
            zone="UTC",
            ids=RedisDeliveredIds(redis, prefix=settings.redis_prefix),
            memory=RedisSinkMemory(redis, "lane/bench", prefix=settings.redis_prefix),
            log=DeliveryLog(producer, settings.topic(DELIVERIES)),
            metrics=metrics,
            stop=stop,
            now=lambda: time.time() + LATER_SECONDS,
        )
        await run_lane(LanePlan("bench", "webhook", table, lambda _: True), WebhookSink(url, client), tools)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "seconds": round(time.monotonic() - metrics.began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mib": _peak_mib(),
        "outcomes": dict(metrics.outcomes),
    }
    print(json.dumps(found))


def _peak_mib() -> int:
    """The most memory of this process so far. Not `ru_maxrss`, which begins with the parent's."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1_024


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
