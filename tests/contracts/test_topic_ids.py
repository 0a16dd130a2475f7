"""What `streams.kafka.topic_ids` leans on in aiokafka beyond its documented interface, and that a broker understands
it."""

from __future__ import annotations

import inspect
from importlib.metadata import version

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.api import Request, RequestStruct

from streams.deployment.settings import Settings
from streams.kafka.topic_ids import find_topics
from tests.support.kafka.topic import until


def test_the_pinned_version_is_the_one_that_the_request_was_written_against() -> None:
    assert version("aiokafka") == "0.14.0"


def test_the_admin_client_sends_any_request_and_the_version_is_negotiated() -> None:
    assert list(inspect.signature(AIOKafkaAdminClient._send_request).parameters) == ["self", "request", "node_id"]
    assert "raise NotImplementedError" in inspect.getsource(Request.prepare)
    assert "FLEXIBLE_VERSION" in inspect.getsource(RequestStruct.build_request_header)


async def test_a_topic_made_anew_has_another_id_and_asking_creates_none(settings: Settings) -> None:
    name, missing = settings.topic("analytics"), settings.topic("billing")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()

    async def found() -> bool:
        return (await find_topics(admin, [name, missing])).keys() == {name}

    async def gone() -> bool:
        return not await find_topics(admin, [name, missing])

    try:
        await admin.create_topics([NewTopic(name, 3, 1)])
        await until(found, within_seconds=20, what="the topic is not there")
        first = (await find_topics(admin, [name]))[name]
        assert (first.partitions, first.replicas, len(first.id)) == (3, 1, 32)
        assert (await find_topics(admin, [name]))[name].id == first.id
        await admin.delete_topics([name])
        await until(gone, within_seconds=20, what="the topic is not deleted")
        await admin.create_topics([NewTopic(name, 3, 1)])
        await until(found, within_seconds=20, what="the topic is not there again")
        assert (await find_topics(admin, [name]))[name].id not in ("", first.id)
        assert missing not in await admin.list_topics()
    finally:
        await admin.close()
