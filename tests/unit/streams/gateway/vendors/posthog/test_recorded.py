"""Real requests of PostHog's SDKs, and the events that PostHog's own server made of them."""

from __future__ import annotations

from typing import Any

from scoring.instants import parse_instant
from streams.gateway.reading import Inbound, Reading
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.posthog.requests import PATHS, key, read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.moved import moved
from tests.support.gateway.posthog_requests import Recorded, recorded

SOURCE = PostHogSource()
ORGANIZATION = "018a981e-f55c-0000-a85d-25c15e555d5d"
PERSON, BROWSER = "pWAkITyQ3CN7332UqQxnH6p3FV8VJd7pY647EdNkxWc", "018a981f-4b2d-78ae-947b-bedbaa02a0f4"


def is_read(event: dict[str, Any]) -> bool:
    """All but what tells of groups that are no accounts."""
    return bool(event["event"] != "$groupidentify" or event["properties"]["$group_type"] == "organization")


def due_ms(request: Recorded, event: dict[str, Any]) -> int:
    """When PostHog's ingestion says that an event happened, from what its capture hands on."""
    if (offset := event.get("offset")) is not None:
        return int(request.received_ms - offset)
    at_ms = parse_instant(event["timestamp"])
    return request.received_ms - (parse_instant(event["sent_at"][:23] + "Z") - at_ms) if event["sent_at"] else at_ms


def all_read() -> list[tuple[Recorded, Reading]]:
    return [(request, read(request.request(SOURCE))) for request in recorded()]


def events() -> list[Inbound]:
    return [event for _, found in all_read() for event in found.events]


def test_each_becomes_the_events_that_posthog_made_of_it() -> None:
    count = 0
    for request, found in all_read():
        expected = [each for each in request.expected if is_read(each)]
        got = [as_decoded(event, "acme")[0] for event in found.events]
        assert found.refused == []
        assert [each.event_id for each in got] == [each["uuid"] for each in expected]
        assert [each.name for each in got] == [each["event"] for each in expected]
        assert [each.user_id for each in got] == [each["distinct_id"] for each in expected]
        assert [each.occurred_at_ms for each in got] == [due_ms(request, each) for each in expected]
        assert len(found.ignored) == len(request.expected) - len(expected)
        count += len(request.expected)
    assert (len(recorded()), count) == (16, 88)


def test_each_is_sent_to_a_path_that_the_gateway_has_with_a_key_that_it_finds() -> None:
    for request in recorded():
        assert request.path.rstrip("/") in PATHS
        assert key(request.request(SOURCE)) == request.expected[0]["token"]


def test_the_account_is_the_organization_and_else_waits_for_the_person() -> None:
    for request, found in all_read():
        sent = {each["uuid"]: each for each in request.expected}
        for event in found.events:
            groups = sent[as_decoded(event, "acme")[0].event_id]["properties"].get("$groups", {})
            first = event.accounts[0]
            assert first == ForeignId(ACCOUNT, ORGANIZATION) or "organization" not in groups
            assert first.kind in (ACCOUNT, "posthog.user")


def test_the_browser_leads_to_the_person_and_the_person_to_the_organization() -> None:
    said = {(each.id, each.to.id) for _, found in all_read() for each in found.aliases}
    assert {(BROWSER, PERSON), (PERSON, ORGANIZATION)} <= said
    assert {to for foreign, to in said if foreign == PERSON} == {ORGANIZATION}


def test_of_another_type_of_group_the_account_is_another() -> None:
    found = [read(each.request(PostHogSource(group_type="project"))) for each in recorded()]
    accounts = {event.accounts[0].id for each in found for event in each.events if event.accounts[0].kind == ACCOUNT}
    assert accounts == {"018a981e-f8b2-0000-d5ed-9380ee5aad4b"}


def test_flags_that_were_asked_are_no_use_and_clicks_are() -> None:
    flags = [event for event in events() if event.event == "$feature_flag_called"]
    clicks = [event for event in events() if event.event in ("$autocapture", "$pageview")]
    assert len(flags) == 14
    assert moved(flags) == {}
    assert moved(clicks)["usage_14d"] == len({event.value for event in clicks}) > 20


def test_a_recorded_event_is_published_without_what_says_who_and_where() -> None:
    for event in events():
        for personal in (b"xavier@posthog.com", b"$current_url", b"$user_id", b"phc_", b"Firefox"):
            assert personal not in event.value
