"""An import on a real broker: aliases, events, what waits for an alias; and the same file again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from scoring.instants import parse_instant
from streams.deployment.settings import Settings
from streams.identity.alias import Alias, ForeignId
from streams.identity.alias_message import alias_of
from streams.identity.unattributed import decode_unattributed
from streams.importing.importer import Imported, import_rows
from streams.importing.kafka_destination import open_destination
from streams.importing.map_file import AccountColumn, ImportMap, Property
from streams.importing.rows import RowReader
from streams.importing.table_file import TableFile
from streams.topics import ALIASES, UNATTRIBUTED, partition_of

AS_OF_MS = parse_instant("2026-10-01T00:00:00Z")
PROPERTIES = {"Owner": Property(name="account_owner")}
BY_ACCOUNT = ImportMap(
    account=AccountColumn(column="Id"),
    source="crm",
    properties=PROPERTIES,
    aliases={"SF": "salesforce.account"},
)
BY_FOREIGN_ID = ImportMap(
    account=AccountColumn(column="SF", kind="salesforce.account"), source="sf", properties=PROPERTIES
)


async def imported(settings: Settings, path: Path, found: ImportMap) -> Imported:
    table = TableFile(str(path), ",", "utf-8")
    async with open_destination(settings, found.source) as destination:
        return await import_rows(table, RowReader(found, table.header, AS_OF_MS), destination, lambda: AS_OF_MS)


async def messages(settings: Settings, topic: str) -> list[tuple[bytes, bytes, int]]:
    """Key, value and partition of each message."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    await consumer.start()
    try:
        places = [TopicPartition(settings.topic(topic), number) for number in range(settings.partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[tuple[bytes, bytes, int]] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                found += [(record.key, record.value, record.partition) for record in records]
        return found
    finally:
        await consumer.stop()


async def test_an_import_sends_aliases_and_events_and_the_same_file_again_adds_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("Id,SF,Owner\nacme,001,Ann\nglobex,002,Bob\n")
    first = await imported(settings, path, BY_ACCOUNT)
    again = await imported(settings, path, BY_ACCOUNT)
    assert first.events == again.events == {"billing account_updated": 2}

    aliases = await messages(settings, ALIASES)
    assert [alias_of(key, value) for key, value, _ in sorted(aliases)] == [
        Alias(kind="salesforce.account", id=each, to=ForeignId("account", to), author="crm", at_ms=AS_OF_MS)
        for each, to in (("001", "acme"), ("002", "globex"))
    ]
    events = await messages(settings, "billing")
    ids = Counter(json.loads(value)["id"] for _, value, _ in events)
    assert sorted(ids.values()) == [2, 2]
    assert all(partition_of(key, settings.partitions) == partition for key, _, partition in events)


async def test_rows_of_foreign_ids_go_to_their_account_or_wait_for_an_alias(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("Id,SF,Owner\nacme,001,Ann\n")
    await imported(settings, path, BY_ACCOUNT)
    path.write_text("SF,Owner\n001,Cy\n999,Di\n")
    found = await imported(settings, path, BY_FOREIGN_ID)
    assert (found.events, found.waiting) == ({"billing account_updated": 1}, 1)
    ((_, value, _),) = await messages(settings, UNATTRIBUTED)
    waiting = decode_unattributed(value)
    assert (waiting.accounts, waiting.source) == ((ForeignId("salesforce.account", "999"),), "sf")
    assert json.loads(waiting.value)["properties"] == {"account_owner": "Di"}
    owners = [json.loads(value)["properties"]["account_owner"] for _, value, _ in await messages(settings, "billing")]
    assert sorted(owners) == ["Ann", "Cy"]
