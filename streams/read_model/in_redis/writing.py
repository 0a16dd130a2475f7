"""Writes accounts to Redis: reads what is there, folds the changes into it, and writes both or nothing.

Between the two another projector may have written. So the script writes only if the partition still has the mark that
it had: every write of an account leaves another one. While it is our own, what we have written lately is still there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple, cast

from scoring.result import ScoreSnapshot
from streams.read_model.folded import closing, fold, records_of, restored_is_newer
from streams.read_model.history_log import HistoryLog
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.lately import Lately
from streams.read_model.in_redis.packed import (
    field,
    group_text,
    member,
    pack_movements,
    read_movements,
    unpack,
)
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import Keys
from streams.read_model.port import Change, WritesLost, Written, group_of
from streams.read_model.records.account import Account
from streams.read_model.records.closes import Closes
from streams.read_model.scripts import READ, WRITE

_KEYS = ("answers", "histories", "movements", "by_tier", "tiers", "progress", "changes", "dictionaries")
_SAME = b"="
_ROW, _ANSWER_AT = 8, 5
"""Of the script's arguments: how many there are for an account, and which of them is its answer."""


class _Held(NamedTuple):
    """What Redis has: up to where the partition is taken in, its mark, and accounts, without their closes."""

    is_known: bool
    offset: int
    mark: bytes
    accounts: dict[str, Account]


class AccountWriter:
    """Writes accounts. One event loop owns it."""

    def __init__(self, redis: RedisKeys, dictionaries: Dictionaries, history: HistoryLog) -> None:
        self._redis = redis
        self._dictionaries = dictionaries
        self._history = history
        self._lately = Lately()
        self._name = secrets.token_hex(8)
        self._numbers = count()

    async def write(
        self, partition: int, start: int, end: int, changes: Sequence[Change], *, is_recorded: bool
    ) -> Written:
        """See `ReadModel.write`; one step."""
        while True:
            held = await self._read_or_recall(partition, (change.account_id for change in changes))
            # Without progress, what `history` has of the partition was not read back yet, or was lost again.
            if held.offset < start or (self._history.is_kept and not held.is_known):
                raise WritesLost(partition, held=held.offset)
            fresh = [change for change in changes if change.offset >= held.offset]
            known = len(changes) - len(fresh)
            if end <= held.offset:
                return Written(duplicate=known)
            await self._read_closes(held.accounts, closing(held.accounts, fresh))
            before = {name: account.answer for name, account in held.accounts.items()}
            async with self._redis.answering():
                folded = fold(held.accounts, fresh, self._history.source)
            if self._history.is_kept and not is_recorded:
                records = records_of(held.accounts, self._history.source, end)
                await self._history.send(partition, records)
            after = {name: held.accounts[name] for name in folded.changed}
            if await self._write(partition, held, str(end), before, after):
                written = folded.written
                return Written(
                    stored=written.stored,
                    removed=written.removed,
                    duplicate=written.duplicate + known,
                    stale=written.stale,
                )

    async def restore(self, partition: int, accounts: Mapping[str, Account]) -> None:
        """See `ReadModel.restore`."""
        held = await self._read(partition, accounts)
        before = {name: account.answer for name, account in held.accounts.items()}
        newer = {
            name: account
            for name, account in accounts.items()
            if restored_is_newer(account, held.accounts[name], held.offset, self._history.source)
        }
        for each in newer.values():
            each.has_closed = each.has_moved = True
        await self._write(partition, held, "", before, newer, "restored")

    async def restored(self, partition: int) -> None:
        """See `ReadModel.restored`."""
        held = await self._read(partition, ())
        await self._write(partition, held, str(held.offset), {}, {}, "restored")

    async def _read_or_recall(self, partition: int, account_ids: Iterable[str]) -> _Held:
        names = list(dict.fromkeys(account_ids))
        lately = self._lately.take(partition, names)
        held = await self._read(partition, [name for name in names if name not in lately])
        if self._lately.is_marked(partition, held.mark):
            return held._replace(accounts={**held.accounts, **lately})
        return await self._read(partition, names) if lately else held

    async def _read(self, partition: int, account_ids: Iterable[str]) -> _Held:
        names = list(dict.fromkeys(account_ids))
        fields = [field(name) for name in names]

        async def read(keys: Keys) -> _Held:
            found = await self._redis.eval(
                READ, (keys.key("answers"), keys.key("movements"), keys.key("progress")), partition, *fields
            )
            accounts = {}
            for name, answer, moved in zip(names, found[2], found[3], strict=True):
                movements, floor = read_movements(moved or b"")
                accounts[name] = Account(
                    None if answer is None else await unpack(self._redis, keys, self._dictionaries, answer),
                    movements=movements,
                    floor=floor,
                )
            return _Held(bool(found[0]), int(found[0] or 0), found[1], accounts)

        return await self._redis.read(read)

    async def _read_closes(self, accounts: Mapping[str, Account], names: Sequence[str]) -> None:
        if not names:
            return

        async def read(keys: Keys) -> list[bytes | None]:
            found = await self._redis.redis.hmget(keys.key("histories"), [field(name) for name in names])
            return cast("list[bytes | None]", found)

        async with self._redis.answering():
            for name, packed in zip(names, await self._redis.read(read), strict=True):
                accounts[name].closes = Closes.unpack(packed or b"")

    async def _write(
        self,
        partition: int,
        held: _Held,
        end: str,
        before: Mapping[str, ScoreSnapshot | None],
        after: Mapping[str, Account],
        how: str = "news",
    ) -> bool:
        """False when the partition has another mark or progress than `held`."""
        used: dict[bytes, bytes] = {}
        rows: list[str | bytes] = []
        for name, account in after.items():
            rows += self._row(name, before[name], account, used)
        dictionaries = [each for pair in used.items() for each in pair]
        mark = f"{self._name}-{next(self._numbers)}".encode()
        arguments = (partition, held.offset, held.mark, end, mark, how, len(used), *dictionaries, *rows)
        if (await self._redis.write(WRITE, _KEYS, *arguments))[0] != 0:
            return False
        if how == "news":
            sizes = dict(zip(after, map(len, rows[_ANSWER_AT::_ROW]), strict=True))
            self._lately.keep(partition, mark, after, sizes)
        return True

    def _row(
        self, name: str, old: ScoreSnapshot | None, account: Account, used: dict[bytes, bytes]
    ) -> tuple[str | bytes, ...]:
        was = ("", b"") if old is None else (group_text(group_of(old)), member(old))
        new = account.answer
        if new is None:
            return (field(name), *was, "", b"", b"", b"", b"")
        is_whole = old is None or account.was_removed
        return (
            *(field(name), *was, group_text(group_of(new)), member(new)),
            self._dictionaries.pack(new, used),
            account.closes.pack() if is_whole or account.has_closed else _SAME,
            pack_movements(account) if is_whole or account.has_moved else _SAME,
        )
