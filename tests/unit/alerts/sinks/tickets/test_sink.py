"""One ticket a case, in each of the systems: opened, commented, closed; never a second one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from alerts.gathered import gathered_of
from alerts.sinks import http
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.tickets.sink import TicketSink
from alerts.sinks.tickets.systems import TICKET_SYSTEMS
from alerts.step import AlertStep
from tests.builders import an_alert_step
from tests.fakes import InMemorySinkMemory
from tests.support.fake_slack import Reply
from tests.support.receivers.ticket_systems import (
    TOKEN,
    FakeHubSpot,
    FakeLinear,
    FakeReceiver,
    FakeTickets,
    FakeZendesk,
)

FAKES: Mapping[str, type[FakeTickets]] = {
    "zendesk": FakeZendesk,
    "linear": FakeLinear,
    "hubspot": FakeHubSpot,
    "generic": FakeReceiver,
}
FIELDS = {
    "zendesk": {"group_id": "77", "4711": "gold"},
    "linear": {"teamId": "T"},
    "hubspot": {"hubspot_owner_id": "5"},
}
CAN_FIND = ("zendesk", "linear", "hubspot")
every_system = pytest.mark.parametrize("system", FAKES)
systems_that_find = pytest.mark.parametrize("system", CAN_FIND)

OPENED = an_alert_step()


def later(number: int, step: str, **fields: Any) -> AlertStep:
    status = {"escalated": "escalated", "resolved": "resolved", "retracted": "retracted"}.get(step, "open")
    return an_alert_step(sequence=number, step_number=number, step=step, status=status, **{"reason": step, **fields})


ESCALATED, RESOLVED = later(2, "escalated"), later(3, "resolved")


class Bench:
    def __init__(self, fake: FakeTickets, system: str, client: httpx.AsyncClient) -> None:
        self.fake = fake
        self.memory = InMemorySinkMemory()
        self._api = TICKET_SYSTEMS[system](fake.base, TOKEN, FIELDS.get(system, {}), client)
        self.sink = self.restarted()

    def restarted(self) -> TicketSink:
        return TicketSink(self._api, self.memory)

    @property
    def ticket(self) -> dict[str, Any]:
        (ticket,) = self.fake.tickets.values()
        return ticket


@asynccontextmanager
async def bench(system: str, *replies: Reply) -> AsyncIterator[Bench]:
    with FAKES[system](*replies) as fake:
        async with http_client() as client:
            yield Bench(fake, system, client)


@every_system
async def test_a_case_is_one_ticket_from_its_first_step_to_its_last(system: str) -> None:
    async with bench(system) as on:
        for step in (OPENED, later(2, "changed", reason="worse"), later(3, "escalated")):
            await on.sink.deliver(step)
            assert on.ticket["is_open"]
        await on.sink.deliver(later(4, "resolved"))
    assert not on.ticket["is_open"]
    assert len(on.ticket["notes"]) == 4
    assert "acme" in on.ticket["notes"][0]
    assert TOKEN.encode() not in b"".join(post.body for post in on.fake.posts)


@every_system
async def test_a_case_that_a_late_event_undid_is_closed_too(system: str) -> None:
    async with bench(system) as on:
        await on.sink.deliver(OPENED)
        await on.sink.deliver(later(2, "retracted"))
    assert not on.ticket["is_open"]


@every_system
async def test_a_repeat_of_any_step_makes_no_second_ticket_and_opens_none_that_is_closed(system: str) -> None:
    async with bench(system) as on:
        for step in (OPENED, OPENED, ESCALATED, RESOLVED, RESOLVED, ESCALATED):
            await on.restarted().deliver(step)
    assert not on.ticket["is_open"]
    assert len(on.ticket["notes"]) == 3


@every_system
async def test_an_answer_that_is_lost_makes_no_second_ticket(system: str) -> None:
    async with bench(system) as on:
        on.fake.loses_answers = 1
        with pytest.raises(DeliveryFailed) as caught:
            await on.sink.deliver(OPENED)
        assert caught.value.may_have_arrived
        await on.restarted().deliver(OPENED)
    assert len(on.fake.tickets) == 1
    assert len(on.ticket["notes"]) == 1


@systems_that_find
async def test_a_memory_that_was_emptied_finds_the_ticket(system: str) -> None:
    async with bench(system) as on:
        await on.sink.deliver(OPENED)
        for step in (ESCALATED, RESOLVED):
            on.memory.clear()
            await on.restarted().deliver(step)
    assert not on.ticket["is_open"]
    assert len(on.ticket["notes"]) == 3


@every_system
async def test_a_ticket_may_begin_with_any_step_but_an_end(system: str) -> None:
    async with bench(system) as on:
        await on.sink.deliver(ESCALATED)
        await on.sink.deliver(later(9, "resolved", case_id="another"))
    assert on.ticket["is_open"]


@every_system
async def test_while_the_memory_is_down_nothing_is_sent(system: str) -> None:
    async with bench(system) as on:
        on.memory.is_down = True
        with pytest.raises(DeliveryFailed) as caught:
            await on.sink.deliver(OPENED)
        assert caught.value.reason == "store"
    assert on.fake.posts == []


@systems_that_find
async def test_a_ticket_that_a_person_deleted_is_left_alone(system: str) -> None:
    async with bench(system) as on:
        await on.sink.deliver(OPENED)
        on.fake.tickets.clear()
        for step in (ESCALATED, RESOLVED):
            await on.sink.deliver(step)
    assert on.fake.tickets == {}


async def test_a_ticket_that_zendesk_has_closed_for_good_is_left_alone() -> None:
    async with bench("zendesk") as on:
        await on.sink.deliver(OPENED)
        on.ticket["is_closed_for_good"] = True
        await on.sink.deliver(ESCALATED)
        await on.sink.deliver(RESOLVED)


@every_system
@pytest.mark.parametrize("asked", [1, 30, 600])
async def test_a_system_that_asks_for_a_pause_gets_it(system: str, asked: int) -> None:
    async with bench(system, Reply(429, {"Retry-After": str(asked)})) as on:
        with pytest.raises(DeliveryFailed) as caught:
            await on.sink.deliver(OPENED)
        assert caught.value.retry_after_seconds == asked
        await on.sink.deliver(OPENED)
    assert len(on.fake.tickets) == 1


@every_system
@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(500), DeliveryFailed),
        (Reply(503), DeliveryFailed),
        (Reply(hangs_up=True), DeliveryFailed),
        (Reply(401), ChannelUnavailable),
        (Reply(403), ChannelUnavailable),
        (Reply(302, {"Location": "http://169.254.169.254/"}), ChannelUnavailable),
        (Reply(422, body=b'{"error": "no such group"}'), DeliveryRefused),
    ],
)
async def test_what_each_answer_means(system: str, reply: Reply, failure: type[Exception]) -> None:
    async with bench(system, reply) as on:
        with pytest.raises(failure) as caught:
            await on.sink.deliver(OPENED)
        assert TOKEN not in str(caught.value)
        await on.sink.deliver(OPENED)
    assert len(on.fake.tickets) == 1


@every_system
async def test_a_system_that_hangs_is_given_up_on(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 0.2)
    async with bench(system, Reply(after_seconds=30.0)) as on:
        with pytest.raises(DeliveryFailed):
            await on.sink.deliver(OPENED)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"message": "x", "extensions": {"code": "RATELIMITED"}}, DeliveryFailed),
        ({"message": "x", "extensions": {"code": "AUTHENTICATION_ERROR"}}, ChannelUnavailable),
        ({"message": "x", "extensions": {"type": "authentication error"}}, ChannelUnavailable),
        ({"message": "no such team", "extensions": {"code": "INPUT_ERROR"}}, DeliveryRefused),
        ({"message": "title: Forbidden Foods RATELIMITED", "extensions": {"code": "INPUT_ERROR"}}, DeliveryRefused),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_linear_reports_errors_in_the_body(status: int, error: Any, failure: type[Exception]) -> None:
    far = {"path": ["x" * 400], **error}
    async with bench("linear", Reply(status, body=json.dumps({"errors": [far]}).encode())) as on:
        with pytest.raises(failure):
            await on.sink.deliver(OPENED)


async def test_what_the_systems_get() -> None:
    async with bench("zendesk") as on:
        await on.sink.deliver(OPENED)
    assert on.ticket["external_id"] == "vitals-c0ffee"
    assert (on.ticket["priority"], on.ticket["group_id"]) == ("urgent", "77")
    assert on.ticket["custom_fields"] == [{"id": 4711, "value": "gold"}]
    assert on.ticket["comment"]["public"] is False
    async with bench("linear") as on:
        await on.sink.deliver(OPENED)
    assert (on.ticket["teamId"], on.ticket["priority"]) == ("T", 1)
    async with bench("hubspot") as on:
        await on.sink.deliver(OPENED)
    assert (on.ticket["hubspot_owner_id"], on.ticket["vitals_case_id"]) == ("5", "vitals-c0ffee")


async def test_tickets_are_about_one_case_each() -> None:
    async with bench("zendesk") as on:
        assert not on.sink.is_gathering
        assert on.sink.shows(OPENED)
        assert not on.sink.shows(later(2, "acknowledged", reason="action"))
        assert not on.sink.shows(later(2, "changed", reason="better"))
        assert not on.sink.shows(an_alert_step(case_id=""))
        assert on.sink.shows(later(2, "resolved", reason="action")), "a person ended the case"
        with pytest.raises(DeliveryRefused, match="digest"):
            await on.sink.deliver(gathered_of([OPENED], "day/tickets", "digest"))
