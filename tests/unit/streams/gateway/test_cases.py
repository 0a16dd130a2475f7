"""The cases of the shared data, through the gateway: `POST /v1/events`, and the sources of vendors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from scoring.event.event import Event, EventDecoder, Rejected
from streams.deployment.settings import Settings
from streams.gateway.checking import Checked, Checker
from streams.gateway.reading import Reading, Refused
from streams.gateway.sources.schema import (
    PostHogSource,
    SegmentSource,
    SentrySource,
    Source,
    StripeSource,
    VitalsSource,
    ZendeskSource,
)
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias import Alias, ForeignId
from streams.identity.alias_table import AliasTable
from tests.builders import at_ms
from tests.support.gateway.requests import a_request
from tests.support.shared_data import shared

NOW_MS = at_ms("2026-06-01T00:00:00Z")
PROPERTIES = ("plan", "mrr", "seats", "ticket_id", "severity", "nps")
LINES = {"content-type": "application/x-ndjson"}
OWN = VitalsSource(insecure=True)
DECODER = EventDecoder(PROPERTIES)


def case(name: str) -> bytes:
    return shared(f"cases/{name}.ndjson").read_bytes()


def all_cases() -> list[str]:
    return sorted(path.stem for path in shared("cases").glob("*.ndjson"))


def decoded(topic: str, value: bytes) -> Event | str:
    """The event that the worker reads, or the reason for which it does not."""
    try:
        return DECODER.decode(topic, value, NOW_MS, NOW_MS)
    except Rejected as rejected:
        return rejected.reason


class Took(msgspec.Struct):
    """What a request became: the events on the input topics, what waits, what was refused."""

    events: list[Event]
    waiting: int
    refused: list[Refused]
    aliases: list[Alias]


def take(source: Source, body: bytes, *, aliases: Sequence[Alias] = (), **request: Any) -> Took:
    """Send a body to a source, through its reader and the gateway's check."""
    settings, table = Settings(), AliasTable()
    for alias in aliases:
        table.put(alias)
    sent = a_request(source, body, received_ms=NOW_MS, **request)
    reading: Reading = VENDORS[sent.name].read(sent)
    checked = Checked(refused=list(reading.refused))
    Checker(settings, {}, table).add_events(checked, sent, reading.events)
    events = [
        DECODER.decode(message.topic, message.value, NOW_MS, NOW_MS)
        for message in checked.messages
        if message.topic in ("analytics", "exceptions", "billing", "tickets")
    ]
    return Took(events, checked.waiting, checked.refused, reading.aliases)


def post(name: str) -> Took:
    """`POST /v1/events` with the lines of a case."""
    return take(OWN, case(name), path="/v1/events", headers=LINES)


# --- every case: what the gateway publishes is what its lines say


def test_what_is_posted_is_read_as_if_it_had_come_by_kafka() -> None:
    """But for the ids that the gateway gives to events without one."""
    for name in all_cases():
        lines = [line for line in case(name).removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
        expected = [decoded(json.loads(line)["topic"], line) for line in lines]
        took = post(name)
        events = [event for event in expected if isinstance(event, Event)]
        assert [comparable(event) for event in took.events] == [comparable(event) for event in events], name
        assert [refused.reason for refused in took.refused] == [each for each in expected if isinstance(each, str)], (
            name
        )
        assert all(event.event_id for event in took.events), name


def comparable(event: Event) -> tuple[object, ...]:
    properties = {name: DECODER.reader(name)(event.properties) for name in PROPERTIES}
    return event.account_id, event.topic, event.name, event.occurred_at_ms, event.user_id, properties


# --- those that concern the door


def test_a_groupidentify_of_posthogs_servers_is_acme_with_its_plan() -> None:
    (event,) = post("posthog-server-groupidentify-refused").events
    assert (event.account_id, event.name, event.user_id) == ("acme", "$groupidentify", "")
    assert DECODER.reader("plan")(event.properties) == "pro"
    line = json.loads(case("posthog-server-groupidentify-refused"))
    (of_source,) = take(PostHogSource(insecure=True), msgspec.json.encode(line)).events
    assert of_source.account_id == "acme"
    assert DECODER.reader("plan")(of_source.properties) == "pro"


def test_ids_may_be_numbers() -> None:
    took = post("numeric-account-id-refused")
    assert [event.account_id for event in took.events] == ["1234", "42", "42", "42"]
    (event,) = post("float-user-id-refuses-the-event").events
    assert event.user_id == "7"


def test_an_empty_list_is_no_properties() -> None:
    assert [event.name for event in post("php-empty-array-properties-refused").events] == ["report_viewed"]


def test_two_copies_of_a_call_of_segment_have_one_id_and_its_user() -> None:
    took = post("segment-track-user-and-message-id-not-read")
    assert [(event.account_id, event.event_id, event.user_id) for event in took.events] == 2 * [("acme", "m-1", "u1")]
    lines = case("segment-track-user-and-message-id-not-read").splitlines()
    of_source = [take(SegmentSource(insecure=True), line).events[0] for line in lines]
    assert [(event.event_id, event.user_id) for event in of_source] == 2 * [("m-1", "u1")]


def test_envelopes_are_refused_as_events_of_our_own_and_taken_by_their_sources() -> None:
    name = "stripe-sentry-zendesk-envelopes-refused"
    took = post(name)
    assert took.events == []
    assert [refused.reason for refused in took.refused] == ["needs_gateway"] * 3
    assert all("docs/connect" in refused.words for refused in took.refused)
    stripe, sentry, zendesk = case(name).splitlines()
    (change,) = take(StripeSource(insecure=True), stripe).events
    assert (change.account_id, change.topic, change.event_id[:5]) == ("acme", "billing", "evt_1")
    (error,) = take(SentrySource(insecure=True), sentry, headers={"Sentry-Hook-Resource": "event_alert"}).events
    assert (error.account_id, error.event_id) == ("acme", "e1")
    organisation = Alias(kind="zendesk.organization", id="9", to=ForeignId("account", "acme"))
    assert take(ZendeskSource(insecure=True), zendesk).waiting == 1
    (ticket,) = take(ZendeskSource(insecure=True), zendesk, aliases=[organisation]).events
    assert ticket.account_id == "acme"


def test_a_byte_order_mark_loses_no_event() -> None:
    assert len(post("utf8-bom-loses-the-first-event").events) == 2


def test_accounts_that_only_look_different_are_one_and_placeholders_none() -> None:
    took = post("look-alike-account-ids")
    assert [event.account_id for event in took.events] == ["acme", "acme", "acme", "Café", "Café"]
    assert [refused.reason for refused in took.refused] == ["placeholder_account", "placeholder_account", "no_account"]


def test_an_event_with_a_value_that_a_signal_cannot_use_is_taken() -> None:
    assert len(post("minimum-of-one-signal-refuses-other-events").events) == 5
    assert len(post("numbers-as-strings").events) == 2


def test_two_equal_events_of_one_request_are_two() -> None:
    ids = [event.event_id for event in post("utf8-bom-loses-the-first-event").events]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("name", ["dup-after-leap"])
def test_copies_with_one_id_keep_it(name: str) -> None:
    assert [event.event_id for event in post(name).events] == ["x1", "x2", "x1"]
