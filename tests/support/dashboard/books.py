"""Books for tests, filled from small answers; and the plain ways to filter, sort and sum what is in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from dashboard.book.book import Book
from dashboard.book.row_values import values_of
from dashboard.values.listing import Filter, ListRequest, Row
from scoring.instants import DAY_MS
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Day
from tests.builders import a_snapshot

DAY = 20_778
"""2026-11-21, the day of `a_snapshot`."""
TIERS = (("red", 0.0), ("yellow", 50.0), ("green", 75.0))


def tier_of(score: float | None) -> str:
    """The tier of the scale that a new book has."""
    return "" if score is None else [name for name, bound in TIERS if score >= bound][-1]


def an_answer(
    account_id: str, score: float | None = 61.2, *, day: int = DAY, version: int = 1, **more: Any
) -> ScoreSnapshot:
    """An answer at noon of a day, in the tier of its score; `facts` are added to none."""
    held = {"tier": tier_of(score), "facts": {}, "components": {}, **more}
    return a_snapshot(account_id, score=score, as_of_ms=day * DAY_MS + DAY_MS // 2, version=version, **held)


def a_book(*answers: ScoreSnapshot) -> Book:
    """A book of these answers."""
    book = Book()
    for answer in answers:
        book.put(values_of(answer))
    book.filling.is_whole = True
    return book


def days_of(scores: Iterable[float | None], *, last: int = DAY - 1, mrr: float | None = 5_000.0) -> tuple[Day, ...]:
    """Closes of these scores, the last one on the day `last`."""
    kept = list(scores)
    first = last - len(kept) + 1
    return tuple(Day(day=first + place, score=score, tier=tier_of(score), mrr=mrr) for place, score in enumerate(kept))


def in_no_case(text: str) -> str:
    """A text as it is compared."""
    return unicodedata.normalize("NFC", text).casefold()


def holds(row: Row, condition: Filter) -> bool:
    """Whether a filter keeps a row, said plainly. `renewal` and instants are not asked for."""
    value = row.custom.get(condition.field) if condition.field.startswith("trait.") else getattr(row, condition.field)
    is_set = value is not None and value != ""
    match condition.operator:
        case "is_set":
            return is_set
        case "is_unset":
            return not is_set
        case "contains":
            return in_no_case(condition.value) in in_no_case(str(value or ""))
        case "is" | "is_not":
            if isinstance(value, str):
                is_it = in_no_case(value) == in_no_case(condition.value)
            elif isinstance(value, bool):
                is_it = value == (condition.value == "true")
            else:
                is_it = value is not None and float(value) == float(condition.value)
            return is_it if condition.operator == "is" else not is_it
        case "at_least":
            return value is not None and float(value) >= float(condition.value)
        case "at_most":
            return value is not None and float(value) <= float(condition.value)


def kept_plainly(rows: Iterable[Row], request: ListRequest) -> list[Row]:
    """The rows that a request keeps, said plainly."""
    needle = in_no_case(request.search.strip())
    either: dict[str, list[Filter]] = {}
    for each in request.filters:
        if each.operator == "is":
            either.setdefault(each.field, []).append(each)
    return [
        row
        for row in rows
        if all(holds(row, each) for each in request.filters if each.operator != "is")
        and all(any(holds(row, each) for each in choices) for choices in either.values())
        and (not needle or needle in in_no_case(row.name) or needle in in_no_case(row.account_id))
    ]


def sorted_plainly(rows: Iterable[Row], request: ListRequest) -> list[Row]:
    """Rows in the order that a request asks for, said plainly: nulls last, equal ones by account id."""
    names = [name for name, _ in TIERS]

    def key(row: Row) -> Any:
        value = getattr(row, request.sort)
        if request.sort == "tier":
            value = names.index(value) if value else None
        return (in_no_case(value), value) if isinstance(value, str) and value else None if value == "" else value

    by_id = sorted(rows, key=lambda row: row.account_id)
    valued = sorted((row for row in by_id if key(row) is not None), key=key, reverse=request.is_descending)
    if request.is_descending:
        valued = [row for _, group in _grouped(valued, key) for row in sorted(group, key=lambda row: row.account_id)]
    found = valued + [row for row in by_id if key(row) is None]
    return sorted(found, key=lambda row: names.index(row.tier) if row.tier else len(names)) if request.group else found


def _grouped(rows: list[Row], key: Any) -> list[tuple[Any, list[Row]]]:
    groups: list[tuple[Any, list[Row]]] = []
    for row in rows:
        if groups and groups[-1][0] == key(row):
            groups[-1][1].append(row)
        else:
            groups.append((key(row), [row]))
    return groups
