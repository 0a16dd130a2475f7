"""The bound for the kernel: whole batches from aiokafka; each message decoded, applied and judged natively.

As in `no_engine`: no group, no merging by time, nothing kept or sent, no transitions, no timers. What the kernel's
decoder hands back is decoded in Python.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer

from bench.peers.meter import Meter
from bench.peers.no_engine import MODEL
from bench.peers.topics import Task, task_from_arguments
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.kafka.batches import report_unreadable_batches
from streams.kafka.undecoded import UndecodedBatches
from streams.kernel.decoder import NativeDecoder
from streams.kernel.effects import packed_event
from streams.kernel.kernel import Kernel
from streams.message import Message
from streams.operations.gc_tuning import relax


class Fold:
    """All accounts of one plan in the kernel. Mutable."""

    def __init__(self, plan: Plan) -> None:
        """
        Raises:
            NotInKernel: when the extension is not built.
        """
        self.kernel = Kernel(plan)
        self.numbers: dict[str, int] = {}
        self._plan = plan
        self._decoder = NativeDecoder(plan)

    def take(self, topic: str, messages: Iterable[Message], now_ms: int) -> int:
        """Take messages of one topic (its plain name), and judge after each at `now_ms`; answers how many they were."""
        decode, native, numbers, live = (
            self._decoder.decode,
            self.kernel.native,
            self.numbers,
            self._plan.primary.number,
        )
        count = 0
        for message in messages:
            found = decode(topic, message.value or b"", message.timestamp, now_ms)
            if found is None:
                account_id, packed = self._decoded(topic, message, now_ms)
            else:
                account_id, *_, packed = found
            number = numbers.get(account_id)
            if number is None:
                number = numbers[account_id] = native.begin(now_ms)
            native.apply(number, packed, now_ms)
            native.refresh(number, live)
            count += 1
        return count

    def _decoded(self, topic: str, message: Message, now_ms: int) -> tuple[str, bytes]:
        event = self._plan.decoder.decode(topic, message.value or b"", message.timestamp, now_ms)
        return event.account_id, packed_event(self._plan, event)


async def run(task: Task) -> None:
    """Read the log once."""
    relax()  # as our worker does
    report_unreadable_batches()
    fold, meter = Fold(Plan(load_preset(MODEL))), Meter(task.events, task.broker_pid)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=task.address, enable_auto_commit=False, value_deserializer=UndecodedBatches
    )
    await consumer.start()
    try:
        consumer.assign(task.partitions)
        await consumer.seek_to_beginning()
        while not meter.is_done:
            fetched = await consumer.getmany(timeout_ms=1_000)
            now_ms = int(time.time() * 1_000)
            for tp, batches in fetched.items():
                topic = tp.topic.removeprefix(task.prefix)
                if meter.add(sum(fold.take(topic, batch.messages(), now_ms) for batch in batches)):
                    break
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(run(task_from_arguments()))
