"""Verifies a live system: reads its topics with a consumer of its own, and writes nothing.

The sample is taken from `scores`, which is the truth; the read model may lag. The topics are read from their beginning,
partition by partition, and only the events of the sampled accounts of one partition are held in memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.clients import new_admin, new_consumer
from streams.kafka.whole_logs import read_logs
from streams.operations.metrics import VerifierMetrics
from streams.operations.process import run_unless
from streams.topics import DEAD_LETTERS, SCORES, TOPICS
from streams.verify.compare import Mismatch, mismatches, unfit, unfit_snapshot
from streams.verify.evidence import Evidence, Gathering, Sample

NOT_APPLIED = ("in_the_future", "invalid", "no_such_account")
"""Reasons of dead letters that depend on when a message was applied."""
WHOLE = 1_000
"""What `Progress` counts in: thousandths of the reading."""
_LOG = logging.getLogger(__name__)
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)

Progress = Callable[[int], None]
"""Called with the part that is read, in thousandths."""


class _Letter(msgspec.Struct):
    """The fields of a dead letter that are used."""

    reason: str
    topic: str
    partition: int
    offset: int


_LETTERS = msgspec.json.Decoder(_Letter)
_Place = tuple[str, int, int]
"""(topic's plain name, partition, offset)"""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One round. `accounts` were sampled: `checked` of them were, and the others are in `skipped`, by reason
    (`streams.verify.compare.REASONS`). `messages` were read of the inputs and `control`; `seconds` is wall time."""

    model: str
    model_version: int
    seed: int
    accounts: int
    checked: int
    messages: int
    seconds: float
    mismatches: tuple[Mismatch, ...]
    skipped: dict[str, tuple[str, ...]]


async def verify(
    settings: Settings, plan: Plan, accounts: int, seed: int, progress: Progress = lambda done: None
) -> Report:
    """Check N accounts, chosen by `seed`. Blocks in proportion to the length of the topics, which must exist.

    Idempotent: nothing is written or committed, and it can be cancelled at any point.

    Raises:
        KafkaError: when the brokers fail.
        TimeoutError: when they stop answering before the end of a log.
    """
    started = time.monotonic()
    consumer = new_consumer(
        settings,
        "verify",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        sample = await _sample(consumer, settings, accounts, seed)
        round_ = _Round(consumer, settings, plan, await _refused(consumer, settings))
        await round_.run(sample.by_partition(), progress)
    finally:
        await consumer.stop()
    return Report(
        model=plan.model.name,
        model_version=plan.model.version,
        seed=seed,
        accounts=round_.checked + sum(map(len, round_.skipped.values())),
        checked=round_.checked,
        messages=round_.messages,
        seconds=time.monotonic() - started,
        mismatches=tuple(round_.mismatches),
        skipped={reason: tuple(names) for reason, names in sorted(round_.skipped.items())},
    )


async def watch(
    settings: Settings,
    plan: Plan,
    accounts: int,
    seed: int,
    every_seconds: float,
    *,
    stop: asyncio.Event,
    metrics: VerifierMetrics,
    tell: Callable[[Report], None],
) -> None:
    """Verify round after round, with `every_seconds` of rest between them, until `stop`; each with the next seed.

    A failed round is logged, and repeated after the pause.
    """

    async def one_round() -> None:
        report = await verify(settings, plan, accounts, seed)
        metrics.verified(report.checked, len(report.mismatches), {each: len(of) for each, of in report.skipped.items()})
        tell(report)

    metrics.ready()
    while not stop.is_set():
        try:
            await run_unless(stop, one_round())
        except (KafkaError, TimeoutError) as error:
            _LOG.warning("Kafka at %s does not answer (%r); again in %g s", settings.kafka, error, every_seconds)
            metrics.waiting(f"Kafka at {settings.kafka} does not answer")
        else:
            metrics.progressed()
        seed += 1
        await run_unless(stop, asyncio.sleep(every_seconds))


class _Round:
    """The state of one round: the data read, and the results."""

    def __init__(self, consumer: AIOKafkaConsumer, settings: Settings, plan: Plan, refused: Collection[_Place]) -> None:
        self.checked = 0
        self.messages = 0
        self.mismatches: list[Mismatch] = []
        self.skipped: dict[str, list[str]] = {}
        self._consumer = consumer
        self._settings = settings
        self._plan = plan
        self._refused = refused

    async def run(self, sampled: Mapping[int, Mapping[str, ScoreSnapshot | None]], progress: Progress) -> None:
        """Check the accounts of one partition after the other."""
        gatherings: dict[int, tuple[Gathering, list[str]]] = {}
        now_ms = time.time_ns() // 1_000_000
        for number, answers in sampled.items():
            fit: dict[str, ScoreSnapshot] = {}
            for account_id, answer in answers.items():
                reason = unfit_snapshot(self._plan.model, answer)
                if answer is None or reason:
                    self._skip(reason, account_id)
                else:
                    fit[account_id] = answer
            refused = {(topic, offset) for topic, partition, offset in self._refused if partition == number}
            if fit:
                gatherings[number] = Gathering(self._plan.decoder, fit, refused, now_ms), list(fit)
        whole = sum(end or 0 for gathering, _ in gatherings.values() for end in gathering.ends().values())
        for number in list(gatherings):
            gathering, names = gatherings.pop(number)
            await self._read(number, gathering, lambda: progress(min(WHOLE, WHOLE * self.messages // max(whole, 1))))
            for account_id in names:
                # Beside the event loop, for an account with a long history takes a while.
                await asyncio.to_thread(self._check, account_id, gathering.evidence(account_id))

    async def _read(self, number: int, gathering: Gathering, tell: Callable[[], None]) -> None:
        index_of = {self._settings.topic(name): index for index, name in enumerate(TOPICS)}
        names = {index: name for name, index in index_of.items()}
        ends = {TopicPartition(names[index], number): end for index, end in gathering.ends().items()}
        async for tp, messages in read_logs(self._consumer, ends):
            for message in messages:
                gathering.take(index_of[tp.topic], message)
            self.messages += len(messages)
            tell()

    def _check(self, account_id: str, evidence: Evidence) -> None:
        model = self._plan.model
        if reason := unfit(model, evidence, self._settings.clock):
            self._skip(reason, account_id)
            return
        self.checked += 1
        self.mismatches += mismatches(model, evidence)

    def _skip(self, reason: str, account_id: str) -> None:
        self.skipped.setdefault(reason, []).append(account_id)


async def _sample(consumer: AIOKafkaConsumer, settings: Settings, accounts: int, seed: int) -> Sample:
    sample = Sample(accounts, seed)
    tps = [TopicPartition(settings.topic(SCORES), number) for number in range(settings.partitions)]
    async for tp, messages in read_logs(consumer, dict.fromkeys(tps)):
        for message in messages:
            account_id = (message.key or b"").decode(errors="replace")
            if message.value is None:
                sample.remove(account_id)
            elif sample.wants(account_id):
                sample.offer(tp.partition, account_id, _answer(message.value))
    return sample


def _answer(value: bytes) -> ScoreSnapshot | None:
    try:
        return _SNAPSHOTS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


async def _refused(consumer: AIOKafkaConsumer, settings: Settings) -> set[_Place]:
    """The messages that were put aside and may look fit by now; as far as the dead letters are still there."""
    topic = settings.topic(DEAD_LETTERS)
    admin = new_admin(settings, "verify")
    await admin.start()
    try:
        # All topics, not this one by name: asking for a topic by name creates it on a broker with auto-creation.
        partitions = sum(len(each["partitions"]) for each in await admin.describe_topics() if each["topic"] == topic)
    finally:
        await admin.close()
    found: set[_Place] = set()
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    async for _, messages in read_logs(consumer, dict.fromkeys(tps)):
        for message in messages:
            try:
                letter = _LETTERS.decode(message.value or b"")
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if letter.reason in NOT_APPLIED:
                found.add((letter.topic, letter.partition, letter.offset))
    return found
