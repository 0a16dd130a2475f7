"""Which rows a request keeps. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.book.columns import Coded, Numeric, column_of, values_of
from dashboard.book.errors import Unusable
from dashboard.book.row_values import day_of_text
from dashboard.book.store.texts import folded
from dashboard.values.listing import Column, Filter
from scoring.instants import DAY_MS, parse_instant

Mask = NDArray[np.bool_]
YES = {"true": 1.0, "yes": 1.0, "1": 1.0, "false": 0.0, "no": 0.0, "0": 0.0}


def kept(book: Book, filters: Iterable[Filter], search: str = "") -> Mask:
    """By row: whether all filters hold, two on one field with "is" taken as either, and the search finds it.

    Raises:
        Unusable: a filter on an unknown column, or with a value that is not of its kind.
    """
    mask = book.table.alive.copy()
    either: dict[str, Mask] = defaultdict(lambda: np.zeros(book.table.rows, np.bool_))
    for each in filters:
        holds = _holds(book, each)
        if each.operator == "is":
            either[each.field] |= holds
        else:
            mask &= holds
    for holds in either.values():
        mask &= holds
    if search.strip():
        found = np.zeros(book.table.rows, np.bool_)
        found[book.search.rows(search.strip())] = True
        mask &= found
    return mask


def _holds(book: Book, each: Filter) -> Mask:
    column = column_of(book, each.field)
    if each.field in ("name", "account_id"):
        return _named(book, each)
    match values_of(book, each.field):
        case Numeric() as numbers:
            return _number_holds(numbers, column, each)
        case Coded() as texts:
            return _text_holds(texts, each)
        case None:
            raise Unusable(f"{each.field} cannot be filtered: filter by a column of text, numbers or dates.")


def _named(book: Book, each: Filter) -> Mask:
    found = np.zeros(book.table.rows, np.bool_)
    names, codes = book.table.texts["name"], book.table.codes("name")
    match each.operator:
        case "contains" | "is" | "is_not":
            wanted = folded(each.value)
            near = book.search.rows(each.value) if each.value else np.flatnonzero(book.table.alive)
            is_part = each.operator == "contains"
            held = []
            for row in near:
                text = folded(names[codes[row]] if each.field == "name" else book.table.ids[row])
                if wanted in text if is_part else text == wanted:
                    held.append(row)
            found[held] = True
            return ~found if each.operator == "is_not" else found
        case "is_set":
            return ~found
        case "is_unset":
            return found
        case "at_least" | "at_most":
            raise _no_operator(each)


def _number_holds(column: Numeric, shown: Column, each: Filter) -> Mask:
    values = column.values
    is_none: Mask = np.isnan(values)
    low, high = (0.0, 0.0) if each.operator in ("is_set", "is_unset") else _span(shown, each)
    match each.operator:
        case "is_set":
            return ~is_none
        case "is_unset":
            return is_none
        case "at_least":
            return values >= low
        case "at_most":
            return values < high if high > low else values <= low
        case "is" | "is_not":
            within = (values >= low) & (values < high) if high > low else values == low
            return within if each.operator == "is" else ~within
        case "contains":
            raise _no_operator(each)


def _span(shown: Column, each: Filter) -> tuple[float, float]:
    """The value of a filter, as the half-open range that it means; both the same for a plain number."""
    if shown.kind == "boolean":
        if each.value.lower() not in YES:
            raise Unusable(f"{each.field} is true or false, not {each.value!r}.")
        return (YES[each.value.lower()],) * 2
    if shown.kind != "date":
        return (_plain_number(each),) * 2
    day = day_of_text(each.value)
    if not each.field.endswith("_ms"):
        if day is None:
            raise Unusable(f"{each.field} is a date, written like 2026-03-15, not {each.value!r}.")
        return float(day), float(day)
    if day is None:
        return (_plain_number(each),) * 2
    if len(each.value) == len("2026-03-15"):
        return float(day * DAY_MS), float((day + 1) * DAY_MS)
    return (float(parse_instant(each.value)),) * 2


def _plain_number(each: Filter) -> float:
    try:
        value = float(each.value)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise Unusable(f"{each.field} is compared with a number, not with {each.value!r}.")
    return value


def _text_holds(column: Coded, each: Filter) -> Mask:
    texts = column.texts
    match each.operator:
        case "is":
            by_code = texts.folded_is(each.value)
        case "is_not":
            by_code = ~texts.folded_is(each.value)
        case "contains":
            wanted = folded(each.value)
            by_code = texts.where(lambda text: wanted in folded(text))
        case "is_set":
            by_code = texts.where(bool)
        case "is_unset":
            by_code = texts.where(lambda text: not text)
        case "at_least" | "at_most":
            raise _no_operator(each)
    return by_code[column.codes]


def _no_operator(each: Filter) -> Unusable:
    return Unusable(f"{each.field}:{each.operator} means nothing: a text is, is_not, contains, is_set or is_unset.")
