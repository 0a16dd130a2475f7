"""Readers of a property by what a signal takes it for: a number, a text, a length, an id, a value.

Each is called with an event. Their fields say all that they do.
"""

from __future__ import annotations

from typing import Any, final

from msgspec import UNSET

from scoring.event.event import Event
from scoring.event.ids import clean, id_of, value_of
from scoring.instants import DAY_MS
from scoring.plan.properties.property import Property

TEXT_MAX_CHARACTERS = 200


@final
class Number:
    """A number from `lowest` to `highest`, inclusive; None for none."""

    __slots__ = ("highest", "lowest", "of")

    def __init__(self, of: Property, lowest: float, highest: float) -> None:
        self.of = of
        self.lowest = lowest
        self.highest = highest

    def __call__(self, event: Event) -> float | None:
        found: Any = self.of.read(event.properties)
        if found is UNSET or found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.of.note_mismatch(event, found)
            return None
        if not self.lowest <= found <= self.highest:
            self.of.note_mismatch(event, found, "below its minimum" if found < self.lowest else "beyond all measure")
            return None
        return float(found)


@final
class Words:
    """The first characters of a text; None for none."""

    __slots__ = ("of",)

    def __init__(self, of: Property) -> None:
        self.of = of

    def __call__(self, event: Event) -> str | None:
        found: Any = self.of.read(event.properties)
        if isinstance(found, str):
            return found[:TEXT_MAX_CHARACTERS]
        self.of.note_mismatch(event, found)
        return None


@final
class Length:
    """How many entries a list has; None for none."""

    __slots__ = ("of",)

    def __init__(self, of: Property) -> None:
        self.of = of

    def __call__(self, event: Event) -> float | None:
        found: Any = self.of.read(event.properties)
        if isinstance(found, list):
            return float(len(found))
        self.of.note_mismatch(event, found)
        return None


@final
class ItemId:
    """The id of an item: "" when it was not sent, None when the value is not an id."""

    __slots__ = ("of",)

    def __init__(self, of: Property) -> None:
        self.of = of

    def __call__(self, event: Event) -> str | None:
        found = self.of.read(event.properties)
        if name := id_of(found):
            return name
        if found is UNSET or found is None or (isinstance(found, str) and not clean(found)):
            return ""
        self.of.note_mismatch(event, found, "no id")
        return None


@final
class Value:
    """The key by which the different values of a property are counted; "" for none."""

    __slots__ = ("of",)

    def __init__(self, of: Property) -> None:
        self.of = of

    def __call__(self, event: Event) -> str:
        found: Any = self.of.read(event.properties)
        if name := value_of(found):
            return name
        if not isinstance(found, str) or clean(found):
            self.of.note_mismatch(event, found, "no id" if isinstance(found, str) else "")
        return ""


@final
class UserOf:
    """The event's user, "" for none."""

    __slots__ = ()

    def __call__(self, event: Event) -> str:
        return event.user_id


@final
class NameOf:
    """The event's name."""

    __slots__ = ()

    def __call__(self, event: Event) -> str:
        return event.name


@final
class DayOf:
    """The event's day, as digits."""

    __slots__ = ()

    def __call__(self, event: Event) -> str:
        return str(event.occurred_at_ms // DAY_MS)
