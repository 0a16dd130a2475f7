"""Sentry, Zendesk, Intercom and HubSpot on a real gateway and broker: signed as they sign, to the input topics."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx

from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.gateway.signatures.signing import Unsigned, signer_of
from tests.support.gateway.running import RunningGateway, a_gateway
from tests.support.kafka.topic import read_all

ADDRESS = "https://vitals.example.com/in/crm"
SOURCES = f"""
[sources.errors]
kind = "sentry"
secrets = ["VITALS_SECRET_OLD", "VITALS_SECRET_NEW"]

[sources.helpdesk]
kind = "zendesk"
secrets = ["VITALS_SECRET_NEW"]

[sources.connector]
kind = "zendesk"
keys = ["VITALS_SECRET_OLD"]

[sources.chat]
kind = "intercom"
secrets = ["VITALS_SECRET_NEW"]

[sources.crm]
kind = "hubspot"
secrets = ["VITALS_SECRET_NEW"]
address = "{ADDRESS}"
"""
SECRETS = {"VITALS_SECRET_OLD": "before", "VITALS_SECRET_NEW": "after"}
WITHIN_SECONDS = 30.0


async def post(
    gateway: RunningGateway, name: str, scheme: str, body: object, headers: dict[str, str] | None = None
) -> httpx.Response:
    raw = json.dumps(body, ensure_ascii=False).encode()
    signed = signer_of(scheme)(Unsigned(body=raw, secret=Secret("after"), now=time.time(), address=ADDRESS))
    return await gateway.client.post(f"/in/{name}", content=raw, headers={**signed, **(headers or {})})


async def until(
    gateway: RunningGateway, outcome: str, name: str, scheme: str, body: object, *, events: float = 1
) -> None:
    """Send a body until this many events more had this outcome: an alias is known, or no longer, once it was read."""
    deadline = time.monotonic() + WITHIN_SECONDS
    events += gateway.sample("vitals_gateway_events_total", source=name, outcome=outcome)
    while gateway.sample("vitals_gateway_events_total", source=name, outcome=outcome) < events:
        assert time.monotonic() < deadline
        assert (await post(gateway, name, scheme, body)).status_code == 200
        await asyncio.sleep(0.05)


async def published(gateway: RunningGateway, topic: str) -> list[dict[str, Any]]:
    """What is on an input topic, each event once."""
    found = [json.loads(value) for value in await read_all(gateway.settings, topic)]
    return list({(each["event"], each["id"]): each for each in found}.values())


async def test_an_error_of_sentry_and_its_alert_are_one_event_of_the_account(
    settings: Settings, tmp_path: Path
) -> None:
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:
        error = {
            "event_id": "e1",
            "datetime": "2026-03-01T09:00:00Z",
            "tags": [["account_id", "acme"]],
            "level": "error",
        }
        for resource, part in (("error", "error"), ("event_alert", "event")):
            body = {"action": "created", "data": {part: error}}
            answer = await post(gateway, "errors", "sentry", body, {"Sentry-Hook-Resource": resource})
            assert (answer.status_code, answer.elapsed.total_seconds() < 1) == (200, True)
        (event,) = await published(gateway, "exceptions")
        assert (event["account_id"], event["event"], event["id"]) == ("acme", "$exception", "e1")
        forged = await gateway.client.post(
            "/in/errors", json=body, headers={b"Sentry-Hook-Signature": "é".encode() * 32}
        )
        assert (forged.status_code, forged.json()["reason"]) == (401, "bad_signature")


async def test_a_ticket_of_zendesk_is_its_organizations_accounts_until_it_is_closed(
    settings: Settings, tmp_path: Path
) -> None:
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:

        def body(kind: str, detail: dict[str, Any], event: dict[str, Any], at: str) -> dict[str, Any]:
            return {"type": f"zen:event-type:{kind}", "id": kind, "time": at, "detail": detail, "event": event}

        organization = body("organization.created", {"id": "7", "external_id": "acme"}, {}, "2026-03-01T08:00:00Z")
        assert (await post(gateway, "helpdesk", "zendesk", organization)).status_code == 200
        opened = body("ticket.created", {"id": "5158", "organization_id": "7"}, {}, "2026-03-01T09:00:00.123456789Z")
        await until(gateway, "accepted", "helpdesk", "zendesk", opened)
        closed = body("ticket.status_changed", {"id": "5158"}, {"current": "CLOSED"}, "2026-03-01T09:30:00Z")
        await until(gateway, "accepted", "helpdesk", "zendesk", closed)
        events = await published(gateway, "tickets")
        assert [(each["account_id"], each["event"]) for each in events] == [
            ("acme", "ticket_opened"),
            ("acme", "ticket_closed"),
        ]
        flow = {"type": "Ticket Created", "ticket": {"id": 9, "organization_id": 7}, "meta": {"sequence": {"id": "s"}}}
        bridged = {"id": "e", "detail-type": "Support Ticket: Ticket Created", "detail": {"ticket_event": flow}}
        key = {"Authorization": "Bearer before"}
        assert (await gateway.client.post("/in/connector", json=bridged, headers=key)).json()["accepted"] == 1
        late = body("ticket.priority_changed", {"id": "5158"}, {"current": "LOW"}, "2026-03-01T09:40:00Z")
        await until(gateway, "waiting", "helpdesk", "zendesk", late)


async def test_intercom_finds_the_address_pings_it_and_sends_a_conversation(settings: Settings, tmp_path: Path) -> None:
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:
        assert (await gateway.client.head("/in/chat")).status_code == 200
        ping = {"type": "notification_event", "topic": "ping", "data": {"item": {"type": "ping", "message": "höllo"}}}
        assert (await post(gateway, "chat", "intercom", ping)).status_code == 200
        company = {"id": "c7", "company_id": "acme"}
        joined = {"topic": "company.contact.attached", "data": {"item": {"company": company, "contact": {"id": "u1"}}}}
        assert (await post(gateway, "chat", "intercom", joined)).status_code == 200
        item = {"id": "1295", "contacts": {"contacts": [{"id": "u1"}]}, "priority": "priority"}
        opened = {"topic": "conversation.user.created", "id": "n1", "created_at": 1772355600, "data": {"item": item}}
        await until(gateway, "accepted", "chat", "intercom", opened)
        (event,) = await published(gateway, "tickets")
        assert (event["account_id"], event["event"], event["properties"]["ticket_id"]) == (
            "acme",
            "ticket_opened",
            "1295",
        )


async def test_hubspot_signs_the_address_and_a_batch_brings_traits(settings: Settings, tmp_path: Path) -> None:
    async with a_gateway(settings, tmp_path, SOURCES, SECRETS) as gateway:

        def changed(name: str, value: str) -> dict[str, Any]:
            kind = {"subscriptionType": "company.propertyChange", "objectId": 1148, "occurredAt": 1772355600000}
            return {**kind, "propertyName": name, "propertyValue": value}

        batch = [changed("account_id", "acme"), changed("csm", "Kim"), changed("renewal_date", "1774915200000")]
        await until(gateway, "accepted", "crm", "hubspot", batch, events=2)
        events = await published(gateway, "analytics")
        assert {each["account_id"] for each in events} == {"acme"}
        assert [each["properties"] for each in events] == [{"csm": "Kim"}, {"renewal_date": 1774915200000}]
        stale = signer_of("hubspot")(
            Unsigned(body=b"[]", secret=Secret("after"), now=time.time() - 301, address=ADDRESS)
        )
        answer = await gateway.client.post("/in/crm", content=b"[]", headers=stale)
        assert (answer.status_code, "too old" in answer.text) == (401, True)
