"""The attribution on a real broker: aliases that come, waits that end, crashes, a second process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence

import msgspec
import pytest
from aiokafka import ConsumerRecord

from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.identity.alias import ForeignId
from streams.identity.publisher import Publisher
from streams.identity.unattributed import Unattributed, decode_unattributed
from streams.identity.waiting_store import WaitingEvent
from streams.topics import DEAD_LETTERS, UNATTRIBUTED, partition_of
from streams.under_account import under_account
from tests.integration.identity.attributing import a_door, attributing, messages_on
from tests.support.kafka.topic import until

pytestmark = pytest.mark.slow

CUSTOMER = ForeignId("stripe.customer", "cus_1")
USER = ForeignId("segment.user", "ann")
GROUP = ForeignId("segment.group", "g7")
NOW_MS = time.time_ns() // 1_000_000


def paid(number: int, *accounts: ForeignId, received_ms: int = NOW_MS) -> Unattributed:
    at_ms = NOW_MS - 1_000 * number
    value = json.dumps({"event": "paid", "id": f"evt_{number}", "timestamp": at_ms, "properties": {"n": number}})
    return Unattributed(
        topic="billing",
        event="paid",
        value=value.encode(),
        occurred_at_ms=at_ms,
        accounts=accounts or (CUSTOMER,),
        source="stripe",
        received_ms=received_ms,
    )


async def until_published(
    settings: Settings, is_enough: Callable[[list[dict[str, object]]], bool]
) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []

    async def are_there() -> bool:
        found[:] = await messages_on(settings, "billing")
        return is_enough([json.loads(message.value) for message in found])

    await until(are_there, within_seconds=10, what="they are not published")
    return found


async def until_nothing_waits(settings: Settings) -> None:
    async def is_empty() -> bool:
        newest = {message.key: message.value for message in await messages_on(settings, UNATTRIBUTED)}
        return not any(newest.values())

    await until(is_empty, within_seconds=20, what="events wait")


async def test_an_event_is_published_as_it_was_when_the_last_alias_of_its_chain_comes(settings: Settings) -> None:
    async with a_door(settings) as door, attributing(settings) as metrics:
        await door.alias(USER, GROUP)
        for number in (1, 2, 3):
            await door.event(paid(number, USER, CUSTOMER), f"evt_{number}")
        await until(lambda: waits(metrics.registry.get_sample_value, 3), within_seconds=20, what="none waits")
        await door.leads(GROUP, "acme")
        found = await until_published(settings, lambda events: len(events) == 3)
        await until_nothing_waits(settings)
        await until(lambda: waits(metrics.registry.get_sample_value, None), within_seconds=20, what="they wait on")
    assert {(message.key, message.partition) for message in found} == {(b"acme", partition_of(b"acme", 4))}
    in_time = [under_account(paid(number).value, "acme") for number in (3, 2, 1)]
    assert [message.value for message in found] == in_time
    assert metrics.registry.get_sample_value("vitals_attributed_total", {"topic": "billing"}) == 3
    assert metrics.liveness.report().state == "ready"


async def waits(sample: Callable[..., float | None], count: float | None) -> bool:
    return sample("vitals_unattributed_events", {"source": "stripe", "kind": "segment.user"}) == count


async def test_after_a_crash_between_publishing_and_deleting_the_event_comes_again_with_its_id(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = asyncio.Event()

    async def dies(_: Publisher, events: Sequence[WaitingEvent]) -> None:
        died.set()
        await asyncio.Event().wait()

    async with a_door(settings) as door:
        await door.event(paid(1), "evt_1")
        await door.leads(CUSTOMER, "acme")
        with monkeypatch.context() as patched:
            patched.setattr(Publisher, "_delete", dies)
            async with attributing(settings, is_killed=True), asyncio.timeout(30):
                await died.wait()
        async with attributing(settings):
            found = await until_published(settings, lambda events: len(events) == 2)
            await until_nothing_waits(settings)
        async with attributing(settings) as metrics:

            async def is_ready() -> bool:
                return metrics.liveness.report().state == "ready"

            await until(is_ready, within_seconds=20, what="it does not start")
    assert found[0].value == found[1].value
    assert len(await messages_on(settings, "billing")) == 2


async def test_one_process_works_another_stands_by_and_takes_over(settings: Settings) -> None:
    async with a_door(settings) as door:
        async with attributing(settings) as first:
            await door.event(paid(1), "evt_1")

            async def has_read() -> bool:
                return bool(first.registry.get_sample_value("vitals_unattributed_oldest_seconds"))

            await until(has_read, within_seconds=20, what="nothing waits")
            second = attributing(settings)
            await second.__aenter__()
        await door.leads(CUSTOMER, "acme")
        await until_published(settings, lambda events: len(events) == 1)
        await until_nothing_waits(settings)
        await second.__aexit__(None, None, None)
    assert len(await messages_on(settings, "billing")) == 1


async def test_an_event_that_waits_too_long_is_a_dead_letter_that_can_wait_again(settings: Settings) -> None:
    days = 86_400_000
    async with a_door(settings) as door, attributing(settings) as metrics:
        await door.event(paid(1, received_ms=NOW_MS - 35 * days), "evt_1")
        await door.event(paid(2, received_ms=NOW_MS - 34 * days), "evt_2")
        letters: list[ConsumerRecord] = []

        async def is_dead() -> bool:
            letters[:] = await messages_on(msgspec.structs.replace(settings, partitions=1), DEAD_LETTERS)
            return len(letters) == 1

        await until(is_dead, within_seconds=20, what="no dead letter")
        letter = msgspec.json.decode(letters[0].value, type=DeadLetter)
        assert (letter.reason, letter.topic, letter.timestamp_ms) == (
            "unattributed_too_long",
            UNATTRIBUTED,
            NOW_MS - 35 * days,
        )
        assert letter.words.startswith("stripe.customer cus_1: no alias led to an account within 35 days")
        assert decode_unattributed(letter.value or b"").value == paid(1).value
        await door.producer.send_and_wait(settings.topic(UNATTRIBUTED), letter.value, key=letter.key)
        await door.leads(CUSTOMER, "acme")
        await until_published(settings, lambda events: {event["id"] for event in events} == {"evt_1", "evt_2"})
    given_up = metrics.registry.get_sample_value("vitals_unattributed_given_up_total", {"reason": letter.reason})
    assert given_up == 1


async def test_what_cannot_be_read_is_skipped_and_counted(settings: Settings) -> None:
    async with a_door(settings) as door, attributing(settings) as metrics:
        await door.producer.send_and_wait(settings.topic(UNATTRIBUTED), b"{", key=b"k")
        await door.producer.send_and_wait(settings.topic("aliases"), b"[]", key=b"k")
        await door.event(paid(1), "evt_1")
        await door.leads(CUSTOMER, "acme")
        await until_published(settings, lambda events: len(events) == 1)
    for topic in (UNATTRIBUTED, "aliases"):
        assert metrics.registry.get_sample_value("vitals_unreadable_aliases_total", {"topic": topic}) == 1
