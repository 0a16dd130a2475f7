"""The columns of the list: their labels and kinds, and their values over all rows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.book.errors import Unusable
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
    Column(name="case_severity", label="Severity of the case", kind="text"),
    Column(name="model", label="Model", kind="text"),
    Column(name="is_starred", label="★", kind="boolean"),
    Column(name="account_id", label="Account id", kind="text"),
)
BY_NAME = {column.name: column for column in COLUMNS}


class Numeric(NamedTuple):
    """A column of numbers: NaN is none."""

    values: NDArray[np.float64]


class Coded(NamedTuple):
    """A column of texts: its codes, and the name of its texts in the table."""

    codes: NDArray[np.int32]
    texts: str


def column_of(name: str) -> Column:
    """The column of that name.

    Raises:
        Unusable: there is none.
    """
    if name not in BY_NAME:
        raise Unusable(f"There is no column {name!r}: take one of {', '.join(BY_NAME)}.")
    return BY_NAME[name]


def numeric(book: Book, name: str) -> Numeric | None:
    """The column as numbers; None when it has none."""
    if name in _DERIVED:
        return Numeric(_DERIVED[name](book))
    table = book.table
    return Numeric(table.numbers(name)) if name in table.numbers_names else None


def coded(book: Book, name: str) -> Coded | None:
    """The column as texts; None when it has none."""
    return Coded(book.table.codes(name), name) if name in book.table.texts else None


def _renewal_days(book: Book) -> NDArray[np.float64]:
    return book.table.numbers("renewal") - book.today


def _starred(book: Book) -> NDArray[np.float64]:
    starred = np.zeros(book.table.rows)
    starred[list(book.starred())] = 1.0
    return starred


_DERIVED: dict[str, Callable[[Book], NDArray[np.float64]]] = {
    "urgency": Book.urgency,
    "renewal_days": _renewal_days,
    "is_starred": _starred,
    "is_provisional": lambda book: book.table.provisional.astype(np.float64),
    "change_1d": lambda book: np.full(book.table.rows, np.nan),
    "change_7d": lambda book: np.full(book.table.rows, np.nan),
    "change_28d": lambda book: np.full(book.table.rows, np.nan),
}
