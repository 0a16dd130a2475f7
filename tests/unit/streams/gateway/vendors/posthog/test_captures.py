"""What is published of PostHog's events."""

from __future__ import annotations

import pytest

from scoring.instants import rfc3339
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.posthog.requests import read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.fixtures import fixture, fixtures
from tests.support.gateway.moved import moved
from tests.support.gateway.requests import RECEIVED_MS
from tests.unit.streams.gateway.vendors.posthog.captures import ACME, CAPTURE, U1, event_of, with_properties

# --- fixtures


def test_a_click_that_names_no_group_waits_for_its_person() -> None:
    event = event_of(fixture("posthog/capture_single_event.json").raw, "/i/v0/e/")
    assert event.accounts == (ForeignId("posthog.user", "019833ae-4913-7179-b6bc-019570abb1c9"),)
    assert (event.topic, event.event, event.occurred_at_ms) == ("analytics", "$autocapture", RECEIVED_MS - 308)
    assert as_decoded(event)[0].event_id == "abc123xyz456"
    assert "usage_14d" in moved([event])


def test_a_stored_exception_has_its_properties_as_a_text() -> None:
    found = read(fixture("posthog/exception_clickhouse_raw_with_groups.json").request(PostHogSource()))
    (event,) = found.events
    assert (event.topic, event.event) == ("exceptions", "$exception")
    assert event.accounts[0] == ForeignId("account", "018afaa6-8b2e-0000-2311-d58d2df832ad")
    assert rfc3339(event.occurred_at_ms) == "2024-10-16T14:17:59.088Z"
    assert as_decoded(event)[0].event_id == "019295b1-519f-71a6-aacf-c97b5db73696"
    assert (
        b'"properties":{"type":"UnhandledRejection","message":"Unexpected usage","level":"error","handled":false}'
        in (event.value)
    )
    assert moved([event]) == {"errors_14d": 1}


@pytest.mark.parametrize("name", ["exception_javascript", "exception_python"])
def test_an_exception_of_nobody_is_refused_in_words(name: str) -> None:
    found = read(fixture(f"posthog/{name}.json").request(PostHogSource()))
    assert [each.reason for each in found.refused] == ["no_account"]
    assert "distinct_id" in found.refused[0].words


def test_there_are_no_other_fixtures() -> None:
    assert len(fixtures("posthog")) == 4


# --- what is published


def test_posthogs_own_properties_are_not_published_but_those_that_say_what_somebody_did() -> None:
    event = event_of(with_properties(**CAPTURE["properties"], **{"$feature_flag_response": True, "token": "phc_1"}))
    assert event.value.endswith(b'"properties":{"plan":"pro","$pathname":"/reports","$feature_flag_response":true}}')


def test_what_the_event_says_of_its_person_completes_it() -> None:
    body = {
        "event": {**CAPTURE, "properties": {"plan": "pro", "$set": {"plan": "free", "role": "champion"}}},
        "person": {"properties": {"role": "user", "segment": "smb", "email": "ann@acme.io", "name": "Ann"}},
        "groups": {"company": {"id": "acme", "type": "company", "properties": {}}},
    }
    event = event_of(body, "/in/hog")
    assert event.accounts == (ACME, U1)
    assert b'"segment":"smb"' in event.value
    assert b'"role":"champion"' in event.value
    assert b'"plan":"pro"' in event.value
    assert b"Ann" not in event.value
    assert b"ann@" not in event.value
    assert "days_since_champion" in moved([event])


def test_of_an_exception_only_its_type_and_first_words_are_published() -> None:
    thrown = {"type": "T" * 900, "value": "v" * 900, "stacktrace": {"frames": [{"filename": "secret.py"}]}}
    event = event_of({**CAPTURE, "event": "$exception", "properties": {"$exception_list": [thrown], "email": "x"}})
    assert event.topic == "exceptions"
    assert event.value.endswith(b'"properties":{"type":"%s","message":"%s"}}' % (b"T" * 200, b"v" * 200))
    assert moved([event]) == {"errors_14d": 1}
    old = {"$exception_type": "TypeError", "$exception_message": "x is undefined"}
    assert (
        b'"type":"TypeError","message":"x is undefined"'
        in event_of({**CAPTURE, "event": "$exception", "properties": old}).value
    )


@pytest.mark.parametrize(
    ("name", "topic"),
    [("subscription_started", "billing"), ("ticket_created", "tickets"), ("$survey_sent", "analytics")],
)
def test_names_that_models_look_for_elsewhere_go_there(name: str, topic: str) -> None:
    assert event_of({**CAPTURE, "event": name}).topic == topic
    assert event_of({**CAPTURE, "event": name}, topics={name: "exceptions"}).topic == "exceptions"


def test_a_flag_that_was_asked_is_no_use() -> None:
    assert moved([event_of({**CAPTURE, "event": "$feature_flag_called"})]) == {}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1e999", "{"])
def test_properties_in_a_text_that_cannot_be_read_are_none(text: str) -> None:
    assert b'"properties":{}' in event_of({**CAPTURE, "properties": text}).value
