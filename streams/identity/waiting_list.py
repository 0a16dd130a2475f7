"""What waits on `unattributed` now, for `vitals unattributed list`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.identity.alias_log import CONNECT_SECONDS, ROLE, failed, load_table, partitions_of
from streams.identity.unattributed import NotUnattributed, decode_unattributed
from streams.identity.waiting import Waiting
from streams.identity.waiting_store import WaitingGroup, WaitingStore
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.topics import UNATTRIBUTED


class WhatWaits(msgspec.Struct, frozen=True, kw_only=True):
    """The groups with most events; how many events and groups there are in all."""

    groups: list[WaitingGroup]
    events: int
    ids: int


async def read_waiting(settings: Settings, kind: str, limit: int) -> WhatWaits:
    """What waits, with the account that aliases lead to by now. `kind` is that of the first id, "" for all.

    Raises:
        UserError: when Kafka fails.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    with tempfile.TemporaryDirectory(prefix="vitals-unattributed-", dir=settings.data_dir or None) as folder:
        store = WaitingStore(Path(folder))
        try:
            waiting = Waiting(await load_table(settings), store)
            await _read(settings, waiting, store, kind)
            return WhatWaits(groups=store.groups(limit), events=waiting.events.total(), ids=waiting.ids.total())
        except (KafkaError, TimeoutError) as error:
            raise failed(settings, error) from error
        finally:
            store.close()


async def _read(settings: Settings, waiting: Waiting, store: WaitingStore, kind: str) -> None:
    name = settings.topic(UNATTRIBUTED)
    async with new_consumer(settings, ROLE, auto_offset_reset="earliest") as consumer:
        ends = {TopicPartition(name, each): None for each in await partitions_of(consumer, name)}
        async for partition, messages in read_logs(consumer, ends):
            store.begin()
            for message in messages:
                waiting.remove(message.key or b"", partition.partition)
                try:
                    event = decode_unattributed(message.value) if message.value else None
                except NotUnattributed:
                    continue  # the attribution counts them
                if event is not None and kind in ("", event.accounts[0].kind):
                    waiting.put_event(message.key or b"", partition.partition, message.offset, event)
            store.commit()
