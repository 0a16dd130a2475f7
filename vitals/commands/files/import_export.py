"""`vitals import`: traits and ids of accounts from an export of a CRM or a billing system."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import WORDS_LIMIT, plain
from scoring.instants import parse_instant
from scoring.plurals import counted
from streams.errors import UserError
from vitals.commands.output import console, print_json, progress_bar

if TYPE_CHECKING:
    from streams.importing.importer import Imported
    from streams.importing.rows import RowReader
    from streams.importing.table_file import TableFile

REFUSED_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("import")(import_export)


def import_export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file, one row an account or a subscription.")],
    map_: Annotated[
        str, typer.Option("--map", metavar="MAP.toml", help="Which column is what, and how its cells are written.")
    ] = "",
    as_of: Annotated[
        str, typer.Option(metavar="T", help="When the export was made, RFC 3339: since then its rows hold.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, and send nothing.")] = False,
    new_map: Annotated[bool, typer.Option("--new-map", help="Print a draft of a map for this file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send owners, segments, renewals, plans, MRR and ids of accounts to Kafka, from an export.

    A row is taken whole, or refused with its line and reason. Importing the same file again changes nothing.
    """
    from streams.importing.draft import draft_map
    from streams.importing.map_file import read_map
    from streams.importing.rows import RowReader, instant_of_export
    from streams.importing.table_file import TableFile

    if new_map:
        print(draft_map(file), end="")
        return
    if not map_:
        raise UserError("Give --map MAP.toml. --new-map prints a draft of one for this file.")
    found = read_map(map_)
    instant_ms = instant_of_export(found, _instant(as_of), _instant(found.date))
    table = TableFile(file, found.separator, found.encoding)
    reader = RowReader(found, table.header, instant_ms)
    result = _run(table, reader, found.source, dry_run=dry_run)
    if as_json:
        print_json(result)
    else:
        _print(result, dry_run=dry_run)
    if not result.is_useful:
        raise UserError(f"{file}: nothing in it could be used. Correct the map or the file for the reasons listed.")


def _run(table: TableFile, reader: RowReader, source: str, *, dry_run: bool) -> Imported:
    from streams.deployment.settings import Settings
    from streams.importing.importer import DryRun, import_rows

    async def send() -> Imported:
        from streams.importing.kafka_destination import open_destination

        async with open_destination(Settings.from_environment(os.environ), source) as destination:
            return await import_rows(table, reader, destination, _now_ms, progress)

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    with progress_bar("checking" if dry_run else "importing", table.size) as progress:
        return asyncio.run(import_rows(table, reader, DryRun(), _now_ms, progress) if dry_run else send())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _instant(text: str) -> int:
    if not text:
        return 0
    try:
        return parse_instant(text)
    except ValueError as error:
        raise UserError(f"--as-of: {error}.") from None


def _print(result: Imported, *, dry_run: bool) -> None:
    _print_refused(result)
    table = Table(title="Would be sent" if dry_run else "Sent", title_justify="left", title_style="bold")
    table.add_column("what")
    table.add_column("count", justify="right", no_wrap=True)
    for name, count in sorted(result.events.items()):
        table.add_row(Text(f"event {plain(name, WORDS_LIMIT)}"), f"{count:,}")
    if result.waiting:
        table.add_row("events that wait for an alias", f"{result.waiting:,}")
    for kind, count in sorted(result.aliases.items()):
        table.add_row(Text(f"alias {plain(kind, WORDS_LIMIT)}"), f"{count:,}")
    console().print(table)
    refused = sum(each.count for each in result.refused)
    rows, accounts = counted(result.rows, "rows"), counted(result.accounts, "accounts")
    print(f"{rows} of {accounts} in {result.seconds:.1f} s; {refused:,} refused.")
    if result.repeated:
        print(f"{result.repeated:,} accounts have several rows: of the same property the last one counts.")


def _print_refused(result: Imported) -> None:
    if not result.rows_refused:
        return
    table = Table(title="Refused rows", title_justify="left", title_style="bold")
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("why")
    for row in result.rows_refused[:REFUSED_SHOWN]:
        table.add_row(f"{row.line:,}", row.reason, Text(plain(row.words, WORDS_LIMIT)))
    screen = console(stderr=True)
    screen.print(table)
    refused = sum(each.count for each in result.refused)
    if refused > REFUSED_SHOWN:
        screen.print(f"{refused - REFUSED_SHOWN:,} more; --json lists the first 1,000.")
