"""The bound for the engine: read with aiokafka, decode, apply and judge with the very same code, and nothing else.

No group, no merging by time, no changelog, no scores or notifications sent, no transitions, no wake-ups of silent
accounts. Each event is judged at wall time, as the worker's is, so the order in which partitions come does not matter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from bench.peers.meter import Meter
from bench.peers.topics import Task, task_from_arguments
from scoring.fold.fold import apply
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.operations.gc_tuning import relax

MODEL = "default"


def fold(
    plan: Plan,
    accounts: dict[str, tuple[Account, ScoreCache]],
    topic: str,
    messages: Iterable[ConsumerRecord],
    now_ms: int,
) -> None:
    """Decode, apply and judge messages of one topic (its plain name) at `now_ms`, milliseconds since 1970."""
    decode, live = plan.decoder.decode, plan.primary
    for message in messages:
        event = decode(topic, message.value, message.timestamp, now_ms)
        found = accounts.get(event.account_id)
        if found is None:
            found = accounts[event.account_id] = Account(plan.sizes, now_ms), ScoreCache(plan.score_plans)
        account, scores = found
        apply(plan, account, event, now_ms)
        scores.refresh(live, account, {})


async def run(task: Task) -> None:
    """Read the log once."""
    relax()  # as our worker does
    plan, accounts = Plan(load_preset(MODEL)), dict[str, tuple[Account, ScoreCache]]()
    meter = Meter(task.events, task.broker_pid)
    consumer = AIOKafkaConsumer(bootstrap_servers=task.address, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(task.partitions)
        await consumer.seek_to_beginning()
        while not meter.is_done:
            batches = await consumer.getmany(timeout_ms=1_000)
            now_ms = int(time.time() * 1_000)
            for tp, messages in batches.items():
                fold(plan, accounts, tp.topic.removeprefix(task.prefix), messages, now_ms)
                if meter.add(len(messages)):
                    break
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(run(task_from_arguments()))
