"""A list as CSV: all its rows, with the columns that it shows."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from dashboard.pages.lists.addresses import MOST_ROWS
from dashboard.pages.lists.columns import Shown, value_of
from dashboard.queries.port import Queries
from dashboard.values.listing import Column, ListRequest, Row
from dashboard.wording.times import machine_text

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A text that begins so is a formula to a spreadsheet: it gets an apostrophe before it."""
_INSTANTS: Final = ("last_login_ms", "first_event_ms", "next_tier_ms", "as_of_ms")


async def csv_lines(asked: Queries, request: ListRequest, shown: Sequence[Shown]) -> AsyncIterator[str]:
    """The file, page by page. Numbers are unrounded, instants RFC 3339 in UTC, nothing is an empty cell.

    The tier, which a page shows with the score, has a column beside it.
    """
    columns = [each.column for each in shown if each.column.kind != "sparkline"]
    named = {each.name: each for column in columns for each in _with_tier(column)}
    columns = list(named.values())
    yield "\ufeff" + _line(["account_id", *(column.name for column in columns)])
    request = replace(request, limit=MOST_ROWS, cursor="")
    while True:
        listing = await asked.accounts(request)
        lines = ([_safe(row.account_id), *(_cell(row, column) for column in columns)] for row in listing.rows)
        yield "".join(map(_line, lines))
        if not listing.cursor:
            return
        request = replace(request, cursor=listing.cursor)


def _with_tier(column: Column) -> tuple[Column, ...]:
    return (column, replace(column, name="tier", label="Tier", kind="tier")) if column.name == "score" else (column,)


def _cell(row: Row, column: Column) -> str:
    if column.name == "marks":
        return _safe(", ".join(mark.words for mark in row.marks))
    value = value_of(row, column.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _safe(value)
    return machine_text(int(value)) if column.name in _INSTANTS else repr(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
