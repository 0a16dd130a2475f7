"""The accounts of a partition that may be dehydrated, by when they had no event for long enough."""

from __future__ import annotations

from heapq import heappop, heappush

from streams.engine.stored_account import IDLE_AFTER_MS, StoredAccount


class IdleAccounts:
    """Mutable; owned by a `PartitionState`. An account is in it once, from a write on until it is asked whether it is
    idle: that is not before `IDLE_AFTER_MS` have passed since the last event that was known when it was added."""

    def __init__(self) -> None:
        self._due: list[tuple[int, str]] = []
        """A heap. What is not in `waiting` any more does not count."""
        self.waiting: set[str] = set()
        """Those that are in it. Only to be read."""

    def add(self, stored: StoredAccount) -> None:
        """Ask the account once it had no event for `IDLE_AFTER_MS`. What the kernel's loop did since it last caught up
        can only be later events."""
        account_id = stored.account_id
        if account_id not in self.waiting:
            self.waiting.add(account_id)
            heappush(self._due, (stored.heard_ms + IDLE_AFTER_MS, account_id))

    def drop(self, account_id: str) -> None:
        """Do not ask an account that was forgotten."""
        self.waiting.discard(account_id)

    def take_due(self, as_of_ms: int, most: int) -> list[str]:
        """Remove and return at most `most` accounts that are to be asked now."""
        taken: list[str] = []
        while self._due and self._due[0][0] <= as_of_ms and len(taken) < most:
            account_id = heappop(self._due)[1]
            if account_id in self.waiting:
                self.waiting.discard(account_id)
                taken.append(account_id)
        return taken
