"""`vitals rebuild` beside a projector that goes on: nothing is lost, and readers never see half a read model."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable

import msgspec
import pytest
from redis.asyncio import Redis

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.layout import Keys, root_of
from streams.read_model.port import ChangesLost
from streams.read_model.rebuilding.rebuild import Rebuilt, rebuild
from tests.builders import a_snapshot
from tests.integration.read_model.test_projector import (
    a_history,
    becomes,
    greatest,
    holds,
    projecting,
    publish_answers,
    reading,
)
from tests.support.commands import environment_of

DAY_MS = 86_400_000


async def rebuilt(settings: Settings, *, with_copies: bool = True) -> Rebuilt:
    return await rebuild(settings, lambda step, done, total: None, with_copies=with_copies)


def days(account_id: str, count: int) -> list[ScoreSnapshot]:
    """An answer a day."""
    return [
        a_snapshot(account_id, version=day + 1, score=50.0 + day, as_of_ms=1_795_255_200_000 + day * DAY_MS)
        for day in range(count)
    ]


async def names_in(redis: Redis, settings: Settings) -> set[str]:
    return {key.decode() async for key in redis.scan_iter(f"{glob(root_of(settings))}*")}


def glob(text: str) -> str:
    return text.replace("[", "\\[").replace("*", "\\*")


async def test_a_rebuild_while_answers_arrive_loses_none_and_readers_see_all_of_them(settings: Settings) -> None:
    history = a_history(accounts=200, versions=10)
    first = greatest(history[:1_000])
    await ensure_topics(settings)
    async with projecting(settings), reading(settings) as model, Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, [*days("acme", 5), *history[:1_000]])
        await holds(settings, first | greatest(days("acme", 5)))
        before = await model.last_change()
        sending = asyncio.create_task(publish_slowly(settings, history[1_000:]))
        working = asyncio.create_task(rebuilt(settings))
        while not working.done():
            assert len(await model.worst_first()) > 150, "half a read model was read"
            await asyncio.sleep(0)
        done = await working
        await sending
        await holds(settings, greatest([*history, *days("acme", 5)]))
        assert (done.generation, done.accounts >= len(first)) == (1, True)
        assert len((await model.histories(["acme"]))["acme"].days) == 4
        assert len(await model.movements("acme")) == 4
        keys = Keys(root_of(settings))
        assert not await names_in(redis, settings) & set(keys.all()), "the old generation is still there"
        with pytest.raises(ChangesLost):
            await model.changes(before)
        assert (await model.state()).fault == ""


async def publish_slowly(settings: Settings, answers: Iterable[ScoreSnapshot]) -> None:
    left = list(answers)
    while left:
        await publish_answers(settings, left[:100])
        left = left[100:]
        await asyncio.sleep(0.05)


async def test_activity_moves_along_unless_it_is_to_be_filled_again(settings: Settings) -> None:
    await ensure_topics(settings)
    keys = Keys(root_of(settings))
    async with Redis.from_url(settings.redis) as redis:
        async with projecting(settings):
            await publish_answers(settings, days("acme", 3))
            await holds(settings, greatest(days("acme", 3)))
        await redis.hset(keys.key("activity"), "acme", "much")
        assert (await rebuilt(settings)).generation == 1
        assert await redis.hget(keys.of(1).key("activity"), "acme") == b"much"
        assert (await rebuilt(settings, with_copies=False)).generation == 2
        assert not await redis.exists(keys.of(2).key("activity"), keys.of(1).key("activity"))
        await holds(settings, greatest(days("acme", 3)))


async def test_a_projector_that_starts_after_a_rebuild_goes_on_where_it_was(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings):
        await publish_answers(settings, days("acme", 3))
        await holds(settings, greatest(days("acme", 3)))
    await rebuilt(settings)
    async with projecting(settings), reading(settings) as model:
        await publish_answers(settings, days("acme", 6)[3:])
        await holds(settings, greatest(days("acme", 6)))
        assert [day.score for day in (await model.histories(["acme"]))["acme"].days] == [50, 51, 52, 53, 54]


async def test_nothing_is_rebuilt_where_nothing_serves_or_what_serves_is_broken(settings: Settings) -> None:
    await ensure_topics(settings)
    with pytest.raises(UserError, match="No read model serves yet: start `vitals project`"):
        await rebuilt(settings)
    async with projecting(settings), reading(settings) as model:
        await publish_answers(settings, days("acme", 2))

        async def is_there() -> bool:
            return await model.get("acme") is not None

        await becomes(is_there)
    async with Redis.from_url(settings.redis) as redis:
        keys = Keys(root_of(settings))
        await redis.set(f"{keys.root}rebuilding", "another", ex=60)
        with pytest.raises(UserError, match="Another `vitals rebuild` is running"):
            await rebuilt(settings)
        await redis.delete(f"{keys.root}rebuilding", keys.key("tiers"))
        with pytest.raises(UserError, match="The read model is broken: 1 accounts are counted, and tiers has 0"):
            await rebuilt(settings)
        assert not await redis.exists(f"{keys.root}rebuilding", keys.pointer)


async def test_the_command_says_what_it_did_and_shows_no_bar_to_a_program(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings):
        await publish_answers(settings, days("acme", 3))
        await holds(settings, greatest(days("acme", 3)))
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "vitals", "rebuild", "--json"),
            env=environment_of(settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(running.communicate(), 60)
        assert (running.returncode, err) == (0, b"")
        done = msgspec.json.decode(out)
        assert (done["generation"], done["accounts"], done["records"], done["messages"]) == (1, 1, 1, 3)
        await holds(settings, greatest(days("acme", 3)))
