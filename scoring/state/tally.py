"""Tallies: the latest value of each of several items of an account, such as its subscriptions, and their sum."""

from __future__ import annotations

from math import fsum

from scoring.state.account import Account

WHOLE, ENDED, FORGOTTEN_ITEM = 0, 1, 2
"""Reserved keys among the fingerprints of items: the latest value without an item, the latest ending without an item,
and the latest item that was forgotten because there were too many."""


class Tally:
    """The items of one `last` that has a `by`, or of one `ended`. Frozen once the plan is compiled.

    A value for an item replaces the item's value; an ending sets it to 0. A value without an item is that of the whole
    account, until an item has a value again; an ending without an item ends all items before it.
    """

    __slots__ = ("identity", "number")

    def __init__(self, number: int, identity: int) -> None:
        self.number = number
        self.identity = identity

    def is_past_bounds(self, account: Account) -> bool:
        """Whether items were forgotten that could still count."""
        return FORGOTTEN_ITEM in account.tallies[self.number]

    def total(self, account: Account) -> float | None:
        """The sum over the items, or a later value of the whole account; None before anything is known."""
        items = account.tallies[self.number]
        if not items:
            return None
        latest = max(items, key=lambda each: items[each][:2])
        if latest == WHOLE:
            return items[WHOLE][2]
        return fsum(value for key, (_, _, value) in items.items() if key > FORGOTTEN_ITEM)

    def ended_ms(self, account: Account) -> int:
        """When the latest event ended an item, if it left none that runs (a value above 0); else -1."""
        items = account.tallies[self.number]
        if not items or self.total(account) != 0.0:
            return -1
        return max(at for at, _, _ in items.values())
