"""One property of events, as one signal reads it.

A value that a signal cannot use (wrong type, below its minimum, too large) does not make an event invalid: the signal
keeps its value, the mismatch is counted, and the event counts for everything else.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, final

from msgspec import UNSET

from scoring.event.bodies import kind_of
from scoring.event.event import Event, EventDecoder


class TypeMismatch(NamedTuple):
    """A type of value that a signal could not use; `is_what` describes it in words."""

    signal: str
    property: str
    is_what: str


@final
class Property:
    """A property by its name in the model, with its reader, and the signal that reads it, "" for none. Immutable."""

    __slots__ = ("_decoder", "_type_mismatches", "name", "read", "signal")

    def __init__(self, decoder: EventDecoder, type_mismatches: Counter[TypeMismatch], signal: str, name: str) -> None:
        """`type_mismatches` counts the values that a signal could not use."""
        self._decoder = decoder
        self._type_mismatches = type_mismatches
        self.signal = signal
        self.name = name
        self.read = decoder.reader(name)

    def note_mismatch(self, event: Event, found: object, is_what: str = "") -> None:
        """Count a value that could not be used, unless none was sent or no signal reads it."""
        if self.signal and found is not UNSET and found is not None:
            name = self._decoder.sent_as(self.name, event.properties)
            self._type_mismatches[TypeMismatch(self.signal, name, is_what or kind_of(found))] += 1
