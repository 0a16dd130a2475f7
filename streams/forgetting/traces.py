"""What other topics hold of an account: read whole, each once."""

from __future__ import annotations

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from alerts.delivery_record import DeliveryRecord
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.identity.alias import Alias, By
from streams.identity.alias_message import NoAlias, alias_of
from streams.kafka.whole_logs import read_logs
from streams.topics import ALERTS, ALIASES, DEAD_LETTERS, DELIVERIES, NOTIFICATIONS, PREDICTIONS, WORKSPACE
from streams.workspace.message import NoRecord, record_of
from streams.workspace.records import Note, Sentiment

READ_WHOLE = (ALIASES, NOTIFICATIONS, ALERTS, DELIVERIES, DEAD_LETTERS, PREDICTIONS, WORKSPACE)
_DELIVERIES = msgspec.json.Decoder(DeliveryRecord)
_LETTERS = msgspec.json.Decoder(DeadLetter)


class Traces:
    """The findings. Mutable while topics are read."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.aliases: dict[tuple[str, str, By], Alias] = {}
        """All aliases, by kind, id and who said it."""
        self.delivery_ids: set[str] = set()
        self.prediction_partitions: set[int] = set()
        """Where the account has predictions."""
        self.workspace_keys: set[str] = set()
        """The keys of notes and sentiment about the account."""
        self.counts: dict[str, int] = {}
        """Messages of the account, by topic."""
        self._key = account_id.encode()

    def take(self, topic: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        """Note a message of one of `READ_WHOLE`. What cannot be read is left out."""
        if topic == ALIASES:
            self._take_alias(key, value)
        elif topic == WORKSPACE:
            self._take_record(key, value)
        elif topic == PREDICTIONS and key == self._key:
            (self.prediction_partitions.discard if value is None else self.prediction_partitions.add)(partition)
        elif topic == DEAD_LETTERS and self._is_in_letter(value):
            self.counts[topic] = self.counts.get(topic, 0) + 1
        elif topic in (NOTIFICATIONS, ALERTS, DELIVERIES) and key == self._key:
            self.counts[topic] = self.counts.get(topic, 0) + 1
            if topic == DELIVERIES:
                self._take_delivery(value)

    def _take_alias(self, key: bytes | None, value: bytes | None) -> None:
        try:
            said = alias_of(key, value)
        except NoAlias:
            return
        if isinstance(said, Alias):
            self.aliases[said.kind, said.id, said.by] = said
        else:
            self.aliases.pop((said.kind, said.id, said.by), None)

    def _take_record(self, key: bytes | None, value: bytes | None) -> None:
        try:
            name, record = record_of(key, value)
        except NoRecord:
            return
        is_note = isinstance(record, Note) and record.account_id == self.account_id
        if is_note or (isinstance(record, Sentiment) and record.id == self.account_id):
            self.workspace_keys.add(name)
        else:
            self.workspace_keys.discard(name)

    def _take_delivery(self, value: bytes | None) -> None:
        try:
            record = _DELIVERIES.decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if record.sink:
            self.delivery_ids.add(f"{record.sink}:{record.step_id}")

    def _is_in_letter(self, value: bytes | None) -> bool:
        try:
            letter = _LETTERS.decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        quoted = msgspec.json.encode(self.account_id)
        return letter.key == self._key or quoted in (letter.value or b"")


async def read_traces(settings: Settings, account_id: str, consumer: AIOKafkaConsumer) -> Traces:
    """Read these topics to their ends. Blocks in proportion to their length. Topics that do not exist are left out.

    Raises:
        KafkaError, TimeoutError: when the brokers fail, or stop answering.
    """
    traces = Traces(account_id)
    names = {settings.topic(topic): topic for topic in READ_WHOLE}
    there = await consumer.topics()
    ends: dict[TopicPartition, int | None] = {}
    for name in names:
        if name in there:
            ends |= {TopicPartition(name, number): None for number in await _partitions(consumer, name)}
    async for tp, messages in read_logs(consumer, ends):
        for message in messages:
            traces.take(names[tp.topic], tp.partition, message.key, message.value)
    return traces


async def _partitions(consumer: AIOKafkaConsumer, name: str) -> set[int]:
    first = TopicPartition(name, 0)
    consumer.assign([first])  # the client looks at topics that are assigned
    await consumer.end_offsets([first])
    return set(consumer.partitions_for_topic(name) or {0})
