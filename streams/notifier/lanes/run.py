"""Runs one lane: its consumer, and the parts of `Lane` around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer

from alerts.lifecycle.volume import LaneVolume
from alerts.sinks.port import Sink, SinkMemory
from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import GapReport, OffsetFollower
from streams.kafka.one_member_assignor import OneMemberAssignor
from streams.notifier.delivered_ids import DeliveredIds
from streams.notifier.delivery import Delivery
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.lanes.lane import Lane, Outlet
from streams.notifier.lanes.ledger import Ledger
from streams.notifier.lanes.patience import Patience
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.lanes.reader import LaneReader
from streams.notifier.lanes.resumption import Resumption
from streams.notifier.lanes.steps import StepFilter
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.topics import ALERTS

# aiokafka leaves the group if nothing is polled for this long, by default 5 minutes; a sink may be down for days.
# Heartbeats run beside the loop, so a notifier that hangs for good shows in its metrics, not in the group.
MAX_POLL_INTERVAL_MS = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class LaneTools:
    """What a lane needs. `ids` and `memory` are its own: another lane is another claimant. `zone` is that of the rules.
    `sleep` and `now` are in seconds; tests pass their own."""

    settings: Settings
    zone: str
    ids: DeliveredIds
    memory: SinkMemory
    log: DeliveryLog
    metrics: NotifierMetrics
    stop: asyncio.Event
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.time


async def run_lane(plan: LanePlan, sink: Sink | None, tools: LaneTools) -> None:
    """Run the lane until `stop` is set. `sink` is None for a route to nobody. See `Lane.run`."""
    consumer = lane_consumer(tools.settings, plan)
    try:
        await consumer.start()
        following = OffsetFollower(consumer, GapReport(tools.metrics), ALERTS)
        reader = LaneReader(consumer, tools.metrics, now_ms=round(tools.now() * 1_000), following=following)
        # Only now: starting with topics would wait for the other members of the group and not react to a stop.
        consumer.subscribe([tools.settings.topic(ALERTS)], listener=reader)
        await _lane(plan, sink, reader, tools).run()
    finally:
        await consumer.stop()


def _lane(plan: LanePlan, sink: Sink | None, reader: LaneReader, tools: LaneTools) -> Lane:
    def now_ms() -> int:
        return round(tools.now() * 1_000)

    def new_volume() -> LaneVolume:
        return LaneVolume(plan.name, plan.table, tools.zone, is_gathering=sink is not None and sink.is_gathering)

    def free_seconds() -> float:
        return (lane.volume.free_ms(now_ms()) - now_ms()) / 1_000

    ledger = Ledger(plan.route, plan.sink, tools.ids, tools.log, now_ms)
    outlet = None
    if sink is not None:
        delivery = Delivery(
            sink, tools.ids, tools.metrics, tools.stop, lane=plan.name, report=ledger.report,
            free_seconds=free_seconds, sleep=tools.sleep, now=tools.now,
        )  # fmt: skip
        outlet = Outlet(delivery, tools.ids, Resumption(plan.name, plan.sink, tools.memory, tools.ids))
    patience = Patience(plan.name, tools.metrics, tools.stop, tools.sleep)
    steps = StepFilter(plan, sink, tools.metrics, tools.settings.max_notification_age_ms)
    lane = Lane(
        plan, reader, steps, new_volume, ledger, outlet, tools.metrics, patience, tools.stop, now=tools.now
    )  # fmt: skip
    return lane


def lane_consumer(settings: Settings, plan: LanePlan) -> AIOKafkaConsumer:
    """A consumer in the group of the lane, neither started nor subscribed. It never commits by itself."""
    return new_consumer(
        settings,
        f"notifier-{plan.route}-{plan.sink}",
        group_id=plan.group(settings),
        auto_offset_reset="earliest",
        partition_assignment_strategy=[OneMemberAssignor()],
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
    )
