"""A read model, and a topic of history, in dictionaries."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Changed, History, Movement
from streams.read_model.folded import fold, records_of, restored_is_newer
from streams.read_model.history_log import HistoryLog, NoHistory
from streams.read_model.port import (
    NOTHING,
    Batch,
    ChangesLost,
    Group,
    Scanned,
    WritesLost,
    Written,
    group_of,
    worst_first_order,
)
from streams.read_model.records.account import Account, Floor
from streams.read_model.records.closes import Closes, trend_of
from streams.read_model.records.movements import Movements
from streams.read_model.state import ReadModelState


class Packed(NamedTuple):
    """An account that nothing changes."""

    answer: ScoreSnapshot
    closes: bytes
    movements: bytes
    floor: Floor | None


class InMemoryHistoryLog:
    """`HistoryLog` in lists, one message after the other, never compacted."""

    is_kept = True

    def __init__(self, source: int = 0) -> None:
        self.source = source
        self.messages: dict[int, list[tuple[str, bytes | None]]] = {}

    async def send(self, partition: int, records: Mapping[str, bytes | None], /) -> None:
        """See `HistoryLog.send`."""
        self.messages.setdefault(partition, []).extend(records.items())

    async def read(self, partition: int, /) -> AsyncIterator[list[tuple[str, bytes | None]]]:
        """See `HistoryLog.read`."""
        for message in list(self.messages.get(partition, ())):
            yield [message]


class InMemoryReadModel:
    """`ReadModel` in dictionaries."""

    def __init__(self, history: HistoryLog | None = None) -> None:
        self._history: HistoryLog = history or NoHistory()
        self._accounts: dict[str, Packed] = {}
        self._models: dict[str, bytes] = {}
        self._progress: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._seen_ms: dict[int, int] = {}
        self._changes: list[tuple[str, str]] = []
        self._filling = 0

    async def write(self, batch: Batch, /) -> Written:
        """See `ReadModel.write`."""
        held = self._progress.get(batch.partition, 0)
        if held < batch.start or (self._history.is_kept and batch.partition not in self._progress):
            raise WritesLost(batch.partition, held)
        fresh = [change for change in batch.changes if change.offset >= held]
        known = len(batch.changes) - len(fresh)
        if batch.end <= held:
            return Written(duplicate=known)
        accounts = {change.account_id: self._account(change.account_id) for change in fresh}
        folded = fold(accounts, fresh, self._history.source)
        records = records_of(accounts, self._history.source, batch.end)
        if records and batch.end > batch.recorded:
            await self._history.send(batch.partition, records)
        if self._progress.get(batch.partition, 0) != held:
            return await self.write(batch)
        for account_id in folded.changed:
            self._keep(account_id, accounts[account_id])
            self._changes.append((account_id, "removed" if accounts[account_id].answer is None else "answer"))
        self._progress[batch.partition] = batch.end
        counts = folded.written
        return Written(
            stored=counts.stored, removed=counts.removed, duplicate=counts.duplicate + known, stale=counts.stale
        )

    async def restore(self, partition: int, accounts: Mapping[str, Account], /) -> None:
        """See `ReadModel.restore`."""
        held = self._progress.get(partition, 0)
        for account_id, account in accounts.items():
            if restored_is_newer(account, self._account(account_id), held, self._history.source):
                self._keep(account_id, account)

    async def restored(self, partition: int, /) -> None:
        """See `ReadModel.restored`."""
        self._progress.setdefault(partition, 0)
        self._lose_changes()

    async def progress(self) -> dict[int, int]:
        """See `ReadModel.progress`."""
        return dict(self._progress)

    async def clear(self, ends: Mapping[int, int] = NOTHING) -> None:
        """See `ReadModel.clear`."""
        self._accounts.clear()
        self._models.clear()
        self._progress.clear()
        self._seen_ms.clear()
        self._lose_changes()
        self._ends = dict(ends)

    async def expect(self, ends: Mapping[int, int], /) -> None:
        """See `ReadModel.expect`."""
        self._ends.update(ends)

    async def heard_of(self, partitions: Iterable[int], now_ms: int, /) -> None:
        """See `ReadModel.heard_of`."""
        self._seen_ms.update(dict.fromkeys(partitions, now_ms))

    async def policy_warning(self) -> str:
        """See `ReadModel.policy_warning`."""
        return ""

    async def state(self) -> ReadModelState:
        """See `ReadModel.state`."""
        count = len(self._accounts)
        sizes = dict.fromkeys(("answers", "histories", "movements", "by_tier", "tiers"), count)
        return ReadModelState(
            sizes=sizes,
            accounts=count,
            held=dict(self._progress),
            ends=dict(self._ends),
            seen_ms=dict(self._seen_ms),
            models=len(self._models),
        )

    async def get(self, account_id: str, /) -> ScoreSnapshot | None:
        """See `ReadModel.get`."""
        held = self._accounts.get(account_id)
        return None if held is None else held.answer

    async def get_many(self, account_ids: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""
        return {name: self._accounts[name].answer for name in account_ids if name in self._accounts}

    async def histories(self, account_ids: Sequence[str], /) -> dict[str, History]:
        """See `ReadModel.histories`."""
        return {name: self._account(name).closes.history() for name in account_ids if name in self._accounts}

    async def movements(self, account_id: str, /) -> tuple[Movement, ...]:
        """See `ReadModel.movements`."""
        return self._account(account_id).movements.all()

    async def scan(self) -> AsyncIterator[list[Scanned]]:
        """See `ReadModel.scan`."""
        for held in list(self._accounts.values()):
            yield [Scanned(held.answer, trend_of(held.closes))]

    async def last_change(self) -> str:
        """See `ReadModel.last_change`."""
        return f"{self._filling}.{len(self._changes)}"

    async def changes(self, after_id: str, block_ms: int = 0, /) -> list[Changed]:
        """See `ReadModel.changes`."""
        filling, _, number = after_id.partition(".")
        if filling != str(self._filling):
            raise ChangesLost("filled again")
        if block_ms and int(number) == len(self._changes):
            await asyncio.sleep(block_ms / 1_000)
        return [
            Changed(f"{filling}.{at}", account_id, "removed" if what == "removed" else "answer")
            for at, (account_id, what) in enumerate(self._changes, 1)
            if at > int(number)
        ]

    async def worst_first(self, group: Group | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """See `ReadModel.worst_first`."""
        wanted = [held.answer for held in self._accounts.values() if group in (None, group_of(held.answer))]
        return sorted(wanted, key=worst_first_order)[: None if limit is None else max(limit, 0)]

    async def write_models(self, models: Mapping[str, bytes], /) -> None:
        """See `ReadModel.write_models`."""
        self._models.update(models)

    async def models(self) -> dict[str, bytes]:
        """See `ReadModel.models`."""
        return dict(self._models)

    async def count_by_group(self) -> dict[Group, int]:
        """See `ReadModel.count_by_group`."""
        return dict(Counter(group_of(held.answer) for held in self._accounts.values()))

    def save(self) -> tuple[dict[str, Packed], dict[int, int]]:
        """A copy of what there is."""
        return dict(self._accounts), dict(self._progress)

    def load(self, accounts: dict[str, Packed], progress: dict[int, int]) -> None:
        """Become that copy again."""
        self._accounts, self._progress = dict(accounts), dict(progress)
        self._lose_changes()

    def _account(self, account_id: str) -> Account:
        held = self._accounts.get(account_id)
        if held is None:
            return Account()
        return Account(held.answer, Closes.unpack(held.closes), Movements.unpack(held.movements), held.floor)

    def _keep(self, account_id: str, account: Account) -> None:
        if account.answer is None:
            self._accounts.pop(account_id, None)
        else:
            self._accounts[account_id] = Packed(
                account.answer, account.closes.pack(), account.movements.pack(), account.floor
            )

    def _lose_changes(self) -> None:
        self._changes.clear()
        self._filling += 1


class NoModels:
    """`ModelLog` without any model."""

    async def read(self) -> Mapping[str, bytes]:
        """See `ModelLog.read`."""
        return {}
