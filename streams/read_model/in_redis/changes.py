"""Reads the stream of changes in Redis."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal, cast

import msgspec

from streams.read_model.account_values import Changed
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import Keys
from streams.read_model.port import ChangesLost
from streams.read_model.scripts import CHANGES

CHANGES_PER_READ = 2_000
_LONGEST_BLOCK_MS = 1_000
"""Redis is asked again this often: a pointer that has moved wakes nobody."""
_Place = tuple[int, str, int]


class ChangeStream:
    """The stream of changes of the keys that serve. An id is the generation, the filling, and the number of a change in
    it: "3.1793000000-5912.88"."""

    def __init__(self, redis: RedisKeys) -> None:
        self._redis = redis

    async def last(self) -> str:
        """See `ReadModel.last_change`."""

        async def read(keys: Keys) -> str:
            found = await self._redis.redis.hmget(keys.key("progress"), ["filling", "changes"])
            filling, number = cast("list[bytes | None]", found)
            return _id(keys.generation, (filling or b"").decode(), int(number or 0))

        return await self._redis.read(read)

    async def after(self, after_id: str, block_ms: int) -> list[Changed]:
        """See `ReadModel.changes`."""
        place = _read_id(after_id)
        deadline = time.monotonic() + block_ms / 1_000
        while True:
            found = await self._redis.read(lambda keys: self._read(keys, place))
            left_ms = round((deadline - time.monotonic()) * 1_000)
            if found or left_ms <= 0:
                return found
            await self._wait(place, min(left_ms, _LONGEST_BLOCK_MS))

    async def _read(self, keys: Keys, place: _Place) -> list[Changed]:
        generation, filling, number = place
        if generation != keys.generation:
            raise ChangesLost("Other keys serve now: read everything again.")
        names = (keys.key("progress"), keys.key("changes"))
        found = await self._redis.eval(CHANGES, names, filling, number, CHANGES_PER_READ)
        if found == -1:
            raise ChangesLost("The stream of changes does not reach back that far: read everything again.")
        return [_changed(generation, filling, entry) for entry in found]

    async def _wait(self, place: _Place, wait_ms: int) -> None:
        """Until there is something after `place`, or the time is over."""
        generation, _, number = place
        keys = Keys(self._redis.root, generation)
        async with self._redis.answering():
            if not await self._redis.redis.exists(keys.key("changes")):
                # Redis would wait for a stream that was removed, too; but not for one of another type.
                await asyncio.sleep(min(wait_ms, 50) / 1_000)
                return
            await self._redis.redis.xread({keys.key("changes"): f"{number}-0"}, count=1, block=wait_ms)


def _id(generation: int, filling: str, number: int) -> str:
    return f"{generation}.{filling}.{number}"


def _read_id(text: str) -> _Place:
    """
    >>> _read_id("3.1793000000-5912.88")
    (3, '1793000000-5912', 88)
    """
    generation, _, rest = text.partition(".")
    filling, _, number = rest.rpartition(".")
    if not (generation.isdecimal() and number.isdecimal()):
        raise ChangesLost(f"{text!r} is no id of a change: read everything again.")
    return int(generation), filling, int(number)


def _changed(generation: int, filling: str, entry: Any) -> Changed:
    entry_id, fields = entry
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    number = int(entry_id.partition(b"-")[0])
    what = named[b"what"].decode()
    if what not in ("answer", "activity", "alerts", "removed"):
        raise msgspec.DecodeError(f"a change says {what!r}")
    return Changed(
        _id(generation, filling, number),
        named[b"account"].decode(errors="surrogatepass"),
        cast("Literal['answer', 'activity', 'alerts', 'removed']", what),
    )
