"""A real Redis in cluster mode: one node that has all slots, and three that send a client from one to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import redis

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import Claim, RedisDeliveredIds
from streams.read_model.layout import LAYOUT
from streams.read_model.port import Batch, Change, Group, ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis
from tests.builders import a_snapshot, an_alert_step
from tests.integration.notifier.test_notifier import publish, running, to_slack
from tests.integration.read_model.test_projector import greatest, holds, projecting, publish_answers
from tests.support.fake_slack import FakeSlack
from tests.support.redis_cluster import redis_cluster
from vitals import main


@pytest.fixture(scope="module", params=[1, 3], ids=["one node", "three nodes"])
def nodes(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    with redis_cluster(request.param) as urls:
        yield urls


@pytest.fixture
async def models(nodes: list[str]) -> AsyncIterator[list[RedisReadModel]]:
    """One model, read through each node of the cluster: where there are three, two of them own none of its keys."""
    models = [RedisReadModel.open(Settings(redis=url)) for url in nodes]
    yield models
    await models[0].clear()
    for model in models:
        await model.close()


async def test_all_keys_of_a_deployment_are_in_one_slot(nodes: list[str], models: list[RedisReadModel]) -> None:
    answer = a_snapshot("acme", tier="red")
    await models[0].write(Batch(partition=0, start=0, end=1, changes=[Change(0, "acme", answer)]))
    keys: list[object] = []
    for url in nodes:
        with redis.Redis.from_url(url) as client:
            keys += client.scan_iter(f"*{{vitals}}:{LAYOUT}:*")
    assert len(keys) == 8


async def test_what_is_written_through_one_node_is_read_through_any(models: list[RedisReadModel]) -> None:
    answers = [a_snapshot(f"account-{n}", score=float(n), tier="red" if n < 5 else "green") for n in range(40)]
    changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(answers)]
    await models[0].write(Batch(partition=0, start=0, end=40, changes=changes))
    for model in models:
        assert await model.worst_first() == answers
        assert await model.worst_first(Group("red"), 3) == answers[:3]
        assert await model.get("account-7") == answers[7]
        assert await model.count_by_group() == {Group("red"): 5, Group("green"): 35}
        assert await model.progress() == {0: 40}
        assert not (await model.state()).fault


async def test_delivered_ids_are_kept_in_a_cluster(nodes: list[str]) -> None:
    for url in nodes:
        settings = Settings(redis=url)
        client = open_redis(settings, connect_seconds=2.0, answer_seconds=2.0)
        async with client:
            ids = RedisDeliveredIds(client, prefix=settings.redis_prefix)
            for number in range(20):
                delivery_id = f"{url}:{number}"
                assert await ids.claim(delivery_id) is Claim.OURS
                await ids.mark_sent(delivery_id)
                await ids.release(delivery_id)
                assert await ids.claim(delivery_id) is Claim.SENT


async def test_another_database_than_0_is_one_line(nodes: list[str]) -> None:
    model = RedisReadModel.open(Settings(redis=nodes[0].removesuffix("0") + "1"))
    with pytest.raises(ReadModelUnavailable, match=r"(only database 0|no database of that number): "):
        await model.progress()
    await model.close()


async def test_projector_notifier_and_scores_work_on_a_cluster(
    settings: Settings, nodes: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clustered = msgspec.structs.replace(settings, redis=nodes[-1])
    answers = [a_snapshot(f"account-{number}") for number in range(30)]
    await ensure_topics(clustered)
    with FakeSlack() as slack:
        async with projecting(clustered), running(to_slack(clustered, slack)) as metrics:
            await publish_answers(clustered, answers)
            await publish(clustered, an_alert_step(), an_alert_step())
            await holds(clustered, greatest(answers))
            await metrics.until_outcomes(delivered=1, duplicate=1)
    monkeypatch.setenv("VITALS_REDIS", nodes[0])
    monkeypatch.setenv("VITALS_GROUP", settings.group)
    monkeypatch.setenv("VITALS_TOPIC_PREFIX", settings.topic_prefix)
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main, ["scores"])
    assert (ended.value.code, "30 of 30 accounts" in capsys.readouterr().out) == (0, True)
