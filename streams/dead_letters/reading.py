"""Reads the topic `dead-letters`: the letters that somebody asks for, and which of them were sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.dead_letter import DeadLetter
from streams.dead_letters.entry import Letter, LetterId, Replayed, entry_of
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_consumer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.topics import DEAD_LETTERS

ROLE = "dead-letters"
CONNECT_SECONDS = 20.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters: those to which everything given applies, with `unsent` only those that were never sent again."""

    ids: frozenset[LetterId] = frozenset()
    reason: str = ""
    source: str = ""
    topic: str = ""
    since_ms: int = 0
    unsent: bool = False

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is one of them."""
        found = letter.letter
        return (
            (not self.ids or letter.id in self.ids)
            and self.reason in ("", found.reason)
            and self.source in ("", found.source)
            and self.topic in ("", found.topic)
            and letter.died_ms >= self.since_ms
            and not (self.unsent and letter.replayed_ms)
        )


class Letters(msgspec.Struct, frozen=True):
    """The newest letters that were asked for, oldest first; how many there are of them, of which `found` may be a part;
    and the count of each reason among all letters."""

    found: Sequence[Letter]
    matching: int
    reasons: dict[str, int]


async def read_letters(settings: Settings, wanted: Wanted, limit: int) -> Letters:
    """Read the whole topic, from its beginning to its end. Creates it if it is missing. Idempotent.

    Raises:
        UserError: when the brokers or the topic fail.
    """
    found: list[Letter] = []
    matching, reasons = 0, Counter[str]()
    async with aclosing(_every_letter(settings)) as letters:
        async for letter in letters:
            reasons[letter.letter.reason] += 1
            if wanted.takes(letter):
                matching += 1
                found.append(letter)
                if len(found) >= 2 * limit:
                    found = _newest(found, limit)
    return Letters(_newest(found, limit), matching, dict(reasons.most_common()))


async def each_letter(settings: Settings, wanted: Wanted) -> AsyncGenerator[Letter]:
    """The letters that are asked for, one after the other, in the order of the topic; else as `read_letters`."""
    async with aclosing(_every_letter(settings)) as letters:
        async for letter in letters:
            if wanted.takes(letter):
                yield letter


async def _every_letter(settings: Settings) -> AsyncGenerator[Letter]:
    topology = await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    topic = settings.topic(DEAD_LETTERS)
    consumer = new_consumer(settings, ROLE)
    tps = [TopicPartition(topic, number) for number in range(topology.seen[topic].found.partitions)]
    try:
        await consumer.start()
        # A mark comes after its letter, so whether one was sent again is known only once all marks are.
        replayed, ends = await _marks(consumer, tps)
        async for tp, messages in read_logs(consumer, ends):
            for message in messages:
                entry = entry_of(message.value)
                if isinstance(entry, DeadLetter):
                    at = LetterId(tp.partition, message.offset)
                    yield Letter(id=at, letter=entry, died_ms=message.timestamp, replayed_ms=replayed.get(at, 0))
    except (KafkaError, TimeoutError) as error:
        raise UserError(
            f"The topic {topic} cannot be read ({str(error) or type(error).__name__}): "
            f"{advice_for(error, 'check that Kafka runs')}, then run the command again."
        ) from error
    finally:
        await consumer.stop()


async def _marks(
    consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition]
) -> tuple[dict[LetterId, int], dict[TopicPartition, int | None]]:
    """Which letters were sent again, and when; and up to where that was read."""
    found: dict[LetterId, int] = {}
    async for _, messages in read_logs(consumer, dict.fromkeys(tps)):
        for message in messages:
            if isinstance(entry := entry_of(message.value), Replayed):
                found[entry.letter] = entry.replayed_ms
    return found, {tp: await consumer.position(tp) for tp in tps}


def _newest(letters: list[Letter], limit: int) -> list[Letter]:
    return sorted(letters, key=lambda each: (each.died_ms, each.id))[-limit:]
