"""PostHog's requests: captures, batches and webhook destinations; times and ids."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant, rfc3339
from streams.gateway.reading import BadRequest
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.posthog.requests import PATHS, VENDOR, key, read
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.unit.streams.gateway.vendors.posthog.captures import CAPTURE, event_of, reading

ARRIVAL = rfc3339(RECEIVED_MS)


# --- shapes of requests


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        CAPTURE,
        [CAPTURE],
        {"api_key": "phc_1", "batch": [CAPTURE]},
        {"event": CAPTURE, "person": {"id": "p"}},
        gzip.compress(b'{"api_key":"phc_1","batch":[{"event":"report viewed","distinct_id":"u1"}]}', mtime=0),
    ],
)
def test_one_event_and_many_by_every_path(path: str, body: object) -> None:
    assert event_of(body, path).event == "report viewed"


@pytest.mark.parametrize("body", [7, "x", {}, {"batch": 7}, b"", b"not JSON, nor packed"])
def test_a_body_without_events_is_refused_whole(body: object) -> None:
    with pytest.raises(BadRequest):
        reading(body)


def test_in_a_batch_one_bad_event_does_not_harm_the_others() -> None:
    bad = [{"distinct_id": "u1"}, 7, {**CAPTURE, "timestamp": "yesterday"}, {"event": "x"}]
    found = reading({"batch": [CAPTURE, *bad, {**CAPTURE, "uuid": "0190-2"}]})
    assert [event.position for event in found.events] == [0, 5]
    assert [(each.position, each.reason) for each in found.refused] == [
        *((1, "no_event_name"), (2, "no_event_name"), (3, "bad_timestamp"), (4, "no_account")),
    ]


@pytest.mark.parametrize("name", ["$snapshot", "$snapshot_items", "$$heatmap", "$heatmap"])
def test_parts_of_recordings_are_ignored(name: str) -> None:
    assert len(reading({**CAPTURE, "event": name}).ignored) == 1


@pytest.mark.parametrize(
    ("headers", "query", "body"),
    [
        ({"authorization": "Bearer phc_1"}, {}, b"not even JSON"),
        ({"x-vitals-key": "phc_1"}, {}, b""),
        ({}, {"api_key": "phc_1"}, b""),
        ({}, {"token": "phc_1"}, b""),
        ({}, {}, b'{"api_key":"phc_1","batch":[]}'),
        ({}, {}, b'{"token":"phc_1","event":"x"}'),
        ({}, {}, b'{"event":"x","properties":{"token":"phc_1"}}'),
        ({}, {}, b'[7,{"event":"x","properties":{"token":"phc_1"}}]'),
        ({}, {}, gzip.compress(b'[{"properties":null},{"properties":{"token":"phc_1"}}]', mtime=0)),
    ],
)
def test_where_the_key_stands(headers: dict[str, str], query: dict[str, str], body: bytes) -> None:
    assert key(a_request(PostHogSource(), body, headers=headers, query=query)) == "phc_1"


@given(st.binary(max_size=40) | st.sampled_from([b"[]", b"{}", b'{"api_key":7}', b"[" * 100_000, b'{"properties":7}']))
def test_without_a_key_there_is_none(body: bytes) -> None:
    assert key(a_request(PostHogSource(), body)) == ""


def test_capture_of_the_first_version_says_when_it_was_sent_in_a_header() -> None:
    body = {"created_at": "2026-03-01T13:00:00Z", "batch": [{**CAPTURE, "timestamp": "2026-03-01T12:59:00Z"}]}
    sent = {"posthog-request-timestamp": "2026-03-01T13:00:00Z"}
    path = "/i/v1/analytics/events"
    (event,) = read(a_request(PostHogSource(), body, path=path, headers=sent)).events
    assert event.occurred_at_ms == RECEIVED_MS - 60_000
    body["batch"][0]["options"] = {"disable_skew_correction": True}  # type: ignore[index]
    (event,) = read(a_request(PostHogSource(), body, path=path, headers=sent)).events
    assert rfc3339(event.occurred_at_ms) == "2026-03-01T12:59:00Z"


@pytest.mark.parametrize("body", [[{**CAPTURE, "distinct_id": ""}], {"event": {**CAPTURE, "distinct_id": None}}])
def test_what_was_refused_can_be_read_again_by_a_source_that_was_corrected(body: Any) -> None:
    query = {"_": "1772362800000"}
    refused = reading(body, query=query, group_type="team").refused[-1]
    assert refused.reason == "no_account"
    first, again = event_of(body, query=query), event_of(refused.value)
    assert (first.accounts, first.occurred_at_ms, first.value) == (again.accounts, again.occurred_at_ms, again.value)


def test_a_dead_letter_does_not_hold_the_key() -> None:
    (refused,) = reading({**CAPTURE, "timestamp": "x", "properties": {"token": "phc_1", "plan": "pro"}}).refused
    assert b"phc_1" not in refused.value
    assert b'"plan":"pro"' in refused.value


def test_posthog_signs_nothing() -> None:
    assert VENDOR.scheme == ""
    assert VENDOR.key is key


# --- times and ids


@pytest.mark.parametrize(
    ("event", "whole", "query", "expected"),
    [
        ({"timestamp": "2026-03-01T09:00:00Z"}, {}, {}, "2026-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T02:00:00-07:00"}, {}, {}, "2026-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z"}, {"sent_at": "2026-03-01T09:00:20Z"}, {}, "2026-03-01T09:59:40Z"),
        ({"timestamp": "2026-03-01T10:59:00Z"}, {}, {"_": "1772362800000"}, "2026-03-01T09:59:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z"}, {}, {"_": "1772362800"}, "2026-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z"}, {"sent_at": "soon"}, {}, "2026-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z", "offset": 308}, {}, {}, "2026-03-01T09:59:59.692Z"),
        ({"timestamp": None, "offset": 0}, {"sent_at": "2026-03-01T09:00:20Z"}, {}, ARRIVAL),
        ({"timestamp": None}, {"sent_at": "2026-03-01T09:00:20Z"}, {}, ARRIVAL),
        ({"properties": {"$ignore_sent_at": True}}, {"sent_at": "2026-03-01T09:00:20Z"}, {}, "2026-03-01T09:00:00Z"),
    ],
)
def test_times_follow_the_rules_of_posthog(
    event: dict[str, Any], whole: dict[str, Any], query: dict[str, str], expected: str
) -> None:
    assert rfc3339(event_of({"batch": [{**CAPTURE, **event}], **whole}, query=query).occurred_at_ms) == expected


@pytest.mark.parametrize("offset", [10**18, -(10**18), 1.5e300])
def test_an_offset_beyond_the_calendar_is_refused(offset: float) -> None:
    assert [each.reason for each in reading({**CAPTURE, "offset": offset}).refused] == ["bad_timestamp"]


def test_a_webhook_says_when_the_event_happened() -> None:
    event = event_of({"event": CAPTURE, "sent_at": "2026-03-01T09:30:00Z"}, "/in/hog")
    assert event.occurred_at_ms == parse_instant("2026-03-01T09:00:00Z")


def test_the_id_is_the_uuid_and_else_the_insert_id_and_else_made_of_the_content() -> None:
    bare = {name: value for name, value in CAPTURE.items() if name != "uuid"}
    inserted = {**bare, "properties": {"$insert_id": "i-1"}}
    assert as_decoded(event_of(CAPTURE))[0].event_id == "0190-1"
    assert as_decoded(event_of(inserted), "acme")[0].event_id == "i-1"
    ids = [
        as_decoded(event_of({**bare, **more}), "acme")[0].event_id for more in ({}, {"token": "phc_1"}, {"event": "y"})
    ]
    assert ids[0] == ids[1] != ids[2]


def test_equal_events_without_id_and_time_are_several() -> None:
    """As the curl of PostHog's pages sends them."""
    capture = {"event": "login", "distinct_id": "u1", "properties": {"account_id": "acme"}}
    sent = [a_request(PostHogSource(), {"batch": [capture, capture]})]
    sent.append(a_request(PostHogSource(), capture, received_ms=RECEIVED_MS + 1))
    found = [as_decoded(each)[0].event_id for request in sent for each in read(request).events]
    assert len(set(found)) == 3
    dated = {**capture, "timestamp": "2026-03-01T09:00:00Z"}
    same = [read(a_request(PostHogSource(), dated, received_ms=RECEIVED_MS + late)).events for late in (0, 5)]
    assert same[0] == same[1]
