"""A copy of topics in Redis that is exact under repeats: its data and its progress are written in one step.

Two copies are kept by this: the activity of accounts, and their alert cases. Each has a progress of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from streams.activity.scripts import CLAIM, CLEAR, FIXED_KEYS, STATE, WRITE
from streams.deployment.settings import Settings
from streams.read_model.layout import HELD_UP, SWITCHED, Keys, root_of
from streams.read_model.port import ReadModelBroken, ReadModelUnavailable
from streams.redis.client import open_redis, shown_address
from streams.redis.errors import error_text

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
READ_AT_ONCE = 1_000


class CopyLayout(NamedTuple):
    """The name of a copy, and its keys: its progress, and its data in the order of the numbers of its steps, from 1."""

    name: str
    progress: str
    data: tuple[str, ...]


ACTIVITY = CopyLayout("activity", "activity_progress", ("activity",))
CASES = CopyLayout(
    "cases", "cases_progress", ("account_cases", "transitions", "cases", "open_cases", "decisions", "decision_bodies")
)


class Step(NamedTuple):
    """One step of a write: see `streams.activity.scripts.WRITE`. `key` is the number of a key of the data."""

    what: Literal["set", "del", "rank", "unrank", "cut", "gone", "news"]
    key: int
    name: str | bytes
    value: str | bytes | int = ""


class Span(NamedTuple):
    """The offsets [`start`, `end`) of a topic, by its logical name."""

    topic: str
    start: int
    end: int


class Claimed(msgspec.Struct, frozen=True):
    """The progress when a partition was claimed: the `offsets` of its topics, and by print when accounts were
    forgotten."""

    offsets: Mapping[str, int]
    gone: Mapping[str, int]


class CopyLost(Exception):
    """Redis lacks written data, or another loop has the partition: claim it again."""


def print_of(account_id: str) -> str:
    """What is kept of the id of an account that was forgotten: enough to recognise it, and not the id."""
    return hashlib.blake2b(account_id.encode(errors="surrogatepass"), digest_size=16).hexdigest()


class RedisCopy:
    """One copy in Redis. Every method but `close` may block on the network for seconds, and raises
    `ReadModelUnavailable`."""

    def __init__(self, redis: Redis, *, keys: Keys, address: str, layout: CopyLayout) -> None:
        """`keys` are of the generation that serves, whichever that is, or of one that is being filled; `redis` answers
        in bytes; `address` names it in error texts."""
        self._redis = redis
        self._address = address
        self._layout = layout
        self._keys = keys

    @property
    def name(self) -> str:
        """The name of the copy."""
        return self._layout.name

    @classmethod
    def open(cls, settings: Settings, layout: CopyLayout, keys: Keys | None = None) -> RedisCopy:
        """A copy of a deployment: of the generation that serves, or of that of `keys`, which is being filled. Does
        not connect yet; call `close` when done.

        Raises:
            UserError: when the settings of Redis cannot be used.
        """
        retry = Retry(NoBackoff(), 1)
        redis = open_redis(settings, connect_seconds=CONNECT_SECONDS, answer_seconds=ANSWER_SECONDS, retry=retry)
        keys = keys or Keys(root_of(settings))
        return cls(redis, keys=keys, address=shown_address(settings), layout=layout)

    async def close(self) -> None:
        """Give the connections back. A second call does nothing."""
        await self._redis.aclose()

    async def claim(self, partition: int, token: str) -> Claimed:
        """Take a partition over: from now on only writes with `token` count for it. Reads which generation serves."""
        await self.follow()
        _, fields = await self._run(CLAIM, partition, token)
        held = {name.decode(): int(value) for name, value in _pairs(fields) if not name.startswith(b"owner:")}
        ending = f":{partition}"
        return Claimed(
            {name.removesuffix(ending): value for name, value in held.items() if name.endswith(ending)},
            {name.removeprefix("gone:"): value for name, value in held.items() if name.startswith("gone:")},
        )

    async def load(self, key: int, names: Sequence[str]) -> dict[str, bytes]:
        """The values that a hash of the data has of these fields."""
        found: dict[str, bytes] = {}
        for first in range(0, len(names), READ_AT_ONCE):
            page = names[first : first + READ_AT_ONCE]
            async with self._answering():
                values = await self._redis.hmget(self._key(key), [_field(name) for name in page])
            given = cast("list[bytes | None]", values)
            found |= {name: value for name, value in zip(page, given, strict=True) if value is not None}
        return found

    async def load_all(self, key: int) -> dict[bytes, bytes]:
        """All of a small hash of the data."""
        async with self._answering():
            return cast("dict[bytes, bytes]", await self._redis.hgetall(self._key(key)))

    async def write(self, partition: int, token: str, spans: Sequence[Span], steps: Iterable[Step]) -> None:
        """Carry out `steps`, and move the progress of the partition from the starts of `spans` to their ends.

        Raises:
            CopyLost: when the progress is another one, or another loop has claimed the partition; nothing is written.
        """
        arguments: list[str | bytes | int] = [partition, token, len(spans)]
        for span in spans:
            arguments += span
        for what, key, name, value in steps:
            arguments += (what, key, _field(name), value)
        await self._run(WRITE, *arguments)

    async def clear(self) -> None:
        """Delete all of it. Raises `CopyLost` when another generation serves by now."""
        await self._run(CLEAR)

    async def fault(self) -> str:
        """What is wrong with it, "" for nothing: a key that lacks written data. Raises `CopyLost` when another
        generation serves by now."""
        found = await self._run(STATE)
        if not found[0]:
            return ""
        name = (self._layout.progress, *self._layout.data)[found[0] - FIXED_KEYS]
        return f"{name} is somebody else's" if found[1] < 0 else f"{name} has {found[1]:,} entries, not {found[2]:,}"

    async def is_empty(self) -> bool:
        """Whether nothing was ever written, or everything was deleted since."""
        async with self._answering():
            return not await self._redis.exists(self._keys.key(self._layout.progress))

    async def follow(self) -> None:
        """Find out which generation serves, unless it is one that is being filled."""
        if not self._keys.is_serving:
            return
        async with self._answering():
            serving = await self._redis.get(self._keys.pointer)
        self._keys = self._keys.of(int(serving or 0))

    def _key(self, number: int) -> str:
        return self._keys.key(self._layout.data[number - 1])

    def _arguments(self) -> list[Any]:
        keys = self._keys
        names = ("progress", "changes", self._layout.progress, *self._layout.data)
        return [len(names) + 2, *keys.guards, *map(keys.key, names), keys.meant]

    async def _run(self, script: str, *arguments: str | bytes | int) -> Any:
        async with self._answering():
            answer = await self._redis.eval(script, *self._arguments(), *arguments)
        if answer[0] == HELD_UP:
            raise ReadModelUnavailable("Another generation of the read model is about to serve.")
        if answer[0] == SWITCHED:
            raise CopyLost("Another generation of the read model serves.")
        if answer[0] < 0:
            raise CopyLost("Redis lacks written data, or another process has taken the partition over.")
        return answer

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            kind = ReadModelBroken if "WRONGTYPE" in str(error) else ReadModelUnavailable
            raise kind(error_text(error, self._address)) from error


def _pairs(flat: list[bytes]) -> list[tuple[bytes, bytes]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _field(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode(errors="surrogatepass")
