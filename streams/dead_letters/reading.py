"""Reads the topic `dead-letters`: the letters that somebody asks for, and which of them were sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

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
LETTERS_MAX = 1_000
"""The most letters that are held in memory at once, each of up to 90 KB."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters: those to which everything given applies. `limit` is the most: of those that were never sent again
    (`unsent`) the oldest, else the newest."""

    ids: frozenset[LetterId] = frozenset()
    reason: str = ""
    source: str = ""
    topic: str = ""
    since_ms: int = 0
    unsent: bool = False
    limit: int = LETTERS_MAX

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
    """The letters that were asked for, oldest first; how many there are of them, of which `found` may be a part; and
    the count of each reason among all letters."""

    found: Sequence[Letter]
    matching: int
    reasons: dict[str, int]


async def read_letters(settings: Settings, wanted: Wanted) -> Letters:
    """Read the whole topic, from its beginning to its end. Creates it if it is missing. Idempotent.

    Raises:
        UserError: when the brokers or the topic fail.
    """
    topology = await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    topic = settings.topic(DEAD_LETTERS)
    consumer = new_consumer(settings, ROLE)
    tps = [TopicPartition(topic, number) for number in range(topology.seen[topic].found.partitions)]
    try:
        await consumer.start()
        # A mark comes after its letter, so which letters to keep is known only once all marks are.
        replayed = await _marks(consumer, tps)
        return await _letters(consumer, tps, wanted, replayed)
    except (KafkaError, TimeoutError) as error:
        raise UserError(
            f"The topic {topic} cannot be read ({str(error) or type(error).__name__}): "
            f"{advice_for(error, 'check that Kafka runs')}, then run the command again."
        ) from error
    finally:
        await consumer.stop()


async def _marks(consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition]) -> dict[LetterId, int]:
    found: dict[LetterId, int] = {}
    async for _, messages in read_logs(consumer, dict.fromkeys(tps)):
        for message in messages:
            if isinstance(entry := entry_of(message.value), Replayed):
                found[entry.letter] = entry.replayed_ms
    return found


async def _letters(
    consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition], wanted: Wanted, replayed: Mapping[LetterId, int]
) -> Letters:
    kept: list[Letter] = []
    matching, reasons = 0, Counter[str]()
    async for tp, messages in read_logs(consumer, dict.fromkeys(tps)):
        for message in messages:
            entry = entry_of(message.value)
            if entry is None or isinstance(entry, Replayed):
                continue
            reasons[entry.reason] += 1
            at = LetterId(tp.partition, message.offset)
            letter = Letter(id=at, letter=entry, died_ms=message.timestamp, replayed_ms=replayed.get(at, 0))
            if wanted.takes(letter):
                matching += 1
                kept.append(letter)
                if len(kept) >= 2 * wanted.limit:
                    kept = _most_wanted(kept, wanted)
    return Letters(_most_wanted(kept, wanted), matching, dict(reasons.most_common()))


def _most_wanted(letters: list[Letter], wanted: Wanted) -> list[Letter]:
    in_order = sorted(letters, key=lambda each: (each.died_ms, each.id))
    return in_order[: wanted.limit] if wanted.unsent else in_order[-wanted.limit :]
