"""What fails behind the door: a broker that is away or late, a right that is taken away, a signal to end."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from streams.deployment.settings import Settings
from streams.kafka.clients import new_admin
from streams.kafka.topic_admin import ensure_topics
from tests.faults.kafka import ProxiedKafka
from tests.integration.gateway.test_gateway import KEY, OWN, SECRETS, login
from tests.support.gateway.running import RunningGateway, a_gateway, a_gateway_process
from tests.support.kafka.acls import Operation, grant, revoke
from tests.support.kafka.secured import SecuredKafka
from tests.support.kafka.topic import read_all, until
from tests.support.rights import documented_rights

QUICK = OWN.replace('kind = "vitals"', 'kind = "vitals"\nanswer_within = "1s"')


@pytest.fixture
async def nodes() -> AsyncIterator[ProxiedKafka]:
    """A broker behind a proxy that it advertises."""
    kafka = ProxiedKafka(1)
    await kafka.start()
    try:
        yield kafka
    finally:
        await kafka.close()


async def send_all(gateway: RunningGateway, numbers: list[int], answers: Counter[int]) -> None:
    """Send each of these events until it is answered with 200, as a producer does."""
    for number in numbers:
        while True:
            try:
                answer = await gateway.client.post("/v1/events", json=login(f"a{number % 5}", number), headers=KEY)
            except httpx.TransportError:
                answers[0] += 1
            else:
                answers[answer.status_code] += 1
                if answer.status_code == 200:
                    break
            await asyncio.sleep(0.1)


async def test_an_outage_and_late_answers_lose_nothing_and_a_signal_answers_what_is_under_way(
    nodes: ProxiedKafka, tmp_path: Path
) -> None:
    proxy = nodes.proxies[0]
    settings = Settings(kafka=nodes.address_of(0), group="outage", topic_prefix="outage.", data_dir=str(tmp_path))
    async with a_gateway_process(settings, tmp_path, QUICK, SECRETS) as (gateway, process):
        answers: Counter[int] = Counter()
        sending = asyncio.gather(*(send_all(gateway, list(range(each, 400, 8)), answers) for each in range(8)))
        await asyncio.sleep(0.3)
        proxy.shut()  # what was sent arrives later, and is acknowledged later still
        await asyncio.sleep(2.0)
        proxy.open()
        await asyncio.sleep(0.3)
        await proxy.stop()  # nobody is there
        await asyncio.sleep(2.0)
        await proxy.start()
        await asyncio.wait_for(sending, 60)
        assert answers[200] == 400
        assert answers[503] > 0
        assert answers.keys() == {200, 503}
        direct = msgspec.structs.replace(settings, kafka=nodes.address)
        assert {json.loads(value)["id"] for value in await read_all(direct, "analytics")} == {
            f"e{number}" for number in range(400)
        }

        proxy.shut()
        under_way = asyncio.create_task(gateway.client.post("/v1/events", json=login("acme", 400), headers=KEY))
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert not under_way.done()
        with pytest.raises(httpx.TransportError):
            async with httpx.AsyncClient(trust_env=False) as another:
                await another.post(f"{gateway.url}/v1/events", json=login("acme", 401), headers=KEY)
        proxy.open()
        assert (await under_way).status_code == 200
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_right_that_is_taken_away_is_503_for_its_topic_until_it_is_given_back(
    secured_kafka: SecuredKafka, settings: Settings, tmp_path: Path
) -> None:
    ours = msgspec.structs.replace(
        settings, kafka=secured_kafka.address, idempotent=1, kafka_security=secured_kafka.security("gateway", "PLAIN")
    )
    everything = msgspec.structs.replace(settings, kafka=secured_kafka.address)
    await ensure_topics(everything, "gateway")
    rights = [each for each in documented_rights(settings) if each.user == "gateway"]
    taken = next(each for each in rights if each.name.endswith("analytics") and each.operation == Operation.Write)
    admin = new_admin(everything, "test")
    await admin.start()
    try:
        await grant(admin, *rights)
        own = msgspec.structs.replace(ours, kafka=secured_kafka.address_of(ours.kafka_security.security_protocol))
        async with a_gateway(own, tmp_path, QUICK, SECRETS) as gateway:

            async def post(topic: str, number: int) -> httpx.Response:
                body = {**login("acme", number), "topic": topic}
                return await gateway.client.post("/v1/events", json=body, headers=KEY)

            assert (await post("analytics", 0)).status_code == 200
            await revoke(admin, taken)
            refused = await post("analytics", 1)
            assert (refused.status_code, refused.json()["reason"]) == (503, "not_written")
            assert "analytics" in refused.json()["words"]
            assert [(await post("billing", number)).status_code for number in range(5)] == [200] * 5
            topic = own.topic("analytics")
            assert gateway.sample("vitals_gateway_write_failures_total", topic=topic, reason="not_allowed") > 0
            await grant(admin, taken)

            async def is_back() -> bool:
                return (await post("analytics", 1)).status_code == 200

            await until(is_back, within_seconds=30, what="the right is back, and still it is 503")
    finally:
        await admin.close()
