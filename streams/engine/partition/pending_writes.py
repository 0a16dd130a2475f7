"""The accounts of a partition that wait to be written or answered, and when they are due."""

from __future__ import annotations

from collections.abc import Iterable

from streams.engine.decoded_account import REFUSED_MAX
from streams.engine.stored_account import StoredAccount

ANSWER_EVERY_MS = 1_000
"""The minimum time between two answers for one account. An answer with a transition does not wait."""
OUTBOX_MAX = 16
"""Notifications and alert steps of one account in one flush: at this number the partition is flushed before it
continues."""
CHANGED_MAX = 25_000
"""Changed accounts in one flush: at this number the partition is flushed before it continues. A changed account stays
decoded, at some 9 KB, until it is written."""


class PendingWrites:
    """The accounts that wait for a flush. Mutable; owned by a `PartitionState`.

    Every account that has a transition or an alert step to write at once is also changed: `transitioned` ⊆ `changed`.
    An account may wait for its answer alone: after a forecast, and while its last answer is too recent.
    """

    def __init__(self) -> None:
        self.changed: dict[str, StoredAccount] = {}
        self.transitioned: dict[str, StoredAccount] = {}
        self.unanswered: dict[str, StoredAccount] = {}
        self._full: set[str] = set()
        """The accounts with `OUTBOX_MAX` or more outputs."""
        self._refusals = 0
        self.is_full = False
        """Whether a flush must come before anything is added."""
        self.removals = 0
        """How often accounts were removed. While it stands, an account that was added need not be added again."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.unanswered)

    @property
    def room(self) -> int:
        """How many accounts may be added before it has to be looked whether it is full, at least 1."""
        return max(1, CHANGED_MAX - len(self.changed))

    def add(self, stored: StoredAccount) -> None:
        """Write the account, whose state has changed, and answer for it."""
        self.changed[stored.account_id] = self.unanswered[stored.account_id] = stored
        if len(self.changed) >= CHANGED_MAX:
            self.is_full = True

    def add_rewrite(self, stored: StoredAccount) -> None:
        """Write its records again. Its answer stays as it is."""
        self.changed[stored.account_id] = stored

    def add_answer(self, stored: StoredAccount) -> None:
        """Answer for the account again. Its records stay as they are."""
        self.unanswered[stored.account_id] = stored

    def add_outputs(self, stored: StoredAccount, *, is_urgent: bool) -> None:
        """Write the account, because a notification or alert steps were added to its outbox; at once if `is_urgent`."""
        self.add(stored)
        if is_urgent:
            self.transitioned[stored.account_id] = stored
        if stored.unsent >= OUTBOX_MAX:
            self._full.add(stored.account_id)
            self.is_full = True

    def note_refusal(self) -> None:
        """Note that an account refused a command: its dead letter waits for a full flush. Before that, a flush of the
        account alone may bring the offset in its record past the command. A replay then knows of the refusal only from
        the account, which remembers the latest ones."""
        self._refusals += 1
        self._note_written(())

    def note_letters_taken(self) -> None:
        """Note that a flush has taken all dead letters."""
        self._refusals = 0
        self._note_written(())

    def drop(self, account_id: str) -> None:
        """Write and answer nothing for an account that was forgotten."""
        self.removals += 1
        for waiting in (self.changed, self.transitioned, self.unanswered):
            waiting.pop(account_id, None)
        self._full.discard(account_id)
        self._note_written(())

    def is_waiting(self, account_id: str) -> bool:
        """Whether the account still waits for a flush."""
        return account_id in self.changed or account_id in self.unanswered

    def take_transitioned(self) -> list[StoredAccount]:
        """Remove and return the accounts that must be written at once. The caller writes them now."""
        self.removals += 1
        taken = list(self.transitioned.values())
        for stored in taken:
            del self.changed[stored.account_id]
        self.transitioned.clear()
        self._note_written(taken)
        return taken

    def take_changed(self, limit: int) -> list[StoredAccount]:
        """Remove and return at most `limit` changed accounts that have waited longest. The caller writes them now."""
        self.removals += 1
        taken: list[StoredAccount] = []
        for stored in self.changed.values():
            if len(taken) >= limit:
                break
            taken.append(stored)
        for stored in taken:
            del self.changed[stored.account_id]
            self.transitioned.pop(stored.account_id, None)
        self._note_written(taken)
        return taken

    def take_unanswered(
        self, now_ms: int, limit: int, among: Iterable[StoredAccount] | None = None
    ) -> list[StoredAccount]:
        """Remove and return at most `limit` accounts whose answer is due, of all or only `among`."""
        self.removals += 1
        taken: list[StoredAccount] = []
        for stored in self.unanswered.values() if among is None else among:
            if len(taken) >= limit:
                break
            if now_ms - stored.answered_ms >= ANSWER_EVERY_MS and stored.account_id in self.unanswered:
                taken.append(stored)
        for stored in taken:
            del self.unanswered[stored.account_id]
        return taken

    def oldest_unanswered_flush(self, default: int) -> int:
        """The earliest flush that wrote an account which still waits for its answer; `default` when none waits."""
        return min((stored.flush for stored in self.unanswered.values()), default=default)

    def _note_written(self, taken: Iterable[StoredAccount]) -> None:
        if self._full:
            self._full.difference_update(stored.account_id for stored in taken)
        self.is_full = bool(self._full) or len(self.changed) >= CHANGED_MAX or self._refusals >= REFUSED_MAX
