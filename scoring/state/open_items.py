"""Items by id: the latest event of each, by a total order on events."""

from __future__ import annotations

from math import fsum

from scoring.instants import DAY_MS, FAR
from scoring.state.account import Account
from scoring.state.items import Item

FORGOTTEN = 0
"""The key, among the fingerprints of ids, for the place of the latest item that was dropped over the limit."""


class KeptItems:
    """The items that some filter names, in `Account.open_items`. Frozen once the plan is compiled."""

    __slots__ = ("identity", "number", "resolution_ms", "span")

    def __init__(self, number: int, identity: int, span: int, resolution_ms: int) -> None:
        self.number = number
        self.identity = identity
        self.span = span
        """An item's latest event counts for this many buckets."""
        self.resolution_ms = resolution_ms

    def is_past_bounds(self, account: Account) -> bool:
        """Whether items were dropped that could still count."""
        forgotten = account.open_items[self.number].get(FORGOTTEN)
        return forgotten is not None and forgotten[0] // self.resolution_ms > account.current_bucket - self.span

    def next_due(self, account: Account) -> int:
        """The first bucket at which some signal of it may change by itself, FAR when it is empty."""
        items = account.open_items[self.number].values()
        return min((at // self.resolution_ms for at, _, _ in items), default=FAR) + self.span


class OpenItems(KeptItems):
    """Items opened and not yet closed, for one `open` filter."""

    __slots__ = ("steps_daily",)

    def __init__(self, number: int, identity: int, span: int, resolution_ms: int) -> None:
        super().__init__(number, identity, span, resolution_ms)
        self.steps_daily = False
        """Whether some signal of it is the age of the oldest item."""

    def sorted_items(self, account: Account) -> list[Item]:
        """The open items at the account's instant: the weightiest first, then the oldest."""
        after = account.current_bucket - self.span
        items = account.open_items[self.number].values()
        found = [item for item in items if item[2] >= 0 and item[0] // self.resolution_ms > after]
        return sorted(found, key=lambda item: (-item[2], item[0], item[1]))

    def count(self, account: Account) -> int:
        """The number of open items."""
        after = account.current_bucket - self.span
        resolution_ms = self.resolution_ms
        items = account.open_items[self.number].values()
        return sum(1 for at, _, weight in items if weight >= 0 and at // resolution_ms > after)

    def weight(self, account: Account) -> float:
        """The total weight of the open items."""
        return fsum(weight for _, _, weight in self.sorted_items(account))

    def oldest_days(self, account: Account) -> int:
        """Whole days, from bucket to bucket, since the oldest open item was opened; 0 when none is open."""
        found = min((at for at, _, _ in self.sorted_items(account)), default=None)
        if found is None:
            return 0
        return max(0, account.current_bucket - found // self.resolution_ms) * self.resolution_ms // DAY_MS

    def next_due(self, account: Account) -> int:
        due = super().next_due(account)
        if self.steps_daily:
            items = account.open_items[self.number].values()
            a_day = DAY_MS // self.resolution_ms
            for at, _, weight in items:
                if weight >= 0:
                    opened = at // self.resolution_ms
                    due = min(due, opened + (max(0, account.current_bucket - opened) // a_day + 1) * a_day)
        return due
