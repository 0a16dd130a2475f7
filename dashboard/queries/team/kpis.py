"""The CS KPIs: how many of the accounts that should have reached something have done so. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.values.dashboard_file import KpiRule
from dashboard.values.team import Kpi
from scoring.instants import DAY_MS

STARTED_DAYS = 365
"""What counts from the start is measured over the accounts that started within a year."""
Mask = NDArray[np.bool_]


class Measured(NamedTuple):
    """By row: whether the account counts, and whether it has reached the KPI."""

    counts: Mask
    reached: Mask


def measured(book: Book, name: str, rule: KpiRule, now_ms: int) -> Measured:
    """A KPI over the book. An account in a standing of the model, such as «Cancelled», does not count."""
    rows, span_ms = book.table.rows, rule.days * DAY_MS
    present = book.table.alive & (book.table.codes("standing") == 0)
    at_ms = book.milestones.column(name, rows)
    if not rule.from_start:
        return Measured(present, present & (at_ms > now_ms - span_ms))
    start_ms = book.table.numbers("first_event_ms")
    in_time = at_ms <= start_ms + span_ms
    is_known = (start_ms <= now_ms - span_ms) | in_time
    counts = present & is_known & (start_ms > now_ms - STARTED_DAYS * DAY_MS)
    return Measured(counts, counts & in_time)


def kpi_of(name: str, rule: KpiRule, numerator: int, denominator: int) -> Kpi:
    """A KPI as people see it.

    >>> rule = KpiRule(label="Calls", events=("call_held",), days=30, target=0.8)
    >>> kpi = kpi_of("call", rule, 3, 4)
    >>> kpi.coverage, kpi.vs_target, kpi.how
    (0.75, -5.0, 'call_held in the last 30 days')
    """
    coverage = numerator / denominator if denominator else None
    return Kpi(
        name=name,
        label=rule.label,
        coverage=coverage,
        numerator=numerator,
        denominator=denominator,
        target=rule.target,
        vs_target=None if coverage is None else round(100.0 * (coverage - rule.target), 9),
        how=how_of(rule),
    )


def how_of(rule: KpiRule) -> str:
    """What counts, and the events that it is read from."""
    events = _either(rule.events)
    if rule.from_start:
        return f"{events} within {rule.days:g} days of the first event, of accounts that started within a year"
    return f"{events} in the last {rule.days:g} days"


def _either(events: Iterable[str]) -> str:
    *others, last = events
    return f"{', '.join(others)} or {last}" if others else last
