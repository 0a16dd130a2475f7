"""The latest changes, by account: what a stream that was away has missed. Bounded; it knows since when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import takewhile
from typing import Final, NamedTuple

from streams.read_model.account_values import Changed

ACCOUNTS_MAX: Final = 50_000
Position = tuple[int, int]


class _Place(NamedTuple):
    position: Position
    heard_seconds: float


class Latest:
    """When each account last changed: its place in the stream of changes, and by this process's clock."""

    def __init__(self, accounts_max: int = ACCOUNTS_MAX, *, at_seconds: float = 0.0) -> None:
        """Nothing is known from before `at_seconds`."""
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._most = accounts_max
        self._floor: Position | None = None
        self._floor_seconds = at_seconds
        self.last = ""
        """The place of the last change, "" before the first."""

    def note(self, change: Changed, at_seconds: float) -> None:
        """A change was heard of."""
        place = _Place(position_of(change.id), at_seconds)
        if self._floor is None:  # what came before the first one is not known
            self._floor = (place.position[0], place.position[1] - 1)
        self._places[change.account_id] = place
        self._places.move_to_end(change.account_id)
        self.last = change.id
        if len(self._places) > self._most:
            _, forgotten = self._places.popitem(last=False)
            self._floor, self._floor_seconds = forgotten

    def since(self, last_id: str) -> frozenset[str] | None:
        """The accounts that changed after this place; None when that is not known any more."""
        try:
            position = position_of(last_id)
        except ValueError:
            return None
        if self._floor is None or position < self._floor:
            return None
        return self._from(lambda place: place.position > position)

    def since_seconds(self, at_seconds: float) -> frozenset[str] | None:
        """The same by the clock that `note` was given."""
        if at_seconds < self._floor_seconds:
            return None
        return self._from(lambda place: place.heard_seconds >= at_seconds)

    def _from(self, is_later: Callable[[_Place], bool]) -> frozenset[str]:
        newest_first = reversed(self._places.items())
        return frozenset(account_id for account_id, _ in takewhile(lambda item: is_later(item[1]), newest_first))


def position_of(change_id: str) -> Position:
    """The id of an entry of a Redis stream, to compare.

    >>> position_of("1790000000000-2") > position_of("1790000000000-1") > position_of("9-9")
    True

    Raises:
        ValueError: when it is none.
    """
    milliseconds, _, number = change_id.partition("-")
    return int(milliseconds), int(number)
