"""Imports an export: reads its rows by a map, and sends their aliases and events, or only counts them."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec

from scoring.event.bodies import Rejected
from scoring.event.event import FUTURE_TOLERANCE_MS, EventDecoder
from scoring.instants import rfc3339
from scoring.plurals import counted
from streams.errors import Interrupted
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from streams.importing.rows import ImportedRow, RowEvent, RowReader
from streams.importing.table_file import TableFile
from streams.replay.event_line import RejectedLines, RejectionCounts
from streams.replay.forms.csv_cells import BadRow, fitted

REFUSED_LISTED = 1_000
ACCOUNTS_COUNTED = ALIASES_COMPARED = 1_000_000
STAND_IN = "account"
"""In the place of an account that is not known yet, to check an event."""


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not imported, by the line on which it begins."""

    line: int
    reason: str
    words: str


class Imported(msgspec.Struct, kw_only=True):
    """What an import did, or would do. `events` are by topic and name, `aliases` by kind.

    `waiting` are events whose account no alias names yet. `accounts` are the ids in the account's column; `repeated`
    have several rows, of which the last counts. `rows_refused` are the first ones.
    """

    rows: int = 0
    accounts: int = 0
    repeated: int = 0
    events: dict[str, int] = {}
    aliases: dict[str, int] = {}
    waiting: int = 0
    refused: tuple[RejectedLines, ...] = ()
    rows_refused: list[RefusedRow] = []
    seconds: float = 0.0

    @property
    def is_useful(self) -> bool:
        """Whether anything could be used."""
        return bool(self.events or self.aliases or self.waiting)


class Destination(Protocol):
    """Where aliases and events go."""

    def resolve(self, account: ForeignId) -> str:
        """The account that an id leads to; "" if none is known."""
        ...

    def refusal(self, topic: str, instant_ms: int, now_ms: int) -> tuple[str, str]:
        """Reason and words if the topic would not keep an event of this instant; "" and "" if it would."""
        ...

    async def alias(self, alias: Alias) -> None:
        """Send an alias."""
        ...

    async def event(self, event: RowEvent, account_id: str, instant_ms: int) -> None:
        """Send an event under an account."""
        ...

    async def waiting(self, event: RowEvent, account: ForeignId, instant_ms: int) -> None:
        """Send an event that waits for its account."""
        ...


class DryRun:
    """Sends nothing. Accounts are taken as known, because only Kafka has the aliases."""

    def resolve(self, account: ForeignId) -> str:
        """See `Destination`."""
        return account.id

    def refusal(self, topic: str, instant_ms: int, now_ms: int) -> tuple[str, str]:
        """See `Destination`."""
        return "", ""

    async def alias(self, alias: Alias) -> None:
        """See `Destination`."""

    async def event(self, event: RowEvent, account_id: str, instant_ms: int) -> None:
        """See `Destination`."""

    async def waiting(self, event: RowEvent, account: ForeignId, instant_ms: int) -> None:
        """See `Destination`."""


async def import_rows(
    table: TableFile,
    reader: RowReader,
    destination: Destination,
    now_ms: Callable[[], int],
    progress: Callable[[int], None] = lambda position: None,
) -> Imported:
    """Import all rows. A row is taken whole or refused; an equal one that is imported again changes nothing.

    Raises:
        Interrupted: when the task is cancelled after rows were sent.
        UserError: when the file cannot be read further, or Kafka fails.
    """
    started = time.monotonic()
    run = _Run(reader, destination)
    try:
        await _take_all(run, table, reader, now_ms, progress)
    except asyncio.CancelledError:
        if isinstance(destination, DryRun):
            raise
        rows = counted(run.found.rows, "rows")
        words = (
            f"Interrupted after {rows}. Import the file again for the rest: a row that is sent twice changes nothing."
        )
        raise Interrupted(words) from None
    found = run.result()
    found.seconds = time.monotonic() - started
    return found


async def _take_all(
    run: _Run, table: TableFile, reader: RowReader, now_ms: Callable[[], int], progress: Callable[[int], None]
) -> None:
    for line, cells in table.rows(progress):
        run.found.rows += 1
        try:
            if isinstance(cells, BadRow):
                raise Rejected("malformed", str(cells))
            row = _fitted(cells, len(table.header))
            await run.take(line, reader.read(row), now_ms())
        except Rejected as rejected:
            run.refuse(line, rejected)
        if run.found.rows % 100 == 0:
            await asyncio.sleep(0)


class _Run:
    """One import under way. Mutable."""

    def __init__(self, reader: RowReader, destination: Destination) -> None:
        self.found = Imported(events={}, aliases={}, rows_refused=[])
        self._destination = destination
        self._decoder = EventDecoder()
        self._refusals = RejectionCounts()
        self._events: Counter[str] = Counter()
        self._aliases: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._said: dict[tuple[str, str], tuple[str, int]] = {}
        """By kind and id of an alias: the account, and the line that said so."""

    async def take(self, line: int, row: ImportedRow, now_ms: int) -> None:
        """Send a row: first its aliases, then its events."""
        self._check_aliases(row)
        account_id = self._destination.resolve(row.account)
        values = [self._checked(each, account_id or STAND_IN, row.instant_ms, now_ms) for each in row.events]
        if row.instant_ms > now_ms + FUTURE_TOLERANCE_MS:
            raise Rejected("in_the_future", f"the row holds since {rfc3339(row.instant_ms)}, which is in the future")
        for alias in row.aliases:
            if len(self._said) < ALIASES_COMPARED:
                self._said[(alias.kind, alias.id)] = row.account.id, line
            await self._destination.alias(alias)
            self._aliases[alias.kind] += 1
        for event, value in zip(row.events, values, strict=True):
            if account_id:
                whole = msgspec.structs.replace(event, value=value)
                await self._destination.event(whole, account_id, row.instant_ms)
                self._events[f"{event.topic} {event.event}"] += 1
            else:
                await self._destination.waiting(event, row.account, row.instant_ms)
                self.found.waiting += 1
        if len(self._accounts) < ACCOUNTS_COUNTED or row.account.id in self._accounts:
            self._accounts[row.account.id] += 1

    def _check_aliases(self, row: ImportedRow) -> None:
        """One id of another system cannot be that of two accounts: only a person knows which is right."""
        for alias in row.aliases:
            account_id, line = self._said.get((alias.kind, alias.id), (row.account.id, 0))
            if account_id != row.account.id:
                words = f"{alias.kind} {alias.id} is of {account_id} by line {line:,}, and here of {row.account.id}"
                raise Rejected("alias_of_two", f"{words}: correct the file")

    def refuse(self, line: int, rejected: Rejected) -> None:
        """Count a row that is not imported."""
        self._refusals.add(line, rejected)
        if len(self.found.rows_refused) < REFUSED_LISTED:
            row = RefusedRow(line=line, reason=rejected.reason, words=str(rejected))
            self.found.rows_refused.append(row)

    def result(self) -> Imported:
        """The counts."""
        self.found.events, self.found.aliases = dict(self._events), dict(self._aliases)
        self.found.accounts = len(self._accounts)
        self.found.repeated = sum(rows > 1 for rows in self._accounts.values())
        self.found.refused = self._refusals.by_reason()
        return self.found

    def _checked(self, event: RowEvent, account_id: str, instant_ms: int, now_ms: int) -> bytes:
        """The event under the account, as the worker will decode it; raises `Rejected` if it could not."""
        value = b'{"account_id":' + msgspec.json.encode(account_id) + b"," + event.value[1:]
        self._decoder.decode(event.topic, value, instant_ms, now_ms)
        reason, words = self._destination.refusal(event.topic, instant_ms, now_ms)
        if reason:
            raise Rejected(reason, words)
        return value


def _fitted(cells: list[str], columns: int) -> list[str]:
    try:
        return fitted(cells, columns)
    except BadRow as bad:
        raise Rejected("malformed", str(bad)) from None


__all__ = ["ACCOUNT", "Destination", "DryRun", "Imported", "RefusedRow", "import_rows"]
