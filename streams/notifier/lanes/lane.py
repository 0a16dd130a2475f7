"""One lane: reads the topic `alerts` for one route, and delivers its steps to one sink, one by one or gathered.

`alerts.lifecycle.volume` decides what is gathered; `streams.notifier.delivery` says how a message reaches the sink, and
what may happen twice; `streams.notifier.lanes.ledger` records it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from aiokafka import ConsumerRecord

from alerts.lifecycle.volume import LaneVolume
from alerts.sinks.port import Message
from alerts.step import AlertStep
from streams.notifier.delivered_ids import DeliveredIds
from streams.notifier.delivery import Delivery
from streams.notifier.lanes.ledger import Ledger, part_of, parts_of
from streams.notifier.lanes.offsets import LaneOffsets
from streams.notifier.lanes.patience import Patience
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.lanes.reader import LaneReader
from streams.notifier.lanes.resumption import Resumption
from streams.notifier.lanes.steps import LaneStep, StepFilter
from streams.notifier.mark import read_mark
from streams.notifier.notifier_metrics import NotifierMetrics

POLL_MS = 500
COMMIT_SECONDS = 1.0
"""How often to commit while messages are delivered one by one; besides, after each fetch."""
LAG_SECONDS = 10.0


class Outlet(NamedTuple):
    """What a lane needs to tell somebody; each lane has its own."""

    delivery: Delivery
    ids: DeliveredIds
    resumption: Resumption

    async def begin(self, has_partitions: bool) -> Mapping[int, int] | None:
        """Forget what is in doubt, and return how far the message on its way reached; see `Resumption.begin`."""
        self.delivery.forget()
        return await self.resumption.begin() if has_partitions else None

    @property
    def is_in_doubt(self) -> bool:
        """Whether something that was looked at may not be done: commit no offset."""
        return self.delivery.is_in_doubt or self.resumption.is_on


class Lane:
    """Reads messages for one route and sink, and commits an offset only when its step is done and recorded: accepted by
    the sink, by itself or with others, refused for good, or nothing to tell. Until then all after it wait, or are
    gathered with it. After a kill everything since the last commit is read again and recognised by its id, and the
    message that was on its way is made again as it was.
    """

    def __init__(
        self,
        plan: LanePlan,
        reader: LaneReader,
        steps: StepFilter,
        new_volume: Callable[[], LaneVolume],
        ledger: Ledger,
        outlet: Outlet | None,
        metrics: NotifierMetrics,
        patience: Patience,
        stop: asyncio.Event,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`outlet` is None for a route to nobody. `now` is the wall clock in seconds."""
        self._plan = plan
        self._reader = reader
        self._steps = steps
        self._new_volume = new_volume
        self.volume = new_volume()
        self._ledger = ledger
        self._outlet = outlet
        self._metrics = metrics
        self._patience = patience
        self._stop = stop
        self._now = now
        self._offsets = LaneOffsets()
        self._epoch = 0
        self._committed_at = 0.0
        self._taken: set[str] = set()  # by id, since all was recorded: a copy of such a step has no mark yet

    async def run(self) -> None:
        """Deliver until `stop` is set, then return within the time of one attempt. Raises Kafka's errors that no retry
        helps against."""
        lag = _report_lag(self._plan, self._reader, self._offsets, lambda: len(self.volume.gathering), self._metrics)
        counting = asyncio.create_task(lag)
        try:
            while not self._stop.is_set():
                await self._round()
            await self._commit()
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting

    async def _round(self) -> None:
        if self._has_moved and not await self._begin_again():
            return
        batch = await self._reader.read(max(0, min(POLL_MS, self.volume.due_ms - self._now_ms())))
        if self._has_moved or not self._epoch:
            return
        self._metrics.ready()
        for message in batch:
            self._offsets.fetched(message)
        if batch and not await self._take_all(batch):
            return
        if not batch:
            await self._idle()
        await self._commit()

    async def _begin_again(self) -> bool:
        """The group has given partitions, or taken them: forget what is not committed. False if stopped."""
        self._epoch, self._reader.ends, self.volume = self._reader.epoch, None, self._new_volume()
        self._ledger.clear()
        self._offsets.clear()

        async def begin() -> None:
            if self._outlet is not None:
                self._reader.ends = await self._outlet.begin(bool(self._reader.partitions))

        return await self._patience.until_done(begin)

    @property
    def _has_moved(self) -> bool:
        return self._reader.epoch != self._epoch

    @property
    def _is_over(self) -> bool:
        """Whether the lane is to stop, or its partitions have moved."""
        return self._stop.is_set() or self._has_moved

    def _now_ms(self) -> int:
        return round(self._now() * 1_000)

    async def _take_all(self, batch: Sequence[ConsumerRecord]) -> bool:
        """False if it did not come to the end of the batch."""
        found = [self._steps.read(message) for message in batch]
        marks: dict[str, str] = {}
        wanted = [each.delivery_id(self._plan.sink) for each in found if each.outcome is None]
        if self._outlet is not None:
            ids = self._outlet.ids

            async def ask() -> None:
                marks.update(await ids.marks([each for each in wanted if each]))

            if not self._ledger and not self.volume.gathering:
                self._taken.clear()
            if not await self._patience.until_done(ask):
                return False
        for each in found:
            if self._is_over or not await self._take(each, marks.get(each.delivery_id(self._plan.sink))):
                return False
            self._offsets.done(each.message)
            self._metrics.progressed()
        return not self._is_over

    async def _take(self, each: LaneStep, mark: str | None) -> bool:
        """Do what is to be done about one message. False if stopped before."""
        message, step, outcome = each
        if step is None:
            return True
        if outcome is not None or self._outlet is None:
            self._metrics.notification(outcome or "no_route")
            self._ledger.note(step, outcome or "no_route")
            return True
        resumption = self._outlet.resumption
        if resumption.is_on and resumption.take(step, mark):
            return True
        if mark is not None or step.id in self._taken:
            self._metrics.notification("duplicate")
            if mark is not None:
                self._ledger.repeat(step, read_mark(mark))
            return True
        if not resumption.is_on and not await self._is_free_for(step, message):
            return False
        self._taken.add(step.id)
        if resumption.is_on or self.volume.take(step, message.timestamp, self._now_ms()):
            return await self._send(self._outlet, step, "", message)
        self._offsets.gather(message)
        return True

    async def _is_free_for(self, step: AlertStep, message: ConsumerRecord) -> bool:
        """Send what is gathered, if `step` does not belong to it. False if stopped before."""
        while not self._is_over and self.volume.gathering:
            if self.volume.closes(step, message.timestamp, self._now_ms()):
                return await self._send_gathered()
            if not self.volume.is_full():
                break
            await self._patience.pause((self.volume.free_ms(self._now_ms()) - self._now_ms()) / 1_000)
        return not self._is_over

    async def _idle(self) -> None:
        """Nothing is there to read now: what is gathered may be due."""
        if self._outlet is not None and self._outlet.resumption.is_on:
            if await self._reader.is_at_ends():
                await self._finish_resumption(self._outlet)
        elif self.volume.is_due(self._now_ms()):
            await self._send_gathered()
        if self._outlet is None or await self._outlet.delivery.try_again():
            self._metrics.progressed()

    async def _finish_resumption(self, outlet: Outlet) -> None:
        resumption = outlet.resumption
        if resumption.gathering and resumption.is_sent:
            self._ledger.sending(resumption.message_id, parts_of(resumption.gathering))
            self._ledger.result(resumption.message_id, *resumption.result)
        elif resumption.gathering and not await self._send(outlet, resumption.message(), resumption.why):
            return
        resumption.end()
        self._reader.ends = None

    async def _send_gathered(self) -> bool:
        assert self._outlet is not None
        if not await self._send(self._outlet, self.volume.message(), self.volume.why):
            return False
        self.volume.close()
        self._offsets.sent()
        return True

    async def _send(self, outlet: Outlet, message: Message, why: str, read: ConsumerRecord | None = None) -> bool:
        """Deliver a message, a single step that was just `read` or, with `why`, what is gathered. False if stopped."""
        gathering = outlet.resumption.gathering if outlet.resumption.is_on else self.volume.gathering
        parts = [part_of(message)] if isinstance(message, AlertStep) else parts_of(gathering)
        await outlet.resumption.remember(message, why, self._offsets.reach(read), outlet.delivery.failed)
        self._ledger.sending(message.id, parts)
        if not await outlet.delivery.deliver(message, why):
            return False
        self.volume.sent(self._now_ms())
        if read is not None:
            self._offsets.done(read)
            if time.monotonic() - self._committed_at >= COMMIT_SECONDS:
                await self._commit()
        return True

    async def _commit(self) -> None:
        """Record what is done, and commit it. While a message is in doubt, nothing is."""
        self._committed_at = time.monotonic()
        if (self._outlet is not None and self._outlet.is_in_doubt) or self._has_moved:
            return
        if not self._ledger or await self._patience.until_done(self._ledger.settle):
            offsets = self._offsets.to_commit(self._reader.partitions)
            if offsets and not self._has_moved and await self._reader.commit(offsets):
                self._offsets.committed(offsets)


async def _report_lag(
    plan: LanePlan, reader: LaneReader, offsets: LaneOffsets, gathering: Callable[[], int], metrics: NotifierMetrics
) -> None:
    """Keep the lag correct, also during a wait of hours, in which nothing is fetched."""
    while True:
        lag = offsets.lag(await reader.end_offsets())
        metrics.lag(lag)
        metrics.lane(plan.route, plan.sink, sum(lag.values()), gathering())
        await asyncio.sleep(LAG_SECONDS)
