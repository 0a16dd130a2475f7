"""Compiled readers of events: tests of properties, amounts, texts, latest values, items.

Each is called with an event. Their fields say all that they do, so that the kernel can be given the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import final

from msgspec import UNSET

from scoring.event.event import Event, EventDecoder, PropertyReader
from scoring.event.timestamps import NUMBER_LIMIT
from scoring.model import schema
from scoring.plan.properties.property import Property, TypeMismatch
from scoring.plan.properties.readers import DayOf, ItemId, Length, NameOf, Number, UserOf, Value, Words

AMOUNT_SCALE = 10_000
"""Amounts are stored as integers, in ten-thousandths: sums of integers do not depend on the order."""
AMOUNT_LIMIT = 1e9

Amount = Callable[[Event], int]
"""The amount that an event adds to a series; 0 for none."""
Text = Callable[[Event], str]
"""The value that an event adds to a set; "" for none."""
Latest = Callable[[Event], float | str | None]
ItemOf = Callable[[Event], tuple[str, float] | None]
"""The item that an event opens or closes, with its weight."""
StatedOf = Callable[[Event], tuple[str, float | None] | None]
"""The item that an event has a value for ("" for none), with the value; None ends it."""


@final
class Test:
    """Whether all conditions hold for an event."""

    __slots__ = ("conditions",)

    def __init__(self, conditions: tuple[tuple[PropertyReader, schema.Where], ...]) -> None:
        self.conditions = conditions

    def __call__(self, event: Event) -> bool:
        for read, condition in self.conditions:
            found = read(event.properties)
            if not condition.holds(None if found is UNSET else found):
                return False
        return True


@final
class One:
    """1 for each event that passes the test."""

    __slots__ = ("test",)

    def __init__(self, test: Test) -> None:
        self.test = test

    def __call__(self, event: Event) -> int:
        return 1 if self.test(event) else 0


@final
class NumberAmount:
    """A number in ten-thousandths."""

    __slots__ = ("number", "test")

    def __init__(self, number: Number, test: Test | None) -> None:
        self.number = number
        self.test = test

    def __call__(self, event: Event) -> int:
        found = self.number(event) if self.test is None or self.test(event) else None
        return 0 if found is None else round(found * AMOUNT_SCALE)


@final
class HasNumber:
    """1 for each event that has a number."""

    __slots__ = ("number", "test")

    def __init__(self, number: Number, test: Test | None) -> None:
        self.number = number
        self.test = test

    def __call__(self, event: Event) -> int:
        return 1 if (self.test is None or self.test(event)) and self.number(event) is not None else 0


@final
class TestedText:
    """A text of the events that pass the test."""

    __slots__ = ("test", "text")

    def __init__(self, text: UserOf | NameOf | DayOf | Value, test: Test) -> None:
        self.text = text
        self.test = test

    def __call__(self, event: Event) -> str:
        return self.text(event) if self.test(event) else ""


@final
class Zero:
    """0 as the latest value."""

    __slots__ = ()

    def __call__(self, event: Event) -> float | str | None:
        return 0.0


@final
class LatestOf:
    """The latest value, of the events that pass the test."""

    __slots__ = ("found", "test")

    def __init__(self, found: Number | Words | Length, test: Test | None) -> None:
        self.found = found
        self.test = test

    def __call__(self, event: Event) -> float | str | None:
        return self.found(event) if self.test is None or self.test(event) else None


@final
class Stated:
    """The value of an item; without a `number` the end of the item."""

    __slots__ = ("item", "number", "test")

    def __init__(self, item: ItemId, number: Number | None, test: Test | None) -> None:
        self.item = item
        self.number = number
        self.test = test

    def __call__(self, event: Event) -> tuple[str, float | None] | None:
        if self.test is not None and not self.test(event):
            return None
        value: float | None = None
        if self.number is not None:
            value = self.number(event)
            if value is None:
                return None
        item = self.item(event)
        return None if item is None else (item, value)


@final
class Runs:
    """The item ("" for the whole account, without an `item`), with 1 for one that runs, None for its end."""

    __slots__ = ("ends", "item", "test")

    def __init__(self, item: ItemId | None, test: Test | None, *, ends: bool) -> None:
        self.item = item
        self.test = test
        self.ends = ends

    def __call__(self, event: Event) -> tuple[str, float | None] | None:
        if self.test is not None and not self.test(event):
            return None
        item = "" if self.item is None else self.item(event)
        return None if item is None else (item, None if self.ends else 1.0)


class Extractors:
    """Makes extractors for one decoder; `type_mismatches` counts the values that a signal could not use."""

    def __init__(self, decoder: EventDecoder, type_mismatches: Counter[TypeMismatch]) -> None:
        self._decoder = decoder
        self._type_mismatches = type_mismatches

    def test(self, where: tuple[schema.Where, ...]) -> Test | None:
        """A test whether all conditions hold for an event; None when there are no conditions."""
        return Test(tuple([(self._decoder.reader(each.property), each) for each in where])) if where else None

    def one(self, where: tuple[schema.Where, ...]) -> One | None:
        """1 for each event that fulfils the conditions; None without conditions, when every event counts 1."""
        test = self.test(where)
        return None if test is None else One(test)

    def amount(self, signal: str, property_name: str, where: tuple[schema.Where, ...]) -> NumberAmount:
        """The number in a property, in ten-thousandths."""
        return NumberAmount(self._number(signal, property_name, AMOUNT_LIMIT), self.test(where))

    def has_amount(self, property_name: str, where: tuple[schema.Where, ...]) -> HasNumber:
        """1 for each event that has a number in a property."""
        return HasNumber(self._number("", property_name, AMOUNT_LIMIT), self.test(where))

    def text(self, signal: str, of: str, where: tuple[schema.Where, ...]) -> Text:
        """The value of `of`: "user", "event", "day", or a property."""
        text: UserOf | NameOf | DayOf | Value
        match of:
            case "user":
                text = UserOf()
            case "event":
                text = NameOf()
            case "day":
                text = DayOf()
            case _:
                text = Value(self.property(signal, of))
        test = self.test(where)
        return text if test is None else TestedText(text, test)

    def latest(self, signal: str, of: schema.Last, *, zeroes: bool) -> Latest:
        """The latest value in an event, 0 when the event `zeroes` it; None for none."""
        if zeroes:
            return Zero()
        found: Number | Words | Length
        match of.type:
            case "text":
                found = Words(self.property(signal, of.property))
            case "length":
                found = Length(self.property(signal, of.property))
            case _:
                found = self._number(signal, of.property, NUMBER_LIMIT, of.minimum)
        return LatestOf(found, self.test(of.where))

    def stated(self, signal: str, of: schema.Last, *, ends: bool) -> StatedOf:
        """The value of an item of a `last` with `by`; with `ends`, the end of the item."""
        item = self.item_id(signal, of.by)
        if ends:
            return Stated(item, None, None)
        return Stated(item, self._number(signal, of.property, NUMBER_LIMIT, of.minimum), self.test(of.where))

    def runs(self, signal: str, of: schema.Ended, *, ends: bool) -> StatedOf:
        """The item of an `ended` ("" for the whole account), with 1 when the event shows that it runs; with `ends`, the
        end of the item."""
        item = self.item_id(signal, of.by) if of.by else None
        return Runs(item, None if ends else self.test(of.where), ends=ends)

    def item_id(self, signal: str, property_name: str) -> ItemId:
        """The id of an item: "" when it was not sent, None when the value is not an id."""
        return ItemId(self.property(signal, property_name))

    def property(self, signal: str, property_name: str) -> Property:
        """A property as this signal reads it, for the counts of its mismatches."""
        return Property(self._decoder, self._type_mismatches, signal, property_name)

    def _number(self, signal: str, property_name: str, limit: float, minimum: float | None = None) -> Number:
        lowest = -limit if minimum is None else minimum
        return Number(self.property(signal, property_name), lowest, limit)
