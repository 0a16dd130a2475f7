"""A projector keeps in memory what it wrote lately: what others write, and what Redis loses, is never missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest

from streams.deployment.settings import Settings
from streams.read_model.port import Batch, Change, ReadModel
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot

SCORES = (50.0, 70.0, 20.0, 90.0, 40.0, 60.0)


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[tuple[RedisReadModel, RedisReadModel]]:
    first, second = RedisReadModel.open(settings), RedisReadModel.open(settings)
    yield first, second
    await first.clear()
    await first.close()
    await second.close()


async def write(model: ReadModel, *offsets: int) -> None:
    changes = [
        Change(offset, "acme", a_snapshot("acme", version=offset + 1, score=SCORES[offset])) for offset in offsets
    ]
    await model.write(Batch(partition=0, start=offsets[0], end=offsets[-1] + 1, changes=changes))


async def seen(model: ReadModel) -> list[float | None]:
    return [each.after for each in await model.movements("acme")]


async def test_a_write_of_another_projector_is_not_missed(two: tuple[RedisReadModel, RedisReadModel]) -> None:
    first, second = two
    await write(first, 0, 1)
    await write(second, 2)
    await write(first, 3)
    await write(first, 4)
    await write(second, 5)
    assert await seen(first) == list(SCORES[1:])


async def test_what_redis_lost_is_not_remembered(two: tuple[RedisReadModel, RedisReadModel]) -> None:
    """It comes back from an older snapshot, and another projector writes on to the same offset."""
    first, second = two
    await write(first, 0, 1)
    redis, keys = first.redis, await first.keys()
    names = [name for name in keys.all() if await redis.exists(name)]
    saved = {name: cast("bytes", await redis.dump(name)) for name in names}
    await write(first, 2)
    for name, value in saved.items():
        await redis.restore(name, 0, value, replace=True)
    changes = [Change(2, "acme", a_snapshot("acme", version=3, score=99.0))]
    await second.write(Batch(partition=0, start=2, end=3, changes=changes))
    await write(first, 3)
    assert await seen(first) == [70.0, 99.0, 90.0]


async def test_a_removal_by_another_projector_is_not_missed(two: tuple[RedisReadModel, RedisReadModel]) -> None:
    first, second = two
    await write(first, 0, 1)
    await second.write(Batch(partition=0, start=2, end=3, changes=[Change(2, "acme", None)]))
    await write(first, 3)
    assert await seen(first) == []
    state = await first.state()
    assert (state.accounts, state.fault) == (1, "")
