"""What becomes of Intercom's conversations and tickets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import BadRequest, Reading
from streams.gateway.sources.schema import AccountRule, IntercomSource
from streams.gateway.vendors.intercom.reader import VENDOR, read
from streams.identity.alias import ForeignId
from tests.support.gateway.intercom_bodies import (
    COMPANY,
    CONTACT,
    NOON_S,
    SOURCE,
    a_company,
    a_contact,
    a_conversation,
    a_ticket,
    notification,
)
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request

COMPANY_ID = "531ee472cce572a6ec000006"


def names(reading: Reading) -> list[str]:
    return [event.event for event in reading.events]


def a_door() -> MemoryDoor:
    """A door that knows a company and its contact."""
    door = MemoryDoor()
    door.take(notification("company.created", a_company(plan=None, name="")))
    door.take(notification("contact.user.created", a_contact(COMPANY_ID)))
    door.events.clear()
    return door


def test_a_conversation_is_opened_rated_and_closed_as_a_ticket_of_its_contacts_company() -> None:
    door = a_door()
    reading = door.take(notification("conversation.user.created", a_conversation()))
    assert reading.events[0].accounts == (ForeignId(CONTACT, "c-1"),)
    assert msgspec.json.decode(reading.events[0].value) == {
        "event": "ticket_opened",
        "timestamp": "2026-03-01T09:00:00Z",
        "id": "1295",
        "user_id": "c-1",
        "properties": {"ticket_id": "1295", "priority": "priority", "status": "open", "channel": "email"},
    }
    facts = door.facts()
    assert (facts["tickets_30d"], facts["open_tickets"]) == (1, 2.0)
    rated = a_conversation(conversation_rating={"rating": 2, "remark": "hunter2"})
    assert names(door.take(notification("conversation.rating.added", rated, at=NOON_S + 60))) == ["ticket_rated"]
    assert names(door.take(notification("conversation.admin.closed", rated, at=NOON_S + 90))) == ["ticket_closed"]
    facts = door.facts()
    assert (facts["open_tickets"], facts["csat_30d"], facts["csat_answers_30d"]) == (0, 2, 1)


def test_a_ticket_of_a_company_goes_through_its_states() -> None:
    door = a_door()
    reading = door.take(notification("ticket.created", a_ticket()))
    assert reading.events[0].accounts == (ForeignId(COMPANY, COMPANY_ID),)
    assert door.facts()["open_tickets"] == 1
    assert names(door.take(notification("ticket.state.updated", a_ticket("in_progress"), at=NOON_S + 10))) == []
    assert names(door.take(notification("ticket.state.updated", a_ticket("resolved"), at=NOON_S + 20))) == [
        "ticket_solved"
    ]
    assert door.facts()["open_tickets"] == 0
    part = {"part_type": "ticket_state_updated_by_admin", "previous_ticket_state": "resolved"}
    again = a_ticket("in_progress", ticket_parts={"ticket_parts": [{"part_type": "comment"}, part]})
    assert names(door.take(notification("ticket.state.updated", again, at=NOON_S + 30))) == ["ticket_reopened"]
    assert door.facts()["open_tickets"] == 1
    assert names(door.take(notification("ticket.closed", a_ticket("resolved"), at=NOON_S + 40))) == ["ticket_closed"]
    assert door.facts()["open_tickets"] == 0


def test_the_state_of_a_ticket_may_be_a_text_as_older_versions_write_it() -> None:
    assert names(read(notification("ticket.state.updated", a_ticket(ticket_state="resolved")))) == ["ticket_solved"]


def test_a_conversation_that_becomes_a_ticket_with_its_id_is_opened_once() -> None:
    door = a_door()
    door.take(notification("conversation.user.created", a_conversation()))
    door.take(notification("ticket.created", a_ticket(id="1295"), at=NOON_S + 60))
    facts = door.facts()
    assert (facts["tickets_30d"], facts["open_tickets"]) == (1, 2.0)


@pytest.mark.parametrize(("part_type", "name"), [("open", "ticket_reopened"), ("comment", ""), ("assignment", "")])
def test_a_reply_opens_a_closed_conversation_and_is_nothing_in_an_open_one(part_type: str, name: str) -> None:
    parts = {"conversation_parts": [{"part_type": part_type, "body": "hunter2"}]}
    reading = read(notification("conversation.user.replied", a_conversation(conversation_parts=parts)))
    assert names(reading) == ([name] if name else [])
    assert b"hunter2" not in b"".join(event.value for event in reading.events)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("conversation.admin.opened", "ticket_reopened"),
        ("conversation.priority.updated", "ticket_priority_changed"),
        ("ticket.rating.provided", "ticket_rated"),
    ],
)
def test_other_topics_have_names_that_models_know(topic: str, name: str) -> None:
    reading = read(notification(topic, a_conversation(rating={"rating": 5}), delivery="notif_1"))
    assert names(reading) == [name]
    assert msgspec.json.decode(reading.events[0].value)["id"] == "notif_1"


@pytest.mark.parametrize(
    "topic",
    [
        "conversation.admin.replied",
        "conversation.admin.single.created",
        "conversation.deleted",
        "ticket.note.created",
        "content_stat.email",
        "event.created",
    ],
)
def test_topics_without_use_are_ignored(topic: str) -> None:
    reading = read(notification(topic, a_conversation()))
    assert [each.what for each in reading.ignored] == [topic]
    assert not reading.events


def test_the_priority_of_a_closed_conversation_has_no_use() -> None:
    reading = read(notification("conversation.priority.updated", a_conversation(state="closed")))
    assert [each.what for each in reading.ignored] == ["conversation.priority.updated"]
    assert names(read(notification("conversation.admin.closed", a_conversation(state="closed")))) == ["ticket_closed"]


def test_a_conversation_without_an_id_is_refused() -> None:
    (refused,) = read(notification("conversation.user.created", a_conversation(id=None))).refused
    assert (refused.reason, refused.words) == ("invalid", "the notification names no conversation")


def test_a_notification_without_an_id_has_one_by_its_content() -> None:
    def id_of(at: int) -> str:
        body = msgspec.json.decode(notification("conversation.admin.closed", a_conversation(), at=at).body)
        (event,) = read(a_request(SOURCE, {**body, "id": None})).events
        return str(msgspec.json.decode(event.value)["id"])

    assert id_of(NOON_S) == id_of(NOON_S) != id_of(NOON_S + 1)


def test_a_ticket_says_its_state() -> None:
    (event,) = read(notification("ticket.created", a_ticket("in_progress"))).events
    properties = msgspec.json.decode(event.value)["properties"]
    assert properties == {"ticket_id": "494", "status": "in_progress", "channel": "messenger"}


@pytest.mark.parametrize("category", ["Back-office", "Tracker"])
def test_an_internal_ticket_is_nobodys(category: str) -> None:
    reading = read(notification("ticket.created", a_ticket(category=category)))
    assert [each.what for each in reading.ignored] == ["ticket.created of an internal ticket"]


def test_a_ping_is_ignored_and_so_answered_with_a_200() -> None:
    body = {
        "type": "notification_event",
        "topic": "ping",
        "id": None,
        "data": {"item": {"type": "ping", "message": "hi"}},
    }
    reading = read(a_request(SOURCE, body))
    assert reading == Reading(ignored=reading.ignored)
    assert [each.what for each in reading.ignored] == ["ping"]


def test_contacts_are_found_in_the_forms_of_older_versions() -> None:
    listed = a_conversation(contacts=[{"type": "lead", "id": "c-2"}], source={})
    assert read(notification("conversation.user.created", listed)).events[0].accounts == (ForeignId(CONTACT, "c-2"),)
    user = a_conversation(contacts=None, source={}, user={"type": "user", "id": "c-3"})
    assert read(notification("conversation.user.created", user)).events[0].accounts == (ForeignId(CONTACT, "c-3"),)
    bot = a_conversation(contacts=None, source={"author": {"type": "bot", "id": "9"}})
    (refused,) = read(notification("conversation.user.created", bot)).refused
    assert refused.reason == "no_account"
    assert b"hunter2" not in refused.value


def test_the_rules_of_the_source_replace_company_and_contacts() -> None:
    source = IntercomSource(
        account=(AccountRule(pointer="/data/item/contacts/contacts/0/external_id", kind="segment.user"),)
    )
    reading = read(notification("conversation.user.created", a_conversation(), source=source))
    assert reading.events[0].accounts == (ForeignId("segment.user", "u-1"),)


@pytest.mark.parametrize("found", [None, "5", 0, 6, True, {}])
def test_a_rating_beyond_1_to_5_is_refused(found: object) -> None:
    (refused,) = read(notification("conversation.rating.added", a_conversation(rating=found))).refused
    assert refused.reason == "invalid"


def test_a_repeated_notification_counts_once() -> None:
    door = a_door()
    for delivery in ("n-1", "n-1", "n-2"):
        item = a_conversation(conversation_rating={"rating": 4})
        door.take(notification("conversation.rating.added", item, delivery=delivery))
    assert door.facts()["csat_answers_30d"] == 2


def test_bodies_that_are_no_notifications() -> None:
    with pytest.raises(BadRequest):
        read(a_request(SOURCE, b"[]"))
    (refused,) = read(a_request(SOURCE, {"hello": "world"})).refused
    assert refused.reason == "invalid"


def test_intercom_is_answered_within_half_a_second() -> None:
    assert VENDOR.answer_seconds < 0.5


ODD: st.SearchStrategy[Any] = st.none() | st.integers() | st.text(max_size=5) | st.just({}) | st.just([])


TOPICS = (
    *("conversation.user.created", "conversation.user.replied", "ticket.state.updated", "conversation.rating.added"),
    *("company.updated", "company.contact.attached", "company.contact.detached", "contact.merged"),
)


@given(
    topic=st.sampled_from(TOPICS),
    item=st.dictionaries(
        st.sampled_from(
            ("id", "contacts", "company", "contact", "companies", "source", "rating", "conversation_parts")
        ),
        ODD | st.fixed_dictionaries({"conversation_parts": ODD | st.just([7]) | st.just([{"part_type": "open"}])}),
    ),
)
def test_whatever_an_item_holds_it_is_taken_refused_or_ignored(topic: str, item: dict[str, Any]) -> None:
    reading = read(notification(topic, item))
    assert any((reading.events, reading.refused, reading.ignored, reading.aliases, reading.forgotten))
    assert all(event.accounts for event in reading.events)
