"""The read model in Redis; see `streams.read_model.port`."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.read_model.account_values import Changed, History, Movement
from streams.read_model.history_log import HistoryLog, NoHistory
from streams.read_model.in_redis.changes import ChangeStream
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.packed import PLACE, group_in, group_text
from streams.read_model.in_redis.reading import AccountReader
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.in_redis.writing import AccountWriter
from streams.read_model.layout import Keys, root_of
from streams.read_model.port import NOTHING, Batch, Group, Scanned, Written, group_of, worst_first_order
from streams.read_model.records.account import Account
from streams.read_model.scripts import CLEAR, SET, STATE
from streams.read_model.state import ReadModelState
from streams.redis.client import open_redis, shown_address
from streams.redis.eviction_policy import eviction_policy, warning

CHANGES_PER_CALL = 500
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
_SIZES = ("answers", "histories", "movements", "by_tier", "tiers")


class RedisReadModel:
    """`ReadModel` in Redis: hashes, a sorted set and a stream, see `streams.read_model.scripts`.

    Every key begins with the deployment's name, so several deployments share a Redis, and all are in one slot of a
    cluster. Redis should not evict (`maxmemory-policy noeviction`): the loss of a single key is detected, and
    everything is filled again.
    """

    def __init__(self, redis: Redis, keys: Keys, *, address: str, history: HistoryLog | None = None) -> None:
        """`address` names the Redis in error texts. `redis` answers in bytes. `history` is written beside `keys`."""
        self._redis = RedisKeys(redis, keys, address)
        dictionaries = Dictionaries()
        self._writer = AccountWriter(self._redis, dictionaries, history or NoHistory())
        self._reader = AccountReader(self._redis, dictionaries)
        self._changes = ChangeStream(self._redis)

    @classmethod
    def open(cls, settings: Settings, history: HistoryLog | None = None) -> RedisReadModel:
        """The read model of a deployment. Does not connect yet; call `close` when done.

        Raises:
            UserError: when the settings of Redis cannot be used.
        """
        redis = open_redis(
            settings,
            connect_seconds=CONNECT_SECONDS,
            answer_seconds=ANSWER_SECONDS,
            # One more try hides a connection that a restarted Redis had closed; longer patience is the caller's.
            retry=Retry(NoBackoff(), 1),
        )
        return cls(redis, Keys(root_of(settings)), address=shown_address(settings), history=history)

    async def policy_warning(self) -> str:
        """See `ReadModel.policy_warning`."""
        async with self._redis.answering():
            policy = await eviction_policy(self._redis.redis)
            return warning(policy, self._redis.address, "The read model goes with one of them.")

    @property
    def redis(self) -> Redis:
        """The client."""
        return self._redis.redis

    async def keys(self) -> Keys:
        """The keys that serve now."""
        async with self._redis.answering():
            return await self._redis.serving()

    async def close(self) -> None:
        """Give the connections back. A second call does nothing."""
        await self._redis.redis.aclose()

    async def write(self, batch: Batch, /) -> Written:
        """See `ReadModel.write`; in steps of 500 changes, so that other clients of Redis are not held up."""
        total = [0, 0, 0, 0]
        start = batch.start
        for first in range(0, max(len(batch.changes), 1), CHANGES_PER_CALL):
            changes = batch.changes[first : first + CHANGES_PER_CALL]
            is_last = first + CHANGES_PER_CALL >= len(batch.changes)
            end = batch.end if is_last else changes[-1].offset + 1
            step = await self._writer.write(batch.partition, start, end, changes, is_recorded=end <= batch.recorded)
            counts = (step.stored, step.removed, step.duplicate, step.stale)
            total = [before + count for before, count in zip(total, counts, strict=True)]
            start = end
        stored, removed, duplicate, stale = total
        return Written(stored=stored, removed=removed, duplicate=duplicate, stale=stale)

    async def restore(self, partition: int, accounts: Mapping[str, Account], /) -> None:
        """See `ReadModel.restore`."""
        await self._writer.restore(partition, accounts)

    async def restored(self, partition: int, /) -> None:
        """See `ReadModel.restored`."""
        await self._writer.restored(partition)

    async def progress(self) -> dict[int, int]:
        """See `ReadModel.progress`."""

        async def read(keys: Keys) -> Any:
            return await self._redis.redis.hgetall(keys.key("progress"))

        return _by_partition(cast("dict[bytes, bytes]", await self._redis.read(read)), b"")

    async def clear(self, ends: Mapping[int, int] = NOTHING) -> None:
        """See `ReadModel.clear`."""
        await self._redis.clear(CLEAR, *_pairs(":end", ends))

    async def expect(self, ends: Mapping[int, int], /) -> None:
        """See `ReadModel.expect`."""
        if ends:
            await self._redis.write(SET, ("progress",), *_pairs(":end", ends))

    async def heard_of(self, partitions: Iterable[int], now_ms: int, /) -> None:
        """See `ReadModel.heard_of`."""
        if seen := dict.fromkeys(partitions, now_ms):
            await self._redis.write(SET, ("progress",), *_pairs(":at", seen))

    async def state(self) -> ReadModelState:
        """See `ReadModel.state`."""

        async def read(keys: Keys) -> Any:
            names = (*_SIZES, "models", "dictionaries", "changes", "progress")
            return await self._redis.eval(STATE, tuple(map(keys.key, names)))

        *sizes, models, dictionaries, changes, known = await self._redis.read(read)
        is_ours = isinstance(known, list)
        progress = dict(zip(known[::2], known[1::2], strict=True)) if is_ours else {}
        others = {"progress": 0 if is_ours else -1, "models": models, "dictionaries": dictionaries, "changes": changes}
        foreign = {name: -1 for name, size in others.items() if size < 0}
        return ReadModelState(
            sizes={**dict(zip(_SIZES, sizes, strict=True)), **foreign},
            models=max(0, models),
            lost_dictionaries=max(0, _number(progress, b"dictionaries") - dictionaries),
            accounts=_number(progress, b"accounts"),
            held=_by_partition(progress, b""),
            ends=_by_partition(progress, b":end"),
            seen_ms=_by_partition(progress, b":at"),
        )

    async def get(self, account_id: str, /) -> ScoreSnapshot | None:
        """See `ReadModel.get`."""
        return (await self._reader.answers([account_id])).get(account_id)

    async def get_many(self, account_ids: Sequence[str], /) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""
        return await self._reader.answers(account_ids)

    async def histories(self, account_ids: Sequence[str], /) -> dict[str, History]:
        """See `ReadModel.histories`."""
        return await self._reader.histories(account_ids)

    async def movements(self, account_id: str, /) -> tuple[Movement, ...]:
        """See `ReadModel.movements`."""
        return await self._reader.movements(account_id)

    def scan(self) -> AsyncIterator[list[Scanned]]:
        """See `ReadModel.scan`."""
        return self._reader.scan()

    async def last_change(self) -> str:
        """See `ReadModel.last_change`."""
        return await self._changes.last()

    async def changes(self, after_id: str, block_ms: int = 0, /) -> list[Changed]:
        """See `ReadModel.changes`."""
        return await self._changes.after(after_id, block_ms)

    async def worst_first(self, group: Group | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """See `ReadModel.worst_first`."""
        if limit is not None and limit <= 0:
            return []
        names = await self._redis.read(lambda keys: self._worst_names(keys, group, limit))
        found = (await self._reader.answers(names)).values()
        # An account may have moved between the two reads.
        return sorted((answer for answer in found if group in (None, group_of(answer))), key=worst_first_order)

    async def _worst_names(self, keys: Keys, group: Group | None, limit: int | None) -> list[str]:
        tiers = (
            [name.decode() for name in cast("list[bytes]", await self._redis.redis.hkeys(keys.key("tiers")))]
            if group is None
            else [group_text(group)]
        )
        places: list[list[bytes]] = []
        for tier in tiers:
            begin = tier.encode(errors="surrogatepass") + b"\0"
            bounds = (b"[" + begin, b"(" + begin[:-1] + b"\1")
            found = await self._redis.redis.zrangebylex(
                keys.key("by_tier"), *bounds, start=0, num=-1 if limit is None else limit
            )
            places.append([member[len(begin) :] for member in cast("list[bytes]", found)])
        return [place[PLACE:].decode(errors="surrogatepass") for place in [*heapq.merge(*places)][:limit]]

    async def write_models(self, models: Mapping[str, bytes], /) -> None:
        """See `ReadModel.write_models`."""
        if models:
            await self._redis.write(SET, ("models",), *(each for pair in models.items() for each in pair))

    async def models(self) -> dict[str, bytes]:
        """See `ReadModel.models`."""

        async def read(keys: Keys) -> Any:
            return await self._redis.redis.hgetall(keys.key("models"))

        return {key.decode(): value for key, value in (await self._redis.read(read)).items()}

    async def count_by_group(self) -> dict[Group, int]:
        """See `ReadModel.count_by_group`."""

        async def read(keys: Keys) -> Any:
            return await self._redis.redis.hgetall(keys.key("tiers"))

        return {group_in(name.decode()): int(count) for name, count in (await self._redis.read(read)).items()}


def _pairs(ending: str, numbers: Mapping[int, int]) -> list[str]:
    """Fields and values for Redis: the partition's number with `ending`, then its number."""
    return [text for partition, number in numbers.items() for text in (f"{partition}{ending}", str(number))]


def _number(fields: Mapping[bytes, bytes], name: bytes) -> int:
    return int(found) if (found := fields.get(name, b"0")).isdigit() else 0


def _by_partition(fields: Mapping[bytes, bytes], ending: bytes) -> dict[int, int]:
    """The numbers in the fields that are a partition's number and then `ending`."""
    named = {name.removesuffix(ending): value for name, value in fields.items() if name.endswith(ending)}
    return {int(name): int(value) for name, value in named.items() if name.isdigit() and value.isdigit()}
