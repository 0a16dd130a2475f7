"""Our own events: one, a list, lines; ids and times for what lacks them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import EventDecoder
from streams.gateway.reading import BadRequest, Inbound, TooMuch
from streams.gateway.sources.schema import AccountRule, VitalsSource
from streams.gateway.vendors.fields import EVENTS_MAX
from streams.gateway.vendors.vitals import read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.requests import RECEIVED_MS, a_request

OPEN = VitalsSource(insecure=True)
LOGIN: dict[str, Any] = {
    "topic": "analytics",
    "account_id": "acme",
    "event": "login",
    "timestamp": "2026-03-01T09:00:00Z",
}


def events(body: object, **about: Any) -> list[Inbound]:
    reading = read(a_request(OPEN, body, **about))
    assert reading.refused == []
    return reading.events


def ids(body: object, **about: Any) -> list[str]:
    return [EventDecoder().decode(each.topic, each.value, 1, RECEIVED_MS).event_id for each in events(body, **about)]


@pytest.mark.parametrize(
    "body",
    [
        [LOGIN, LOGIN | {"event": "logout"}],
        b"\n".join(json.dumps(each).encode() for each in (LOGIN, LOGIN | {"event": "logout"})),
        b"\xef\xbb\xbf"
        + json.dumps(LOGIN).encode()
        + b"\r\n\r\n"
        + json.dumps(LOGIN | {"event": "logout"}).encode()
        + b"\n",
    ],
)
def test_a_list_and_lines_hold_several(body: object) -> None:
    assert [(each.event, each.position) for each in events(body)] == [("login", 0), ("logout", 1)]


def test_an_object_over_several_lines_is_one_event() -> None:
    (event,) = events(json.dumps(LOGIN, indent=2).encode())
    assert event.accounts == (ForeignId(ACCOUNT, "acme"),)
    assert event.is_complete


def test_an_event_with_id_and_time_is_published_as_it_was_sent() -> None:
    raw = b'{"topic":"analytics", "account_id":"acme","event":"login","id":"e1","timestamp":1772359200,"mrr":1.50}'
    for received_ms in (RECEIVED_MS, RECEIVED_MS + 1):  # the first is its own time
        assert [each.value for each in events(raw, received_ms=received_ms)] == [raw]


@pytest.mark.parametrize("body", [b"", b" ", b"[", b"[1,]"])
def test_what_is_no_json_at_all_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read(a_request(OPEN, body))


def test_a_request_that_is_sent_again_has_the_same_ids_and_equal_events_in_it_have_two() -> None:
    body = [LOGIN, LOGIN, LOGIN | {"user_id": "ann"}]
    once = ids(body)
    assert len(set(once)) == 3
    assert once == ids(body, received_ms=RECEIVED_MS + 5_000)


def test_undated_events_count_each_time_unless_the_request_has_a_key() -> None:
    undated = {name: value for name, value in LOGIN.items() if name != "timestamp"}
    assert ids(undated) != ids(undated, received_ms=RECEIVED_MS + 1)
    key = {"Idempotency-Key": "r-1"}
    assert ids([undated, undated], headers=key) == ids([undated, undated], headers=key, received_ms=RECEIVED_MS + 1)
    assert ids([undated, undated], headers=key) == ["r-1-0", "r-1-1"]


def test_the_time_of_an_undated_event_is_its_arrival_and_is_in_it() -> None:
    (event,) = events({name: value for name, value in LOGIN.items() if name != "timestamp"} | {"timestamp": None})
    decoded = EventDecoder().decode("analytics", event.value, 5, RECEIVED_MS)
    assert decoded.occurred_at_ms == event.occurred_at_ms == RECEIVED_MS


@pytest.mark.parametrize(
    ("path", "query", "event", "topic"),
    [
        ("/v1/events", {}, {"topic": "ticket"}, "tickets"),
        ("/v1/events", {"topic": "billing"}, {}, "billing"),
        ("/v1/events", {"topic": "billing"}, {"topic": "tickets"}, "tickets"),
        ("/v1/events", {}, {"event": "paid"}, "billing"),
        ("/v1/logs/p/", {}, {}, "exceptions"),
        ("/v1/analytics/p/", {}, {}, "analytics"),
    ],
)
def test_where_the_topic_comes_from(path: str, query: dict[str, str], event: dict[str, str], topic: str) -> None:
    source = VitalsSource(insecure=True, topics={"paid": "billing"})
    plain = {name: value for name, value in LOGIN.items() if name != "topic"}
    (found,) = read(a_request(source, plain | event, path=path, query=query)).events
    assert found.topic == topic


def test_the_rules_of_the_source_say_whose_an_event_is() -> None:
    rules = (AccountRule(pointer="/org/id", kind="crm.org"), AccountRule(pointer="/workspace"))
    source = VitalsSource(insecure=True, account=rules)
    both, none = LOGIN | {"org": {"id": 7}, "workspace": "w"}, LOGIN
    reading = read(a_request(source, [both, none]))
    (event,) = reading.events
    assert event.accounts == (ForeignId("crm.org", "7"), ForeignId(ACCOUNT, "w"))
    assert "account_id" not in json.loads(event.value)
    assert [(each.position, each.reason) for each in reading.refused] == [(1, "no_account")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from([*LOGIN, "id", "properties"]) | st.text(), inner)
        ),
    )
    | st.binary()
)
def test_whatever_is_sent_is_read_refused_or_a_bad_request(body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    for path in ("/v1/events", "/v1/logs/p"):
        try:
            reading = read(a_request(OPEN, raw, path=path))
        except BadRequest:
            continue
        for event in reading.events:
            EventDecoder().decode(event.topic, event.value, RECEIVED_MS, RECEIVED_MS)
        assert all(each.words for each in reading.refused)


UNREADABLE = [b"1e999", b"9" * 5_000, b'"\xff\xfe"', b'{"deep": 1e999}']


@pytest.mark.parametrize("value", UNREADABLE)
@pytest.mark.parametrize("place", [b'"x":%b', b'"properties":{"x":%b}', b'"traits":{"x":%b}'])
@pytest.mark.parametrize("more", [b"", b'"id":"e1","timestamp":1772359200,'])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/logs/web"])
@pytest.mark.parametrize("source", [OPEN, VitalsSource(insecure=True, account=(AccountRule(pointer="/account_id"),))])
def test_a_value_that_a_worker_may_not_read_refuses_its_event_alone(
    value: bytes, place: bytes, more: bytes, path: str, source: VitalsSource
) -> None:
    bad = b'{"topic":"analytics","account_id":"acme","event":"login",' + more + place % value + b"}"
    good = json.dumps(LOGIN).encode()
    reading = read(a_request(source, b"[%b,%b,%b]" % (good, bad, good), path=path))
    assert [each.position for each in reading.refused] == [1]
    assert reading.refused[0].reason in ("malformed", "invalid")
    assert [each.position for each in reading.events] == [0, 2]


def test_what_is_taken_is_read_by_a_worker_whatever_its_model_names() -> None:
    body = [LOGIN | {"properties": json.dumps({"plan": "pro", "n": 1})}, LOGIN | {"properties": '{"plan":1e999}'}]
    reading = read(a_request(OPEN, body))
    decoder = EventDecoder(("plan",))
    taken = [decoder.decode(each.topic, each.value, 1, RECEIVED_MS) for each in reading.events]
    assert [decoder.reader("plan")(each.properties) for each in taken] == ["pro"]
    assert [(each.position, each.reason) for each in reading.refused] == [(1, "malformed")]


def test_files_that_were_joined_have_a_byte_order_mark_in_the_middle() -> None:
    line = json.dumps({**LOGIN, "timestamp": None}).encode()
    marked = b"\xef\xbb\xbf" + line + b"\r\n"
    assert [each.event for each in events(b"\xef\xbb\xbf" + marked + marked + marked)] == ["login"] * 3


@pytest.mark.parametrize("between", [b"\n", b"\r\n\r\n"])
def test_lines_are_counted_without_blank_ones(between: bytes) -> None:
    line = json.dumps(LOGIN).encode()
    assert len(events(between.join([line] * EVENTS_MAX))) == EVENTS_MAX
    with pytest.raises(TooMuch):
        read(a_request(OPEN, between.join([line] * (EVENTS_MAX + 1))))
    with pytest.raises(TooMuch):
        read(a_request(OPEN, line + b"\n" * 1_000_000 + line))
