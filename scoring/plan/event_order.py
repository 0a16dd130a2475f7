"""The total order on the events of an account: which of two events at one instant counts as the later.

Time decides first; at one instant the rank in the model; then a fingerprint of the whole event. None of it depends on
which signal reads the event: so all latest values of one instant come from one event, whatever the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.event.event import Event, EventDecoder, PropertyReader
from scoring.event.ids import number_text
from scoring.fingerprint import fingerprint
from scoring.model import schema
from scoring.model.event_names import plain_name

_RANK_SHIFT = 56
_PRINT_SHIFT = 8


class EventOrder:
    """A model's order. Immutable.

    Names that the model lists rank in its order. Unlisted events that end something (a name in some `closed_by` or
    `zero_on`) come after all of them, other unlisted events before.
    """

    def __init__(
        self,
        listed: Iterable[str],
        signals: Iterable[schema.SignalBase],
        properties: Iterable[str],
        decoder: EventDecoder,
    ) -> None:
        self._listed = {plain_name(name): number for number, name in enumerate(listed, start=1)}
        self._after = len(self._listed) + 1
        self._signals = list(signals)
        self.properties = tuple(sorted(set(properties)))
        """Those that distinguish events without an id, in the order of a tie."""
        self._readers: list[PropertyReader] = [decoder.reader(name) for name in self.properties]

    def rank(self, topic: str, name: str) -> int:
        """The rank of an event for latest values: 0 to 255."""
        return self.rank_of(name, ends=any(signal.ends(topic, name) for signal in self._signals))

    def rank_of(self, name: str, *, ends: bool) -> int:
        """The rank of an event when it is known whether it ends something."""
        return self._listed.get(plain_name(name), self._after if ends else 0)

    def tie(self, rank: int, event: Event) -> int:
        """The tie-breaker at one instant, the greater being the later: the rank, then 56 bits of a fingerprint of
        topic, name and id or, without an id, of the user and the properties that the model names."""
        text = f"{event.topic}\0{event.name}\0{event.event_id}"
        if not event.event_id:
            said = [plain(read(event.properties)) for read in self._readers]
            text = "\0".join([text, event.user_id, *said])
        return rank << _RANK_SHIFT | fingerprint(text) >> _PRINT_SHIFT


def plain(found: object) -> str:
    """The readable part of a property as a text, different for different values; of a list its length, of a table only
    that it exists.

    >>> plain("7"), plain(7), plain([1, 2]), plain(None)
    ("'7", '7', '[2', '')
    """
    match found:
        case bool():
            return f"?{found}"
        case int() | float():
            return number_text(found)
        case str():
            return f"'{found}"
        case list():
            return f"[{len(found)}"
        case dict():
            return "{"
        case _:
            return ""
