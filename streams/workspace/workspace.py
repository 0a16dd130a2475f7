"""The workspace of a process: the table, what fills it, and what writes to its topic."""

from __future__ import annotations

import asyncio

from aiokafka import ConsumerRecord

from streams.deployment.settings import Settings
from streams.kafka.sending import Sending, Sent
from streams.kafka.whole_topic import WholeTopic
from streams.topics import WORKSPACE
from streams.workspace.limits import fault_of
from streams.workspace.message import encode_record, record_of
from streams.workspace.records import Record, key_of, kind_of
from streams.workspace.table import WorkspaceTable


class NotKept(Exception):
    """A record that cannot be kept as it is. The text says why, and what to do."""


class Workspace:
    """Reads and writes. Of two who write one record, the later on the topic holds, for every dashboard alike."""

    def __init__(self, settings: Settings, sending: Sending, role: str) -> None:
        """`role` names the process in Kafka's logs."""
        self.table = WorkspaceTable()
        self._name = settings.topic(WORKSPACE)
        self._sending = sending
        self._reader = WholeTopic(settings, WORKSPACE, role, self._take)

    async def run(self, stop: asyncio.Event) -> None:
        """Read the topic, and follow it until `stop` is set.

        Raises:
            KafkaError: when Kafka refuses us and no retry helps.
        """
        await self._reader.run(stop)

    async def wait_until_read(self) -> None:
        """Return once the end of the topic was reached."""
        await self._reader.wait_until_caught_up()

    async def keep(self, record: Record) -> None:
        """Write a record, which replaces one with its id. It is acknowledged and in the table on return.

        Raises:
            NotKept: when it is too large, or there are too many.
            NotSent: when Kafka does not acknowledge it; it may be there all the same.
        """
        if fault := fault_of(record) or self.table.no_room(record):
            raise NotKept(fault)
        await self._send(key_of(record), record)

    async def remove(self, kind: type[Record], record_id: str) -> None:
        """Remove a record, if it is there. It is acknowledged and out of the table on return.

        Raises:
            NotSent: when Kafka does not acknowledge it; it may be removed all the same.
        """
        await self._send(f"{kind_of(kind)}\0{record_id}", None)

    async def _send(self, key: str, record: Record | None) -> None:
        value = None if record is None else encode_record(record)
        at = await self._sending.send(self._name, value, key=key.encode())
        self.table.put_ahead(key, record, at)

    def _take(self, message: ConsumerRecord) -> None:
        key, record = record_of(message.key, message.value)
        self.table.put(key, record, Sent(message.partition, message.offset))
