"""The latest changes, by account: what a stream that was away has missed. Bounded; it knows since when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import takewhile
from typing import Final, NamedTuple

from streams.read_model.account_values import Changed

ACCOUNTS_MAX: Final = 50_000


class Place(NamedTuple):
    """A place in the stream of changes. Places of two fillings of the read model cannot be compared."""

    filling: str
    number: int


class _Heard(NamedTuple):
    number: int
    at_seconds: float


class Latest:
    """When each account last changed: its place in the stream of changes, and by this process's clock."""

    def __init__(self, accounts_max: int = ACCOUNTS_MAX, *, at_seconds: float = 0.0) -> None:
        """Nothing is known from before `at_seconds`."""
        self._most = accounts_max
        self._heard: OrderedDict[str, _Heard] = OrderedDict()
        self._filling = ""
        self._floor = _Heard(0, at_seconds)
        self.last = ""
        """The place of the last change, "" before the first."""

    def note(self, change: Changed, at_seconds: float) -> None:
        """A change was heard of."""
        filling, number = place_of(change.id)
        if filling != self._filling:  # what came before the first one of a filling is not known
            self._heard.clear()
            self._filling = filling
            self._floor = _Heard(number - 1, self._floor.at_seconds if not self.last else at_seconds)
        self._heard[change.account_id] = _Heard(number, at_seconds)
        self._heard.move_to_end(change.account_id)
        self.last = change.id
        if len(self._heard) > self._most:
            _, self._floor = self._heard.popitem(last=False)

    def since(self, last_id: str) -> frozenset[str] | None:
        """The accounts that changed after this place; None when that is not known any more."""
        try:
            filling, number = place_of(last_id)
        except ValueError:
            return None
        if not self.last or filling != self._filling or number < self._floor.number:
            return None
        return self._from(lambda heard: heard.number > number)

    def since_seconds(self, at_seconds: float) -> frozenset[str] | None:
        """The same by the clock that `note` was given."""
        if at_seconds < self._floor.at_seconds:
            return None
        return self._from(lambda heard: heard.at_seconds >= at_seconds)

    def _from(self, is_later: Callable[[_Heard], bool]) -> frozenset[str]:
        newest_first = reversed(self._heard.items())
        return frozenset(account_id for account_id, _ in takewhile(lambda item: is_later(item[1]), newest_first))


def place_of(change_id: str) -> Place:
    """The id of a change: its filling, and its number in that.

    >>> place_of("3.1793000000-5912.88")
    Place(filling='3.1793000000-5912', number=88)

    Raises:
        ValueError: when it is none.
    """
    filling, _, number = change_id.rpartition(".")
    return Place(filling, int(number))
