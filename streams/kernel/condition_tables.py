"""The tables of conditions on signals."""

from __future__ import annotations

from scoring.model.schema import Condition
from scoring.plan.conditions import Conditions
from streams.kernel.signal_tables import Numbers
from streams.kernel.table_writer import TableWriter

AT_LEAST, ABOVE, AT_MOST, BELOW, KNOWN, TEXTS = 1, 2, 4, 8, 16, 32
"""Which tests a condition has, as bits."""


def write_conditions(tables: TableWriter, conditions: Conditions | None, numbers: Numbers) -> None:
    """Append conditions that must all hold; none for None."""
    tests = () if conditions is None else conditions.tests
    tables.whole(len(tests))
    for signal, condition in tests:
        _write_condition(tables, numbers[id(signal)], condition)


def _write_condition(tables: TableWriter, signal: int, of: Condition) -> None:
    bounds = (of.at_least, of.above, of.at_most, of.below)
    bits = sum(bit for bit, bound in zip((AT_LEAST, ABOVE, AT_MOST, BELOW), bounds, strict=True) if bound is not None)
    texts = of.texts()
    bits |= (KNOWN if of.known is not None else 0) | (TEXTS if texts else 0)
    tables.whole(signal, bits)
    tables.real(*[0.0 if bound is None else float(bound) for bound in bounds])
    tables.whole(bool(of.known))
    tables.each(texts, tables.text)
