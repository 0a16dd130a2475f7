"""What becomes of Zendesk's tickets: the recorded ones, and their names."""

from __future__ import annotations

from typing import Any

import pytest

from streams.gateway.reading import Reading
from streams.gateway.vendors.zendesk.reader import read
from streams.gateway.vendors.zendesk.tickets import csat_of
from streams.identity.alias import ForeignId
from tests.support.gateway.fixtures import fixture
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request
from tests.support.gateway.zendesk_bodies import (
    LATER,
    OPEN,
    ORG,
    SOURCE,
    TICKET,
    a_door,
    a_ticket,
    an_organization,
    hook,
    names,
    values,
)

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
