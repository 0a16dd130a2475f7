"""The bodies of Zendesk's triggers, as docs/connect/zendesk.md has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.gateway.sources.schema import ZendeskSource
from streams.gateway.vendors.zendesk.reader import read
from streams.identity.alias import ACCOUNT, ForeignId
from streams.model_files import read_model
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.support.gateway.zendesk_bodies import ORG, SOURCE, USER, a_ticket, an_organization, hook

TEMPLATE = {
    "event": "ticket_opened",
    "ticket_id": "5158",
    "organization_id": "8447346622462",
    "organization_external_id": "acme",
    "requester_id": "9001",
    "priority": "High",
    "status": "Open",
    "satisfaction": "",
    "updated_at": "2026-03-01T09:00:00Z",
}


def a_body(**fields: Any) -> dict[str, Any]:
    return {**TEMPLATE, **fields}


def test_a_trigger_opens_and_closes_a_ticket_of_the_account() -> None:
    door = MemoryDoor()
    reading = door.take(a_request(SOURCE, a_body()))
    assert reading.events[0].accounts == (ForeignId(ACCOUNT, "acme"), ForeignId(ORG, "8447346622462"))
    assert door.leads(ORG, "8447346622462") == "acme"
    assert door.facts()["open_tickets"] == 2.0
    door.take(a_request(SOURCE, a_body(event="ticket_solved", status="Solved", updated_at="2026-03-01T09:30:00Z")))
    assert door.facts()["open_tickets"] == 0


def test_a_trigger_that_zendesk_runs_twice_counts_once() -> None:
    door = MemoryDoor()
    for run in ("i-1", "i-2"):
        door.take(a_request(SOURCE, a_body(), headers={"X-Zendesk-Webhook-Invocation-Id": run}))
    assert door.facts()["tickets_30d"] == 1


def test_without_a_time_it_is_the_arrival_and_each_run_counts() -> None:
    requests = [
        a_request(SOURCE, a_body(updated_at=""), headers={"X-Zendesk-Webhook-Invocation-Id": run})
        for run in ("i-1", "i-2")
    ]
    events = [read(request).events[0] for request in requests]
    assert [msgspec.json.decode(event.value)["id"] for event in events] == ["i-1", "i-2"]
    assert events[0].occurred_at_ms == RECEIVED_MS


@pytest.mark.parametrize(("satisfaction", "csat"), [("Good, I'm satisfied", 5), ("Bad, I'm unsatisfied", 1)])
def test_a_rating_is_read_from_its_first_word(satisfaction: str, csat: int) -> None:
    door = MemoryDoor()
    door.take(a_request(SOURCE, a_body(event="ticket_rated", satisfaction=satisfaction)))
    assert door.facts()["csat_30d"] == csat


def test_a_rating_that_was_only_offered_is_refused() -> None:
    (refused,) = read(a_request(SOURCE, a_body(event="ticket_rated", satisfaction="Offered"))).refused
    assert refused.reason == "invalid"


def test_a_ticket_without_an_organization_is_its_requesters() -> None:
    body = a_body(organization_id="", organization_external_id="")
    assert read(a_request(SOURCE, body)).events[0].accounts == (ForeignId(USER, "9001"),)
    (refused,) = read(a_request(SOURCE, {**body, "requester_id": ""})).refused
    assert refused.reason == "no_account"


@pytest.mark.parametrize("field", ["event", "ticket_id"])
def test_a_body_needs_the_event_and_the_ticket(field: str) -> None:
    (refused,) = read(a_request(SOURCE, a_body(**{field: ""}))).refused
    assert "no event and ticket_id" in refused.words


def test_another_body_is_refused_with_the_page_that_has_it() -> None:
    (refused,) = read(a_request(ZendeskSource(), {"ticket": "5158", "description": "hunter2"})).refused
    assert refused.reason == "invalid"
    assert "docs/connect/zendesk.md" in refused.words
    assert b"hunter2" not in refused.value


PAGE = (Path(__file__).parents[6] / "docs" / "connect" / "zendesk.md").read_text("utf-8")


def test_the_body_of_the_page_is_read() -> None:
    (template,) = re.findall(r"(?ms)^```json\n(\{\n.*?)^```", PAGE)
    filled = template
    for placeholder, name in re.findall(r'"(\w+)": "(\{\{.*?\}\})"', template):
        filled = filled.replace(name, TEMPLATE[placeholder])
    assert "{{" not in filled
    body = msgspec.json.decode(filled)
    assert body == TEMPLATE
    assert read(a_request(SOURCE, filled.encode())).events == read(a_request(SOURCE, TEMPLATE)).events


def test_the_model_of_the_page_weighs_a_ticket_by_its_present_priority(tmp_path: Path) -> None:
    (text,) = re.findall(r"(?ms)^```toml\n(extends.*?)^```", PAGE)
    (tmp_path / "model.toml").write_text(text, "utf-8")
    door = MemoryDoor(read_model(str(tmp_path / "model.toml")))
    door.take(hook("organization.created", an_organization()))
    door.take(hook("ticket.created", a_ticket(), at="2026-03-01T09:00:00Z"))
    door.take(hook("ticket.priority_changed", a_ticket(priority="URGENT"), at="2026-03-01T09:10:00Z"))
    assert door.facts()["open_tickets"] == 4.0
