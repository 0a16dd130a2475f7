"""The accounts whose value waits to be written to one product: the newest of each, in the order in which they are due.

Pure: callers say what time it is.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from streams.score_sinks.value import LastWrite, ScoreValue, is_news

P = TypeVar("P", bound=Hashable)


class Waiting(Generic[P]):
    """The accounts that wait, at most one value each. Mutable; one event loop owns it. `P` names a partition.

    A value that waits is replaced by a newer one and keeps its turn. It is dropped when it is no news any more. An
    account is written at most once in `every_ms`. Which accounts wait is lost with the process: so the offset to commit
    of a partition is that of the first value that waits (`first_offset`).
    """

    def __init__(self, *, points: float, every_ms: int) -> None:
        self._points = points
        self._every_ms = every_ms
        self._values: dict[str, tuple[ScoreValue, P, int]] = {}
        self._written: dict[str, LastWrite] = {}
        self._due: list[tuple[int, int, str]] = []
        self._turn = 0

    def __len__(self) -> int:
        return len(self._values)

    def is_known(self, account_id: str) -> bool:
        """Whether the last write about this account is known."""
        return account_id in self._written

    def learn(self, account_id: str, written: LastWrite) -> None:
        """The last write about this account."""
        self._written[account_id] = written

    def offer(self, value: ScoreValue, partition: P, offset: int, now_ms: int) -> bool:
        """Take a value from a partition; the last write is known, or there is none. False if it need not be written: no
        news, or older than one that was seen."""
        account = value.account_id
        held, last = self._values.get(account), self._written.get(account)
        seen = max((each.position for each in (held and held[0], last) if each), default=(-1, -1))
        if value.position <= seen:
            return False
        if not is_news(value, last, self._points):
            self._values.pop(account, None)
            return False
        self._values[account] = (value, partition, offset)
        if held is None:
            self._push(account, now_ms if last is None else max(now_ms, last.at_ms + self._every_ms))
        return True

    def complete(self, value: ScoreValue) -> None:
        """The value that was just taken, with its driver."""
        held, partition, offset = self._values[value.account_id]
        assert held.position == value.position
        self._values[value.account_id] = (value, partition, offset)

    def next_due_ms(self) -> int | None:
        """When the first that waits is due; None when none waits."""
        while self._due and self._due[0][2] not in self._values:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def take(self, now_ms: int) -> ScoreValue | None:
        """The value whose turn it is; it waits on until `wrote` or `drop`. None when none is due."""
        due_ms = self.next_due_ms()
        if due_ms is None or due_ms > now_ms:
            return None
        return self._values[self._due[0][2]][0]

    def wrote(self, value: ScoreValue, now_ms: int) -> LastWrite:
        """`value` was written, or never will be. A newer one that came meanwhile waits for its time."""
        account = value.account_id
        written = LastWrite(
            score=value.score, tier=value.tier, at_ms=now_ms, generation=value.generation, version=value.version
        )
        self._written[account] = written
        held = self._values.pop(account, None)
        self._forget_turn(account)
        if held is not None and held[0].position > value.position:
            self.offer(*held, now_ms)
        return written

    def defer(self, account_id: str, until_ms: int) -> None:
        """The account's turn is later."""
        if account_id in self._values:
            self._forget_turn(account_id)
            self._push(account_id, until_ms)

    def remove(self, account_ids: Iterable[str]) -> None:
        """These accounts were forgotten: nothing of them is written."""
        for account_id in account_ids:
            self._values.pop(account_id, None)
            self._written.pop(account_id, None)
            self._forget_turn(account_id)

    def first_offset(self, partition: P) -> int | None:
        """The smallest offset of a value of `partition` that waits; None when none does."""
        return min((offset for _, own, offset in self._values.values() if own == partition), default=None)

    def clear(self) -> None:
        """Forget everything: the partitions go, or go to others."""
        self._values.clear()
        self._written.clear()
        self._due.clear()

    def _push(self, account_id: str, due_ms: int) -> None:
        self._turn += 1
        heapq.heappush(self._due, (due_ms, self._turn, account_id))

    def _forget_turn(self, account_id: str) -> None:
        """An account that was just taken stands first; elsewhere it is found by looking."""
        if self._due and self._due[0][2] == account_id:
            heapq.heappop(self._due)
        else:
            self._due = [entry for entry in self._due if entry[2] != account_id]
            heapq.heapify(self._due)
