"""What readers of vendors' JSON have in common."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import BadRequest, TooMuch
from streams.gateway.sources.schema import (
    AccountRule,
    CloudEventsSource,
    GenericSource,
    HubSpotSource,
    Mapping,
    PostHogSource,
    SegmentSource,
    Source,
    VitalsSource,
)
from streams.gateway.vendors.fields import (
    EVENTS_MAX,
    MISSING,
    Untimely,
    decoded,
    decoded_object,
    encode,
    fingerprint,
    found_at,
    id_at,
    instant_ms,
    known_ids,
    pointer_parts,
    stamp,
    text_at,
)
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias import ForeignId
from tests.support.gateway.requests import a_request

OF_THE_RFC: dict[str, Any] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", OF_THE_RFC),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_rfc_6901(pointer: str, found: object) -> None:
    assert found_at(OF_THE_RFC, pointer) == found


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/00", "/foo/٠", "/foo/0/x", "/bar", "/foo/99999999999"])
def test_what_is_not_there_is_missing(pointer: str) -> None:
    assert found_at(OF_THE_RFC, pointer) is MISSING


@pytest.mark.parametrize("pointer", ["foo", "$.foo", "/a~b", "/a~2"])
def test_what_is_no_pointer_says_how_to_write_one(pointer: str) -> None:
    with pytest.raises(ValueError, match="is not a JSON pointer"):
        pointer_parts(pointer)


@given(json_values)
def test_every_value_is_found_where_it_is(value: Any) -> None:
    def walk(found: Any, pointer: str) -> None:
        assert found_at(value, pointer) == found
        items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
        for key, inner in items:
            walk(inner, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")

    walk(value, "")


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=4), st.randoms())
def test_a_fingerprint_is_of_the_content_and_not_of_its_order(content: dict[str, Any], order: Any) -> None:
    keys = list(content)
    order.shuffle(keys)
    assert fingerprint({key: content[key] for key in keys}) == fingerprint(content)


@given(json_values, json_values)
def test_different_content_has_different_fingerprints(one: Any, other: Any) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (encode(sorted_keys(one)) == encode(sorted_keys(other)))


def sorted_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return [sorted_keys(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("body", [b"", b" \n", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_a_body_that_is_not_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decoded(body)


def test_a_byte_order_mark_is_no_fault_and_a_list_is_no_object() -> None:
    assert decoded(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    with pytest.raises(BadRequest, match="must be a JSON object"):
        decoded_object(b"[]")


def test_ids_are_cleaned_in_order_and_each_once() -> None:
    body = {"a": "null", "b": 7, "c": " 7 ", "long": "x" * 201}
    assert id_at(body, "/a", "/long", "/nowhere", "/b") == "7"
    found = known_ids(("account", body["a"]), ("x.org", body["b"]), ("x.org", body["c"]), ("account", "7"))
    assert found == (ForeignId("x.org", "7"), ForeignId("account", "7"))


def test_a_time_is_the_first_that_is_given() -> None:
    assert instant_ms(MISSING, None, " ", "2026-03-01T10:00:00.250Z", otherwise_ms=1) == 1_772_359_200_250
    assert stamp(instant_ms(1_772_359_200, otherwise_ms=1)) == "2026-03-01T10:00:00Z"
    with pytest.raises(Untimely):
        instant_ms("yesterday", otherwise_ms=1)


def test_a_text_is_the_first_that_is_not_blank() -> None:
    assert text_at({"a": " ", "b": 7, "c": " yes "}, "/a", "/b", "/c") == "yes"


@pytest.mark.parametrize("found", [10**15 - 1, 9e14, -(10**12), 10**100, float("inf"), "9999-12-31T23:59:60Z"])
def test_an_instant_beyond_the_calendar_is_refused(found: object) -> None:
    """It could be read, and then not be written."""
    with pytest.raises(Untimely):
        stamp(instant_ms(found, otherwise_ms=1))


def test_the_last_millisecond_of_the_calendar_can_be_written() -> None:
    assert stamp(instant_ms("9999-12-31T23:59:59.999Z", otherwise_ms=1)) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("kind", sorted({"vitals", "segment", "posthog", "cloudevents", "generic", "hubspot"}))
def test_a_request_holds_twenty_thousand_events_and_no_more(kind: str) -> None:
    sources: dict[str, Source] = {
        "vitals": VitalsSource(),
        "segment": SegmentSource(),
        "posthog": PostHogSource(),
        "cloudevents": CloudEventsSource(),
        "generic": GenericSource(map=Mapping(event="/e", id="/i"), account=(AccountRule(pointer="/a"),)),
        "hubspot": HubSpotSource(),
    }
    read, source = VENDORS[kind].read, sources[kind]
    assert len(read(a_request(source, b"[" + b"1," * (EVENTS_MAX - 1) + b"1]")).refused) == EVENTS_MAX
    with pytest.raises(TooMuch, match="20,000"):
        read(a_request(source, b"[" + b"1," * EVENTS_MAX + b"1]"))
