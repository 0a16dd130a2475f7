"""Ids, times and envelopes of Zendesk's tickets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.gateway.reading import Request
from streams.gateway.vendors.zendesk.reader import read
from streams.identity.alias import ForeignId
from tests.support.gateway.requests import a_request
from tests.support.gateway.zendesk_bodies import (
    LATER,
    OPEN,
    ORG,
    SOURCE,
    a_door,
    a_ticket,
    hook,
    values,
)


def test_a_repeated_delivery_counts_once_and_two_events_count_twice() -> None:
    door = a_door()
    for delivery in ("d-1", "d-1", "d-2"):
        door.take(hook("ticket.created", a_ticket(id=delivery), delivery=delivery))
    assert door.facts()["tickets_30d"] == 2


def flow(kind: str, ticket: dict[str, Any], **event: Any) -> dict[str, Any]:
    meta = {"version": "1.0", "occurred_at": OPEN, "sequence": {"id": "CE4A", "position": 2, "total": 3}}
    return {"ticket_event": {"meta": meta, "type": kind, "ticket": ticket, **event}}


@pytest.mark.parametrize("pointer", ["input", "detail"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Ticket Created", "ticket_opened"),
        ("Status Changed", "ticket_solved"),
        ("Priority Changed", "ticket_priority_changed"),
        ("Ticket Soft Deleted", "ticket_soft_deleted"),
        ("Ticket Marked As Spam", "ticket_marked_as_spam"),
    ],
)
def test_events_of_eventbridge_and_of_flows_have_the_same_names(pointer: str, kind: str, name: str) -> None:
    ticket = {"id": 35436, "status": "open", "priority": "low", "organization_id": 10002, "requester_id": 2}
    body = {"account_id": 12345, "id": "31187aa5", pointer: flow(kind, ticket, previous="open", current="solved")}
    reading = read(a_request(SOURCE, body))
    (event,) = reading.events
    assert (event.event, event.accounts) == (name, (ForeignId(ORG, "10002"),))
    assert event.occurred_at_ms == parse_instant(OPEN)
    assert values(reading)[0]["id"] == "CE4A-2"
    assert values(reading)[0]["properties"]["ticket_id"] == "35436"


def test_a_time_that_is_none_is_refused() -> None:
    reading = read(hook("ticket.created", a_ticket(), at="soon"))
    assert [each.reason for each in reading.refused] == ["bad_timestamp"]
    assert not reading.events


def test_the_ticket_may_be_in_the_subject_alone() -> None:
    body = msgspec.json.decode(hook("ticket.created", a_ticket(id=None)).body)
    reading = read(a_request(SOURCE, {**body, "subject": "zen:ticket:17"}))
    assert values(reading)[0]["properties"]["ticket_id"] == "17"


def test_an_event_without_an_id_has_one_by_its_content() -> None:
    def id_of(at: str) -> str:
        body = msgspec.json.decode(hook("ticket.created", a_ticket(), at=at).body)
        return str(values(read(a_request(SOURCE, {**body, "id": None})))[0]["id"])

    assert id_of(OPEN) == id_of(OPEN) != id_of(LATER)


def test_a_ticket_without_an_id_is_refused() -> None:
    (refused,) = read(hook("ticket.created", a_ticket(id=None))).refused
    assert (refused.reason, refused.words) == ("invalid", "the event names no ticket")


ODD: st.SearchStrategy[object] = st.none() | st.integers() | st.text(max_size=5) | st.just({})


@given(
    what=st.sampled_from(("created", "status_changed", "priority_changed", "organization_changed", "csat_received")),
    detail=st.dictionaries(st.sampled_from(("id", "status", "priority", "organization_id", "via")), ODD),
    event=st.dictionaries(st.sampled_from(("current", "previous", "rating")), ODD),
)
def test_whatever_a_ticket_holds_it_is_taken_refused_or_ignored(
    what: str, detail: dict[str, Any], event: dict[str, Any]
) -> None:
    request: Request = hook(f"ticket.{what}", detail, event)
    reading = read(request)
    assert reading.events or reading.refused or reading.ignored
    assert all(each.accounts and each.accounts[0].id != "22129848" for each in reading.events)
    assert read(request) == reading
