"""What every `ReadModel` does: one suite, on the fake and on Redis."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.read_model.port import Batch, Change, Group, ReadModel, ReadModelUnavailable, WritesLost, Written
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot
from tests.support.read_model.in_memory import InMemoryReadModel

STRANGE_IDS = ["", "å¢me", "日本 株式会社", "a:b{c}*?", "🙂" * 50, "nul\x00newline\n", "x" * 200, "e\u0301", "\u00e9"]


@pytest.fixture(params=["fake", "redis"])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[ReadModel]:
    if request.param == "fake":
        yield InMemoryReadModel()
        return
    redis = RedisReadModel.open(request.getfixturevalue("settings"))
    yield redis
    await redis.clear()
    await redis.close()


async def write(model: ReadModel, *changes: ScoreSnapshot | str, start: int = 0, partition: int = 0) -> Written:
    """Write at the offsets from `start` on; a name instead of an answer is that account's removal."""
    rows = [
        Change(offset, change, None) if isinstance(change, str) else Change(offset, change.account_id, change)
        for offset, change in enumerate(changes, start)
    ]
    return await model.write(Batch(partition=partition, start=start, end=start + len(rows), changes=rows))


async def listed(model: ReadModel, tier: str | None = None, limit: int | None = None, standing: str = "") -> list[str]:
    group = None if tier is None else Group(tier, standing)
    return [answer.account_id for answer in await model.worst_first(group, limit)]


async def test_an_answer_is_read_as_it_was_written(model: ReadModel) -> None:
    answer = a_snapshot("acme", score=0.1 + 0.2, mrr=None, plan=None)
    assert await write(model, answer) == Written(stored=1)
    assert await model.get("acme") == answer


async def test_an_unknown_account_has_no_answer(model: ReadModel) -> None:
    assert await model.get("acme") is None
    assert await model.get("lone \ud800 surrogate") is None
    assert await model.worst_first() == []
    assert await model.count_by_group() == {}
    assert await model.progress() == {}


async def test_any_unicode_is_an_account_id(model: ReadModel) -> None:
    await write(model, *(a_snapshot(account_id) for account_id in STRANGE_IDS))
    for account_id in STRANGE_IDS:
        assert (await model.get(account_id) or a_snapshot("none")).account_id == account_id
    assert await listed(model) == sorted(STRANGE_IDS)


@pytest.mark.parametrize(
    ("held", "offered", "outcome"),
    [
        ((1, 5), (1, 6), Written(stored=1)),
        ((1, 5), (1, 5), Written(duplicate=1)),
        ((1, 5), (1, 4), Written(stale=1)),
        ((1, 5), (2, 1), Written(stored=1)),
        ((2, 1), (1, 9), Written(stale=1)),
        ((1, 9), (1, 10), Written(stored=1)),
        ((2**53, 1), (2**53 + 1, 1), Written(stored=1)),
        ((2**53 + 1, 1), (2**53, 1), Written(stale=1)),
        ((1, 2**63 - 2), (1, 2**63 - 1), Written(stored=1)),
    ],
)
async def test_the_greatest_generation_and_version_wins(
    model: ReadModel, held: tuple[int, int], offered: tuple[int, int], outcome: Written
) -> None:
    old = a_snapshot(generation=held[0], version=held[1], score=10.0, tier="red")
    new = a_snapshot(generation=offered[0], version=offered[1], score=90.0, tier="green")
    await write(model, old)
    assert await write(model, new, start=1) == outcome
    assert await model.get("acme") == (new if outcome.stored else old)
    assert await model.count_by_group() == {Group("green" if outcome.stored else "red"): 1}
    assert await listed(model, "red") == ([] if outcome.stored else ["acme"])


async def test_within_one_batch_the_greatest_wins_too(model: ReadModel) -> None:
    versions = [a_snapshot(version=version, score=float(version)) for version in (3, 1, 3, 4, 2)]
    assert await write(model, *versions) == Written(stored=2, duplicate=1, stale=2)
    assert await model.get("acme") == versions[3]


async def test_the_worst_come_first_and_those_without_a_score_last(model: ReadModel) -> None:
    await write(
        model,
        a_snapshot("unknown", score=None, tier=""),
        a_snapshot("best", score=99.5, tier="green"),
        a_snapshot("b-tie", score=12.0, tier="red"),
        a_snapshot("worst", score=-3.5, tier="red"),
        a_snapshot("a-tie", score=12.0, tier="red"),
        a_snapshot("close", score=12.000000000000002, tier="red"),
    )
    assert await listed(model) == ["worst", "a-tie", "b-tie", "close", "best", "unknown"]
    assert await listed(model, "red") == ["worst", "a-tie", "b-tie", "close"]
    assert await listed(model, "red", 2) == ["worst", "a-tie"]
    assert await listed(model, None, 5) == ["worst", "a-tie", "b-tie", "close", "best"]
    assert await listed(model, "") == ["unknown"]
    assert await listed(model, "purple") == []
    assert await listed(model, None, 0) == []
    assert await listed(model, None, -1) == []
    assert await model.count_by_group() == {Group("red"): 4, Group("green"): 1, Group(""): 1}


async def test_accounts_in_a_standing_are_listed_and_counted_apart(model: ReadModel) -> None:
    churned = a_snapshot("gone", score=None, tier="", standing="churned")
    overridden = a_snapshot("set", score=50.0, tier="yellow", standing="churned")
    unscored = a_snapshot("new", score=None, tier="", unscored="use")
    await write(model, churned, unscored, overridden, a_snapshot("churned", score=1.0, tier="churned"))
    assert await model.count_by_group() == {
        Group("", "churned"): 1,
        Group(""): 1,
        Group("yellow"): 1,
        Group("churned"): 1,
    }
    assert await listed(model, "", standing="churned") == ["gone"]
    assert await listed(model, "") == ["new"]
    assert await listed(model, "churned") == ["churned"]
    assert await listed(model) == ["churned", "set", "gone", "new"]
    await write(model, a_snapshot("gone", version=2, tier="red", score=8.0), start=4)
    assert await listed(model, "", standing="churned") == []
    assert await listed(model, "red") == ["gone"]


async def test_an_account_that_moves_is_in_one_tier_only(model: ReadModel) -> None:
    await write(model, a_snapshot(version=1, tier="green", score=80.0), a_snapshot("other", tier="green", score=81.0))
    await write(model, a_snapshot(version=2, tier="red", score=8.0), start=2)
    assert await listed(model, "green") == ["other"]
    assert await listed(model, "red") == ["acme"]
    await write(model, a_snapshot(version=3, tier="", score=None), a_snapshot("other", version=2, tier="red"), start=3)
    assert await model.count_by_group() == {Group("red"): 1, Group(""): 1}
    assert await listed(model) == ["other", "acme"]


async def test_a_removed_account_is_gone_everywhere_and_may_come_back(model: ReadModel) -> None:
    await write(model, a_snapshot(version=7), a_snapshot("other"))
    assert await write(model, "acme", "never-there", start=2) == Written(removed=1, duplicate=1)
    assert await model.get("acme") is None
    assert await listed(model) == await listed(model, "yellow") == ["other"]
    assert await model.count_by_group() == {Group("yellow"): 1}
    assert await write(model, a_snapshot(version=1), start=4) == Written(stored=1)
    assert await listed(model) == ["acme", "other"]


async def test_progress_is_kept_for_each_partition(model: ReadModel) -> None:
    await write(model, a_snapshot(), partition=0)
    await write(model, a_snapshot("other"), a_snapshot("other", version=2), partition=3)
    await model.write(Batch(partition=3, start=2, end=9, changes=()))
    assert await model.progress() == {0: 1, 3: 9}


async def test_a_batch_that_comes_again_changes_nothing_not_even_by_its_removals(model: ReadModel) -> None:
    await write(model, a_snapshot(version=5), "acme")
    await write(model, a_snapshot(version=6), start=2)
    assert await write(model, a_snapshot(version=5), "acme") == Written(duplicate=2)
    assert await model.get("acme") == a_snapshot(version=6)
    assert await model.progress() == {0: 3}


async def test_only_the_new_part_of_an_overlapping_batch_is_taken_in(model: ReadModel) -> None:
    await write(model, a_snapshot("a"), a_snapshot("b"))
    assert await write(model, "b", a_snapshot("c"), start=1) == Written(duplicate=1, stored=1)
    assert await listed(model) == ["a", "b", "c"]
    assert await model.progress() == {0: 3}


async def test_a_batch_after_a_gap_is_refused_with_the_offset_to_read_from(model: ReadModel) -> None:
    await write(model, a_snapshot())
    with pytest.raises(WritesLost) as lost:
        await write(model, a_snapshot(version=2), start=2)
    assert (lost.value.partition, lost.value.held) == (0, 1)
    assert await model.get("acme") == a_snapshot()
    with pytest.raises(WritesLost) as emptied:
        await write(model, a_snapshot("other"), start=5, partition=1)
    assert emptied.value.held == 0
    assert await model.progress() == {0: 1}


async def test_clearing_forgets_answers_and_progress(model: ReadModel) -> None:
    await write(model, a_snapshot(version=9), a_snapshot("other", tier="red"))
    await model.clear()
    assert await model.worst_first() == await model.worst_first(Group("red")) == []
    assert await model.count_by_group() == {}
    assert await model.progress() == {}
    assert await write(model, a_snapshot(version=1)) == Written(stored=1)


async def test_more_changes_than_one_step_takes_come_out_whole(model: ReadModel) -> None:
    """1,700 changes of 40 accounts, versions in any order, with removals: equal to the last word on each."""
    dice = random.Random(20261121)
    changes: list[ScoreSnapshot | str] = []
    expected: dict[str, ScoreSnapshot] = {}
    for _ in range(1_700):
        account_id = f"account-{dice.randrange(40)}"
        if dice.random() < 0.02:
            expected.pop(account_id, None)
            changes.append(account_id)
            continue
        tier = dice.choice(["red", "yellow", "green"])
        answer = a_snapshot(account_id, generation=dice.randrange(3), version=dice.randrange(50), tier=tier)
        held = expected.get(account_id)
        if held is None or (held.generation, held.version) < (answer.generation, answer.version):
            expected[account_id] = answer
        changes.append(answer)
    written = await write(model, *changes)
    assert written.stored + written.removed + written.duplicate + written.stale == 1_700
    assert {answer.account_id: answer for answer in await model.worst_first()} == expected
    assert sum((await model.count_by_group()).values()) == len(expected)
    assert await model.progress() == {0: 1_700}


async def test_deployments_share_a_redis_without_meeting(settings: Settings) -> None:
    prefixes = [("a", ""), ("a", "b."), ("b.a", ""), ("b", "")]
    models = [RedisReadModel.open(_named(settings, group, prefix)) for group, prefix in prefixes]
    for number, model in enumerate(models):
        await model.clear()
        await write(model, a_snapshot(score=float(number)))
    for number, model in enumerate(models):
        assert [answer.score for answer in await model.worst_first()] == [float(number)]
        await model.clear()
        assert await model.get("acme") is None
        await model.close()


async def test_a_redis_that_is_down_says_what_to_do_and_keeps_the_password_to_itself() -> None:
    model = RedisReadModel.open(Settings(redis="redis://ops:secret@127.0.0.1:1/0"))
    for read in (model.get("acme"), model.worst_first(), model.count_by_group(), model.progress(), model.clear()):
        with pytest.raises(ReadModelUnavailable, match=r"Redis at 127\.0\.0\.1:1 .*VITALS_REDIS") as down:
            await read
        assert "secret" not in str(down.value)
    await model.close()


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match=r"VITALS_REDIS is not a Redis URL .* set it like"):
        RedisReadModel.open(Settings(redis="localhost"))


def _named(settings: Settings, group: str, topic_prefix: str) -> Settings:
    return Settings(redis=settings.redis, group=group, topic_prefix=topic_prefix)


async def test_models_are_kept_by_key_until_everything_is_cleared(model: ReadModel) -> None:
    assert await model.models() == {}
    await model.write_models({})
    await model.write_models({"default@1": b"{}", "a:b c@2": b"\x00\xff"})
    await model.write_models({"default@1": b'{"again":1}'})
    assert await model.models() == {"default@1": b'{"again":1}', "a:b c@2": b"\x00\xff"}
    state = await model.state()
    assert (state.models, state.fault, state.is_untouched) == (2, "", True)
    await write(model, a_snapshot())
    assert (await model.state()).fault == ""
    await model.clear()
    assert (await model.models(), (await model.state()).models) == ({}, 0)
