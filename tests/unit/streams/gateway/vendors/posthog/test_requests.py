"""PostHog's requests: captures, batches and webhook destinations."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant, rfc3339
from streams.gateway.reading import BadRequest, Inbound, Reading
from streams.gateway.sources.schema import AccountRule, PostHogSource
from streams.gateway.vendors.posthog.requests import PATHS, VENDOR, key, read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.fixtures import fixture, fixtures
from tests.support.gateway.moved import moved
from tests.support.gateway.requests import RECEIVED_MS, a_request

ARRIVAL = rfc3339(RECEIVED_MS)
CAPTURE: dict[str, Any] = {
    "api_key": "phc_1",
    "event": "report viewed",
    "uuid": "0190-1",
    "distinct_id": "u1",
    "timestamp": "2026-03-01T09:00:00Z",
    "properties": {"$groups": {"company": "acme"}, "plan": "pro", "$browser": "Chrome", "$pathname": "/reports"},
}
ACME, U1 = ForeignId("account", "acme"), ForeignId("posthog.user", "u1")


def reading(body: object, path: str = "/batch", query: dict[str, str] | None = None, **source: Any) -> Reading:
    return read(a_request(PostHogSource(**source), body, path=path, query=query))


def event_of(body: object, path: str = "/batch", query: dict[str, str] | None = None, **source: Any) -> Inbound:
    found = reading(body, path, query, **source)
    assert (len(found.events), found.refused, found.ignored) == (1, [], [])
    return found.events[0]


def said(found: Reading) -> set[tuple[str, str, str]]:
    return {(each.id, each.to.kind, each.to.id) for each in found.aliases}


def with_properties(**properties: Any) -> dict[str, Any]:
    return {**CAPTURE, "properties": properties}


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


# --- accounts, people, aliases


@pytest.mark.parametrize(
    ("groups", "group_type", "account"),
    [
        ({"company": "acme"}, "", "acme"),
        ({"project": "p", "organization": "o", "customer": "c"}, "", "o"),
        ({"project": "p", "organization": "o"}, "project", "p"),
        ({"team": 7}, "team", "7"),
        ({"company": "null", "organization": "o"}, "", "o"),
    ],
)
def test_which_group_is_the_account(groups: dict[str, Any], group_type: str, account: str) -> None:
    event = event_of(with_properties(**{"$groups": groups}), group_type=group_type)
    assert event.accounts == (ForeignId("account", account), U1)


@pytest.mark.parametrize("groups", [{"instance": "http://localhost"}, {"project": "p"}, {}, None, 7, {"company": ""}])
def test_a_group_that_nobody_says_is_an_account_is_none(groups: object) -> None:
    assert event_of(with_properties(**{"$groups": groups})).accounts == (U1,)
    assert event_of(with_properties(**{"$groups": {"company": "acme"}}), group_type="team").accounts == (U1,)


def test_ids_of_groups_may_be_foreign() -> None:
    event = event_of(CAPTURE, group_ids="foreign", ids="hog")
    assert event.accounts == (ForeignId("hog.group", "acme"), ForeignId("hog.user", "u1"))


def test_an_account_of_ours_is_the_surest_and_rules_replace_all() -> None:
    assert event_of(with_properties(account_id="ours")).accounts == (ForeignId("account", "ours"), U1)
    rules = (AccountRule(pointer="/properties/plan", kind="crm"),)
    assert event_of(CAPTURE, account=rules).accounts == (ForeignId("crm", "pro"),)


def test_a_person_belongs_to_the_group_of_an_event() -> None:
    assert said(reading(CAPTURE)) == {("u1", "account", "acme")}
    assert said(reading(CAPTURE, group_ids="foreign")) == {("u1", "posthog.group", "acme")}


def test_an_identify_says_which_browser_the_person_had() -> None:
    body = {**CAPTURE, "event": "$identify", "properties": {"$anon_distinct_id": "a1"}}
    assert said(reading(body)) == {("a1", "posthog.user", "u1")}


@pytest.mark.parametrize("name", ["$create_alias", "$merge_dangerously"])
def test_an_alias_says_that_two_are_one_and_is_no_event(name: str) -> None:
    found = reading({**CAPTURE, "event": name, "properties": {"distinct_id": "u1", "alias": "a1"}})
    assert said(found) == {("a1", "posthog.user", "u1")}
    assert (found.events, len(found.ignored)) == ([], 1)
    assert said(reading({**CAPTURE, "event": name, "properties": {"alias": "u1"}})) == set()


def identify_group(group_type: str, distinct_id: str = "u1", **group: Any) -> dict[str, Any]:
    properties = {"$group_type": group_type, "$group_key": "acme", "$group_set": group}
    return {**CAPTURE, "event": "$groupidentify", "distinct_id": distinct_id, "properties": properties}


def test_a_groupidentify_is_an_alias_and_the_accounts_traits() -> None:
    body = identify_group("company", seats=40, segment="enterprise", account_owner="kim", name="Acme")
    event = event_of(body)
    assert (event.topic, event.accounts) == ("billing", (ACME, U1))
    assert {"seats": 40, "segment": "enterprise", "owner": "kim"}.items() <= moved([event]).items()
    assert "usage_14d" not in moved([event])
    assert said(reading(body)) == {("u1", "account", "acme")}


def test_the_distinct_id_that_a_server_makes_up_for_a_group_is_nobody() -> None:
    found = reading(identify_group("company", "$company_acme", plan="pro"))
    assert (said(found), found.events[0].accounts) == (set(), (ACME,))
    assert as_decoded(found.events[0])[0].user_id == ""


def test_a_groupidentify_of_another_type_is_ignored() -> None:
    body = identify_group("project", plan="pro")
    body["properties"]["$groups"] = {"company": "acme"}
    found = reading(body)
    assert (found.events, found.aliases, len(found.ignored)) == ([], [], 1)


@pytest.mark.parametrize("where", ["properties", "options"])
def test_a_distinct_id_that_was_made_up_for_one_event_is_nobody(where: str) -> None:
    said_so = {where: {("$" if where == "properties" else "") + "process_person_profile": False}}
    made_up = {**CAPTURE, "distinct_id": "0b3f7c1e-7d5c-4c9b-9c0e-2f6f5a3d1e11", "properties": {}, **said_so}
    assert [each.reason for each in reading(made_up).refused] == ["no_account"]
    made_up["properties"] = {**made_up["properties"], "$groups": {"company": "acme"}}
    event = event_of(made_up)
    assert (event.accounts, said(reading(made_up)), as_decoded(event)[0].user_id) == ((ACME,), set(), "")
    for known in ({"distinct_id": "u1"}, {"properties": {**made_up["properties"], "$device_id": "d1"}}):
        assert as_decoded(event_of({**made_up, **known}))[0].user_id != ""


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


def test_a_dead_letter_does_not_hold_the_key() -> None:
    (refused,) = reading({**CAPTURE, "timestamp": "x", "properties": {"token": "phc_1", "plan": "pro"}}).refused
    assert b"phc_1" not in refused.value
    assert b'"plan":"pro"' in refused.value


def test_posthog_signs_nothing() -> None:
    assert VENDOR.scheme == ""
    assert VENDOR.key is key


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1e999", "{"])
def test_properties_in_a_text_that_cannot_be_read_are_none(text: str) -> None:
    assert b'"properties":{}' in event_of({**CAPTURE, "properties": text}).value


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
