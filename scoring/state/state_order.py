"""The pieces of an account's state in the order of their identities, as records hold them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from scoring.state.account import Account
from scoring.state.items import Item

_IDENTITY = struct.Struct("<Q")


class Pieces:
    """Pieces of state of one kind. Frozen once the plan is compiled."""

    __slots__ = ("in_order", "numbers")

    def __init__(self, identities: Iterable[int]) -> None:
        self.numbers: dict[int, int] = {identity: number for number, identity in enumerate(identities)}
        """By identity, the piece's place in an account's list."""
        self.in_order: list[tuple[bytes, int]] = [
            (_IDENTITY.pack(identity), self.numbers[identity]) for identity in sorted(self.numbers)
        ]
        """(identity, little-endian; place), ascending by identity."""


class StateOrder:
    """The pieces of state of a plan, by kind. Frozen once the plan is compiled."""

    __slots__ = ("counts", "first_at", "items", "latest_at", "latest_values", "open_items", "totals", "values")

    def __init__(
        self,
        latest_values: Sequence[int],
        latest_at: Sequence[int],
        first_at: Sequence[int],
        counts: Sequence[int],
        values: Sequence[int],
        totals: Sequence[int],
        open_items: Sequence[int],
        tallies: Sequence[int],
    ) -> None:
        """The identities of each kind, by place."""
        self.latest_values = Pieces(latest_values)
        self.latest_at = Pieces(latest_at)
        self.first_at = Pieces(first_at)
        self.counts = Pieces(counts)
        self.values = Pieces(values)
        self.totals = Pieces(totals)
        self.open_items = len(open_items)
        self.items = Pieces([*open_items, *tallies])
        """First the open items, then the tallies."""

    def items_at(self, account: Account, place: int) -> dict[int, Item]:
        """The items of an account at a place among `items`."""
        if place < self.open_items:
            return account.open_items[place]
        return account.tallies[place - self.open_items]
