"""A Parquet file of events, read by DuckDB: the columns are the fields, as in CSV, and have their types.

A timestamp becomes RFC 3339 (without a zone it is UTC), a decimal a number, a struct or a map an object. A null, or a
number that is none, is not given, also within a struct.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from streams.errors import UserError
from streams.replay.forms.csv_cells import BadRow
from streams.replay.forms.fields import PROPERTIES, Column, check_columns, field_of, whole_properties
from streams.replay.forms.text import refused_line

if TYPE_CHECKING:
    import duckdb

ROWS_AT_ONCE = 1_000
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_WIDE = 2**63
"""Whole numbers of this size or more are written by their digits."""
_ZONED = " WITH TIME ZONE"
_PLAIN_TYPES = frozenset(("VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "BOOLEAN"))


class ParquetRows:
    """The rows of the file at `path`, called `name`. Close it."""

    def __init__(self, path: str, name: str) -> None:
        """Open it.

        Raises:
            UserError: when DuckDB is missing, or the file cannot be read or has no such columns.
        """
        if find_spec("duckdb") is None:
            raise UserError(f"{name} is a Parquet file, which needs DuckDB: pip install 'account-vitals[files]'.")
        import duckdb

        self._name = name
        self._error = duckdb.Error
        self._database = duckdb.connect(config=_SETTINGS)
        self._read = self._total = 0
        try:
            self._rows, self._columns = self._opened(path)
        except duckdb.Error as error:
            self.close()
            raise self._unreadable(error) from None
        except UserError:
            self.close()
            raise

    @property
    def share(self) -> float:
        """The share of the rows that were read, 0-1."""
        return self._read / self._total if self._total else 1.0

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def next(self) -> bytes | None:
        """The next rows as lines; None at the end.

        Raises:
            UserError: when the file is damaged.
        """
        try:
            rows = self._rows.fetchmany(ROWS_AT_ONCE)
        except self._error as error:
            raise self._unreadable(error) from None
        self._read += len(rows)
        return b"".join([_line(row, self._columns) + b"\n" for row in rows]) if rows else None

    def place(self, number: int) -> str:
        """See `Text`."""
        return f"row {number:,}"

    def _opened(self, path: str) -> tuple[duckdb.DuckDBPyConnection, list[Column]]:
        execute = self._database.execute
        described = execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
        types = {str(name): str(kind) for name, kind, *_ in described}
        check_columns(self._name, list(types))
        counted = execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [path]).fetchone()
        self._total = int(counted[0] or 0) if counted else 0
        chosen = ", ".join(f"{_selected(name, kind)} AS {_quoted(name)}" for name, kind in types.items())
        found = execute(f"SELECT {chosen} FROM read_parquet(?)", [path])
        return found, [(*field_of(name), kind in _PLAIN_TYPES) for name, kind in types.items()]

    def _unreadable(self, error: Exception) -> UserError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return UserError(f"{self._name} cannot be read as Parquet ({reason}): write it again.")


def _selected(name: str, kind: str) -> str:
    """A column in SQL. Instants lose their zone, which is UTC: DuckDB needs another library to give one."""
    is_zoned = _ZONED in kind
    return f"CAST({_quoted(name)} AS {kind.replace(_ZONED, '')})" if is_zoned else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _line(row: Sequence[Any], columns: Sequence[Column]) -> bytes:
    own: dict[str, object] = {}
    properties: dict[str, object] = {}
    whole: Mapping[str, object] = {}
    try:
        for found, (name, is_own, is_plain) in zip(row, columns, strict=True):
            value = found if is_plain else plain_value(found)
            if value is None:
                continue
            if not is_own:
                properties[name] = value
            elif name == PROPERTIES:
                whole = _properties(value)
            else:
                own[name] = value
        return msgspec.json.encode({**own, PROPERTIES: {**whole, **properties}})
    except BadRow as bad:
        return refused_line("malformed", str(bad))


def _properties(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return whole_properties(value)
    raise BadRow(f"properties is neither a struct nor a JSON object, but {type(value).__name__}")


def plain_value(value: object) -> object:
    """A value of a column as one of JSON; None is not given.

    >>> plain_value({"at": datetime(2026, 1, 2), "paid": Decimal("12.50"), "plan": None})
    {'at': '2026-01-02T00:00:00Z', 'paid': msgspec.Raw(b'12.50')}
    """
    match value:
        case dict():
            items = ((str(name), plain_value(each)) for name, each in value.items())
            return {name: each for name, each in items if each is not None}
        case list() | tuple():
            return [plain_value(each) for each in value]
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return msgspec.Raw(str(value).encode()) if value.is_finite() else None
        case int() if abs(value) >= _WIDE:
            return msgspec.Raw(str(value).encode())
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case UUID() | timedelta():
            return str(value)
        case bytes():
            return _text(value)
    return value


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadRow("a cell holds bytes that are not a text in UTF-8") from None
