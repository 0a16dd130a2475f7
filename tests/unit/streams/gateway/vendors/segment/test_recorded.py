"""What becomes of each recorded call of Segment."""

from __future__ import annotations

import pytest

from scoring.instants import rfc3339
from streams.gateway.sources.schema import SegmentSource
from streams.gateway.vendors.segment.requests import read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.fixtures import fixture, fixtures
from tests.support.gateway.moved import moved
from tests.unit.streams.gateway.vendors.segment.calls import ARRIVAL, said

USE = {"usage_14d", "usage_30d", "usage_35d", "days_35d", "users_14d"}


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
