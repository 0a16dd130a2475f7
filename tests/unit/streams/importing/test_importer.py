"""A whole import: what is sent, in which order, and what is counted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from scoring.instants import parse_instant
from streams.errors import Interrupted
from streams.identity.alias import Alias, ForeignId
from streams.importing.importer import Destination, DryRun, Imported, import_rows
from streams.importing.map_file import AccountColumn, ImportMap, Property
from streams.importing.rows import RowEvent, RowReader
from streams.importing.table_file import TableFile

AS_OF_MS = parse_instant("2026-10-01T00:00:00Z")
MAP = ImportMap(
    account=AccountColumn(column="Id"),
    properties={"Owner": Property(name="account_owner"), "MRR": Property(name="mrr", type="number")},
    aliases={"Stripe": "stripe.customer"},
)


class Recorded:
    """A destination that remembers what it got. It knows the accounts whose ids begin with a."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def resolve(self, account: ForeignId) -> str:
        return account.id if account.id.startswith("a") else ""

    def refusal(self, topic: str, instant_ms: int, now_ms: int) -> tuple[str, str]:
        return ("too_old", "too old") if instant_ms < parse_instant("2020-01-01T00:00:00Z") else ("", "")

    async def alias(self, alias: Alias) -> None:
        self.sent.append(("alias", alias.id))

    async def event(self, event: RowEvent, account_id: str, instant_ms: int) -> None:
        assert json.loads(event.value)["account_id"] == account_id
        self.sent.append((event.event, account_id))

    async def waiting(self, event: RowEvent, account: ForeignId, instant_ms: int) -> None:
        assert "account_id" not in json.loads(event.value)
        self.sent.append(("waiting", account.id))


def imported(folder: Path, rows: str, destination: Destination, as_of_ms: int = AS_OF_MS) -> Imported:
    path = folder / "crm.csv"
    path.write_text("Id,Owner,MRR,Stripe\n" + rows)
    table = TableFile(str(path), ",", "utf-8")
    reader = RowReader(MAP, table.header, as_of_ms)
    return asyncio.run(import_rows(table, reader, destination, lambda: AS_OF_MS))


def test_each_row_is_sent_whole_or_refused_with_its_line(tmp_path: Path) -> None:
    destination = Recorded()
    rows = 'a1,Ann,5,cus_1\n\nb1,"Bob\nJr",7,\na2,Cy,many,cus_2\na3,Di\na1,Eve,,\n'
    found = imported(tmp_path, rows, destination)
    assert destination.sent == [
        *(("alias", "cus_1"), ("account_updated", "a1"), ("subscription_updated", "a1")),
        *(("waiting", "b1"), ("waiting", "b1")),
        ("account_updated", "a1"),
    ]
    assert (found.rows, found.accounts, found.repeated, found.waiting) == (5, 2, 1, 2)
    assert found.events == {"billing account_updated": 2, "billing subscription_updated": 1}
    assert found.aliases == {"stripe.customer": 1}
    assert [(row.line, row.reason) for row in found.rows_refused] == [(6, "bad_cell"), (7, "malformed")]
    assert found.is_useful


def test_an_id_that_two_rows_give_to_two_accounts_is_refused_the_second_time(tmp_path: Path) -> None:
    destination = Recorded()
    found = imported(tmp_path, "a1,Ann,5,cus_1\na2,Bob,7,cus_1\na1,Cy,,cus_1\n", destination)
    assert [sent for sent in destination.sent if sent[0] == "alias"] == [("alias", "cus_1")] * 2
    assert [(row.line, row.reason) for row in found.rows_refused] == [(3, "alias_of_two")]
    assert "stripe.customer cus_1 is of a1 by line 2, and here of a2" in found.rows_refused[0].words


def test_an_export_of_the_future_and_one_that_no_topic_would_keep_are_refused(tmp_path: Path) -> None:
    future = imported(tmp_path, "a1,Ann,5,cus_1\n", Recorded(), AS_OF_MS + 3_600_000)
    old = imported(tmp_path, "a1,Ann,5,cus_1\n", Recorded(), parse_instant("2019-01-01T00:00:00Z"))
    assert [each.reason for each in (*future.refused, *old.refused)] == ["in_the_future", "too_old"]
    assert not future.is_useful
    assert not old.is_useful


def test_a_dry_run_counts_the_same_and_sends_nothing(tmp_path: Path) -> None:
    rows = "a1,Ann,5,cus_1\na2,Bob,x,\n"
    dry, real = imported(tmp_path, rows, DryRun()), imported(tmp_path, rows, Recorded())
    dry.seconds = real.seconds = 0
    assert msgspec.to_builtins(dry) == msgspec.to_builtins(real)


class CancelledAt(Recorded):
    """A destination during whose second alias somebody presses Ctrl-C."""

    async def alias(self, alias: Alias) -> None:
        await super().alias(alias)
        task = asyncio.current_task()
        if len(self.sent) > 1 and task is not None:
            task.cancel()


def test_an_interruption_says_how_far_it_came_and_what_to_do(tmp_path: Path) -> None:
    rows = "".join(f"a{number},Ann,5,cus_{number}\n" for number in range(500))
    with pytest.raises(Interrupted, match=r"^Interrupted after \d+ rows\. Import the file again for the rest"):
        imported(tmp_path, rows, CancelledAt())
