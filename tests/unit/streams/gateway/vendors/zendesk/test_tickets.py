"""What becomes of Zendesk's tickets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.gateway.reading import Reading, Request
from streams.gateway.sources.schema import AccountRule, ZendeskSource
from streams.gateway.vendors.zendesk.reader import read
from streams.gateway.vendors.zendesk.tickets import csat_of
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.fixtures import fixture
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request
from tests.support.gateway.zendesk_bodies import ORG, SOURCE, TICKET, USER, a_ticket, an_organization, hook

OPEN, LATER, DONE = "2026-03-01T09:00:00Z", "2026-03-01T09:10:00Z", "2026-03-01T09:20:00Z"


def names(reading: Reading) -> list[str]:
    return [event.event for event in reading.events]


def values(reading: Reading) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.value) for event in reading.events]


def a_door() -> MemoryDoor:
    """A door that knows the organization's account."""
    door = MemoryDoor()
    door.take(hook("organization.created", an_organization(), at=OPEN))
    return door


# --- the fixtures


def test_a_created_ticket_is_opened_for_its_organization_never_for_zendesks_own_account() -> None:
    reading = read(fixture("zendesk/ticket_created.json").request(SOURCE))
    (event,) = reading.events
    assert event.accounts == (ForeignId(ORG, "8447346622462"),)
    assert [(each.kind, each.id, each.to) for each in reading.aliases] == [(TICKET, "5158", event.accounts[0])]
    assert values(reading) == [
        {
            "event": "ticket_opened",
            "timestamp": "2025-01-08T10:12:07.672Z",
            "id": "cbe4028c-7239-495d-b020-f22348516046",
            "user_id": "8447388090494",
            "properties": {
                "ticket_id": "5158",
                "priority": "high",
                "status": "open",
                "type": "problem",
                "channel": "web_service",
            },
        }
    ]


def test_the_life_of_the_fixtures_ticket_moves_the_signals_of_tickets() -> None:
    """▪ 10:12 created, high      ▪ 11:30 urgent      ▪ 16:45 solved. The last two name the ticket alone."""
    door = MemoryDoor()
    door.take(hook("organization.created", an_organization(), at="2025-01-08T10:00:00Z"))
    door.take(fixture("zendesk/ticket_created.json").request(SOURCE))
    facts = door.facts()
    assert (facts["tickets_30d"], facts["open_tickets"], facts["oldest_ticket_days"]) == (1, 2.0, 0)
    reading = door.take(fixture("zendesk/ticket_priority_changed.json").request(SOURCE))
    assert names(reading) == ["ticket_priority_changed"]
    assert values(reading)[0]["properties"]["priority"] == "urgent"
    assert values(reading)[0]["properties"]["previous_priority"] == "high"
    reading = door.take(fixture("zendesk/ticket_status_changed.json").request(SOURCE))
    assert names(reading) == ["ticket_solved"]
    assert not door.waiting
    facts = door.facts()
    assert (facts["tickets_30d"], facts["open_tickets"]) == (1, 0)


def test_a_ticket_without_an_organization_waits_for_what_its_ticket_leads_to() -> None:
    found = fixture("zendesk/prismatic_ticket_created_with_headers.json")
    door = MemoryDoor()
    reading = door.take(found.request(SOURCE))
    assert reading.events[0].accounts == (ForeignId(TICKET, "35436"),)
    assert names(reading) == ["ticket_opened"]
    assert len(door.waiting) == 1
    moved = {"current": "8447346622462", "previous": None}
    door.take(hook("ticket.organization_changed", {"id": "35436", "status": "Open"}, moved, at="2024-04-18T00:00:00Z"))
    assert len(door.waiting) == 1
    door.take(hook("organization.external_id_changed", an_organization(), at="2024-04-18T00:00:00Z"))
    assert names(Reading(events=door.events["acme"])) == ["ticket_opened"]
    assert door.facts()["tickets_30d"] == 1


def test_an_assignment_in_the_envelope_of_flows_is_ignored_but_says_whose_the_ticket_is() -> None:
    reading = read(fixture("zendesk/docs_eventbridge_agent_assignment.json").request(SOURCE))
    assert [each.what for each in reading.ignored] == ["ticket.agent_assignment_changed"]
    assert [(each.kind, each.id, each.to) for each in reading.aliases] == [(TICKET, "35436", ForeignId(ORG, "10002"))]
    assert not reading.events


def test_a_user_without_an_organization_is_ignored() -> None:
    reading = read(fixture("zendesk/docs_user_active_changed.json").request(SOURCE))
    assert reading == Reading(ignored=reading.ignored)
    assert [each.what for each in reading.ignored] == ["user.active_changed"]


# --- names


@pytest.mark.parametrize(
    ("previous", "current", "name"),
    [
        ("OPEN", "SOLVED", "ticket_solved"),
        ("SOLVED", "CLOSED", "ticket_closed"),
        ("SOLVED", "OPEN", "ticket_reopened"),
        ({"status": "Solved"}, {"status": "Pending"}, "ticket_reopened"),
        ("NEW", "OPEN", ""),
        ("OPEN", "PENDING", ""),
        (None, "HOLD", ""),
        ("SOLVED", "", ""),
    ],
)
def test_a_change_of_status_is_named_by_what_it_means(previous: object, current: object, name: str) -> None:
    reading = read(hook("ticket.status_changed", a_ticket(status=""), {"previous": previous, "current": current}))
    assert names(reading) == ([name] if name else [])
    assert len(reading.ignored) == (0 if name else 1)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ticket.soft_deleted", "ticket_soft_deleted"),
        ("ticket.marked_as_spam", "ticket_marked_as_spam"),
        ("ticket.undeleted", "ticket_reopened"),
    ],
)
def test_a_removed_ticket_is_closed_and_one_that_comes_back_is_open(kind: str, name: str) -> None:
    door = a_door()
    door.take(hook("ticket.created", a_ticket(), at=OPEN))
    assert names(door.take(hook(kind, a_ticket(), at=LATER))) == [name]
    assert door.facts()["open_tickets"] == (2.0 if name == "ticket_reopened" else 0)


def test_a_ticket_that_is_created_solved_is_not_open() -> None:
    door = a_door()
    assert names(door.take(hook("ticket.created", a_ticket(status="SOLVED")))) == ["ticket_opened", "ticket_solved"]
    facts = door.facts()
    assert (facts["tickets_30d"], facts["open_tickets"]) == (1, 0)


@pytest.mark.parametrize(
    ("event", "csat"),
    [
        ({"satisfaction_score": {"score": "GOOD"}}, 5),
        ({"satisfaction_score": "bad"}, 1),
        ({"current": {"score": "good"}}, 5),
        ({"rating": 4}, 4),
    ],
)
def test_a_rating_is_an_answer_on_satisfaction(event: dict[str, Any], csat: int) -> None:
    door = a_door()
    assert names(door.take(hook("ticket.csat_received", a_ticket(), event))) == ["ticket_rated"]
    facts = door.facts()
    assert (facts["csat_30d"], facts["csat_answers_30d"]) == (csat, 1)


@pytest.mark.parametrize("found", [True, None, "", "offered", "6", {}, "4 of 5"])
def test_what_is_no_rating_is_none(found: object) -> None:
    assert csat_of(found) is None


def test_a_rating_that_is_none_is_refused_and_its_words_are_not_kept() -> None:
    (refused,) = read(hook("ticket.csat_received", a_ticket(), {"current": "meh", "comment": "hunter2"})).refused
    assert refused.reason == "invalid"
    assert b"hunter2" not in refused.value
    assert b"5158" in refused.value


def test_what_people_wrote_is_not_published() -> None:
    (event,) = read(hook("ticket.created", a_ticket())).events
    assert b"hunter2" not in event.value
    assert b"Cannot login" not in event.value


def test_the_priority_of_a_ticket_that_is_done_has_no_use() -> None:
    reading = read(hook("ticket.priority_changed", a_ticket(status="SOLVED"), {"current": "LOW"}))
    assert [each.what for each in reading.ignored] == ["ticket.priority_changed"]


def test_events_without_use_are_ignored() -> None:
    for kind in ("ticket.comment_added", "ticket.tags_changed", "ticket.merged", "ticket.custom_status_changed"):
        reading = read(hook(kind, a_ticket()))
        assert [each.what for each in reading.ignored] == [kind]
        assert not reading.events
    assert [each.what for each in read(a_request(SOURCE, {"type": "zen:event-type:article.published"})).ignored] == [
        "article.published"
    ]


# --- whose a ticket is


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


# --- ids, times and other envelopes


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
