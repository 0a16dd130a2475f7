"""What producers send: every shape that is accepted, and everything that is refused, with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from scoring.event.event import EVENT_MAX_BYTES, READ_ANYWAY, Event, EventDecoder, Rejected, scoped_id
from scoring.event.wire import Wire
from tests.builders import at_ms
from tests.support.examples import examples

NOW = at_ms("2026-03-01T12:00Z")
SENT = at_ms("2026-03-01T11:00Z")
HOUR = 3_600_000
DECODER = EventDecoder(["mrr", "plan"])
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
        {"properties": {"account_id": 7.5}, "tags": {"account_id": "acme"}},
        {"account_id": "", "groupId": "acme"},
        {"account_id": " \u200b", "groupId": "acme"},
        {"account_id": "null", "groupId": "acme"},
        {"account_id": {"id": "other"}, "groupId": "acme"},
        {"tags": [{"key": "account_id", "value": "acme"}]},
        {"properties": {"$groups": {"company": None, "organization": "acme"}}},
        {"$groups": {"company": "acme"}},
        {"$group_0": "acme", "$group_1": ""},
        {"properties": {"$group_1": "acme"}},
        {"properties": {"$group_type": "company", "$group_key": "acme"}},
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
        {"user_id": "null", "distinct_id": " ann "},
        {"user_id": True, "distinct_id": "ann"},
        {"userId": "ann", "anonymousId": "other"},
        {"anonymousId": "ann"},
        {"user": "ann"},
        {"user": {"id": None}, "properties": {"user_id": "ann"}},
        {"user": {"id": {"x": 1}}, "properties": {"distinct_id": "ann"}},
    ],
)
def test_the_user_is_found_wherever_producers_put_it(where: dict[str, Any]) -> None:
    assert decode(GOOD | where).user_id == "ann"


@pytest.mark.parametrize(
    "where",
    [
        {"id": "e1"},
        {"id": None, "messageId": "e1"},
        {"id": "null", "uuid": "e1"},
        {"uuid": "e1"},
        {"properties": {"$insert_id": "e1"}},
        {"properties": {"uuid": "e1", "distinct_id": "ann"}},
    ],
)
def test_the_id_is_found_wherever_producers_put_it(where: dict[str, Any]) -> None:
    assert decode(GOOD | where).event_id == "e1"


def test_a_uuid_among_properties_of_ones_own_is_no_id_of_the_event() -> None:
    assert decode(GOOD | {"properties": {"uuid": "document-1"}}).event_id == ""


def test_numbers_will_do_for_every_id() -> None:
    event = decode(GOOD | {"account_id": 7, "id": 17.0, "user_id": 42.0})
    assert (event.account_id, event.event_id, event.user_id) == ("7", "17", "42")


@pytest.mark.parametrize("nothing", [True, 7.5, 1e300, [], ["e1"], {}, {"id": "e1"}, "null", "undefined"])
def test_what_is_no_id_is_no_id_and_no_user_and_the_event_counts_and_it_is_told(nothing: object) -> None:
    decoder = EventDecoder()
    event = decoder.decode("analytics", json.dumps(GOOD | {"id": nothing, "user_id": nothing}).encode(), SENT, NOW)
    assert (event.account_id, event.event_id, event.user_id) == ("acme", "", "")
    assert decoder.unusable == {"id": 1, "user_id": 1}


def test_nothing_and_a_blank_text_are_as_if_not_given() -> None:
    decoder = EventDecoder()
    for nothing in (None, "", " ", "\u200b"):
        decoder.decode("analytics", json.dumps(GOOD | {"id": nothing, "user_id": nothing}).encode(), SENT, NOW)
    assert not decoder.unusable


def test_two_spellings_of_an_account_are_one_and_the_limit_holds_after_it() -> None:
    assert decode(GOOD | {"account_id": " Cafe\u0301\u200b "}).account_id == "Caf\u00e9"
    assert decode(GOOD | {"account_id": " " * 300 + "e\u0301" * 200}).account_id == "\u00e9" * 200


def test_the_name_is_trimmed_and_a_blank_one_is_none() -> None:
    assert decode(GOOD | {"event": "\u200blogin \n"}).name == "login"
    assert decode(GOOD | {"event": "x" * 200 + " "}).name == "x" * 200
    assert reason(GOOD | {"event": " \ufeff"}) == "no_event_name"
    assert decode(GOOD | {"event": " "}, "exceptions").name == "$exception"


def test_a_byte_order_mark_before_the_event_is_passed_over() -> None:
    assert decode(b"\xef\xbb\xbf" * 2 + json.dumps(GOOD).encode()).name == "login"


@pytest.mark.parametrize("nothing", [[], None, "", "[]", "null", "{}"])
def test_an_empty_list_for_properties_is_an_empty_map_as_php_writes_it(nothing: object) -> None:
    empty: dict[str, Any] = {"traits": [], "context": [], "tags": [], "user": [], "$set": []}
    event = decode(GOOD | {"properties": nothing} | empty)
    assert DECODER.reader("mrr")(event.properties) is UNSET
    assert decode(GOOD | {"properties": {"$groups": [], "$group_set": [], "mrr": 5}}).account_id == "acme"


def test_properties_may_be_written_as_a_text_of_json() -> None:
    event = decode({"event": "login", "properties": json.dumps({"mrr": 7, "$groups": {"company": "acme"}})})
    assert (event.account_id, DECODER.reader("mrr")(event.properties)) == ("acme", 7)
    for wrong in ("x", "5", "[1]", '"a"', "{"):
        assert reason(GOOD | {"properties": wrong}) == "invalid"


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-03-01T10:00:00.250Z",
        "2026-03-01T11:00:00.250+01:00",
        "2026-03-01T10:00:00.250999Z",
        "2026-03-01T10:00:00.250",
        "2026-03-01 10:00:00.250000",
        "2026-03-01 10:00:00,25 UTC",
        "2026-03-01T11:00:00.250+0100",
        "2026-03-01T11:00:00.250+01",
        " 2026-03-01t10:00:00.250z",
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
        (b"\xef\xbb\xbf{}", "no_event_name"),
        (b"\xff\xfe{\x00}\x00", "malformed"),
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
        {"event": "login", "account_id": " \u00a0\u200b"},
        {"event": "login", "properties": {"account_id": None}, "tags": [["account_id"]], "context": {"groupId": 5.5}},
        {"event": "login", "properties": {"account_id": True}},
        {"event": "login", "account_id": 17.5},
        {"event": "login", "account_id": 1e300},
        {"event": "login", "account_id": ["acme"]},
        {"event": "login", "account_id": {"id": "acme"}},
        {"event": "login", "$group_0": "acme", "$group_1": "other"},
    ],
)
def test_an_event_that_names_no_account_is_refused(without: dict[str, Any]) -> None:
    assert reason(without) == "no_account"


@pytest.mark.parametrize(
    "where", [{"account_id": "null"}, {"groupId": "[object Object]"}, {"tags": {"account_id": "N/A"}}]
)
def test_a_placeholder_for_an_account_is_refused_by_that_name(where: dict[str, Any]) -> None:
    assert reason({"event": "login"} | where) == "placeholder_account"


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
    if "timestamp" in field:
        assert outcome in ("bad_timestamp", "malformed", "invalid")
    else:
        assert outcome in ("", "malformed", "invalid")


@pytest.mark.parametrize("message_time_ms", [-1, 0, NOW + HOUR])
def test_a_message_without_a_usable_time_cannot_lend_it_to_its_event(message_time_ms: int) -> None:
    body = {"account_id": "acme", "event": "login"}
    assert reason(body, message_time_ms=message_time_ms) in ("bad_timestamp", "in_the_future")
    assert decode(GOOD, message_time_ms=message_time_ms).occurred_at_ms == at_ms("2026-03-01T10:00Z")


@pytest.mark.parametrize("mrr", [-1, 1e308, 10**400, "2786", True, [], {}])
def test_no_value_of_a_property_is_a_reason_to_refuse_an_event(mrr: object) -> None:
    assert decode(GOOD | {"properties": {"mrr": mrr}}).name == "login"


@pytest.mark.parametrize(
    "wrong",
    [{"event": 5}, {"event": ["login"]}, {"event": {}}, {"properties": "x"}, {"properties": [1]}, {"properties": 5}],
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


def test_an_id_counts_within_its_topic_and_its_name() -> None:
    ticket = GOOD | {"id": 17}
    opened, again = (scoped_id(decode(ticket | {"event": "ticket_opened"}, "tickets")) for _ in range(2))
    assert opened == again
    others = [decode(ticket | {"event": "ticket_closed"}, "tickets"), decode(ticket | {"event": "ticket_opened"})]
    assert len({opened, *map(scoped_id, others)}) == 3
    assert scoped_id(decode(GOOD)) == ""


# --- anything at all

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["acme", "2026-03-01T10:00:00Z"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)
FIELDS = (*Wire.__struct_encode_fields__, "properties", "data", "action", "batch", "object")
PROPERTIES = st.dictionaries(st.sampled_from(["mrr", "plan", "x", *READ_ANYWAY.values()]), VALUES)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, VALUES) | {"properties": VALUES | PROPERTIES})


@examples(300)
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
