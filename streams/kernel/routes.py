"""Routes as bytes: what an event of one topic and name changes, for the native decoder.

`decoder_tables` is written once a plan: the properties that it decodes. `route_tables` is written when an event of a
new topic and name comes. `native/decode/tables.c` reads both, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Final, NamedTuple

from scoring.event.event import READ_ANYWAY
from scoring.event.ids import number_text
from scoring.event.synonyms import names_of, synonyms_of
from scoring.event.topics import INPUT_TOPICS
from scoring.model.schema import Where
from scoring.plan.extractors import (
    Amount,
    HasNumber,
    ItemOf,
    Latest,
    LatestOf,
    NumberAmount,
    One,
    Runs,
    Stated,
    StatedOf,
    Test,
    TestedText,
    Text,
    Zero,
)
from scoring.plan.plan import Plan
from scoring.plan.properties.property import Property
from scoring.plan.properties.readers import DayOf, Length, NameOf, Number, UserOf, Value, Words
from scoring.plan.routes import Route
from scoring.plan.signals.duration import EventOfItem
from scoring.plan.signals.open_items import WeighedItem
from scoring.plan.signals.until import InstantIn
from streams.kernel.effects import Kind
from streams.kernel.table_writer import NotInKernel, TableWriter

VERSION = 1
"""Goes up with every change of the layout, here and in `native/decode/tables.c`."""
EVENT, AMOUNT, HAS_NUMBER, ZERO, NUMBER, INSTANT, WORDS, LENGTH, USER, NAME = range(10)
DAY, VALUE, ITEM, CLOSE, TOKEN, CLOSE_TOKEN, STATED, RUNS, END = range(10, 19)
"""What an operation takes of an event: `Take` in `native/decode/tables.h`."""
NO, YES, EITHER = range(3)
TEXT, TRUTH, REAL, NEVER = range(4)
"""The kinds of a plain value in a condition: NEVER is a number that no number of an event equals."""
FLOAT_MAX: Final = float.fromhex("0x1.fffffffffffffp+1023")


def properties_of(plan: Plan) -> dict[str, int]:
    """The number of each property that the decoder keeps, by its name on the wire; `READ_ANYWAY` first."""
    return {name: number for number, name in enumerate(dict.fromkeys([*READ_ANYWAY.values(), *plan.decoder.names]))}


def decoder_tables(plan: Plan) -> bytes:
    """The topics, the properties, and those of them that distinguish events without an id."""
    tables, properties = TableWriter(), properties_of(plan)
    tables.whole(VERSION)
    tables.each(INPUT_TOPICS, tables.text)
    tables.each(properties, tables.text)
    tables.wholes([properties[name] for name in plan.order.properties])
    return tables.bytes()


class Operation(NamedTuple):
    """One thing that an event may change: `take` says what is taken of it, `test` of which events. Without `of` and
    `item` no property is read."""

    take: int
    kind: Kind
    number: int
    rank: int = 0
    test: Test | None = None
    of: Property | None = None
    item: Property | None = None
    lowest: float = nan
    highest: float = nan
    weights: Mapping[str, float] = {}


def route_tables(plan: Plan, topic: str, name: str) -> bytes:
    """What an event called `name` on `topic` changes, as operations in the order in which the fold takes them.

    Raises:
        NotInKernel: when the kernel cannot read such an event as a signal does.
    """
    tables, properties = TableWriter(), properties_of(plan)
    route = plan.routes.of(topic, name)
    tables.whole(VERSION, route.rank)
    tables.each(operations_of(route), lambda operation: _write_operation(tables, operation, properties))
    return tables.bytes()


def operations_of(route: Route) -> list[Operation]:
    """What events of a route change, in the order in which the fold takes them."""
    return [
        *(Operation(EVENT, Kind.LATEST_AT, slot, test=test) for slot, test in route.latest_at),
        *(_latest(slot, latest) for slot, latest in route.latest_values),
        *(Operation(EVENT, Kind.FIRST_AT, slot, test=test) for slot, test in route.first_at),
        *(_item(number, rank, item) for number, (item, rank) in route.items),
        *(_stated(number, stated) for number, stated in route.tallies),
        *(_one(Kind.TOTAL, number, one) for number, one in route.daily_totals),
        *(Operation(EVENT, Kind.COUNT, number) for number in route.counts),
        *(_one(Kind.COUNT, number, amount) for number, amount in route.amounts),
        *(_value(number, text) for number, text in route.values),
        *(_one(Kind.ALIKE, number, one) for number, one in route.alikes),
    ]


def _one(kind: Kind, number: int, amount: Amount | None) -> Operation:
    match amount:
        case None:
            return Operation(EVENT, kind, number)
        case One():
            return Operation(EVENT, kind, number, test=amount.test)
        case NumberAmount() | HasNumber():
            take, of = AMOUNT if isinstance(amount, NumberAmount) else HAS_NUMBER, amount.number
            return Operation(take, kind, number, test=amount.test, of=of.of, lowest=of.lowest, highest=of.highest)
    raise _unknown(amount)


def _latest(slot: int, latest: Latest) -> Operation:
    match latest:
        case Zero():
            return Operation(ZERO, Kind.LATEST_NUMBER, slot)
        case InstantIn():
            return Operation(INSTANT, Kind.LATEST_NUMBER, slot, test=latest.test, of=latest.of)
        case LatestOf(found=Number() as of):
            return Operation(
                NUMBER, Kind.LATEST_NUMBER, slot, test=latest.test, of=of.of, lowest=of.lowest, highest=of.highest
            )
        case LatestOf(found=Length() as length):
            return Operation(LENGTH, Kind.LATEST_NUMBER, slot, test=latest.test, of=length.of)
        case LatestOf(found=Words() as words):
            return Operation(WORDS, Kind.LATEST_TEXT, slot, test=latest.test, of=words.of)
    raise _unknown(latest)


def _item(number: int, rank: int, item: ItemOf) -> Operation:
    match item:
        case WeighedItem():
            take = CLOSE if item.closes else ITEM
            return Operation(
                *(take, Kind.ITEM, number, rank),
                test=item.test,
                of=item.weigh_by,
                item=item.item.of,
                weights=item.weights,
            )
        case EventOfItem():
            take = CLOSE_TOKEN if item.closes else TOKEN
            return Operation(take, Kind.ITEM, number, rank, test=item.test, item=item.item.of)
    raise _unknown(item)


def _stated(number: int, stated: StatedOf) -> Operation:
    match stated:
        case Stated(number=None):
            return Operation(END, Kind.ENDED, number, test=stated.test, item=stated.item.of)
        case Stated(number=Number() as of):
            return Operation(
                *(STATED, Kind.STATED, number),
                test=stated.test,
                of=of.of,
                item=stated.item.of,
                lowest=of.lowest,
                highest=of.highest,
            )
        case Runs():
            take, kind = (END, Kind.ENDED) if stated.ends else (RUNS, Kind.STATED)
            return Operation(take, kind, number, test=stated.test, item=stated.item.of if stated.item else None)
    raise _unknown(stated)


def _value(number: int, text: Text) -> Operation:
    test, read = (text.test, text.text) if isinstance(text, TestedText) else (None, text)
    match read:
        case UserOf():
            return Operation(USER, Kind.VALUE, number, test=test)
        case NameOf():
            return Operation(NAME, Kind.VALUE, number, test=test)
        case DayOf():
            return Operation(DAY, Kind.VALUE, number, test=test)
        case Value():
            return Operation(VALUE, Kind.VALUE, number, test=test, of=read.of)
    raise _unknown(read)


def _unknown(extractor: object) -> NotInKernel:
    return NotInKernel(f"it reads events by {type(extractor).__name__}, which the kernel does not know")


def _write_operation(tables: TableWriter, operation: Operation, properties: Mapping[str, int]) -> None:
    tables.whole(operation.take, operation.kind, operation.number, operation.rank)
    conditions = operation.test.conditions if operation.test is not None else ()
    tables.each(conditions, lambda condition: _write_where(tables, condition[1], properties))
    for of in (operation.of, operation.item):
        tables.whole(of is not None)
        if of is not None:
            tables.whole(of.signal != "")
            _write_reader(tables, of.name, properties)
    tables.real(operation.lowest, operation.highest)
    for text, weight in tables.counted(sorted(operation.weights.items())):
        tables.text(text)
        tables.real(weight)


def _write_reader(tables: TableWriter, name: str, properties: Mapping[str, int]) -> None:
    """How a property is read: under which names, the first that has a value, and what its texts stand for."""
    synonyms = synonyms_of(name)
    tables.wholes([properties[each] for each in names_of(name)])
    tables.whole(synonyms is not None)
    for text, value in tables.counted(sorted(synonyms.values.items()) if synonyms else []):
        tables.text(text)
        tables.whole(isinstance(value, str))
        tables.text(value if isinstance(value, str) else number_text(value))
        tables.real(nan if isinstance(value, str) else value)


def _write_where(tables: TableWriter, where: Where, properties: Mapping[str, int]) -> None:
    _write_reader(tables, where.property, properties)
    tables.whole(EITHER if where.exists is None else YES if where.exists else NO)
    for value in tables.counted(where.values()):
        _write_plain(tables, value)
    tables.real(*(nan if bound is None else bound for bound in (where.at_least, where.at_most)))


def _write_plain(tables: TableWriter, value: str | bool | int | float) -> None:
    if isinstance(value, str):
        kind, number = TEXT, nan
    elif isinstance(value, bool):
        kind, number = TRUTH, float(value)
    else:
        is_exact = abs(value) <= FLOAT_MAX and float(value) == value
        kind, number = (REAL, float(value)) if is_exact else (NEVER, nan)
    tables.whole(kind)
    tables.text(value if isinstance(value, str) else "")
    tables.real(number)
