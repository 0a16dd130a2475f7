"""Sends what an import makes to Kafka: aliases, events under their accounts, and events that wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from aiokafka.errors import KafkaError

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.identity.alias import Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.alias_reader import AliasReader
from streams.identity.alias_table import AliasTable
from streams.identity.unattributed import Unattributed, encode_unattributed, unattributed_key
from streams.importing.rows import RowEvent
from streams.kafka.retention import Rules, refusal
from streams.kafka.topic_admin import ensure_topics
from streams.replay.event_sender import EventSender
from streams.topics import ALIASES, UNATTRIBUTED

CONNECT_SECONDS = 20.0
ALIASES_SECONDS = 60.0
ROLE = "import"


class KafkaDestination:
    """The destination of an import; see `open_destination`. One event loop owns it."""

    def __init__(
        self, settings: Settings, sender: EventSender, table: AliasTable, rules: Mapping[str, Rules], source: str
    ) -> None:
        self._settings, self._sender, self._table = settings, sender, table
        self._rules, self._source = rules, source

    def resolve(self, account: ForeignId) -> str:
        """See `Destination`."""
        return self._table.resolve([account])

    def refusal(self, topic: str, instant_ms: int, now_ms: int) -> tuple[str, str]:
        """See `Destination`."""
        return refusal(self._settings.topic(topic), self._rules[topic], instant_ms, now_ms)

    async def alias(self, alias: Alias) -> None:
        """See `Destination`. One that is known already is not sent again."""
        if self._table.known(alias):
            return
        self._table.put(alias)
        key = alias_key(alias.kind, alias.id, alias.by)
        await self._sender.send_keyed(ALIASES, key, encode_alias(alias), alias.at_ms)

    async def event(self, event: RowEvent, account_id: str, instant_ms: int) -> None:
        """See `Destination`."""
        await self._sender.send(event.topic, account_id, event.value, instant_ms)

    async def waiting(self, event: RowEvent, account: ForeignId, instant_ms: int) -> None:
        """See `Destination`."""
        waiting = Unattributed(
            topic=event.topic,
            event=event.event,
            value=event.value,
            occurred_at_ms=instant_ms,
            accounts=(account,),
            source=self._source,
            received_ms=instant_ms,
        )
        key = unattributed_key(waiting, event.event_id)
        await self._sender.send_keyed(UNATTRIBUTED, key, encode_unattributed(waiting), instant_ms)


@asynccontextmanager
async def open_destination(settings: Settings, source: str) -> AsyncIterator[KafkaDestination]:
    """A destination that knows all aliases. When the block ends, everything is acknowledged.

    Raises:
        UserError: when Kafka fails; it says how many messages were acknowledged. Importing again is harmless.
    """
    topology = await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    rules = {name: topology.seen[settings.topic(name)].rules for name in INPUT_TOPICS}
    table = AliasTable()
    stop = asyncio.Event()
    reader = AliasReader(settings, table, ROLE)
    reading = asyncio.create_task(reader.run(stop))
    sender = EventSender(settings, ROLE)
    try:
        await _caught_up(reader, reading)
        await sender.start()
        yield KafkaDestination(settings, sender, table, rules, source)
        await sender.settle(in_flight=0)
    except (KafkaError, TimeoutError, UserError) as error:
        await sender.stop()
        raise sender.failure(error) from error
    finally:
        stop.set()
        await sender.stop()
        reading.cancel()
        with suppress(asyncio.CancelledError, KafkaError):
            await reading


async def _caught_up(reader: AliasReader, reading: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(reader.wait_until_caught_up())
    done, _ = await asyncio.wait({waiting, reading}, timeout=ALIASES_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if reading in done:
        await reading
    if waiting not in done:
        raise UserError("The topic of aliases could not be read within a minute: check that the broker runs.")
