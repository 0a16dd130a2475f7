"""The bodies of Standard Webhooks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoring.event.event import EventDecoder, Rejected
from scoring.instants import parse_instant
from streams.gateway.reading import BadRequest, Inbound, Reading
from streams.gateway.sources.schema import AccountRule, StandardWebhooksSource
from streams.gateway.vendors.standard_webhooks import read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.requests import RECEIVED_MS, a_request

BODY: dict[str, Any] = {
    "type": "invoice.payment_failed",
    "timestamp": "2026-03-01T09:00:00.123456Z",
    "data": {"account_id": "acme", "amount": 40, "user_id": "u1"},
}
SIGNED = {"webhook-id": "msg_1", "webhook-timestamp": "1772355700", "webhook-signature": "v1,x"}


def reading(body: object, headers: dict[str, str] | None = None, **source: Any) -> Reading:
    return read(a_request(StandardWebhooksSource(**source), body, headers=SIGNED if headers is None else headers))


def event_of(body: object, headers: dict[str, str] | None = None, **source: Any) -> Inbound:
    found = reading(body, headers, **source)
    (event,) = found.events
    assert not found.refused
    return event


def test_an_event_has_the_name_time_id_account_and_properties_that_were_sent() -> None:
    inbound = event_of(BODY, topics={"invoice.payment_failed": "billing"})
    event, properties = as_decoded(inbound)
    assert (inbound.topic, inbound.event, inbound.accounts) == ("billing", event.name, (ForeignId("account", "acme"),))
    assert (event.account_id, event.name, event.event_id) == ("acme", "invoice.payment_failed", "msg_1")
    assert event.user_id == "u1"
    assert event.occurred_at_ms == inbound.occurred_at_ms == parse_instant("2026-03-01T09:00:00.123Z")
    assert properties == {"amount": 40}


def test_without_a_topic_of_its_own_it_is_analytics() -> None:
    assert event_of(BODY).topic == "analytics"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"timestamp": 1_772_355_600}, "2026-03-01T09:00:00Z"),
        ({"timestamp": 1_772_355_600_250}, "2026-03-01T09:00:00.250Z"),
        ({"timestamp": None, "created_at": 1_772_355_601}, "2026-03-01T09:00:01Z"),
        ({"timestamp": None}, "2026-03-01T09:01:40Z"),
    ],
)
def test_the_time_is_the_bodys_and_else_that_of_the_signature(change: dict[str, Any], expected: str) -> None:
    assert event_of({**BODY, **change}).occurred_at_ms == parse_instant(expected)


def test_a_repetition_has_the_same_id_and_another_webhook_another() -> None:
    later = {**SIGNED, "webhook-timestamp": "1772399999"}
    assert event_of(BODY).value == event_of(BODY, later).value
    assert event_of(BODY).value != event_of(BODY, {**SIGNED, "webhook-id": "msg_2"}).value


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"svix-id": "msg_9"}, BODY, "msg_9"),
        ({}, {**BODY, "id": "evt_7"}, "evt_7"),
        ({"webhook-id": "null"}, {**BODY, "id": "evt_7"}, "evt_7"),
    ],
)
def test_where_else_the_id_stands(headers: dict[str, str], body: dict[str, Any], expected: str) -> None:
    assert as_decoded(event_of(body, headers))[0].event_id == expected


def test_without_any_id_it_is_that_of_the_content() -> None:
    turned = dict(reversed(BODY.items()))
    assert event_of(BODY, {}).value == event_of(turned, {}).value
    assert as_decoded(event_of(BODY, {}))[0].event_id.startswith("content-")
    assert event_of(BODY, {}).value != event_of({**BODY, "type": "other"}, {}).value


def test_the_account_may_stand_beside_the_data_or_where_the_source_says() -> None:
    beside = {**BODY, "data": {"org": 7}, "account_id": "acme"}
    assert event_of(beside).accounts == (ForeignId("account", "acme"),)
    rules = (AccountRule(pointer="/data/org", kind="crm.org"),)
    assert event_of(beside, account=rules).accounts == (ForeignId("crm.org", "7"),)


@pytest.mark.parametrize("data", [None, {}, "absent"])
def test_an_event_needs_no_data(data: object) -> None:
    body = {name: value for name, value in BODY.items() if name != "data"} | {"account_id": "acme"}
    if data != "absent":
        body["data"] = data
    assert as_decoded(event_of(body))[1] == {}


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"type": None}, "no_event_name", "type"),
        ({"type": " "}, "no_event_name", "type"),
        ({"data": [1]}, "invalid", "object"),
        ({"data": {"account_id": None}}, "no_account", "/data/account_id nor /account_id"),
        ({"data": {"account_id": "null"}}, "no_account", "account"),
        ({"timestamp": "yesterday"}, "bad_timestamp", "yesterday"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(change: dict[str, Any], reason: str, words: str) -> None:
    body = {**BODY, **change}
    found = reading(body)
    (refused,) = found.refused
    assert (refused.reason, found.events) == (reason, [])
    assert words in refused.words
    assert json.loads(refused.value) == body


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"'])
def test_what_is_no_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        reading(body)


def test_a_future_time_is_the_decoders_to_refuse() -> None:
    inbound = event_of({**BODY, "timestamp": "2027-01-01T00:00:00Z"})
    with pytest.raises(Rejected, match="future"):
        EventDecoder().decode("analytics", b'{"account_id":"acme",' + inbound.value[1:], RECEIVED_MS, RECEIVED_MS)


@pytest.mark.parametrize("added", [("id",), ("id", "timestamp"), ("timestamp",), ("id", "signature")])
def test_headers_that_nobody_signed_change_nothing(added: tuple[str, ...]) -> None:
    """Whether a signature holds is decided by three headers of one kind. Another id of the other kind, added to a
    request that was overheard, would have made it count again."""
    svix = {name.replace("webhook", "svix"): value for name, value in SIGNED.items()}
    forged = {f"webhook-{name}": "9" for name in added}
    body = {**BODY, "timestamp": None}
    assert event_of(body, {**svix, **forged}) == event_of(body, svix)
    unsigned = {name: value for name, value in svix.items() if name != "svix-signature"}
    assert event_of(body, unsigned) == event_of(body, svix)
