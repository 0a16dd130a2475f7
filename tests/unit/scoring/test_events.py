"""What producers send: every shape that is accepted, and everything that is refused, with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.events import EVENT_MAX_BYTES, Event, EventDecoder, Rejected
from tests.builders import at_ms

NOW = at_ms("2026-03-01T12:00Z")
SENT = at_ms("2026-03-01T11:00Z")
HOUR = 3_600_000
DECODER = EventDecoder(["mrr", "plan"], {"mrr": 0.0})
GOOD: dict[str, Any] = {"account_id": "acme", "event": "login", "timestamp": "2026-03-01T10:00:00Z"}


def decode(body: object, topic: str = "analytics", message_time_ms: int = SENT) -> Event:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    return DECODER.decode(topic, value, message_time_ms, NOW)


def reason(body: object, topic: str = "analytics", message_time_ms: int = SENT) -> str:
    with pytest.raises(Rejected) as refusal:
        decode(body, topic, message_time_ms)
    assert str(refusal.value), "people are told in words"
    return refusal.value.reason


def outcome_of(value: bytes) -> str:
    """The reason for which it is refused; "" when it is an event."""
    try:
        decode(value)
    except Rejected as refusal:
        return refusal.reason
    return ""


# --- accepted


def test_the_canonical_event() -> None:
    body = GOOD | {"id": "e1", "user_id": "ann", "properties": {"mrr": 99.5, "colour": "red"}}
    event = decode(body)
    assert (event.account_id, event.topic, event.name) == ("acme", "analytics", "login")
    assert event.occurred_at_ms == at_ms("2026-03-01T10:00Z")
    assert (event.event_id, event.user_id) == ("e1", "ann")
    assert DECODER.reader("mrr")(event.properties) == 99.5


def test_the_usage_event_of_seed_000() -> None:
    body = {"event": "dashboard_view", "distinct_id": "ann@acme.io", "properties": {"account_id": "acme"}}
    event = decode(body)
    assert (event.account_id, event.name, event.user_id) == ("acme", "dashboard_view", "ann@acme.io")
    assert event.occurred_at_ms == SENT, "without a timestamp, the message's time is the event's"


def test_the_error_of_seed_000() -> None:
    body = {"message": "boom", "stack": "at …", "user": {"id": "ann@acme.io"}, "tags": {"account_id": "acme"}}
    event = decode(body, "exceptions")
    assert (event.account_id, event.name, event.user_id) == ("acme", "$exception", "ann@acme.io")


@pytest.mark.parametrize(
    "where",
    [
        {"account_id": "acme"},
        {"properties": {"account_id": "acme"}},
        {"tags": {"account_id": "acme", "release": "1.2"}},
        {"tags": [["release", "1.2"], ["account_id", "acme"]]},
        {"context": {"groupId": "acme"}},
        {"properties": {"$groups": {"company": "acme"}}},
        {"properties": {"$groups": {"project": "vitals", "account": "acme"}}},
        {"properties": {"$groups": {"tenant": "acme"}}},
        {"account_id": "acme", "properties": {"account_id": "other"}, "tags": {"account_id": "other"}},
        {"account_id": "", "properties": {"account_id": "acme"}},
        {"properties": {"account_id": 7}, "tags": {"account_id": "acme"}},
        {"account_id": None, "properties": None, "tags": None, "user": None, "context": {"groupId": "acme"}},
    ],
)
def test_the_account_is_found_wherever_producers_put_it(where: dict[str, Any]) -> None:
    assert decode({"event": "login"} | where).account_id == "acme"


@pytest.mark.parametrize(
    "where",
    [
        {"user_id": "ann"},
        {"distinct_id": "ann"},
        {"user": {"id": "ann"}},
        {"properties": {"user_id": "ann"}},
        {"user_id": "ann", "distinct_id": "other"},
        {"user_id": "", "distinct_id": "ann"},
    ],
)
def test_the_user_is_found_wherever_producers_put_it(where: dict[str, Any]) -> None:
    assert decode(GOOD | where).user_id == "ann"


def test_numbers_will_do_for_the_ids_of_users_and_events() -> None:
    event = decode(GOOD | {"id": 17, "user_id": 42})
    assert (event.event_id, event.user_id) == ("17", "42")


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-03-01T10:00:00.250Z",
        "2026-03-01T11:00:00.250+01:00",
        "2026-03-01T10:00:00.250999Z",
        "2026-03-01T10:00:00.250",
        at_ms("2026-03-01T10:00Z") + 250,
        at_ms("2026-03-01T10:00Z") / 1_000 + 0.25,
    ],
)
def test_a_timestamp_is_rfc_3339_or_epoch_seconds_or_milliseconds(timestamp: object) -> None:
    assert decode(GOOD | {"timestamp": timestamp}).occurred_at_ms == at_ms("2026-03-01T10:00Z") + 250


def test_up_to_five_minutes_ahead_is_a_clock_that_is_a_little_fast() -> None:
    assert decode(GOOD | {"timestamp": NOW + 300_000}).occurred_at_ms == NOW + 300_000
    assert reason(GOOD | {"timestamp": NOW + 300_001}) == "in_the_future"


def test_an_account_may_have_two_hundred_characters_of_any_kind() -> None:
    name = "é" * 199 + "🏢"
    assert decode(GOOD | {"account_id": name}).account_id == name
    assert reason(GOOD | {"account_id": name + "x"}) == "account_too_long"


def test_a_property_of_the_wrong_type_is_no_reason_to_lose_the_event() -> None:
    assert decode(GOOD | {"properties": {"mrr": "much", "plan": {"name": "pro"}}}).name == "login"


def test_fields_that_nobody_asked_for_are_left_alone() -> None:
    assert (
        decode(GOOD | {"properties": {"x": 1}, "extra": [1, {"y": None}], "tags": 5, "context": "web"}).name == "login"
    )


# --- refused


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", "malformed"),
        (b"not json", "malformed"),
        (b'{"account_id": "acme", "event": "login"', "malformed"),
        (b'{"account_id": "acme", "event": "login"} x', "malformed"),
        (b'{"account_id": "acme", "event": "login", "timestamp": NaN}', "malformed"),
        (b'{"account_id": "acme", "event": "login", "properties": {"mrr": NaN}}', "malformed"),
        (b'{"account_id": "acme", "event": "login", "properties": {"mrr": Infinity}}', "malformed"),
        (b"\x00\x00\x00\x00\x07avro", "malformed"),
        (b'{"account_id": "acme\xff", "event": "login"}', "malformed"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b"[]", "invalid"),
        (b"[[1, 2]]", "invalid"),
        (b'"login"', "invalid"),
        (b"17", "invalid"),
        (b"null", "invalid"),
        (b"true", "invalid"),
        (b"{}", "no_event_name"),
    ],
)
def test_what_is_no_event_is_refused(value: bytes, expected: str) -> None:
    assert reason(value) == expected


def test_a_tombstone_is_refused() -> None:
    with pytest.raises(Rejected) as refusal:
        DECODER.decode("analytics", None, SENT, NOW)
    assert refusal.value.reason == "tombstone"


def test_ten_megabytes_are_refused_without_being_read() -> None:
    assert reason(b'{"padding": "' + b"x" * 10_000_000) == "oversize"
    padding = "x" * (EVENT_MAX_BYTES - len(json.dumps(GOOD | {"padding": ""})))
    assert decode(GOOD | {"padding": padding}).name == "login"
    assert reason(GOOD | {"padding": padding + "x"}) == "oversize"


@pytest.mark.parametrize(
    "without",
    [
        {"event": "login"},
        {"event": "login", "account_id": ""},
        {"event": "login", "account_id": None},
        {"event": "login", "properties": {"account_id": None}, "tags": [["account_id"]], "context": {"groupId": 5}},
        {"event": "login", "properties": {"account_id": 17}},
        {"event": "login", "account_id": 17},
        {"event": "login", "account_id": ["acme"]},
    ],
)
def test_an_event_that_names_no_account_is_refused(without: dict[str, Any]) -> None:
    assert reason(without) == "no_account"


@pytest.mark.parametrize("place", [{}, {"properties": {}}, {"tags": {}}, {"context": {}}])
def test_an_account_of_five_thousand_characters_is_refused_wherever_it_is(place: dict[str, Any]) -> None:
    long = "x" * 5_000
    body: dict[str, Any] = {"event": "login"}
    for field in place or ("account_id",):
        body[field] = long if field == "account_id" else {"account_id": long, "groupId": long}
    assert reason(body) == "account_too_long"


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_an_event_without_a_usable_name_is_refused(name: str) -> None:
    assert reason(GOOD | {"event": name}) == "no_event_name"
    assert decode({"account_id": "acme"}, "exceptions").name == "$exception"


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("1970-01-01T00:00:00Z", "bad_timestamp"),
        ("1999-12-31T23:59:59Z", "bad_timestamp"),
        (0, "bad_timestamp"),
        (-1, "bad_timestamp"),
        (1e308, "bad_timestamp"),
        (-1e308, "bad_timestamp"),
        (at_ms("2026-03-01T10:00Z") * 1_000_000, "bad_timestamp"),  # nanoseconds
        ("2099-01-01T00:00:00Z", "in_the_future"),
        (at_ms("2099-01-01T00:00Z"), "in_the_future"),
        (at_ms("2099-01-01T00:00Z") // 1_000, "in_the_future"),
        ("9999-12-31T23:59:59-23:59", "in_the_future"),
        ("0001-01-01T00:00:00+23:59", "bad_timestamp"),
        ("2026-02-30T00:00:00Z", "bad_timestamp"),
        ("1772359200", "bad_timestamp"),
        ("yesterday", "bad_timestamp"),
        ("", "bad_timestamp"),
        (True, "bad_timestamp"),
        ([2026, 3, 1], "bad_timestamp"),
        ({"at": 5}, "bad_timestamp"),
    ],
)
def test_a_time_that_cannot_be_is_refused(timestamp: object, expected: str) -> None:
    assert reason(GOOD | {"timestamp": timestamp}) == expected


@pytest.mark.parametrize("digits", [20, 400, 5_000])
@pytest.mark.parametrize(
    "field", ['"timestamp": %s', '"properties": {"mrr": %s}', '"id": %s', '"user_id": %s', '"tags": {"x": %s}']
)
def test_a_number_of_many_digits_is_refused_or_borne_and_is_no_crash(field: str, digits: int) -> None:
    body = '{"account_id": "a", "event": "e", ' + field % ("9" * digits) + "}"
    outcome = outcome_of(body.encode())
    if "timestamp" in field or "mrr" in field:
        assert outcome in ("bad_timestamp", "bad_property", "malformed", "invalid")
    else:
        assert outcome in ("", "malformed", "invalid")


@pytest.mark.parametrize("message_time_ms", [-1, 0, NOW + HOUR])
def test_a_message_without_a_usable_time_cannot_lend_it_to_its_event(message_time_ms: int) -> None:
    body = {"account_id": "acme", "event": "login"}
    assert reason(body, message_time_ms=message_time_ms) in ("bad_timestamp", "in_the_future")
    assert decode(GOOD, message_time_ms=message_time_ms).occurred_at_ms == at_ms("2026-03-01T10:00Z")


@pytest.mark.parametrize("mrr", [-1, -0.01, 1e308, 1_000_000_000_000_001])
def test_a_number_under_its_minimum_or_beyond_all_measure_is_refused_by_name(mrr: float) -> None:
    with pytest.raises(Rejected, match=r"properties\.mrr") as refusal:
        decode(GOOD | {"properties": {"mrr": mrr}})
    assert refusal.value.reason == "bad_property"


@pytest.mark.parametrize(
    "wrong",
    [{"event": 5}, {"event": ["login"]}, {"properties": "x"}, {"properties": [1]}, {"id": {"a": 1}}, {"user_id": []}],
)
def test_a_field_of_the_wrong_type_is_refused(wrong: dict[str, Any]) -> None:
    assert reason(GOOD | wrong) == "invalid"


@pytest.mark.parametrize("field", ["properties", "tags", "context", "user", "extra"])
@pytest.mark.parametrize("bracket", [b"[]", b"{}"])
def test_deep_nesting_is_refused_and_does_not_exhaust_the_stack(field: str, bracket: bytes) -> None:
    opening = b"[" * 100_000 if bracket == b"[]" else b'{"a":' * 100_000
    closing = b"]" * 100_000 if bracket == b"[]" else b"1" + b"}" * 100_000
    body = b'{"account_id": "a", "event": "e", "%s": {"mrr": %s}}' % (field.encode(), opening + closing)
    assert len(body) < EVENT_MAX_BYTES
    assert reason(body) == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        rb'{"account_id": "a\ud800", "event": "e"}',
        rb'{"account_id": "a", "event": "e\udfff"}',
        rb'{"account_id": "a", "event": "e", "id": "\ud83d"}',
        rb'{"account_id": "a", "event": "e", "user_id": "\ud83dx"}',
        rb'{"account_id": "a", "event": "e", "properties": {"plan": "\ud800"}}',
        b'{"account_id": "a\xed\xa0\x80", "event": "e"}',
    ],
)
def test_half_a_character_is_refused(body: bytes) -> None:
    assert reason(body) == "malformed"


# --- anything at all

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["acme", "2026-03-01T10:00:00Z"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
FIELDS = ("account_id", "event", "timestamp", "id", "user_id", "distinct_id", "user", "tags", "context", "properties")
PROPERTIES = st.dictionaries(st.sampled_from(["mrr", "plan", "account_id", "user_id", "$groups", "x"]), VALUES)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES) | {"properties": VALUES | PROPERTIES})


@settings(max_examples=300, deadline=None, print_blob=True, derandomize=True)
@given(st.binary() | BODIES.map(lambda body: json.dumps(body).encode()))
def test_whatever_comes_is_an_event_or_is_refused_and_nothing_else(value: bytes) -> None:
    outcome = outcome_of(value)
    if outcome:
        assert outcome.isidentifier()
        return
    event = decode(value)
    assert 1 <= len(event.account_id) <= 200
    assert 1 <= len(event.name) <= 200
    assert event.occurred_at_ms <= NOW + 300_000
    for text in (event.account_id, event.name, event.event_id, event.user_id):
        text.encode()
