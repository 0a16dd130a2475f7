"""What every `ReadModel` answers beyond the current scores: one suite, on the fake and on Redis."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from streams.read_model.port import Batch, Change, ChangesLost, ReadModel
from streams.read_model.records.account import Account, Floor
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot
from tests.support.read_model.in_memory import InMemoryReadModel
from tests.support.read_model.lives import some_changes
from tests.support.read_model.plain import plain_accounts


@pytest.fixture(params=["fake", "redis"])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[ReadModel]:
    if request.param == "fake":
        yield InMemoryReadModel()
        return
    redis = RedisReadModel.open(request.getfixturevalue("settings"))
    yield redis
    await redis.clear()
    await redis.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_histories_and_movements_are_those_of_all_answers(model: ReadModel, seed: int) -> None:
    drawn = random.Random(seed)
    changes = some_changes(drawn, 4, 90)
    start = 0
    while start <= changes[-1].offset:
        end = start + drawn.randint(1, 40)
        batch = [change for change in changes if start <= change.offset < end]
        await model.write(Batch(partition=0, start=start, end=end, changes=batch))
        start = end
    plain = plain_accounts(changes)
    living = {name: account for name, account in plain.items() if account.answers}
    assert await model.get_many([*plain, "nobody"]) == {name: each.answers[-1] for name, each in living.items()}
    assert await model.histories([*plain, "nobody"]) == {name: each.history() for name, each in living.items()}
    for name, account in plain.items():
        assert sorted(await model.movements(name), key=repr) == sorted(account.movements(), key=repr)
    scanned = {each.answer.account_id: each async for found in model.scan() for each in found}
    assert {name: each.answer for name, each in scanned.items()} == await model.get_many([*plain])
    for name, account in living.items():
        scores = [-(2**31) if day.score is None else round(day.score * 100) for day in account.history().days]
        assert list(scanned[name].trend.scores) == scores
    assert (await model.state()).fault == ""


async def test_changes_are_read_once_in_order_from_any_place(model: ReadModel) -> None:
    await write(model, 0, "first")
    begin = await model.last_change()
    assert await model.changes(begin) == []
    await write(model, 1, "acme", "other")
    found = await model.changes(begin)
    assert [(each.account_id, each.what) for each in found] == [("acme", "answer"), ("other", "answer")]
    assert await model.changes(found[0].id) == found[1:]
    assert await model.changes(found[1].id, 20) == []
    assert found[1].id == await model.last_change()
    await model.write(Batch(partition=0, start=3, end=4, changes=[Change(3, "acme", None)]))
    assert [each.what for each in await model.changes(found[1].id, 1_000)] == ["removed"]


async def test_a_reader_is_sent_back_to_the_beginning_after_the_model_was_cleared_or_read_back(
    model: ReadModel,
) -> None:
    await write(model, 0, "acme")
    place = await model.last_change()
    await model.clear()
    with pytest.raises(ChangesLost):
        await model.changes(place)
    await write(model, 0, "acme", "other")
    with pytest.raises(ChangesLost):
        await model.changes(place)
    place = await model.last_change()
    await model.restored(0)
    with pytest.raises(ChangesLost):
        await model.changes(place)


async def test_an_account_that_was_read_back_takes_in_only_what_came_later(model: ReadModel) -> None:
    record = Account(a_snapshot(version=7), floor=Floor(0, 5))
    await model.restore(0, {"acme": record})
    assert await model.progress() == {}
    await model.restored(0)
    assert await model.progress() == {0: 0}
    changes = [Change(offset, "acme", a_snapshot(version=offset + 2)) for offset in range(7)]
    written = await model.write(Batch(partition=0, start=0, end=7, changes=changes))
    assert (written.stored, written.duplicate + written.stale) == (1, 6)
    await model.restore(0, {"acme": Account()})
    assert await model.get("acme") == a_snapshot(version=8)


async def write(model: ReadModel, start: int, *names: str) -> None:
    changes = [Change(start + at, name, a_snapshot(name, version=start + at + 1)) for at, name in enumerate(names)]
    await model.write(Batch(partition=0, start=start, end=start + len(names), changes=changes))
