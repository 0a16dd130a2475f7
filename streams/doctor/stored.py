"""Whether the stored state was made by the model that the settings name."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from scoring.plan.plan import Plan
from streams.changelog import records
from streams.changelog.record_types import PartitionRecord
from streams.deployment.settings import Settings
from streams.doctor.finding import Finding, ok, unknown, warning
from streams.kafka.clients import new_consumer

TAIL_RECORDS = 5_000
"""How many records from the end of a changelog are searched: every flush ends with the partition's record."""
ANSWER_SECONDS = 10.0
_CHECK = "model.state"


async def check_stored(settings: Settings, plan: Plan) -> list[Finding]:
    """Compare the model with the last record of each partition. Reads the end of the changelog; joins no group."""
    topic = settings.changelog_topic
    consumer = new_consumer(settings, "doctor", auto_offset_reset="earliest", fetch_max_wait_ms=100)
    try:
        await consumer.start()
        found = await _last_records(consumer, topic, settings.partitions)
    except (KafkaError, TimeoutError, msgspec.DecodeError) as error:
        words = f"its end cannot be read ({str(error) or type(error).__name__})"
        return [unknown(_CHECK, topic, words, "allow this user to READ it, or use the worker's user")]
    finally:
        await consumer.stop()
    return [judge_stored(topic, plan, found)]


def judge_stored(topic: str, plan: Plan, found: Mapping[int, PartitionRecord]) -> Finding:
    """`found` holds the last record of each partition; partitions without one are left out."""
    model = f"{plan.model.name} version {plan.model.version}"
    others = {number: record for number, record in found.items() if record.model != plan.identity}
    if not found:
        return ok(_CHECK, topic, f"holds no state yet: {model} starts with the first event")
    if not others:
        return ok(_CHECK, topic, f"was written under {model}, as set")
    known = set.intersection(*(set(record.kept) for record in others.values()))
    young = sorted(name for name, signal in plan.primary.signals.items() if not plan.identities_of(signal) <= known)
    warming = f"; at first these signals do not cover their whole window: {', '.join(young)}" if young else ""
    return warning(
        _CHECK,
        topic,
        f"was written under another model than {model}: the next start scores every account again{warming}",
        "if that is intended, stop all workers, then start them; else restore VITALS_MODEL and VITALS_SHADOW_MODELS",
    )


async def _last_records(consumer: AIOKafkaConsumer, topic: str, partitions: int) -> dict[int, PartitionRecord]:
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    consumer.assign(tps)
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    behind = {tp for tp in tps if ends[tp] > begins[tp]}
    for tp in tps:
        consumer.seek(tp, max(begins[tp], ends[tp] - TAIL_RECORDS))
    found: dict[int, PartitionRecord] = {}
    deadline = time.monotonic() + ANSWER_SECONDS
    while behind:
        for tp, messages in (await consumer.getmany(*behind, timeout_ms=200)).items():
            own = [message.value for message in messages if message.key == records.PARTITION_KEY and message.value]
            if own:
                found[tp.partition] = records.decode_partition(own[-1])
        behind = {tp for tp in behind if await consumer.position(tp) < ends[tp]}
        if time.monotonic() > deadline:
            raise TimeoutError("the brokers do not answer in time")
    return found
