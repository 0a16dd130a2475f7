"""An event under another account."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event, EventDecoder, Rejected
from scoring.event.moved import moved, under_account
from tests.support.vendor_samples import DECODER, NOW_MS, SAMPLES, Sample, outcome, read, value_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.dictionaries(
    st.sampled_from(["event", "account_id", "id", "timestamp", "groupId", "properties", "name", "é"]), JSON
)


@given(EVENTS)
def test_all_other_fields_stay_as_they_are(fields: dict[str, object]) -> None:
    found = json.loads(under_account(json.dumps(fields).encode(), "acme"))
    assert next(iter(found)) == "account_id"
    assert found == {**fields, "account_id": "acme"}


def test_an_account_id_that_is_there_twice_or_in_escapes_goes() -> None:
    value = b'{"account_id":"a","event":"login","account\\u005fid":"b"}'
    assert under_account(value, "acme") == b'{"account_id":"acme","event":"login"}'


def test_numbers_keep_their_bytes() -> None:
    value = b'{"event":"paid","properties":{"amount": 1.10000000000000000001, "big": 123456789012345678901234567890}}'
    assert value[len('{"event":"paid",') : -1] in under_account(value, "acme", was="old")


@pytest.mark.parametrize("value", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(value: bytes) -> None:
    with pytest.raises(Rejected):
        under_account(value, "acme")


def test_the_group_of_a_merged_account_still_gives_its_traits() -> None:
    value = json.dumps(
        {
            "event": "$groupidentify",
            "timestamp": 1_700_000_000,
            "properties": {"$group_key": "old", "$group_set": {"plan": "pro"}},
        }
    ).encode()
    decoder = EventDecoder(["plan"])
    event = decoder.decode("analytics", value, 0, NOW_MS)
    after = decoder.decode("analytics", moved(value, event, "acme", 0, 1), 0, NOW_MS)
    assert (after.account_id, decoder.reader("plan")(after.properties)) == ("acme", "pro")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.producer}-{sample.what}")
def test_every_producers_event_is_the_same_event_under_another_account(sample: Sample) -> None:
    event = outcome(sample)
    if isinstance(event, Rejected):
        return
    value = moved(value_of(sample.body), event, "another", 3, 21)
    again = DECODER.decode(sample.topic, value, 0, NOW_MS)
    expected = msgspec.structs.replace(event, account_id="another", event_id=event.event_id or f"{event.topic}-3-21")
    assert core_of(again) == core_of(expected)
    assert read(again) == read(event)


def core_of(event: Event) -> tuple[object, ...]:
    return event.account_id, event.topic, event.name, event.occurred_at_ms, event.event_id, event.user_id
