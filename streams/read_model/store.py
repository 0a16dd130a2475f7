"""The read model in Redis; see `streams.read_model.port`."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.read_model.port import (
    NOTHING,
    Batch,
    Change,
    Group,
    ReadModelBroken,
    ReadModelUnavailable,
    WritesLost,
    Written,
    group_of,
    worst_first_order,
)
from streams.read_model.scripts import CLEAR, KEYS, STATE, WRITE
from streams.read_model.state import ReadModelState
from streams.redis.client import open_redis, shown_address
from streams.redis.errors import error_text
from streams.redis.eviction_policy import eviction_policy, warning

# Part of every key: change it when the layout or the meaning of `ScoreSnapshot` changes, and the projector fills the
# new keys by itself.
LAYOUT = "v4"
CHANGES_PER_CALL = 500
ANSWERS_PER_READ = 500
# Characters of a score that is ordered as text.
PLACE = 16
# Before the name of a standing, where the name of a tier would be; no printable name begins with it.
STANDING_MARK = "\x1f"
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)


def _place(score: float | None) -> str:
    """`score` in 16 characters whose order is that of scores, None last: the bits of a float, made to be compared.

    >>> _place(-1.0) < _place(0.0) < _place(12.0) < _place(12.000000000000002) < _place(None)
    True
    """
    if score is None:
        return "g" * 16
    bits: int = struct.unpack(">Q", struct.pack(">d", score + 0.0))[0]
    return f"{bits ^ (2**64 - 1 if bits >> 63 else 2**63):016x}"


class RedisReadModel:
    """`ReadModel` in Redis: hashes and sorted sets, see `streams.read_model.scripts.KEYS`.

    Every key begins with the deployment's name, so several deployments share a Redis, and all are in one slot of a
    cluster. Redis should not evict (`maxmemory-policy noeviction`): the loss of a single key is detected, and
    everything is filled again.
    """

    def __init__(self, redis: Redis, *, prefix: str, address: str) -> None:
        """`prefix` begins every key; `address` names the Redis in error texts. `redis` answers in bytes."""
        self._redis = redis
        self._address = address
        self._keys = tuple(f"{prefix}{name}" for name in KEYS)
        self._answers, _, self._worst, self._by_tier, self._tiers, self._progress, self._models = self._keys

    @classmethod
    def open(cls, settings: Settings) -> RedisReadModel:
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
        return cls(redis, prefix=f"{settings.redis_prefix}{LAYOUT}:", address=shown_address(settings))

    async def policy_warning(self) -> str:
        """See `ReadModel.policy_warning`."""
        async with self._answering():
            return warning(await eviction_policy(self._redis), self._address, "The read model goes with one of them.")

    async def close(self) -> None:
        """Give the connections back. A second call does nothing."""
        await self._redis.aclose()

    async def write(self, batch: Batch, /) -> Written:
        """See `ReadModel.write`; in steps of 500 changes, so that other clients of Redis are not held up."""
        total = [0, 0, 0, 0]
        start = batch.start
        for first in range(0, max(len(batch.changes), 1), CHANGES_PER_CALL):
            changes = batch.changes[first : first + CHANGES_PER_CALL]
            is_last = first + CHANGES_PER_CALL >= len(batch.changes)
            end = batch.end if is_last else changes[-1].offset + 1
            counts = await self._write_step(batch.partition, start, end, changes)
            total = [before + count for before, count in zip(total, counts, strict=True)]
            start = end
        stored, removed, duplicate, stale = total
        return Written(stored=stored, removed=removed, duplicate=duplicate, stale=stale)

    async def _write_step(self, partition: int, start: int, end: int, changes: Iterable[Change]) -> list[int]:
        arguments: list[str | bytes | int] = [partition, start, end]
        for change in changes:
            arguments += _arguments(change)
        answer: list[int] = await self._run(WRITE, *arguments)
        if answer[0] < 0:
            raise WritesLost(partition, held=answer[1])
        return answer

    async def progress(self) -> dict[int, int]:
        """See `ReadModel.progress`."""
        async with self._answering():
            held = await self._redis.hgetall(self._progress)
        return _by_partition(cast("dict[bytes, bytes]", held), b"")

    async def clear(self, ends: Mapping[int, int] = NOTHING) -> None:
        """See `ReadModel.clear`."""
        await self._run(CLEAR, *_pairs(":end", ends))

    async def expect(self, ends: Mapping[int, int], /) -> None:
        """See `ReadModel.expect`."""
        if ends:
            async with self._answering():
                await self._redis.hset(self._progress, items=_pairs(":end", ends))

    async def heard_of(self, partitions: Iterable[int], now_ms: int, /) -> None:
        """See `ReadModel.heard_of`."""
        if seen := dict.fromkeys(partitions, now_ms):
            async with self._answering():
                await self._redis.hset(self._progress, items=_pairs(":at", seen))

    async def state(self) -> ReadModelState:
        """See `ReadModel.state`."""
        *sizes, models, known = await self._run(STATE)
        is_ours = isinstance(known, list)
        progress = dict(zip(known[::2], known[1::2], strict=True)) if is_ours else {}
        foreign = {name: -1 for name, is_so in (("progress", not is_ours), ("models", models < 0)) if is_so}
        return ReadModelState(
            sizes={**dict(zip(KEYS[:5], sizes, strict=True)), **foreign},
            models=max(0, models),
            accounts=int(accounts) if (accounts := progress.get(b"accounts", b"0")).isdigit() else 0,
            held=_by_partition(progress, b""),
            ends=_by_partition(progress, b":end"),
            seen_ms=_by_partition(progress, b":at"),
        )

    async def get(self, account_id: str, /) -> ScoreSnapshot | None:
        """See `ReadModel.get`."""
        async with self._answering():
            body = await self._redis.hget(self._answers, _field(account_id))
            return None if body is None else _SNAPSHOTS.decode(body)

    async def worst_first(self, group: Group | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """See `ReadModel.worst_first`."""
        if limit is not None and limit <= 0:
            return []
        found: list[ScoreSnapshot] = []
        async with self._answering():
            fields = await self._worst_fields(group, limit)
            for first in range(0, len(fields), ANSWERS_PER_READ):
                bodies = await self._redis.hmget(self._answers, fields[first : first + ANSWERS_PER_READ])
                found += [_SNAPSHOTS.decode(body) for body in bodies if body is not None]
        # An account may have moved between the two reads.
        return sorted((answer for answer in found if group in (None, group_of(answer))), key=worst_first_order)

    async def _worst_fields(self, group: Group | None, limit: int | None) -> list[bytes]:
        if group is None:
            return cast("list[bytes]", await self._redis.zrange(self._worst, 0, -1 if limit is None else limit - 1))
        begin = _group_text(group).encode(errors="surrogatepass") + b"\0"
        bounds = (b"[" + begin, b"(" + begin[:-1] + b"\1")
        found = await self._redis.zrangebylex(self._by_tier, *bounds, start=0, num=-1 if limit is None else limit)
        return [member[len(begin) + PLACE :] for member in cast("list[bytes]", found)]

    async def write_models(self, models: Mapping[str, bytes], /) -> None:
        """See `ReadModel.write_models`."""
        if models:
            async with self._answering():
                await self._redis.hset(self._models, items=[each for pair in models.items() for each in pair])

    async def models(self) -> dict[str, bytes]:
        """See `ReadModel.models`."""
        async with self._answering():
            found = cast("dict[bytes, bytes]", await self._redis.hgetall(self._models))
        return {key.decode(): value for key, value in found.items()}

    async def count_by_group(self) -> dict[Group, int]:
        """See `ReadModel.count_by_group`."""
        async with self._answering():
            counts = cast("dict[bytes, bytes]", await self._redis.hgetall(self._tiers))
        return {_group(name.decode()): int(count) for name, count in counts.items()}

    async def _run(self, script: str, *arguments: str | bytes | int) -> Any:
        async with self._answering():
            return await self._redis.eval(script, len(self._keys), *self._keys, *arguments)

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except msgspec.DecodeError as error:
            raise ReadModelBroken(
                f"Redis at {self._address} holds an answer that cannot be read ({error}): delete the keys that begin "
                f"with {self._answers.removesuffix('answers')}, and `vitals project` fills them again."
            ) from error
        except (RedisError, OSError) as error:
            kind = ReadModelBroken if "WRONGTYPE" in str(error) else ReadModelUnavailable
            raise kind(error_text(error, self._address)) from error


def _pairs(ending: str, numbers: Mapping[int, int]) -> list[str]:
    """Fields and values for Redis: the partition's number with `ending`, then its number."""
    return [text for partition, number in numbers.items() for text in (f"{partition}{ending}", str(number))]


def _by_partition(fields: Mapping[bytes, bytes], ending: bytes) -> dict[int, int]:
    """The numbers in the fields that are a partition's number and then `ending`."""
    named = {name.removesuffix(ending): value for name, value in fields.items() if name.endswith(ending)}
    return {int(name): int(value) for name, value in named.items() if name.isdigit() and value.isdigit()}


def _arguments(change: Change) -> tuple[int, bytes, str, str, str, str, bytes]:
    """A change as the script takes it; a removal has no version."""
    offset, account_id, answer = change
    if answer is None:
        return (offset, _field(account_id), "", "", "", "", b"")
    version = f"{answer.generation:020d}{answer.version:020d}"
    score = "+inf" if answer.score is None else repr(answer.score)
    body = msgspec.json.encode(answer)
    return (offset, _field(account_id), version, _group_text(group_of(answer)), score, _place(answer.score), body)


def _group_text(group: Group) -> str:
    """A group as Redis holds it: a tier by its name, a standing with a mark before its name.

    >>> _group_text(Group("red")), _group_text(Group("", "churned")), _group(_group_text(Group("", "churned")))
    ('red', '\\x1fchurned', Group(tier='', standing='churned'))
    """
    return group.tier or (f"{STANDING_MARK}{group.standing}" if group.standing else "")


def _group(text: str) -> Group:
    is_standing = text.startswith(STANDING_MARK)
    return Group("", text.removeprefix(STANDING_MARK)) if is_standing else Group(text)


def _field(account_id: str) -> bytes:
    """The account id as Redis holds it. A lone surrogate, which no answer can hold, is asked for in vain: no error."""
    return account_id.encode(errors="surrogatepass")
