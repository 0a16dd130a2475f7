"""The timers of a partition's accounts, and the walks over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from scoring.fold.cohort import merge_norms
from scoring.instants import FAR
from streams.changelog.record_types import Walk
from streams.engine.partition.accounts import Accounts
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
        self._instants: list[int] = []
        """A heap of the instants at which timers are set."""
        self._due: dict[int, list[str]] = {}
        """By instant, a heap of the accounts with a timer at it. Many have the same, the end of an hour."""
        self._visited: set[str] = set()
        """The accounts that the walk under way has visited, or that are new."""
        self._to_visit: list[str] = []
        """Those that it began with, in reverse: the next one to visit is the last in the list."""

    # --- the timers of accounts

    def set(self, stored: StoredAccount, due_at_ms: int) -> None:
        """Set an account's only timer; FAR for none."""
        stored.timer_ms = due_at_ms
        if due_at_ms == FAR:
            return
        due = self._due.get(due_at_ms)
        if due is None:
            self._due[due_at_ms] = [stored.account_id]
            heappush(self._instants, due_at_ms)
        else:
            heappush(due, stored.account_id)

    def is_due(self, as_of_ms: int) -> bool:
        """Whether a timer is set at or before `as_of_ms`; it may be one that is no longer valid."""
        return bool(self._instants) and self._instants[0] <= as_of_ms

    @property
    def next_ms(self) -> int:
        """The earliest timer, FAR for none; it may be one that is no longer valid."""
        return self._instants[0] if self._instants else FAR

    def pop(self, accounts: Accounts) -> StoredAccount | None:
        """Remove the earliest timer and return its account; None when it has another timer now, or was forgotten."""
        due_at_ms = self._instants[0]
        due = self._due[due_at_ms]
        account_id = heappop(due)
        if not due:
            heappop(self._instants)
            del self._due[due_at_ms]
        return accounts[account_id] if accounts.timer_ms(account_id) == due_at_ms else None

    # --- walks

    def add_walk(self, walk: Walk, accounts: Iterable[str]) -> None:
        """Start a walk over these accounts, or queue it behind those under way."""
        self.walks.append(walk)
        if len(self.walks) == 1:
            self._begin_walk(accounts)

    def next_of_walk(self, accounts: Accounts) -> StoredAccount | None:
        """The next account of the walk under way, which it marks as visited; None at its end."""
        while self._to_visit:
            account_id = self._to_visit.pop()
            if account_id not in self._visited:
                self._visited.add(account_id)
                return accounts[account_id]
        return None

    def must_visit(self, stored: StoredAccount) -> bool:
        """Whether the walk under way has yet to visit an account."""
        return bool(self.walks) and stored.account_id not in self._visited

    def note_visited(self, stored: StoredAccount) -> None:
        """Mark an account as visited: it was visited before its turn, or is new and needs no visit."""
        if self.walks:
            self._visited.add(stored.account_id)

    def add_to_norm(self, part: dict[str, float]) -> None:
        """Add one account's values to the cohort norm."""
        self.norm = merge_norms((self.norm, part))

    def end_walk(self, accounts: Iterable[str]) -> None:
        """End the first walk, and start the next one."""
        del self.walks[0]
        self._visited = set()
        if self.walks:
            self._begin_walk(accounts)

    def _begin_walk(self, accounts: Iterable[str]) -> None:
        self._to_visit = list(accounts)
        self._to_visit.reverse()
        self.norm = {}
