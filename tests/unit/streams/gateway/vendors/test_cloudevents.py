"""CloudEvents, made by the project's own library and by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v03.event import CloudEvent as CloudEvent03
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.gateway.reading import BadRequest, Inbound, Reading
from streams.gateway.sources.schema import AccountRule, CloudEventsSource
from streams.gateway.vendors.cloudevents import BATCHED, STRUCTURED, read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.requests import RECEIVED_MS, a_request

JSON = {"content-type": f"{STRUCTURED}+json; charset=utf-8"}
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop",
    "type": "com.example.seat.added",
    "time": "2026-03-01T09:00:00Z",
    "partitionkey": "acme",
    "subject": "orders/7",
    "data": {"seats": 3, "user_id": "ann"},
}


def made(message: HTTPMessage, **source: Any) -> Inbound:
    return only(read(a_request(CloudEventsSource(**source), message.body, headers=message.headers)))


def only(reading: Reading) -> Inbound:
    assert not reading.refused
    (event,) = reading.events
    return event


def sent(body: object, headers: dict[str, str] | None = None, **source: Any) -> Reading:
    return read(a_request(CloudEventsSource(**source), body, headers=JSON if headers is None else headers))


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in EVENT.items() if name not in names}


# --- the modes


def of_the_library(**attributes: Any) -> CloudEvent:
    given = {"id": "e-1", "source": "/shop", "type": "com.example.seat.added", "partitionkey": "acme"}
    time = datetime(2026, 3, 1, 9, tzinfo=UTC)
    return CloudEvent({**given, "time": time, **attributes}, {"seats": 3, "user_id": "ann"})


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_binary_and_structured_are_the_same_event(write: Any) -> None:
    inbound = made(write(of_the_library()))
    event, properties = as_decoded(inbound)
    assert inbound.topic == "analytics"
    assert (event.account_id, event.name, event.event_id) == ("acme", "com.example.seat.added", "/shop e-1")
    assert (event.user_id, properties) == ("ann", {"seats": 3})
    assert event.occurred_at_ms == inbound.occurred_at_ms == parse_instant("2026-03-01T09:00:00Z")


def test_a_header_may_hold_any_text() -> None:
    named = of_the_library(partitionkey='Café "é" % ü')
    assert made(to_binary_event(named)).accounts[0].id == 'Café "é" % ü'


def test_an_event_of_version_0_3() -> None:
    old = CloudEvent03(
        {
            "id": "e-1",
            "source": "/shop",
            "type": "seat.added",
            "specversion": "0.3",
            "partitionkey": "acme",
            "time": datetime(2026, 3, 1, 9, tzinfo=UTC),
        },
        {"seats": 3},
    )
    for write in (to_binary_event, to_structured_event):
        assert as_decoded(made(write(old)))[1] == {"seats": 3}


@pytest.mark.parametrize("headers", [{"content-type": f"{BATCHED}+json"}, {"content-type": "application/json"}])
def test_a_batch_is_taken_event_by_event(headers: dict[str, str]) -> None:
    batch = [EVENT, {**EVENT, "id": "e-2"}, {**EVENT, "source": ""}, 7, {**EVENT, "id": "e-3"}]
    reading = sent(batch, headers)
    assert [(event.position, as_decoded(event)[0].event_id) for event in reading.events] == [
        (0, "/shop e-1"),
        (1, "/shop e-2"),
        (4, "/shop e-3"),
    ]
    assert [refused.position for refused in reading.refused] == [2, 3]
    assert json.loads(reading.refused[0].value)["source"] == ""
    assert sent([], headers) == Reading()


def test_what_was_refused_of_a_batch_can_be_read_again_by_itself() -> None:
    headers = {"content-type": f"{BATCHED}+json"}
    (refused,) = sent([EVENT, {**EVENT, "time": "?"}], headers).refused
    (again,) = sent(refused.value, headers).refused
    assert (again.reason, again.value) == ("bad_timestamp", refused.value)


def test_a_structured_event_may_come_as_plain_json() -> None:
    assert only(sent(EVENT, {})).value == only(sent(EVENT)).value


# --- what names the event, its account and its time


def test_source_and_id_together_are_the_id() -> None:
    ids = {as_decoded(only(sent({**EVENT, "source": source})))[0].event_id for source in ("/shop", "/depot", "/shop")}
    assert ids == {"/shop e-1", "/depot e-1"}
    odd = (
        only(sent({**EVENT, "source": "a b", "id": "c"})).value,
        only(sent({**EVENT, "source": "a", "id": "b c"})).value,
    )
    assert odd[0] != odd[1]


def test_the_account_is_that_of_the_data_then_the_partition_key_then_the_subject() -> None:
    whole = {**EVENT, "data": {"account_id": "of the data"}}
    ids = [found.id for found in only(sent(whole)).accounts]
    assert ids == ["of the data", "acme", "orders/7"]
    assert [found.id for found in only(sent(without("partitionkey"))).accounts] == ["orders/7"]
    rules = (AccountRule(pointer="/subject", kind="shop.order"),)
    assert only(sent(EVENT, account=rules)).accounts == (ForeignId("shop.order", "orders/7"),)


def test_the_key_and_the_time_of_a_message_count_where_the_event_has_none() -> None:
    keyed = {**JSON, "ce-partitionkey": "of%20the key", "ce-time": "2026-02-28T09:00:00Z"}
    assert only(sent(without("time"), keyed)).occurred_at_ms == parse_instant("2026-02-28T09:00:00Z")
    assert only(sent(EVENT, keyed)).occurred_at_ms == parse_instant("2026-03-01T09:00:00Z")
    assert only(sent(without("partitionkey"), keyed)).accounts[0].id == "of the key"
    assert only(sent(EVENT, keyed)).accounts[0].id == "acme"


def test_without_a_time_it_is_that_of_arrival() -> None:
    for event in (without("time"), {**EVENT, "time": None}):
        assert only(sent(event)).occurred_at_ms == RECEIVED_MS
    timeless = {name: value for name, value in to_binary_event(of_the_library()).headers.items() if name != "ce-time"}
    assert made(HTTPMessage(timeless, b"{}")).occurred_at_ms == RECEIVED_MS


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z"),
        ("2026-03-01T09:00:00.123456789Z", "2026-03-01T09:00:00.123Z"),
    ],
)
def test_times_in_other_zones_and_finer_than_ours(time: str, expected: str) -> None:
    assert only(sent({**EVENT, "time": time})).occurred_at_ms == parse_instant(expected)


def test_topics_are_chosen_by_name() -> None:
    assert only(sent(EVENT, topics={"com.example.seat.added": "billing"})).topic == "billing"


# --- data


@pytest.mark.parametrize("data", [{"data": None}, {}, {"data": {}}, {"data_base64": "e30="}, {"data_base64": ""}])
def test_an_event_without_data_is_an_event_without_properties(data: dict[str, Any]) -> None:
    assert as_decoded(only(sent({**without("data"), **data})))[1] == {}


def test_a_binary_event_without_a_body_is_one_too() -> None:
    headers = to_binary_event(of_the_library()).headers
    assert as_decoded(made(HTTPMessage(headers, b"")))[1] == {}


def test_json_in_base64_is_json() -> None:
    packed = {**without("data"), "data_base64": "eyJzZWF0cyI6IDV9", "datacontenttype": "application/json"}
    assert as_decoded(only(sent(packed)))[1] == {"seats": 5}


@pytest.mark.parametrize("kind", ["application/json", "text/json; charset=utf-8", "application/vnd.shop+json"])
def test_every_kind_of_json_is_read(kind: str) -> None:
    assert as_decoded(made(to_binary_event(of_the_library(datacontenttype=kind))))[1] == {"seats": 3}


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"datacontenttype": "text/xml", "data": "<a/>"}, "not_json", "text/xml"),
        ({"datacontenttype": "application/protobuf"}, "not_json", "application/protobuf"),
        ({"data": [1]}, "invalid", "object"),
        ({"data": "text"}, "invalid", "object"),
        ({"data_base64": "////", "data": None}, "malformed", "not JSON"),
        ({"id": None}, "invalid", "no id"),
        ({"id": ""}, "invalid", "id"),
        ({"id": 7}, "invalid", "id"),
        ({"source": None}, "invalid", "no source"),
        ({"type": None}, "invalid", "no type"),
        ({"specversion": None}, "invalid", "no specversion"),
        ({"specversion": "2.0"}, "invalid", "1.0"),
        ({"subject": ""}, "invalid", "subject"),
        ({"Upper": "x"}, "invalid", "Upper"),
        ({"time": "2026-03-01T09:00:00"}, "invalid", "timezone"),
        ({"time": "yesterday"}, "bad_timestamp", "write it like"),
        ({"time": "9999-12-31T23:59:59-23:59"}, "bad_timestamp", "calendar"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "bad_timestamp", "calendar"),
        ({"time": 1_772_355_600}, "invalid", "not a valid CloudEvent"),
        ({"partitionkey": None, "subject": None}, "no_account", "/partitionkey"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(change: dict[str, Any], reason: str, words: str) -> None:
    reading = sent({**EVENT, **change})
    (refused,) = reading.refused
    assert (refused.reason, reading.events) == (reason, [])
    assert words in refused.words


def test_a_binary_event_that_is_not_what_it_says_is_refused() -> None:
    message = to_binary_event(of_the_library(datacontenttype="application/json"))
    for headers, body in (
        (message.headers, b"{"),
        (message.headers, b"[]"),
        (message.headers, b'{"a": "\\ud800"}'),
        (message.headers, b'{"a": NaN}'),
        (message.headers, b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
        ({**message.headers, "content-type": ""}, b"{"),
        ({**message.headers, "content-type": "text/plain"}, b"hello"),
        ({**message.headers, "ce-time": "never"}, b"{}"),
        ({name: value for name, value in message.headers.items() if name != "ce-id"}, b"{}"),
    ):
        reading = sent(body, headers)
        assert [refused.value for refused in reading.refused] == [body]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"<a/>", {"content-type": f"{STRUCTURED}+xml"}),
        (b"", {"content-type": f"{BATCHED}+avro"}),
        (b"7", {"content-type": f"{BATCHED}+json"}),
        (b"{}", {"content-type": "application/json"}),
        (b"hello", {}),
        (b"", {}),
    ],
)
def test_what_is_no_cloudevent_is_a_bad_request(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        sent(body, headers)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | texts | st.just({}) | st.just([])


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*EVENT, "data_base64", "datacontenttype", "X"), values)))
def test_every_object_is_an_event_or_refused_in_words(event: dict[str, Any]) -> None:
    """Of either mode: the library raises errors of many kinds."""
    for body, headers in ((event, JSON), (b"{}", {f"ce-{name.lower()}": str(value) for name, value in event.items()})):
        if not headers:
            continue
        reading = sent(body, headers)
        assert len(reading.events) + len(reading.refused) == 1
        assert all(refused.words for refused in reading.refused)
