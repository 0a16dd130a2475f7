"""The events that wait for an account, in a temporary SQLite file: as many as there are, in little memory.

Events that name the same ids are one set. What an alias changes is changed for a set, however many events are in it.
The topic `unattributed` is the state; this is a copy of it for one process, and is gone with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.identity.alias import ForeignId
from streams.identity.unattributed import Unattributed

CACHE_KIB = 16_384
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -{cache};
CREATE TABLE sets (number INTEGER PRIMARY KEY, ids BLOB NOT NULL UNIQUE, account TEXT NOT NULL);
CREATE TABLE paths (passed BLOB, number INTEGER, PRIMARY KEY (passed, number)) WITHOUT ROWID;
CREATE INDEX paths_of_set ON paths (number);
CREATE INDEX sets_of_account ON sets (account) WHERE account != '';
CREATE TABLE events (
    row INTEGER PRIMARY KEY, key BLOB NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    number INTEGER NOT NULL, topic TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL,
    occurred_at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, value BLOB NOT NULL, UNIQUE (key, partition)
);
CREATE INDEX events_of_set ON events (number);
CREATE INDEX events_by_age ON events (received_ms);
"""
_IDS = msgspec.json.Decoder(tuple[ForeignId, ...])


class WaitingEvent(NamedTuple):
    """An event and where it lies on the topic; `account` is where its ids lead to, "" for nowhere yet."""

    row: int
    key: bytes
    partition: int
    offset: int
    topic: str
    name: str
    source: str
    occurred_at_ms: int
    received_ms: int
    value: bytes
    ids: tuple[ForeignId, ...]
    account: str


class WaitingGroup(NamedTuple):
    """Events that name the same ids. Names of events and sources are sorted."""

    ids: tuple[ForeignId, ...]
    account: str
    events: int
    first_ms: int
    last_ms: int
    received_ms: int
    names: list[str]
    sources: list[str]


class WaitingStore:
    """One connection. All methods block for microseconds to milliseconds; one thread owns it."""

    def __init__(self, folder: Path | None) -> None:
        """The file is made in `folder`, which must be this object's alone; None for memory."""
        path = ":memory:" if folder is None else str(folder / "waiting.sqlite")
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_SCHEMA.format(cache=CACHE_KIB))

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def begin(self) -> None:
        """From here to `commit` is one write of many, which is faster."""
        self._db.execute("BEGIN")

    def commit(self) -> None:
        """See `begin`."""
        self._db.execute("COMMIT")

    # --- sets

    def set_of(self, ids: Sequence[ForeignId]) -> tuple[int, str] | None:
        """The number of a set, and its account."""
        found = self._db.execute("SELECT number, account FROM sets WHERE ids = ?", (_encoded(ids),)).fetchone()
        return found and (found[0], found[1])

    def add_set(self, ids: Sequence[ForeignId]) -> int:
        """A new set, without an account and a path."""
        return int(self._db.execute("INSERT INTO sets (ids, account) VALUES (?, '')", (_encoded(ids),)).lastrowid or 0)

    def sets_through(self, passed: ForeignId) -> list[tuple[int, tuple[ForeignId, ...]]]:
        """The sets whose paths pass this id."""
        words = "SELECT number, ids FROM sets WHERE number IN (SELECT number FROM paths WHERE passed = ?)"
        return [(number, _IDS.decode(ids)) for number, ids in self._db.execute(words, (_node(passed),))]

    def place(self, number: int, passed: Iterable[ForeignId], account: str) -> None:
        """The ids that a set's paths pass, and the account that it leads to."""
        self._db.execute("DELETE FROM paths WHERE number = ?", (number,))
        rows = [(_node(each), number) for each in passed]
        self._db.executemany("INSERT OR IGNORE INTO paths VALUES (?, ?)", rows)
        self._db.execute("UPDATE sets SET account = ? WHERE number = ?", (account, number))

    def is_used(self, number: int) -> bool:
        """Whether an event of the set waits."""
        return self._db.execute("SELECT 1 FROM events WHERE number = ? LIMIT 1", (number,)).fetchone() is not None

    def drop_set(self, number: int) -> None:
        """Forget a set without events."""
        self._db.execute("DELETE FROM paths WHERE number = ?", (number,))
        self._db.execute("DELETE FROM sets WHERE number = ?", (number,))

    # --- events

    def add(self, key: bytes, partition: int, offset: int, number: int, event: Unattributed) -> None:
        """An event of the set `number`. Its key must not be there in this partition."""
        row = (
            *(key, partition, offset, number, event.topic, event.event, event.source, event.accounts[0].kind),
            *(event.occurred_at_ms, event.received_ms, event.value),
        )
        self._db.execute(f"INSERT INTO events VALUES (NULL{', ?' * len(row)})", row)

    def pop(self, key: bytes, partition: int) -> tuple[int, str, str] | None:
        """Remove an event; the number of its set, its source and the kind of its first id. None if it is not there."""
        words = "DELETE FROM events WHERE key = ? AND partition = ? RETURNING number, source, kind"
        found = self._db.execute(words, (key, partition)).fetchone()
        return found and (found[0], found[1], found[2])

    def rows_of(self, account: str) -> Iterator[int]:
        """The rows of the events of an account by their time, then as they lie on the topic. Rows that come while the
        iterator is read are not in it; those that go are."""
        words = (
            "SELECT row FROM events WHERE number IN (SELECT number FROM sets WHERE account = ?) "
            "ORDER BY +occurred_at_ms, partition, offset"
        )
        return (row for (row,) in self._db.execute(words, (account,)))

    def event_at(self, row: int) -> WaitingEvent | None:
        """The event in a row; None if it has gone."""
        found = self._db.execute(f"{_SELECT} WHERE row = ?", (row,)).fetchone()
        return found and _event_of(found)

    def oldest(self, limit: int) -> list[WaitingEvent]:
        """Those that were received first."""
        return [_event_of(row) for row in self._db.execute(f"{_SELECT} ORDER BY received_ms LIMIT ?", (limit,))]

    def groups(self, limit: int) -> list[WaitingGroup]:
        """Those that name the same ids together, most events first."""
        words = (
            "SELECT ids, account, COUNT(*), MIN(occurred_at_ms), MAX(occurred_at_ms), MIN(received_ms), "
            "json_group_array(DISTINCT name), json_group_array(DISTINCT source) "
            "FROM events JOIN sets USING (number) GROUP BY number ORDER BY COUNT(*) DESC, ids LIMIT ?"
        )
        return [
            WaitingGroup(_IDS.decode(ids), account, count, first, last, received, _texts(names), _texts(sources))
            for ids, account, count, first, last, received, names, sources in self._db.execute(words, (limit,))
        ]


_SELECT = (
    "SELECT row, key, partition, offset, topic, name, source, occurred_at_ms, received_ms, value, ids, account "
    "FROM events JOIN sets USING (number)"
)


def _event_of(row: tuple[int, bytes, int, int, str, str, str, int, int, bytes, bytes, str]) -> WaitingEvent:
    *fields, ids, account = row
    return WaitingEvent(*fields, _IDS.decode(ids), account)  # type: ignore[call-arg, arg-type]


def _texts(found: str) -> list[str]:
    return sorted(each for each in msgspec.json.decode(found, type=list[str]) if each)


def _encoded(ids: Sequence[ForeignId]) -> bytes:
    return msgspec.json.encode(ids)


def _node(at: ForeignId) -> bytes:
    return f"{at.kind}\0{at.id}".encode()
