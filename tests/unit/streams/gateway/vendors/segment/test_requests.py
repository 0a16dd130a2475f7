"""Segment's and RudderStack's requests: webhooks, batches and the tracking API; times and ids."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from scoring.instants import parse_instant, rfc3339
from streams.gateway.reading import BadRequest, Reading, TooMuch
from streams.gateway.sources.schema import AccountRule, SegmentSource
from streams.gateway.vendors.segment.requests import PATHS, VENDOR, key, read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.fixtures import fixture
from tests.support.gateway.moved import moved
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.unit.streams.gateway.vendors.segment.calls import ARRIVAL, TRACK, event_of, reading

# --- batches


def test_in_a_batch_one_bad_call_does_not_harm_the_others() -> None:
    bad = [{"type": "track", "userId": "u1"}, 7, {**TRACK, "timestamp": "yesterday"}, {"userId": "u1"}]
    found = reading([TRACK, *bad, {**TRACK, "messageId": "m-2"}])
    assert [event.position for event in found.events] == [0, 5]
    assert [(each.position, each.reason) for each in found.refused] == [
        *((1, "no_event_name"), (2, "invalid"), (3, "bad_timestamp"), (4, "invalid")),
    ]
    assert all(each.words and json.loads(each.value) is not None for each in found.refused)


def test_calls_of_a_batch_share_its_context_and_its_time_of_sending() -> None:
    call = {"type": "track", "event": "x", "userId": "u1", "timestamp": "2026-03-01T09:00:00Z"}
    batch = {"batch": [call], "context": {"groupId": "acme"}, "sentAt": "2026-03-01T09:00:30Z"}
    event = event_of(batch, "/v1/batch")
    assert event.accounts[0] == ForeignId("account", "acme")
    assert event.occurred_at_ms == RECEIVED_MS - 30_000


@pytest.mark.parametrize("body", [7, "x", None, {"batch": 7}, {"batch": {}}, {"type": "track", "batch": None}])
def test_a_body_that_is_no_batch_is_refused_whole(body: object) -> None:
    with pytest.raises(BadRequest, match="a list"):
        reading(body, "/v1/batch")


def test_an_unknown_type_is_ignored_by_name() -> None:
    assert [each.what for each in reading({"type": "merge", "userId": "u"}).ignored] == ["a call of type merge"]
    assert reading({"series": []}, "/v1/m") == Reading()


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track", ""])
def test_what_was_refused_can_be_read_again_by_a_source_that_was_corrected(path: str) -> None:
    call = {"type": "track", "event": "x", "properties": {"ws": "acme"}, "timestamp": "2026-03-01T09:00:00Z"}
    batch = {"batch": [{}, call], "context": {"groupId": " "}, "sentAt": "2026-03-01T09:00:30Z", "writeKey": "wk1"}
    body = batch if path == "/v1/batch" else call
    refused = reading(body, path).refused[-1]
    assert refused.reason == "no_account"
    rules = (AccountRule(pointer="/properties/ws"),)
    first, again = (reading(each, path, account=rules).events for each in (body, refused.value))
    assert [(each.accounts, each.occurred_at_ms, each.value) for each in again] == [
        (each.accounts, each.occurred_at_ms, each.value) for each in first
    ]
    assert len(again) == 1


def test_a_large_context_is_not_copied_into_thousands_of_calls() -> None:
    """Write keys stand in web pages, so anybody has one. Each refusal would hold the whole context."""
    calls: list[dict[str, Any]] = [{"type": "track", "event": "Report Run"}] * 20_000
    few = reading({"batch": calls[:3], "context": {"text": "x" * 1_000_000}})
    assert len(few.refused) == 3
    with pytest.raises(TooMuch, match="context"):
        reading({"batch": calls, "context": {"text": "x" * 1_000_000}})


# --- times and ids


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"originalTimestamp": "2026-03-01T09:00:00Z", "sentAt": "2026-03-01T09:00:20Z"}, "2026-03-01T09:59:40Z"),
        ({"timestamp": "2026-03-01T09:00:00Z", "sentAt": "2026-03-01T09:00:20Z"}, "2026-03-01T09:59:40Z"),
        ({"timestamp": "2026-03-01T13:00:00Z", "sentAt": "2026-03-01T13:00:20Z"}, "2026-03-01T09:59:40Z"),
        ({"timestamp": "2024-03-01T09:00:00Z", "sentAt": "2026-03-01T10:00:00Z"}, "2024-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z"}, "2026-03-01T09:00:00Z"),
        ({"timestamp": "2026-03-01T09:00:00Z", "sentAt": "now"}, "2026-03-01T09:00:00Z"),
        ({"sentAt": "2026-03-01T09:00:00Z"}, ARRIVAL),
        ({}, ARRIVAL),
    ],
)
def test_the_clock_of_an_sdk_is_corrected(body: dict[str, Any], expected: str) -> None:
    event = event_of({"event": "x", "userId": "u1", **body}, "/v1/track")
    assert rfc3339(event.occurred_at_ms) == expected


def test_the_time_that_a_webhook_says_is_corrected_already() -> None:
    clocks = {"originalTimestamp": "2026-03-01T09:00:00Z", "sentAt": "2026-03-01T09:00:20Z"}
    assert event_of({**TRACK, **clocks}).occurred_at_ms == parse_instant("2026-03-01T09:00:00Z")


def test_the_correction_is_the_one_of_segment_itself() -> None:
    body = fixture("segment/spec_track_01_course_clicked.json").body
    received_ms = parse_instant(body["receivedAt"])
    direct = {name: value for name, value in body.items() if name not in ("timestamp", "receivedAt")}
    (event,) = read(a_request(SegmentSource(), direct, path="/v1/track", received_ms=received_ms)).events
    assert rfc3339(event.occurred_at_ms) == body["timestamp"]


def test_a_clock_beyond_the_calendar_is_refused() -> None:
    body = {**TRACK, "originalTimestamp": "1970-01-01T00:00:00Z", "sentAt": "9999-12-31T23:59:59Z"}
    assert [each.reason for each in reading(body, "/v1/track").refused] == ["bad_timestamp"]


def test_a_repetition_has_the_same_id_and_another_call_another() -> None:
    bare = {"type": "track", "event": "x", "userId": "u1", "timestamp": "2026-03-01T09:00:00Z"}
    ids = [
        as_decoded(event_of({**bare, **more}), "acme")[0].event_id
        for more in ({}, {"sentAt": "2026-03-01T09:00:20Z"}, {"properties": {"n": 1}}, {"messageId": "null"})
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert as_decoded(event_of({**bare, "messageId": 7}), "acme")[0].event_id == "7"


def test_equal_calls_without_id_and_time_are_several() -> None:
    call = {"type": "track", "event": "Report Run", "userId": "u1"}
    request = a_request(SegmentSource(), [call, call])
    later = a_request(SegmentSource(), [call], received_ms=RECEIVED_MS + 1)
    found = [as_decoded(each)[0].event_id for sent in (request, later) for each in read(sent).events]
    assert len(set(found)) == 3
    dated = {**call, "timestamp": "2026-03-01T09:00:00Z"}
    same = [read(a_request(SegmentSource(), dated, received_ms=RECEIVED_MS + late)).events for late in (0, 5)]
    assert same[0] == same[1]


# --- the tracking API


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *(("/v1/track", "x"), ("/v1/t", "x"), ("/v1/page", "page"), ("/v1/p/", "page"), ("/v1/screen", "screen")),
        *(("/v1/s", "screen"), ("/v1/identify", "identify"), ("/v1/i", "identify"), ("/v1/g", "group")),
    ],
)
def test_the_path_says_what_a_call_is(path: str, name: str) -> None:
    assert event_of({"event": "x", "userId": "u1", "groupId": "acme"}, path).event == name
    assert path.rstrip("/") in PATHS


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/", "/beacon/v1/batch"])
def test_a_batch_may_come_by_several_paths(path: str) -> None:
    assert len(reading({"batch": [TRACK, {**TRACK, "messageId": "m-2"}]}, path).events) == 2


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"authorization": "Basic " + b64encode(b"wk1:").decode()}, b"not even JSON"),
        ({"authorization": "Bearer wk1"}, b""),
        ({"x-vitals-key": "wk1"}, b""),
        ({}, b'{"batch":[{"type":"track"}],"writeKey":"wk1"}'),
    ],
)
def test_where_the_write_key_stands(headers: dict[str, str], body: bytes) -> None:
    assert key(a_request(SegmentSource(), body, headers=headers)) == "wk1"


def test_a_beacon_has_the_write_key_in_its_query() -> None:
    assert key(a_request(SegmentSource(), b"{}", path="/beacon/v1/batch", query={"writeKey": "wk1"})) == "wk1"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"writeKey":7}', b"\xff", b"[" * 100_000])
def test_without_a_write_key_there_is_none(body: bytes) -> None:
    assert key(a_request(SegmentSource(), body)) == ""


def test_segment_gets_its_answer_in_time() -> None:
    assert VENDOR.answer_seconds < 5
    assert VENDOR.scheme == "segment"


def test_the_call_of_a_rudderstack_sdk() -> None:
    """As its browser SDK sends it: the group in the context, the original time and the time of sending in each call."""
    call = {
        "channel": "web",
        "type": "track",
        "event": "Invite Sent",
        "messageId": "r-1",
        "rudderId": "x",
        "userId": "u1",
        "anonymousId": "a1",
        "context": {"groupId": "acme", "sessionId": 1_700_000_000, "traits": {"email": "ann@acme.io"}},
        "properties": {"role": "admin"},
        "originalTimestamp": "2026-03-01T08:00:00.000Z",
        "sentAt": "2026-03-01T08:00:05.000Z",
        "integrations": {"All": True},
    }
    event = event_of({"batch": [call], "sentAt": "2026-03-01T08:00:05.000Z"}, "/v1/batch", ids="rudder")
    decoded, _ = as_decoded(event)
    assert (decoded.account_id, decoded.event_id, decoded.user_id) == ("acme", "r-1", "u1")
    assert decoded.occurred_at_ms == RECEIVED_MS - 5_000
    assert {"onboarding", "usage_14d"} <= set(moved([event]))
    assert b"ann@acme.io" not in event.value
