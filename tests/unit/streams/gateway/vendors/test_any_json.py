"""Whatever JSON comes: Segment's and PostHog's readers read it, refuse it in words, or say that the body is bad."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event, EventDecoder, Rejected
from streams.gateway.reading import BadRequest, Inbound, Reading
from streams.gateway.sources.schema import PostHogSource, SegmentSource, Source
from streams.gateway.vendors.table import VENDORS
from tests.support.gateway.decoded import under_its_account
from tests.support.gateway.requests import RECEIVED_MS, a_request

NAMES = (
    *("type", "event", "userId", "anonymousId", "groupId", "previousId", "messageId", "timestamp", "sentAt", "context"),
    *(
        "originalTimestamp",
        "traits",
        "company",
        "properties",
        "batch",
        "name",
        "writeKey",
        "account_id",
        "id",
        "person",
    ),
    *(
        "distinct_id",
        "uuid",
        "offset",
        "sent_at",
        "$groups",
        "$group_type",
        "$group_key",
        "$group_set",
        "$set",
        "token",
    ),
    *("$exception_list", "value", "mechanism", "$insert_id", "$anon_distinct_id", "alias", "groups", "options"),
)
TEXTS = (
    *("track", "group", "identify", "alias", "delete", "page", "u1", "acme", "null", "", " ", "\u0000", "\ud83d\ude00"),
    *("$groupidentify", "$exception", "$identify", "$create_alias", "company", "organization", "2026-03-01T09:00:00Z"),
    *("9999-12-31T23:59:59Z", "0001-01-01", "x" * 300, '{"$groups":{"company":"a"}}', '"\\', "$snapshot"),
)
NUMBERS = st.sampled_from([0, -1, 7, 1_772_355_600, 1_772_355_600_000, 10**15, 10**30, -(10**30), 1e300, -0.0, 1.5])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(TEXTS),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(NAMES), each, max_size=8),
    max_leaves=25,
)
CALLS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=10)
BODIES = (
    VALUES | CALLS | st.lists(CALLS | VALUES, max_size=4) | st.builds(lambda calls: {"batch": calls}, st.lists(CALLS))
)
DECODER = EventDecoder(["plan", "seats"])


@pytest.mark.parametrize("source", [SegmentSource(), PostHogSource()], ids=["segment", "posthog"])
@given(body=BODIES, path=st.sampled_from(["", "/v1/batch", "/v1/track", "/batch/", "/e"]))
def test_it_is_read_refused_or_bad(source: Source, body: Any, path: str) -> None:
    vendor = VENDORS[str(source.__struct_config__.tag)]
    request = a_request(source, json.dumps(body).encode(), path=path)
    if vendor.key is not None:
        assert isinstance(vendor.key(request), str)
    try:
        reading = vendor.read(request)
    except BadRequest:
        return
    check_events(reading)
    for refused in reading.refused:
        assert refused.reason
        assert refused.words
        json.loads(refused.value)
    for alias in reading.aliases:
        assert alias.id
        assert alias.to.id
        assert (alias.kind, alias.id) != (alias.to.kind, alias.to.id)


def check_events(reading: Reading) -> None:
    """Each event has what the gateway counts on, and is what a worker reads, or refuses by name."""
    for event in reading.events:
        value = msgspec.json.decode(event.value, type=dict[str, Any])
        assert next(iter(value)) == "event"
        assert "account_id" not in value
        assert value["id"]
        assert event.accounts
        assert all(each.id and each.kind for each in event.accounts)
        decoded = worker_reads(event)
        if isinstance(decoded, Rejected):
            assert decoded.reason in ("in_the_future", "bad_timestamp", "no_event_name")
        else:
            assert (decoded.account_id, decoded.occurred_at_ms) == ("acme", event.occurred_at_ms)
            assert decoded.name == event.event


def worker_reads(event: Inbound) -> Event | Rejected:
    try:
        return DECODER.decode(event.topic, under_its_account(event, "acme"), 0, RECEIVED_MS)
    except Rejected as rejected:
        return rejected
