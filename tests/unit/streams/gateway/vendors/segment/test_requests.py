"""Segment's and RudderStack's requests: webhooks, and the tracking API."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from scoring.instants import parse_instant, rfc3339
from streams.deployment.settings import Settings
from streams.gateway.checking import Checked, Checker
from streams.gateway.reading import BadRequest, Inbound, Reading, TooMuch
from streams.gateway.sources.schema import AccountRule, SegmentSource
from streams.gateway.vendors.segment.requests import PATHS, VENDOR, key, read
from streams.identity.alias import Alias, ForeignId, alias_key
from streams.identity.alias_table import AliasTable
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.fixtures import fixture, fixtures
from tests.support.gateway.moved import moved
from tests.support.gateway.requests import RECEIVED_MS, a_request

ARRIVAL = rfc3339(RECEIVED_MS)
TRACK: dict[str, Any] = {
    "type": "track",
    "event": "Report Run",
    "messageId": "m-1",
    "userId": "u1",
    "context": {"groupId": "acme"},
    "timestamp": "2026-03-01T09:00:00Z",
}
USE = {"usage_14d", "usage_30d", "usage_35d", "days_35d", "users_14d"}


def reading(body: object, path: str = "", **source: Any) -> Reading:
    return read(a_request(SegmentSource(**source), body, path=path))


def event_of(body: object, path: str = "", **source: Any) -> Inbound:
    found = reading(body, path, **source)
    assert (len(found.events), found.refused, found.ignored) == (1, [], [])
    return found.events[0]


def said(found: Reading) -> set[tuple[str, str, str, str]]:
    return {(each.kind, each.id, each.to.kind, each.to.id) for each in found.aliases}


# --- what becomes of each fixture

GROUP, U1, U2, U3 = "0e8c78ea9d97a7b8185e8632", "019mr8mf4r", "97980cfea0067", "AiUGstSDIg"
ANN, BOB = "507f191e810c19729de860ea", "23adfd82-aa0f-45a7-a756-24f2a7a4c895"
SPEC = "2015-02-23T22:28:55.111Z"
HOOK = "2012-12-02T00:30:08.276Z"
EVENTS = {
    "action_destinations_create_test_event": ("analytics", "Test Event", "user:user1234", "2026-01-15T12:00:00Z", USE),
    "spec_b2b-saas_00_account_created": ("analytics", "Account Created", "acct_123", ARRIVAL, {*USE, "onboarding"}),
    "spec_b2b-saas_01_account_deleted": ("analytics", "Account Deleted", "acct_123", ARRIVAL, USE),
    "spec_b2b-saas_02_signed_up": ("analytics", "Signed Up", "acct_123", ARRIVAL, {*USE, "onboarding"}),
    "spec_b2b-saas_03_signed_in": ("analytics", "Signed In", "acct_123", ARRIVAL, USE),
    "spec_b2b-saas_04_signed_out": ("analytics", "Signed Out", "acct_123", ARRIVAL, USE),
    "spec_b2b-saas_05_invite_sent": ("analytics", "Invite Sent", "acct_123", ARRIVAL, {*USE, "onboarding"}),
    "spec_b2b-saas_06_account_added_user": ("analytics", "Account Added User", "acct_123", ARRIVAL, USE),
    "spec_b2b-saas_07_account_removed_user": ("analytics", "Account Removed User", "acct_123", ARRIVAL, USE),
    "spec_b2b-saas_08_trial_started": ("analytics", "Trial Started", "acct_123", ARRIVAL, {*USE, "onboarding"}),
    "spec_b2b-saas_09_trial_ended": ("analytics", "Trial Ended", "acct_123", ARRIVAL, USE),
    "spec_common_00_report_submitted": ("analytics", "Report Submitted", "12345", "2015-12-10T04:08:31.905Z", USE),
    "spec_group_00_group": ("billing", "group", GROUP, ARRIVAL, set()),
    "spec_group_01_group": ("billing", "group", GROUP, SPEC, set()),
    "spec_identify_00_identify": ("analytics", "identify", f"user:{U2}", ARRIVAL, set()),
    "spec_identify_01_identify": ("analytics", "identify", f"user:{U2}", SPEC, set()),
    "spec_live-chat_00_live_chat_conversation_started": (
        *("analytics", "Live Chat Conversation Started", f"user:{U1}", ARRIVAL),
        USE,
    ),
    "spec_live-chat_01_live_chat_message_sent": ("analytics", "Live Chat Message Sent", f"user:{U1}", ARRIVAL, USE),
    "spec_live-chat_02_live_chat_message_received": (
        *("analytics", "Live Chat Message Received", f"user:{U1}", ARRIVAL),
        USE,
    ),
    "spec_page_01_page": ("analytics", "page", f"user:{U2}", SPEC, USE),
    "spec_track_01_course_clicked": ("analytics", "Course Clicked", f"user:{U3}", "2015-12-12T19:11:01.249Z", USE),
    "spec_track_02_button_clicked": ("analytics", "Button Clicked", f"user:{U3}", "2015-12-12T19:11:01.249Z", USE),
    "webhook_destination_00_page": ("analytics", "page", f"user:{U1}", HOOK, USE),
    "webhook_destination_01_screen": ("analytics", "screen", f"user:{U1}", HOOK, USE),
    "webhook_destination_02_identify": ("analytics", "identify", f"user:{U1}", HOOK, set()),
    "webhook_destination_03_track": ("analytics", "Purchased an Item", f"user:{U1}", HOOK, USE),
    "webhook_destination_05_group": ("billing", "group", GROUP, HOOK, set()),
}
"""Of each fixture the topic, the event, the surest id of its account, its time, and signals that it moves."""
NO_EVENTS = {
    "spec_page_00_page": "no_account",
    "spec_track_00_user_registered": "no_account",
    "webhook_destination_04_alias": "",
    "webhook_destination_06_delete": "delete_asked",
}
ALIASES = {
    "action_destinations_create_test_event": {("segment.anonymous", "anonId1234", "segment.user", "user1234")},
    "spec_common_00_report_submitted": {("segment.anonymous", ANN, "segment.user", U2)},
    "spec_group_01_group": {
        ("segment.anonymous", ANN, "segment.user", U2),
        ("segment.user", U2, "account", GROUP),
    },
    "spec_identify_01_identify": {("segment.anonymous", ANN, "segment.user", U2)},
    "spec_page_01_page": {("segment.anonymous", ANN, "segment.user", U2)},
    "spec_track_01_course_clicked": {("segment.anonymous", BOB, "segment.user", U3)},
    "spec_track_02_button_clicked": {("segment.anonymous", BOB, "segment.user", U3)},
    "webhook_destination_04_alias": {
        ("segment.anonymous", "previousId", "segment.user", "userId"),
        ("segment.user", "previousId", "segment.user", "userId"),
    },
    "webhook_destination_05_group": {("segment.user", U1, "account", GROUP)},
}


def test_every_fixture_is_in_a_table() -> None:
    names = {each.path.removeprefix("segment/").removesuffix(".json") for each in fixtures("segment")}
    assert names == set(EVENTS) | set(NO_EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_fixture_becomes_one_event_and_moves_its_signals(name: str) -> None:
    topic, event_name, account, at, signals = EVENTS[name]
    sent = fixture(f"segment/{name}.json")
    found = read(sent.request(SegmentSource()))
    (event,) = found.events
    assert (found.refused, found.ignored, found.forgotten) == ([], [], [])
    assert said(found) == ALIASES.get(name, set())
    kind, _, foreign = f"account:{account}".replace("account:user:", "segment.user:").partition(":")
    assert (event.topic, event.event, event.accounts[0]) == (topic, event_name, ForeignId(kind, foreign))
    decoded, _ = as_decoded(event, "acme")
    assert (decoded.name, rfc3339(decoded.occurred_at_ms)) == (event_name, at)
    assert decoded.occurred_at_ms == event.occurred_at_ms
    assert decoded.event_id == sent.body.get("messageId", decoded.event_id) != ""
    assert decoded.user_id == sent.body.get("userId", "")
    gained = moved([event])
    assert set(gained) >= signals
    assert bool(gained) == bool(signals)


@pytest.mark.parametrize("name", NO_EVENTS)
def test_a_fixture_that_is_no_event_says_why(name: str) -> None:
    found = read(fixture(f"segment/{name}.json").request(SegmentSource()))
    assert found.events == []
    assert [each.reason for each in found.refused] == [NO_EVENTS[name]] * bool(NO_EVENTS[name])
    assert said(found) == ALIASES.get(name, set())


def test_nothing_personal_of_a_fixture_is_published() -> None:
    for each in fixtures("segment"):
        for event in read(each.request(SegmentSource())).events:
            for personal in (b"pgibbons", b"peter@", b"555-9412", b"8.8.8.8", b"108.0.78.21", b"stapler", b"achilles@"):
                assert personal not in event.value, (each.path, event.value)


# --- accounts and aliases


def test_ids_of_groups_may_be_foreign() -> None:
    event = event_of(TRACK, group_ids="foreign", ids="rudder")
    assert event.accounts == (ForeignId("rudder.group", "acme"), ForeignId("rudder.user", "u1"))
    found = reading({"type": "group", "userId": "u1", "groupId": "g1", "messageId": "m"}, group_ids="foreign")
    assert said(found) == {("segment.user", "u1", "segment.group", "g1")}


def test_without_a_group_an_event_waits_for_its_user_and_then_for_its_browser() -> None:
    event = event_of({"type": "track", "event": "x", "userId": 7, "anonymousId": "a1"})
    assert event.accounts == (ForeignId("segment.user", "7"), ForeignId("segment.anonymous", "a1"))


def test_an_account_of_ours_in_the_properties_is_the_surest() -> None:
    event = event_of({**TRACK, "properties": {"account_id": "ours"}})
    assert event.accounts[0] == ForeignId("account", "ours")


def test_rules_of_the_source_replace_those_of_the_vendor() -> None:
    rules = (AccountRule(pointer="/properties/workspace", kind="crm.workspace"),)
    event = event_of({**TRACK, "properties": {"workspace": "w1"}}, account=rules)
    assert event.accounts == (ForeignId("crm.workspace", "w1"),)
    assert [each.reason for each in reading(TRACK, account=rules).refused] == ["no_account"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "identify", "userId": "u1", "traits": {"company": {"id": "acme"}}},
        {"type": "identify", "userId": "u1", "context": {"groupId": "acme"}},
        {"type": "group", "userId": "u1", "groupId": "acme"},
    ],
)
def test_a_user_belongs_to_the_group_that_an_identify_or_group_call_names(body: dict[str, Any]) -> None:
    assert said(reading(body)) == {("segment.user", "u1", "account", "acme")}
    assert event_of(body).accounts[0] == ForeignId("account", "acme")


def test_a_browser_belongs_to_the_group_only_while_it_has_no_user() -> None:
    signed_out = {"type": "group", "anonymousId": "a1", "groupId": "acme"}
    assert said(reading(signed_out)) == {("segment.anonymous", "a1", "account", "acme")}
    assert said(reading({**signed_out, "userId": "u1"})) == {
        ("segment.anonymous", "a1", "segment.user", "u1"),
        ("segment.user", "u1", "account", "acme"),
    }


def test_an_alias_names_its_source_and_its_time() -> None:
    (alias,) = read(a_request(SegmentSource(), {**TRACK, "type": "group", "groupId": "g"}, name="web")).aliases
    assert (alias.author, alias.by, alias.at_ms) == ("web", "source", parse_instant("2026-03-01T09:00:00Z"))


def test_of_one_id_a_batch_says_the_last_alias_alone() -> None:
    groups = [{"type": "group", "userId": "u1", "groupId": group} for group in ("a", "b", "a", "c")]
    assert [each.to.id for each in reading(groups).aliases] == ["c"]


@pytest.mark.parametrize("body", [{"previousId": "u1"}, {"previousId": None}, {}])
def test_an_alias_call_to_itself_or_of_nothing_says_nothing(body: dict[str, Any]) -> None:
    assert reading({"type": "alias", "userId": "u1", **body}).aliases == []


# --- traits and topics


def test_a_group_call_brings_the_account_its_owner_segment_and_seats() -> None:
    traits = {"seats": 40, "segment": "enterprise", "account_owner": "kim", "name": "Initech"}
    event = event_of({"type": "group", "userId": "u1", "groupId": "acme", "traits": traits})
    assert event.topic == "billing"
    assert moved([event]) == {"seats": 40, "segment": "enterprise", "owner": "kim"} | {
        name: fact for name, fact in moved([event]).items() if name == "seats_free"
    }


def test_a_group_call_does_not_bring_back_who_cancelled() -> None:
    start = event_of({**TRACK, "event": "Subscription Started", "properties": {"mrr": 900}})
    end = event_of({**TRACK, "event": "Subscription Canceled", "messageId": "m-2", "timestamp": "2026-03-01T09:10:00Z"})
    group = event_of(
        {**TRACK, "type": "group", "groupId": "acme", "traits": {"plan": "pro"}, "timestamp": "2026-03-01T09:20:00Z"}
    )
    assert start.topic == end.topic == group.topic == "billing"
    assert "cancelled" in moved([start, end])
    assert "cancelled" in moved([start, end, group])


def test_the_source_may_choose_the_topic_of_a_name() -> None:
    assert event_of({**TRACK, "event": "Account Deleted"}, topics={"Account Deleted": "billing"}).topic == "billing"
    assert event_of({"type": "group", "groupId": "g", "traits": {"seats": 1}}, topics={"group": "analytics"}).topic == (
        "analytics"
    )


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


# --- deletion


@pytest.mark.parametrize("kind", ["delete", "Delete", "suppress", "suppress_with_delete"])
def test_a_delete_forgets_the_user_and_asks_a_person(kind: str) -> None:
    found = reading([{"type": kind, "userId": "u 1", "anonymousId": "a1"}, TRACK])
    assert found.forgotten == [ForeignId("segment.user", "u 1"), ForeignId("segment.anonymous", "a1")]
    (refused,) = found.refused
    assert refused.reason == "delete_asked"
    assert "'u 1'" in refused.words
    assert refused.about == tuple(found.forgotten)
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("a & co", "the account 'a & co': `vitals forget 'a & co' --reason TEXT` removes"),
        ("", "No account is known for it."),
    ],
)
def test_the_dead_letter_of_a_delete_names_the_account_and_the_command(account: str, words: str) -> None:
    table = AliasTable()
    if account:
        table.put(Alias(kind="segment.user", id="u1", to=ForeignId("account", account)))
    checker = Checker(Settings(), {}, table)
    request = a_request(SegmentSource(), {"type": "delete", "userId": "u1", "writeKey": "wk1"})
    found = read(request)
    checked = Checked(refused=[checker.with_account(each) for each in found.refused])
    checker.add_aliases(checked, request, found)
    checker.add_dead_letters(checked, request)
    gone, letter = checked.messages
    assert (gone.key, gone.value) == (alias_key("segment.user", "u1", "source"), None)
    assert words in json.loads(letter.value or b"")["words"]
    assert b"wk1" not in (letter.value or b"")


def test_a_delete_of_nobody_deletes_nothing() -> None:
    found = reading({"type": "delete"})
    assert (found.forgotten, [each.reason for each in found.refused]) == ([], ["no_user"])


def test_a_large_context_is_not_copied_into_thousands_of_calls() -> None:
    """Write keys stand in web pages, so anybody has one. Each refusal would hold the whole context."""
    calls: list[dict[str, Any]] = [{"type": "track", "event": "Report Run"}] * 20_000
    few = reading({"batch": calls[:3], "context": {"text": "x" * 1_000_000}})
    assert len(few.refused) == 3
    with pytest.raises(TooMuch, match="context"):
        reading({"batch": calls, "context": {"text": "x" * 1_000_000}})


def test_equal_calls_without_id_and_time_are_several() -> None:
    call = {"type": "track", "event": "Report Run", "userId": "u1"}
    request = a_request(SegmentSource(), [call, call])
    later = a_request(SegmentSource(), [call], received_ms=RECEIVED_MS + 1)
    found = [as_decoded(each)[0].event_id for sent in (request, later) for each in read(sent).events]
    assert len(set(found)) == 3
    dated = {**call, "timestamp": "2026-03-01T09:00:00Z"}
    same = [read(a_request(SegmentSource(), dated, received_ms=RECEIVED_MS + late)).events for late in (0, 5)]
    assert same[0] == same[1]
