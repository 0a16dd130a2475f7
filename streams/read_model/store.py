"""The read model: the current answer of every account, for people and programs to read; the port, and Redis behind it.

It is a copy of the compacted topic `scores` and can be lost at any time: `streams.read_model.projector` fills it, and
fills it again. Nothing in the scoring depends on it.
"""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.read_model.scripts import CLEAR, KEYS, STATE, WRITE
from streams.read_model.state import ReadModelState
from streams.redis.client import open_redis, shown_address
from streams.redis.errors import error_text
from streams.redis.eviction_policy import eviction_policy, warning

# Part of every key: change it when the layout or the meaning of `ScoreSnapshot` changes, and the projector fills the
# new keys by itself.
LAYOUT = "v2"
CHANGES_PER_CALL = 500
ANSWERS_PER_READ = 500
# Characters of a score that is ordered as text.
PLACE = 16
NOTHING: Mapping[int, int] = MappingProxyType({})
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)


class ReadModelUnavailable(UserError):
    """The read model does not answer now. What was asked may have been done or not: asking again is safe."""


class ReadModelBroken(ReadModelUnavailable):
    """A part of the read model is not what was written there. The projector clears it, and fills it again."""


class WritesLost(Exception):
    """The read model no longer holds what was written to it: it holds `partition` up to offset `held` only (0 is
    nothing, as when Redis was emptied). Read again from `held`, the refused batch included.
    """

    def __init__(self, partition: int, held: int) -> None:
        super().__init__(f"The read model holds partition {partition} up to offset {held} only: read again from there.")
        self.partition = partition
        self.held = held


class Change(NamedTuple):
    """One message of `scores`: an account's answer, or None where the account is removed."""

    offset: int
    account_id: str
    answer: ScoreSnapshot | None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of one partition in the offsets [`start`, `end`), in order. A batch that was read from the
    topic's beginning has the `start` 0, whatever the first offset there.
    """

    partition: int
    start: int
    end: int
    changes: Sequence[Change]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch's changes: `duplicate` were there already, `stale` met a greater version."""

    stored: int = 0
    removed: int = 0
    duplicate: int = 0
    stale: int = 0


class ReadModel(Protocol):
    """The current answer of every account. Every method may block on the network for seconds, is idempotent, and
    raises `ReadModelUnavailable` when there is no answer.
    """

    async def write(self, batch: Batch, /) -> Written:
        """Take in `batch`, keeping the greatest (generation, version) of each account; equal changes nothing.

        The progress of the batch's partition is kept beside the answers, in the same step. Of a batch that begins
        at or before that progress, the part already taken in changes nothing: not even a removal, so a batch that
        arrives a second time, or from a projector that no longer owns the partition, undoes nothing.

        Raises:
            WritesLost: the batch begins after that progress, so answers in between are missing.
        """
        ...

    async def progress(self) -> dict[int, int]:
        """For each partition ever written, the offset up to which it has been taken in, exclusive."""
        ...

    async def clear(self, ends: Mapping[int, int] = NOTHING) -> None:
        """Forget all answers and all progress; then expect `ends`, in the same step."""
        ...

    async def expect(self, ends: Mapping[int, int], /) -> None:
        """By partition, the offset up to which it must be taken in for the model to be whole."""
        ...

    async def heard_of(self, partitions: Iterable[int], now_ms: int, /) -> None:
        """The projector of `partitions` is alive at the Unix time `now_ms`."""
        ...

    async def state(self) -> ReadModelState:
        """Whether the parts of the model agree, and how far it is filled, at one instant."""
        ...

    async def policy_warning(self) -> str:
        """A line for the operator where parts of the model may be dropped to save memory; "" where they may not."""
        ...

    async def get(self, account_id: str, /) -> ScoreSnapshot | None:
        """The account's answer; None when there is none."""
        ...

    async def worst_first(self, tier: str | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """The answers with the lowest scores, lowest first, equal ones by account id, those without a score last.

        `tier` keeps to one tier ("" is those without a score); `limit` is the most to return, None is all. Each
        answer is whole, but a long list is not of one instant.
        """
        ...

    async def count_by_tier(self) -> dict[str, int]:
        """How many accounts each tier has now; "" counts those without a score. A tier without accounts is absent."""
        ...


def _place(score: float | None) -> str:
    """`score` in 16 characters whose order is that of scores, None last: the bits of a float, made to be compared.

    >>> _place(-1.0) < _place(0.0) < _place(12.0) < _place(12.000000000000002) < _place(None)
    True
    """
    if score is None:
        return "g" * 16
    bits: int = struct.unpack(">Q", struct.pack(">d", score + 0.0))[0]
    return f"{bits ^ (2**64 - 1 if bits >> 63 else 2**63):016x}"


def worst_first_order(answer: ScoreSnapshot) -> tuple[float, str]:
    """The sort key of `ReadModel.worst_first`."""
    return (float("inf") if answer.score is None else answer.score, answer.account_id)


class RedisReadModel:
    """`ReadModel` in Redis: hashes and sorted sets, see `read_model_scripts.KEYS`.

    Every key begins with the deployment's name, so several deployments share a Redis, and all are in one slot of a
    cluster. It should not evict (`maxmemory-policy noeviction`): a key that goes alone is noticed, and everything is
    filled again.
    """

    def __init__(self, redis: Redis, *, prefix: str, address: str) -> None:
        """`prefix` begins every key; `address` names the Redis in error texts. `redis` answers in bytes."""
        self._redis = redis
        self._address = address
        self._keys = tuple(f"{prefix}{name}" for name in KEYS)
        self._answers, _, self._worst, self._by_tier, self._tiers, self._progress = self._keys

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
        *sizes, known = await self._run(STATE)
        names = [name for name in KEYS if name != "progress"]
        is_ours = isinstance(known, list)
        progress = dict(zip(known[::2], known[1::2], strict=True)) if is_ours else {}
        return ReadModelState(
            sizes={**dict(zip(names, sizes, strict=True)), **({} if is_ours else {"progress": -1})},
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

    async def worst_first(self, tier: str | None = None, limit: int | None = None) -> list[ScoreSnapshot]:
        """See `ReadModel.worst_first`."""
        if limit is not None and limit <= 0:
            return []
        found: list[ScoreSnapshot] = []
        async with self._answering():
            fields = await self._worst_fields(tier, limit)
            for first in range(0, len(fields), ANSWERS_PER_READ):
                bodies = await self._redis.hmget(self._answers, fields[first : first + ANSWERS_PER_READ])
                found += [_SNAPSHOTS.decode(body) for body in bodies if body is not None]
        # An account may have moved between the two reads.
        return sorted((answer for answer in found if tier in (None, answer.tier)), key=worst_first_order)

    async def _worst_fields(self, tier: str | None, limit: int | None) -> list[bytes]:
        if tier is None:
            return cast("list[bytes]", await self._redis.zrange(self._worst, 0, -1 if limit is None else limit - 1))
        begin = tier.encode(errors="surrogatepass") + b"\0"
        bounds = (b"[" + begin, b"(" + begin[:-1] + b"\1")
        found = await self._redis.zrangebylex(self._by_tier, *bounds, start=0, num=-1 if limit is None else limit)
        return [member[len(begin) + PLACE :] for member in cast("list[bytes]", found)]

    async def count_by_tier(self) -> dict[str, int]:
        """See `ReadModel.count_by_tier`."""
        async with self._answering():
            counts = cast("dict[bytes, bytes]", await self._redis.hgetall(self._tiers))
        return {tier.decode(): int(count) for tier, count in counts.items()}

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
    return (offset, _field(account_id), version, answer.tier, score, _place(answer.score), body)


def _field(account_id: str) -> bytes:
    """The account id as Redis holds it. A lone surrogate, which no answer can hold, is asked for in vain: no error."""
    return account_id.encode(errors="surrogatepass")
