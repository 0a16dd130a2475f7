"""The generations of the read model's keys in Redis: which serves, which is being filled, and the switch between."""

from __future__ import annotations

import secrets

from redis.asyncio import Redis

from streams.errors import UserError
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import ACTIVITY_KEYS, Keys
from streams.read_model.scripts import SWITCH

LOCK_SECONDS = 60
HOLD_MS = 5_000
"""How long the projectors wait at most while the switch is made."""
_EXTEND = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_OLD_LAYOUTS = {"v4": ("answers", "heads", "worst", "by_tier", "tiers", "progress", "models")}
"""The keys of layouts that earlier versions filled, which nothing reads any more."""


class Generations:
    """The generation that serves, `serving`, and the next one, `next`. Every method raises `ReadModelUnavailable`."""

    def __init__(self, redis: Redis, serving: Keys, address: str) -> None:
        self.serving = serving
        self.next = serving.next()
        self._redis = RedisKeys(redis, self.next, address)
        self._token = secrets.token_hex(8)

    async def lock(self) -> None:
        """Take the right to fill the next one, for a minute. Raises `UserError` when another process has it."""
        async with self._redis.answering():
            if not await self._redis.redis.set(self._lock, self._token, nx=True, ex=LOCK_SECONDS):
                raise UserError(
                    "Another `vitals rebuild` is running, or was killed in the last minute: wait, then run it again."
                )

    async def keep(self) -> None:
        """Keep that right for another minute. Raises `UserError` when it was lost."""
        async with self._redis.answering():
            if not await self._redis.eval(_EXTEND, (self._lock,), self._token, 1_000 * LOCK_SECONDS):
                raise UserError("Redis has lost what this rebuild wrote: run `vitals rebuild` again.")

    async def unlock(self) -> None:
        """Give that right back."""
        async with self._redis.answering():
            await self._redis.eval(_EXTEND, (self._lock,), self._token, 0)

    async def hold(self) -> None:
        """Let those who write to the serving one wait, for some seconds at most."""
        async with self._redis.answering():
            await self._redis.redis.set(self.serving.hold, "1", px=HOLD_MS)

    async def switch(self, *, with_copies: bool) -> bool:
        """If the next one has taken in exactly what the serving one has, it serves from now on; else False. The hold is
        over either way. `with_copies`: what `streams.activity` fills moves along, else its loops fill it again."""
        copies = [pair for name in ACTIVITY_KEYS for pair in (self.serving.key(name), self.next.key(name))]
        keys = (self.serving.pointer, self.serving.hold, self.serving.key("progress"), self.next.key("progress"))
        async with self._redis.answering():
            number = self.next.generation
            is_done = await self._redis.eval(SWITCH, (*keys, *(copies if with_copies else ())), number)
            if not is_done:
                await self._redis.redis.delete(self.serving.hold)
            return bool(is_done)

    async def remove_next(self) -> None:
        """Remove the next one: a rebuild that was killed may have left something."""
        async with self._redis.answering():
            await self._redis.redis.unlink(*self.next.all())

    async def remove_serving(self) -> None:
        """Remove the one that served before the switch, and what earlier versions of Vitals left."""
        prefix = self.serving.root.rstrip(":").rpartition(":")[0]
        old = [f"{prefix}:{layout}:{name}" for layout, names in _OLD_LAYOUTS.items() for name in names]
        async with self._redis.answering():
            await self._redis.redis.unlink(*self.serving.all(), *old)

    @property
    def _lock(self) -> str:
        return f"{self.serving.root}rebuilding"
