"""Commands to the keys of the generation that serves: follows the pointer, and turns faults into ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.read_model.layout import HELD_UP, NAMES, SWITCHED, Keys
from streams.read_model.port import ReadModelBroken, ReadModelUnavailable
from streams.redis.errors import error_text

T = TypeVar("T")


class RedisKeys:
    """The keys of a read model, and the client that reads and writes them. One event loop owns it."""

    def __init__(self, redis: Redis, keys: Keys, address: str) -> None:
        """Of `keys`, which serve, the generation is looked up at the first use; those that do not serve stay."""
        self.redis = redis
        self.address = address
        self.root = keys.root
        self._keys = keys
        self._is_known = not keys.is_serving

    async def serving(self) -> Keys:
        """The keys that serve now. Raises `RedisError` or `OSError`, inside `answering` what that raises."""
        if self._keys.is_serving:
            self._keys = Keys(self.root, int(await self.redis.get(self._keys.pointer) or 0))
        self._is_known = True
        return self._keys

    async def read(self, read: Callable[[Keys], Awaitable[T]]) -> T:
        """What `read` returns for the keys that served before and after it.

        Raises:
            ReadModelUnavailable: when Redis does not answer.
            ReadModelBroken: when a key has another type, or holds what cannot be read.
        """
        async with self.answering():
            keys = self._keys if self._is_known else await self.serving()
            while True:
                found = await read(keys)
                now = await self.serving()
                if now == keys:
                    return found
                keys = now

    async def write(self, script: str, names: tuple[str, ...], *arguments: str | bytes | int) -> list[int]:
        """Run a script that begins with `GUARD`, with the keys of these names; returns its answer.

        Raises:
            ReadModelUnavailable: when Redis does not answer; also when another generation serves now, or is about to:
                nothing was written then, and what is known of the progress must be read again.
            ReadModelBroken: when a key has another type.
        """
        async with self.answering():
            keys = self._keys if self._is_known else await self.serving()
            answer = await self.eval(script, (*keys.guards, *map(keys.key, names)), keys.meant, *arguments)
            if answer[0] in (SWITCHED, HELD_UP):
                self._is_known = False
                raise ReadModelUnavailable("The read model is being switched to keys that were filled again.")
            return list(answer)

    async def clear(self, script: str, *arguments: str) -> None:
        """Run a script that removes all keys of the generation. Raises what `write` raises."""
        await self.write(script, ("progress", *NAMES), *arguments)

    async def eval(self, script: str, keys: tuple[str, ...], *arguments: str | bytes | int) -> Any:
        """Run a script with these very keys. To be called inside `answering`."""
        return await self.redis.eval(script, len(keys), *keys, *arguments)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Raises `ReadModelUnavailable` and `ReadModelBroken` in place of what went wrong with Redis."""
        try:
            yield
        except msgspec.DecodeError as error:
            raise ReadModelBroken(
                f"Redis at {self.address} holds something that cannot be read ({error}): delete the keys that begin "
                f"with {self.root}, and `vitals project` fills them again."
            ) from error
        except (RedisError, OSError) as error:
            kind = ReadModelBroken if "WRONGTYPE" in str(error) else ReadModelUnavailable
            raise kind(error_text(error, self.address)) from error
