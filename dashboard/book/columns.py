"""The columns of the list: their labels and kinds, and their values over all rows. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book import derived
from dashboard.book.book import Book
from dashboard.book.errors import Unusable
from dashboard.book.store.texts import Texts
from dashboard.values.listing import Column

COLUMNS = (
    Column(name="name", label="Account", kind="text", is_default=True),
    Column(name="score", label="Score", kind="score", is_default=True),
    Column(name="tier", label="Tier", kind="tier"),
    Column(name="sparkline", label="12 weeks", kind="sparkline", is_default=True, is_sortable=False),
    Column(name="change_7d", label="7 days", kind="number", is_default=True),
    Column(name="top_risk", label="What holds it down most", kind="text", is_default=True, is_sortable=False),
    Column(name="mrr", label="MRR", kind="money", is_default=True),
    Column(name="at_risk", label="At risk", kind="money", is_default=True),
    Column(name="owner", label="Owner", kind="text", is_default=True),
    Column(name="last_login_ms", label="Last login", kind="date", is_default=True),
    Column(name="nps", label="NPS", kind="number", is_default=True),
    Column(name="csat", label="CSAT", kind="number", is_default=True),
    Column(name="renewal", label="Renewal", kind="date", is_default=True),
    Column(name="marks", label="Marks", kind="marks", is_default=True, is_sortable=False),
    Column(name="urgency", label="Urgency", kind="number"),
    Column(name="change_1d", label="1 day", kind="number"),
    Column(name="change_28d", label="28 days", kind="number"),
    Column(name="csat_trend", label="CSAT trend", kind="number"),
    Column(name="renewal_days", label="Days to renewal", kind="number"),
    Column(name="segment", label="Segment", kind="text"),
    Column(name="industry", label="Industry", kind="text"),
    Column(name="plan", label="Plan", kind="text"),
    Column(name="coverage", label="Coverage", kind="percent"),
    Column(name="is_provisional", label="Provisional", kind="boolean"),
    Column(name="standing", label="Standing", kind="text"),
    Column(name="unscored", label="Why no score", kind="text"),
    Column(name="next_tier", label="Next tier", kind="tier"),
    Column(name="next_tier_ms", label="Next tier on", kind="date"),
    Column(name="first_event_ms", label="First event", kind="date"),
    Column(name="flags", label="Flags", kind="text"),
    Column(name="case_status", label="Case", kind="text"),
    Column(name="open_cases", label="Open cases", kind="number"),
    Column(name="case_severity", label="Severity of the case", kind="text"),
    Column(name="model", label="Model", kind="text"),
    Column(name="is_starred", label="★", kind="boolean"),
    Column(name="account_id", label="Account id", kind="text"),
)
BY_NAME = {column.name: column for column in COLUMNS}


class Numeric(NamedTuple):
    """A column of numbers: NaN is none."""

    values: NDArray[np.float64] | NDArray[np.float32]


class Coded(NamedTuple):
    """A column of texts, by their codes."""

    codes: NDArray[np.int32]
    texts: Texts


def columns_of(book: Book) -> tuple[Column, ...]:
    """All columns, then traits, then signals."""
    return (*COLUMNS, *book.traits.columns(), *book.facts.columns())


def column_of(book: Book, name: str) -> Column:
    """The column of that name.

    Raises:
        Unusable: there is none.
    """
    found = BY_NAME.get(name) or book.facts.column(name)
    custom = book.traits.column(name)
    if found is None and custom is not None:
        found = Column(name=name, label=custom.name, kind=custom.kind)
    if found is None:
        known = ", ".join(BY_NAME)
        raise Unusable(
            f"There is no column {name!r}: take one of {known}, trait. and a trait's name, fact. and a signal's name."
        )
    return found


def values_of(book: Book, name: str) -> Numeric | Coded | None:
    """The values of a column; None when it has none that can be compared, such as marks."""
    table = book.table
    if name in table.numbers_names:
        return Numeric(table.numbers(name))
    if name in table.texts:
        return Coded(table.codes(name), table.texts[name])
    custom = book.traits.column(name)
    if custom is not None:
        numbers = custom.numbers(table.rows)
        return Coded(custom.codes(table.rows), custom.texts) if numbers is None else Numeric(numbers)
    if book.facts.column(name) is not None:
        return Numeric(book.facts.numbers(name, table.rows))
    made = derived.column(book, name)
    return None if made is None else Numeric(made)
