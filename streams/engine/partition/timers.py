"""The timers of a partition's accounts, and the walks over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from scoring.fold.cohort import merge_norms
from scoring.instants import FAR
from streams.changelog.record_types import Walk
from streams.engine.stored_account import StoredAccount


class Timers:
    """One queue. Mutable; owned by a `PartitionState`.

    Only the last timer set for an account is valid; earlier ones are skipped. A walk visits each account that exists
    when it begins, once. Walks run in the order in which they were added, and before every timer.
    """

    def __init__(self) -> None:
        self.walks: list[Walk] = []
        """The walk under way, and those that wait for its end. The partition's record holds them: after a restart each
        starts again from its beginning."""
        self.norm: dict[str, float] = {}
        """The part of the cohort norm that the walk under way has collected."""
        self._timers: list[tuple[int, str]] = []
        self._number = 0
        """The number of the walk under way; accounts with this number were visited by it."""
        self._accounts: list[StoredAccount] = []
        """The accounts that the walk under way is still to visit, in reverse: the next one is the last in the list."""

    # --- the timers of accounts

    def set(self, stored: StoredAccount, due_at_ms: int) -> None:
        """Set an account's only timer; FAR for none."""
        stored.timer_ms = due_at_ms
        if due_at_ms != FAR:
            heappush(self._timers, (due_at_ms, stored.account_id))

    def restore(self, accounts: Iterable[StoredAccount]) -> None:
        """Adopt the timers of restored accounts."""
        self._timers.extend((stored.timer_ms, stored.account_id) for stored in accounts if stored.timer_ms != FAR)
        heapify(self._timers)

    def is_due(self, as_of_ms: int) -> bool:
        """Whether a timer is set at or before `as_of_ms`; it may be one that is no longer valid."""
        return bool(self._timers) and self._timers[0][0] <= as_of_ms

    @property
    def next_ms(self) -> int:
        """The earliest timer, FAR for none; it may be one that is no longer valid."""
        return self._timers[0][0] if self._timers else FAR

    def pop(self, accounts: dict[str, StoredAccount]) -> StoredAccount | None:
        """Remove the earliest timer and return its account; None when it has another timer now, or was forgotten."""
        due_at_ms, account_id = heappop(self._timers)
        stored = accounts.get(account_id)
        return stored if stored is not None and stored.timer_ms == due_at_ms else None

    # --- walks

    def add_walk(self, walk: Walk, accounts: Iterable[StoredAccount]) -> None:
        """Start a walk over these accounts, or queue it behind those under way."""
        self.walks.append(walk)
        if len(self.walks) == 1:
            self._begin_walk(accounts)

    def next_of_walk(self) -> StoredAccount | None:
        """The next account of the walk under way, which it marks as visited; None at its end."""
        while self._accounts:
            stored = self._accounts.pop()
            if self.must_visit(stored):
                stored.walk = self._number
                return stored
        return None

    def must_visit(self, stored: StoredAccount) -> bool:
        """Whether the walk under way has yet to visit an account."""
        return stored.walk != self._number and bool(self.walks)

    def note_visited(self, stored: StoredAccount) -> None:
        """Mark an account as visited: it was visited before its turn, or is new and needs no visit."""
        stored.walk = self._number

    def add_to_norm(self, part: dict[str, float]) -> None:
        """Add one account's values to the cohort norm."""
        self.norm = merge_norms((self.norm, part))

    def end_walk(self, accounts: Iterable[StoredAccount]) -> None:
        """End the first walk, and start the next one."""
        del self.walks[0]
        if self.walks:
            self._begin_walk(accounts)

    def _begin_walk(self, accounts: Iterable[StoredAccount]) -> None:
        self._number += 1
        self._accounts = list(accounts)
        self._accounts.reverse()
        self.norm = {}
