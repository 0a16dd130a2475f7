"""The last write about each account: the port `WrittenValues`, and its implementation in Redis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.redis.errors import error_text
from streams.score_sinks.value import LastWrite

_DECODER = msgspec.json.Decoder(LastWrite)


class WrittenUnavailable(Exception):
    """The store does not answer: the last writes are unknown. The text says why."""


class WrittenValues(Protocol):
    """The last write of one sink about each account. A store that was emptied costs one repeat of each.

    All methods may block on the network for seconds and are idempotent; they raise `WrittenUnavailable` when the store
    does not answer.
    """

    async def get(self, account_ids: Sequence[str], /) -> Mapping[str, LastWrite]:
        """The last write about each of these accounts; one that is not named has none."""
        ...

    async def set(self, account_id: str, written: LastWrite, /) -> None: ...

    async def remove(self, account_ids: Sequence[str], /) -> int:
        """Forget these accounts; returns how many were known."""
        ...

    async def clear(self) -> None:
        """Forget everything: it is about another cluster's accounts."""
        ...


class RedisWrittenValues:
    """`WrittenValues` in one Redis hash: a field an account, about 100 bytes."""

    def __init__(self, redis: Redis, sink: str, *, prefix: str, address: str = "") -> None:
        """`prefix` begins the key; `address` names the Redis in errors."""
        self._redis = redis
        self._key = f"{prefix}written-back:{sink}"
        self._address = address

    async def get(self, account_ids: Sequence[str], /) -> Mapping[str, LastWrite]:
        """See `WrittenValues.get`."""
        if not account_ids:
            return {}
        try:
            found: list[Any] = await self._redis.hmget(self._key, list(account_ids))
        except (RedisError, OSError) as error:
            raise WrittenUnavailable(error_text(error, self._address)) from error
        return {account: written for account, raw in zip(account_ids, found, strict=True) if (written := _read(raw))}

    async def set(self, account_id: str, written: LastWrite, /) -> None:
        """See `WrittenValues.set`."""
        try:
            await self._redis.hset(self._key, account_id, msgspec.json.encode(written))
        except (RedisError, OSError) as error:
            raise WrittenUnavailable(error_text(error, self._address)) from error

    async def remove(self, account_ids: Sequence[str], /) -> int:
        """See `WrittenValues.remove`."""
        try:
            return int(await self._redis.hdel(self._key, *account_ids)) if account_ids else 0
        except (RedisError, OSError) as error:
            raise WrittenUnavailable(error_text(error, self._address)) from error

    async def clear(self) -> None:
        """See `WrittenValues.clear`."""
        try:
            await self._redis.delete(self._key)
        except (RedisError, OSError) as error:
            raise WrittenUnavailable(error_text(error, self._address)) from error


def _read(raw: bytes | None) -> LastWrite | None:
    """A field; None if there is none, or it is not ours: it is then written again."""
    if raw is None:
        return None
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
