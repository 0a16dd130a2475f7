"""Compiled readers of events: tests of properties, amounts, texts and latest values.

A value that a signal cannot use (wrong type, below its minimum, too large) does not make an event invalid: the signal
keeps its value, the mismatch is counted, and the event counts for everything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import UNSET

from scoring.event.bodies import kind_of
from scoring.event.event import Event, EventDecoder
from scoring.event.ids import clean, id_of, value_of
from scoring.event.timestamps import NUMBER_LIMIT
from scoring.instants import DAY_MS
from scoring.model import schema

AMOUNT_SCALE = 10_000
"""Amounts are stored as integers, in ten-thousandths: sums of integers do not depend on the order."""
AMOUNT_LIMIT = 1e9
TEXT_MAX_CHARACTERS = 200

Test = Callable[[Event], bool]
Amount = Callable[[Event], int]
"""The amount that an event adds to a series; 0 for none."""
Text = Callable[[Event], str]
"""The value that an event adds to a set; "" for none."""
Latest = Callable[[Event], float | str | None]
ItemOf = Callable[[Event], tuple[str, float] | None]
"""The item that an event opens or closes, with its weight."""
StatedOf = Callable[[Event], tuple[str, float | None] | None]
"""The item that an event has a value for ("" for none), with the value; None ends it."""


class TypeMismatch(NamedTuple):
    """A type of value that a signal could not use; `is_what` describes it in words."""

    signal: str
    property: str
    is_what: str


class Extractors:
    """Makes extractors for one decoder; `type_mismatches` counts the values that a signal could not use."""

    def __init__(self, decoder: EventDecoder, type_mismatches: Counter[TypeMismatch]) -> None:
        self._decoder = decoder
        self._type_mismatches = type_mismatches

    def test(self, where: tuple[schema.Where, ...]) -> Test | None:
        """A test whether all conditions hold for an event; None when there are no conditions."""
        if not where:
            return None
        conditions = [(self._decoder.reader(each.property), each) for each in where]

        def holds(event: Event) -> bool:
            for read, condition in conditions:
                found = read(event.properties)
                if not condition.holds(None if found is UNSET else found):
                    return False
            return True

        return holds

    def one(self, where: tuple[schema.Where, ...]) -> Amount | None:
        """1 for each event that fulfils the conditions; None without conditions, when every event counts 1."""
        test = self.test(where)
        return None if test is None else lambda event: 1 if test(event) else 0

    def amount(self, signal: str, property_name: str, where: tuple[schema.Where, ...]) -> Amount:
        """The number in a property, in ten-thousandths."""
        number = self._number(signal, property_name, AMOUNT_LIMIT)
        test = self.test(where)

        def amount(event: Event) -> int:
            found = number(event) if test is None or test(event) else None
            return 0 if found is None else round(found * AMOUNT_SCALE)

        return amount

    def has_amount(self, property_name: str, where: tuple[schema.Where, ...]) -> Amount:
        """1 for each event that has a number in a property."""
        number = self._number("", property_name, AMOUNT_LIMIT)
        test = self.test(where)
        return lambda event: 1 if (test is None or test(event)) and number(event) is not None else 0

    def text(self, signal: str, of: str, where: tuple[schema.Where, ...]) -> Text:
        """The value of `of`: "user", "event", "day", or a property."""
        text = self._text_of(signal, of)
        test = self.test(where)
        return text if test is None else lambda event: text(event) if test(event) else ""

    def latest(self, signal: str, of: schema.Last, *, zeroes: bool) -> Latest:
        """The latest value in an event, 0 when the event `zeroes` it; None for none."""
        if zeroes:
            return lambda event: 0.0
        found: Latest
        match of.type:
            case "text":
                found = self._text(signal, of.property)
            case "length":
                found = self._length(signal, of.property)
            case _:
                found = self._number(signal, of.property, NUMBER_LIMIT, of.minimum)
        test = self.test(of.where)
        return found if test is None else lambda event: found(event) if test(event) else None

    def stated(self, signal: str, of: schema.Last, *, ends: bool) -> StatedOf:
        """The value of an item of a `last` with `by`; with `ends`, the end of the item."""
        text = self.item_id(signal, of.by)
        latest = self._number(signal, of.property, NUMBER_LIMIT, of.minimum)
        test = None if ends else self.test(of.where)

        def stated(event: Event) -> tuple[str, float | None] | None:
            if test is not None and not test(event):
                return None
            value = None if ends else latest(event)
            if value is None and not ends:
                return None
            item = text(event)
            return None if item is None else (item, value)

        return stated

    def runs(self, signal: str, of: schema.Ended, *, ends: bool) -> StatedOf:
        """The item of an `ended` ("" for the whole account), with 1 when the event shows that it runs; with `ends`, the
        end of the item."""
        item_of = self.item_id(signal, of.by) if of.by else None
        test = None if ends else self.test(of.where)
        value = None if ends else 1.0

        def runs(event: Event) -> tuple[str, float | None] | None:
            if test is not None and not test(event):
                return None
            item = "" if item_of is None else item_of(event)
            return None if item is None else (item, value)

        return runs

    def item_id(self, signal: str, property_name: str) -> Callable[[Event], str | None]:
        """The id of an item: "" when it was not sent, None when the value is not an id."""
        read = self._decoder.reader(property_name)

        def text(event: Event) -> str | None:
            found = read(event.properties)
            if name := id_of(found):
                return name
            if found is UNSET or found is None or (isinstance(found, str) and not clean(found)):
                return ""
            self.note_mismatch(signal, property_name, event, found, "no id")
            return None

        return text

    def note_mismatch(self, signal: str, property_name: str, event: Event, found: object, is_what: str = "") -> None:
        """Count a value that could not be used, unless none was sent or no signal reads it."""
        if signal and found is not UNSET and found is not None:
            name = self._decoder.sent_as(property_name, event.properties)
            self._type_mismatches[TypeMismatch(signal, name, is_what or kind_of(found))] += 1

    def _number(
        self, signal: str, property_name: str, limit: float, minimum: float | None = None
    ) -> Callable[[Event], float | None]:
        read = self._decoder.reader(property_name)
        lowest = -limit if minimum is None else minimum

        def number(event: Event) -> float | None:
            found: Any = read(event.properties)
            if found is UNSET or found is None:
                return None
            if isinstance(found, bool) or not isinstance(found, int | float):
                self.note_mismatch(signal, property_name, event, found)
                return None
            if not lowest <= found <= limit:
                self.note_mismatch(
                    signal, property_name, event, found, "below its minimum" if found < lowest else "beyond all measure"
                )
                return None
            return float(found)

        return number

    def _text(self, signal: str, property_name: str) -> Callable[[Event], str | None]:
        read = self._decoder.reader(property_name)

        def text(event: Event) -> str | None:
            found: Any = read(event.properties)
            if isinstance(found, str):
                return found[:TEXT_MAX_CHARACTERS]
            self.note_mismatch(signal, property_name, event, found)
            return None

        return text

    def _length(self, signal: str, property_name: str) -> Callable[[Event], float | None]:
        read = self._decoder.reader(property_name)

        def length(event: Event) -> float | None:
            found: Any = read(event.properties)
            if isinstance(found, list):
                return float(len(found))
            self.note_mismatch(signal, property_name, event, found)
            return None

        return length

    def _text_of(self, signal: str, of: str) -> Text:
        if of == "user":
            return lambda event: event.user_id
        if of == "event":
            return lambda event: event.name
        if of == "day":
            return lambda event: str(event.occurred_at_ms // DAY_MS)
        read = self._decoder.reader(of)

        def value(event: Event) -> str:
            found: Any = read(event.properties)
            if name := value_of(found):
                return name
            if not isinstance(found, str) or clean(found):
                self.note_mismatch(signal, of, event, found, "no id" if isinstance(found, str) else "")
            return ""

        return value
