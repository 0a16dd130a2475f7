"""The read model: the current answer of every account, for people and programs to read; the port, and Redis behind it.

It is a copy of the compacted topic `scores` and can be lost at any time: `streams.projector` fills it, and fills it
again. Nothing in the scoring depends on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from scoring.health import Answer
from streams.errors import UserError
from streams.redis_client import open_redis, shown_address
from streams.settings import Settings

# Part of every key: change it when the layout or the meaning of `Answer` changes, and the projector fills the new
# keys by itself.
LAYOUT = "v1"
CHANGES_PER_CALL = 500
ANSWERS_PER_READ = 500
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
_ANSWERS = msgspec.json.Decoder(Answer)

# One step, so that an answer, the indexes and the progress never disagree. The head of an account is its version in
# 40 digits (Lua's numbers are exact to 2^53 only), then its tier; it is written last, so that an account that Redis
# could not finish (out of memory) is written again.
_WRITE = """
local answers, heads, worst, tiers, progress = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local partition, from, to = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local held = tonumber(redis.call('HGET', progress, partition) or '0')
if held < from then return {-1, held} end

local function leave(account, tier)
  redis.call('ZREM', worst .. ':' .. tier, account)
  if redis.call('HINCRBY', tiers, tier, -1) <= 0 then redis.call('HDEL', tiers, tier) end
end

local stored, removed, duplicate, stale = 0, 0, 0, 0
for i = 4, #ARGV, 6 do
  local offset, account, version = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  local tier, score, body = ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local head = redis.call('HGET', heads, account)
  local known, old_tier = '', ''
  if head then known, old_tier = string.sub(head, 1, 40), string.sub(head, 41) end
  if offset < held or version == known then
    duplicate = duplicate + 1
  elseif version == '' then
    redis.call('HDEL', answers, account)
    redis.call('ZREM', worst, account)
    leave(account, old_tier)
    redis.call('HDEL', heads, account)
    removed = removed + 1
  elseif version < known then
    stale = stale + 1
  else
    redis.call('HSET', answers, account, body)
    redis.call('ZADD', worst, score, account)
    redis.call('ZADD', worst .. ':' .. tier, score, account)
    if not head or tier ~= old_tier then
      redis.call('HINCRBY', tiers, tier, 1)
      if head then leave(account, old_tier) end
    end
    redis.call('HSET', heads, account, version .. tier)
    stored = stored + 1
  end
end
if to > held then redis.call('HSET', progress, partition, ARGV[3]) end
return {stored, removed, duplicate, stale}
"""

_CLEAR = """
for _, tier in ipairs(redis.call('HKEYS', KEYS[4])) do redis.call('UNLINK', KEYS[3] .. ':' .. tier) end
return redis.call('UNLINK', unpack(KEYS))
"""


class ReadModelUnavailable(UserError):
    """The read model does not answer now. What was asked may have been done or not: asking again is safe."""


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
    answer: Answer | None


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

    async def clear(self) -> None:
        """Forget all answers and all progress."""
        ...

    async def get(self, account_id: str, /) -> Answer | None:
        """The account's answer; None when there is none."""
        ...

    async def worst_first(self, tier: str | None = None, limit: int | None = None) -> list[Answer]:
        """The answers with the lowest scores, lowest first, equal ones by account id, those without a score last.

        `tier` keeps to one tier ("" is those without a score); `limit` is the most to return, None is all. Each
        answer is whole, but a long list is not of one instant.
        """
        ...

    async def count_by_tier(self) -> dict[str, int]:
        """How many accounts each tier has now; "" counts those without a score. A tier without accounts is absent."""
        ...


def worst_first_order(answer: Answer) -> tuple[float, str]:
    """The sort key of `ReadModel.worst_first`."""
    return (float("inf") if answer.score is None else answer.score, answer.account_id)


class RedisReadModel:
    """`ReadModel` in Redis: one hash of answers, sorted sets of accounts by score (all, and one a tier).

    Every key begins with the deployment's name, so several deployments share a Redis. It must not evict
    (`maxmemory-policy noeviction`): a key that goes alone takes accounts with it unnoticed.
    """

    def __init__(self, redis: Redis, *, prefix: str, address: str) -> None:
        """`prefix` begins every key; `address` names the Redis in error texts. `redis` answers in bytes."""
        self._redis = redis
        self._address = address
        self._answers, self._heads, self._worst, self._tiers, self._progress = self._keys = tuple(
            f"{prefix}{name}" for name in ("answers", "heads", "worst", "tiers", "progress")
        )
        self._write_script = redis.register_script(_WRITE)
        self._clear_script = redis.register_script(_CLEAR)

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
        prefix = f"{settings.deployment}:{LAYOUT}:"
        return cls(redis, prefix=prefix, address=shown_address(settings))

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
        async with self._answering():
            answer: list[int] = await self._write_script(keys=self._keys, args=arguments)
        if answer[0] < 0:
            raise WritesLost(partition, held=answer[1])
        return answer

    async def progress(self) -> dict[int, int]:
        """See `ReadModel.progress`."""
        async with self._answering():
            held = await self._redis.hgetall(self._progress)
        return {int(partition): int(offset) for partition, offset in held.items()}

    async def clear(self) -> None:
        """See `ReadModel.clear`."""
        async with self._answering():
            await self._clear_script(keys=self._keys)

    async def get(self, account_id: str, /) -> Answer | None:
        """See `ReadModel.get`."""
        async with self._answering():
            body = await self._redis.hget(self._answers, _field(account_id))
        return None if body is None else _ANSWERS.decode(body)

    async def worst_first(self, tier: str | None = None, limit: int | None = None) -> list[Answer]:
        """See `ReadModel.worst_first`."""
        if limit is not None and limit <= 0:
            return []
        index = self._worst if tier is None else f"{self._worst}:{tier}"
        found: list[Answer] = []
        async with self._answering():
            last = -1 if limit is None else limit - 1
            fields = cast("list[bytes]", await self._redis.zrange(index, 0, last))
            for first in range(0, len(fields), ANSWERS_PER_READ):
                bodies = await self._redis.hmget(self._answers, fields[first : first + ANSWERS_PER_READ])
                found += [_ANSWERS.decode(body) for body in bodies if body is not None]
        # An account may have moved between the two reads.
        return sorted((answer for answer in found if tier in (None, answer.tier)), key=worst_first_order)

    async def count_by_tier(self) -> dict[str, int]:
        """See `ReadModel.count_by_tier`."""
        async with self._answering():
            counts = cast("dict[bytes, bytes]", await self._redis.hgetall(self._tiers))
        return {tier.decode(): int(count) for tier, count in counts.items()}

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise ReadModelUnavailable(
                f"Redis at {self._address} does not serve ({error}): see that it runs and that VITALS_REDIS is right."
            ) from error


def _arguments(change: Change) -> tuple[int, bytes, str, str, str, bytes]:
    """A change as the script takes it; a removal has no version."""
    offset, account_id, answer = change
    if answer is None:
        return (offset, _field(account_id), "", "", "", b"")
    version = f"{answer.generation:020d}{answer.version:020d}"
    score = "+inf" if answer.score is None else repr(answer.score)
    return (offset, _field(account_id), version, answer.tier, score, msgspec.json.encode(answer))


def _field(account_id: str) -> bytes:
    """The account id as Redis holds it. A lone surrogate, which no answer can hold, is asked for in vain: no error."""
    return account_id.encode(errors="surrogatepass")
