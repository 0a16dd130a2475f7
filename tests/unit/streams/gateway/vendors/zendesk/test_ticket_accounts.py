"""Whose a ticket of Zendesk is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.gateway.sources.schema import AccountRule, ZendeskSource
from streams.gateway.vendors.zendesk.reader import read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.zendesk_bodies import (
    DONE,
    LATER,
    OPEN,
    TICKET,
    USER,
    a_door,
    a_ticket,
    an_organization,
    hook,
    names,
)


@pytest.mark.parametrize("nobody", ["0", "", None, 0, "null"])
def test_an_organization_that_is_none_is_not_one(nobody: object) -> None:
    reading = read(hook("ticket.created", a_ticket(organization_id=nobody)))
    assert reading.events[0].accounts == (ForeignId(TICKET, "5158"), ForeignId(USER, "9001"))
    assert [each.to for each in reading.aliases] == [ForeignId(USER, "9001")]


def test_only_a_new_ticket_leads_to_its_requester_for_later_ones_an_organization_may_be_known() -> None:
    bare = a_ticket(organization_id="0")
    assert not read(hook("ticket.priority_changed", bare, {"current": "LOW"})).aliases
    source = ZendeskSource(account=(AccountRule(pointer="/detail/external_id"),))
    assert not read(hook("ticket.created", bare, source=source)).aliases
    assert not read(hook("ticket.created", a_ticket(organization_id="0", requester_id=None))).aliases


def test_a_ticket_that_is_done_or_is_found_by_a_rule_does_not_move() -> None:
    moved = {"previous": "8447346622462", "current": "77"}
    source = ZendeskSource(account=(AccountRule(pointer="/detail/external_id"),))
    for reading in (
        read(hook("ticket.organization_changed", a_ticket(organization_id="77", status="SOLVED"), moved)),
        read(hook("ticket.organization_changed", a_ticket(organization_id="77"), moved, source=source)),
    ):
        assert [each.what for each in reading.ignored] == ["ticket.organization_changed"]
        assert not reading.events


def test_a_ticket_of_a_user_finds_the_account_by_the_users_organization() -> None:
    door = a_door()
    door.take(hook("ticket.created", a_ticket(organization_id="0"), at=OPEN))
    bare = {"id": "5158", "status": "SOLVED"}
    door.take(hook("ticket.status_changed", bare, {"previous": "OPEN", "current": "SOLVED"}, at=DONE))
    assert len(door.waiting) == 2
    door.take(hook("user.created", {"id": "9001", "organization_id": "8447346622462"}))
    assert not door.waiting
    assert door.facts()["open_tickets"] == 0


def test_the_rules_of_the_source_replace_the_organization() -> None:
    source = ZendeskSource(account=(AccountRule(pointer="/detail/external_id"),), ids="eu")
    reading = read(hook("ticket.created", a_ticket(external_id="acme"), source=source))
    assert reading.events[0].accounts == (ForeignId(ACCOUNT, "acme"),)
    reading = read(hook("ticket.created", a_ticket(external_id=None), source=source))
    assert reading.events[0].accounts == (ForeignId("eu.ticket", "5158"),)


def test_a_ticket_that_moves_is_closed_where_it_was_and_open_where_it_is() -> None:
    door = a_door()
    door.take(hook("organization.created", an_organization(id="77", external_id="globex")))
    door.take(hook("ticket.created", a_ticket(), at=OPEN))
    moved = {"previous": "8447346622462", "current": "77"}
    door.take(hook("ticket.organization_changed", a_ticket(organization_id="77"), moved, at=LATER))
    bare = {"id": "5158"}
    assert door.facts("acme")["open_tickets"] == 0
    assert door.facts("globex")["open_tickets"] == 2.0
    door.take(hook("ticket.status_changed", bare, {"previous": "OPEN", "current": "SOLVED"}, at=DONE))
    assert door.facts("globex")["open_tickets"] == 0


def test_the_alias_of_a_ticket_ends_when_the_ticket_is_closed_or_gone() -> None:
    door = a_door()
    door.take(hook("ticket.created", a_ticket(), at=OPEN))
    door.take(hook("ticket.status_changed", a_ticket(status="SOLVED"), {"current": "SOLVED"}, at=LATER))
    assert door.leads(TICKET, "5158") == "acme"
    reading = door.take(hook("ticket.status_changed", {"id": "5158"}, {"current": "CLOSED"}, at=DONE))
    assert names(reading) == ["ticket_closed"]
    assert reading.ended == [ForeignId(TICKET, "5158")]
    assert door.leads(TICKET, "5158") == ""
    assert not door.waiting
    reading = read(hook("ticket.permanently_deleted", a_ticket()))
    assert (reading.ended, reading.aliases, reading.events) == ([ForeignId(TICKET, "5158")], [], [])


def test_an_alias_does_not_end_before_it_leads_to_an_account() -> None:
    door = MemoryDoor()
    door.take(hook("ticket.created", a_ticket(), at=OPEN))
    door.take(hook("ticket.status_changed", {"id": "5158"}, {"current": "CLOSED"}, at=DONE))
    assert len(door.waiting) == 2
    door.take(hook("organization.created", an_organization()))
    assert not door.waiting
    assert door.facts()["open_tickets"] == 0


STORY = (
    hook("organization.created", an_organization(), at="2026-03-01T08:00:00Z"),
    hook("user.created", {"id": "9001", "organization_id": "8447346622462"}, at="2026-03-01T08:00:00Z"),
    hook("ticket.created", a_ticket(), at=OPEN),
    hook("ticket.created", a_ticket(id="5159", organization_id="0"), at=OPEN, delivery="d-2"),
    hook("ticket.status_changed", {"id": "5158"}, {"previous": "OPEN", "current": "SOLVED"}, at=LATER),
    hook("ticket.csat_received", {"id": "5159"}, {"rating": 4}, at=LATER),
    hook("ticket.status_changed", {"id": "5158"}, {"previous": "SOLVED", "current": "CLOSED"}, at=DONE),
)
"""A ticket of an organization and one of a user, whose later events name the ticket alone."""


@given(order=st.permutations(range(len(STORY) - 1)), again=st.sets(st.integers(0, len(STORY) - 2)))
@settings(max_examples=50)
def test_in_whatever_order_and_however_often_the_story_comes_it_has_the_same_end(
    order: list[int], again: set[int]
) -> None:
    """But for the close, which is for ever and comes days later."""
    door = MemoryDoor()
    for position in (*order, len(STORY) - 1):
        for _ in range(2 if position in again else 1):
            door.take(STORY[position])
    assert not door.waiting
    facts = door.facts()
    ends = [facts[name] for name in ("tickets_30d", "open_tickets", "csat_30d", "csat_answers_30d")]
    assert ends == [2, 2.0, 4, 1]
    assert door.leads(TICKET, "5158") == ""
