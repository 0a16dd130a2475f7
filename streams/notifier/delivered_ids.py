"""Records which messages and steps were delivered: the port `DeliveredIds`, and its implementation in Redis.

A message is claimed before its delivery and marked as sent after it, and so is each step of a message about many. If
one arrives again, on the topic or at another notifier, people do not get a second message.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.redis.errors import error_text

# Longer than the 35 days for which notifications are kept, so that a replay of the topic sends nothing twice.
SENT_SECONDS = 40 * 24 * 3_600
# Far longer than one attempt may take (`attempts.ATTEMPT_SECONDS`). Claims of a crashed notifier last this long.
LEASE_MS = 90_000

# Atomic, so that no other notifier can intervene. Our own claim is renewed, so a retry after a lost answer returns
# the same result.
_CLAIM = """
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, 4) == 'sent' then return 3 end
if holder and holder ~= ARGV[1] then return 2 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_MARK = "for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'EX', ARGV[2]) end return #KEYS"
_SENT = "sent "
CHUNK = 1_000
"""How many ids one command concerns: a millisecond of Redis's time."""
_REMOVE = """
local removed = 0
for _, key in ipairs(KEYS) do
  if string.sub(redis.call('GET', key) or '', 1, 4) == 'sent' then removed = removed + redis.call('DEL', key) end
end
return removed
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Claim(enum.Enum):
    """The result of a claim; the numbers are those that the Redis script returns."""

    OURS = 1
    HELD = 2
    SENT = 3


class DeliveredIdsUnavailable(Exception):
    """The store of delivered ids does not answer: whether an id was delivered is unknown."""


class DeliveredIds(Protocol):
    """Claims on ids; each instance is a claimant of its own. Every method may block on the network for seconds and is
    idempotent. It raises `DeliveredIdsUnavailable` when the store does not answer; the call may have had its effect.
    """

    async def claim(self, delivery_id: str, /) -> Claim:
        """Claim `delivery_id` for the time of a lease. OURS: claimed, or renewed if it was ours already; HELD: another
        claimant has it; SENT: it was delivered. A lease that expires frees the id.
        """
        ...

    async def mark_sent(self, delivery_id: str, mark: str = "", /) -> None:
        """Record for 40 days that `delivery_id` was delivered, regardless of who holds the claim. `mark` says how."""
        ...

    async def mark_all(self, delivery_ids: Sequence[str], mark: str, /) -> None:
        """The same for many ids with one mark. When it raises, some may be recorded."""
        ...

    async def marks(self, delivery_ids: Sequence[str], /) -> dict[str, str]:
        """The marks of those ids that were delivered."""
        ...

    async def release(self, delivery_id: str, /) -> None:
        """Drop our claim. Has no effect on another's claim or on an id that was sent."""
        ...


class RedisDeliveredIds:
    """`DeliveredIds` in Redis, one key per id.

    If Redis loses its data, only the notifier's committed offsets prevent a second delivery.
    """

    def __init__(self, redis: Redis, *, prefix: str, address: str = "", lease_ms: int = LEASE_MS) -> None:
        """`prefix` begins every key; `address` names the Redis in errors."""
        self._address = address
        self._redis = redis
        self._prefix = prefix
        self._lease_ms = lease_ms
        self._token = uuid.uuid4().hex

    async def claim(self, delivery_id: str, /) -> Claim:
        """See `DeliveredIds.claim`."""
        try:
            answer = await self._redis.eval(_CLAIM, 1, self._key(delivery_id), self._token, self._lease_ms)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(error_text(error, self._address)) from error
        return Claim(answer)

    async def mark_sent(self, delivery_id: str, mark: str = "", /) -> None:
        """See `DeliveredIds.mark_sent`."""
        await self.mark_all((delivery_id,), mark)

    async def mark_all(self, delivery_ids: Sequence[str], mark: str, /) -> None:
        """See `DeliveredIds.mark_all`."""
        try:
            for start in range(0, len(delivery_ids), CHUNK):
                keys = [self._key(each) for each in delivery_ids[start : start + CHUNK]]
                await self._redis.eval(_MARK, len(keys), *keys, _SENT + mark, SENT_SECONDS)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(error_text(error, self._address)) from error

    async def marks(self, delivery_ids: Sequence[str], /) -> dict[str, str]:
        """See `DeliveredIds.marks`."""
        found: dict[str, str] = {}
        try:
            for start in range(0, len(delivery_ids), CHUNK):
                chunk = delivery_ids[start : start + CHUNK]
                values = await self._redis.mget([self._key(each) for each in chunk])
                for each, value in zip(chunk, values, strict=True):
                    if value is not None and (text := _text(value)).startswith(_SENT):
                        found[each] = text[len(_SENT) :]
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(error_text(error, self._address)) from error
        return found

    async def remove(self, delivery_ids: Sequence[str], /) -> int:
        """Remove those of these ids that were delivered, and return how many. What is being delivered stays.

        Raises:
            DeliveredIdsUnavailable: some may be removed then; call it again.
        """
        removed = 0
        try:
            for start in range(0, len(delivery_ids), CHUNK):
                keys = [self._key(each) for each in delivery_ids[start : start + CHUNK]]
                removed += int(await self._redis.eval(_REMOVE, len(keys), *keys))
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(error_text(error, self._address)) from error
        return removed

    async def release(self, delivery_id: str, /) -> None:
        """See `DeliveredIds.release`."""
        try:
            await self._redis.eval(_RELEASE, 1, self._key(delivery_id), self._token)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(error_text(error, self._address)) from error

    def _key(self, delivery_id: str) -> str:
        return f"{self._prefix}delivered:{delivery_id}"


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
