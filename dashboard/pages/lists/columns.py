"""Which columns a list shows, and what stands in a cell of a column that has no look of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.values.listing import Column, CustomValue, Filter, Mark, Row
from dashboard.wording.look import Look
from dashboard.wording.numbers import NOTHING

FIXED: Final = "name"
"""The column that no list leaves out."""
_MOST_TAGS, _ROOM_LETTERS, _FRAME_LETTERS, _PLUS_LETTERS = 2, 26, 3, 5
"""Of the column «Marks»: its tags, its width in letters, and what the frame of a tag and «+1» take of it."""
_RIGHT: Final = ("number", "money", "percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A column of a page. `classes` are those of its head and of its cells."""

    column: Column
    head: str
    cell: str
    is_custom: bool = False


def shown_columns(known: Sequence[Column], chosen: Sequence[str], filters: Iterable[Filter]) -> tuple[Shown, ...]:
    """The chosen columns that exist, else the usual ones but for those that the filters make the same in all rows."""
    by_name = {column.name: column for column in known}
    columns = [by_name[name] for name in chosen if name in by_name and name != FIXED]
    if not columns:
        same = _same(filters)
        columns = [column for column in known if column.is_default and column.name not in {FIXED, *same}]
    return tuple(_shown(column) for column in (by_name.get(FIXED), *columns) if column is not None)


def _same(filters: Iterable[Filter]) -> set[str]:
    """Fields with one `is` filter alone: every row has that value."""
    fields = [each.field for each in filters if each.operator == "is"]
    return {field for field in fields if fields.count(field) == 1}


def _shown(column: Column) -> Shown:
    is_custom = column.name.startswith(("trait.", "fact."))
    name = "custom" if is_custom else column.name.replace("_", "-")
    side = " n" if column.kind in _RIGHT else ""
    return Shown(column=column, head=f"c-{name}{side}", cell=f"d-{name}{side}", is_custom=is_custom)


def fitting(marks: Sequence[Mark]) -> int:
    """How many of these tags, two at most, stand beside each other in their column with «+1» after them.

    >>> fitting([Mark(kind="forecast", words="red in 2 d"), Mark(kind="coverage", words="71 %")])
    2
    >>> fitting([Mark(kind="forecast", words="red in 18 h 02 min"), Mark(kind="coverage", words="71 % coverage")])
    1
    """
    rest = _PLUS_LETTERS if len(marks) > _MOST_TAGS else 0
    letters = sum(len(mark.words) + _FRAME_LETTERS for mark in marks[:_MOST_TAGS])
    return _MOST_TAGS if letters + rest <= _ROOM_LETTERS else 1


def value_of(row: Row, name: str) -> CustomValue:
    """What a row has in a column, None for nothing."""
    if name.startswith(("trait.", "fact.")):
        return row.custom.get(name)
    if name in ("case_status", "case_severity"):
        return None if row.case is None else getattr(row.case, name.removeprefix("case_"))
    value: CustomValue = getattr(row, name, None) if hasattr(row, name) else row.custom.get(name)
    return value


def cell_text(look: Look, row: Row, column: Column) -> str:
    """A cell in words, for columns that the template does not draw itself. «–» for nothing, "" for no."""
    value = value_of(row, column.name)
    if isinstance(value, bool):
        return "yes" if value else ""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return look.iso_day(value) if column.kind == "date" else value
    match column.kind:
        case "money":
            return look.money(value)
        case "percent":
            return look.percent(value)
        case "score":
            return look.score(value)
        case "date":
            return look.day(int(value))
        case _:
            return look.number(value)
