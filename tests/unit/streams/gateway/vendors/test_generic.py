"""Any JSON, by a table of pointers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.gateway.reading import BadRequest, Inbound, Reading
from streams.gateway.sources.loader import SourcesError, load_sources
from streams.gateway.sources.schema import AccountRule, GenericSource, Mapping
from streams.gateway.vendors.generic import read
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.requests import RECEIVED_MS, a_request

MAP = Mapping(event="/kind", time="/at", id="/ref", user="/by/id", properties="/fields")
ACCOUNT = (AccountRule(pointer="/org/name"), AccountRule(pointer="/org/number", kind="erp.org"))
EVENT: dict[str, Any] = {
    "kind": "seatAdded",
    "at": "2026-03-01 09:00:00",
    "ref": 17,
    "org": {"name": "acme", "number": 7},
    "by": {"id": "ann"},
    "fields": {"seats": 3},
}


def a_source(**fields: Any) -> GenericSource:
    return GenericSource(**{"map": MAP, "account": ACCOUNT, **fields})


def mapped(**fields: Any) -> GenericSource:
    given = {name: getattr(MAP, name) for name in MAP.__struct_fields__}
    return a_source(map=Mapping(**{**given, **fields}))


def sent(body: object, source: GenericSource | None = None) -> Reading:
    return read(a_request(source or a_source(), body))


def event_of(body: object, source: GenericSource | None = None) -> Inbound:
    reading = sent(body, source)
    assert not reading.refused
    (event,) = reading.events
    return event


def test_everything_is_found_where_the_table_says() -> None:
    inbound = event_of(EVENT)
    event, properties = as_decoded(inbound)
    assert inbound.accounts == (ForeignId("account", "acme"), ForeignId("erp.org", "7"))
    assert (event.account_id, event.name, event.event_id, event.user_id) == ("acme", "seatAdded", "17", "ann")
    assert event.occurred_at_ms == inbound.occurred_at_ms == parse_instant("2026-03-01T09:00:00Z")
    assert (inbound.topic, properties) == ("analytics", {"seats": 3})


def test_names_are_changed_and_lead_to_topics() -> None:
    source = mapped(names={"seatAdded": "seat_added"})
    assert event_of(EVENT, source).event == "seat_added"
    source = GenericSource(map=source.map, account=ACCOUNT, topic="tickets", topics={"seat_added": "billing"})
    assert event_of(EVENT, source).topic == "billing"
    assert event_of({**EVENT, "kind": "other"}, source).topic == "tickets"


def test_a_name_for_all_or_for_those_without() -> None:
    assert event_of(EVENT, mapped(event="", name="changed")).event == "changed"
    assert event_of({**EVENT, "kind": None}, mapped(name="changed")).event == "changed"
    assert event_of(EVENT, mapped(name="changed")).event == "seatAdded"


def test_without_a_pointer_the_whole_event_is_its_properties() -> None:
    flat = {"kind": "seatAdded", "at": EVENT["at"], "org": {"name": "acme"}, "seats": 4}
    assert as_decoded(event_of(flat, mapped(properties="")))[1] == {"seats": 4}
    assert as_decoded(event_of({**EVENT, "fields": None}))[1] == {}


def test_the_time_of_arrival_counts_only_where_no_other_is_named() -> None:
    assert event_of(EVENT, mapped(time="")).occurred_at_ms == RECEIVED_MS


def test_an_event_without_an_id_has_that_of_its_content() -> None:
    anonymous = {name: value for name, value in EVENT.items() if name != "ref"}
    one, again = event_of(anonymous), event_of(dict(reversed(anonymous.items())))
    assert as_decoded(one)[0].event_id == as_decoded(again)[0].event_id != "17"
    assert as_decoded(event_of({**anonymous, "at": 1_772_355_601}))[0].event_id != as_decoded(one)[0].event_id


def test_a_list_is_taken_event_by_event() -> None:
    batch = {"items": [EVENT, {**EVENT, "org": None}, "x", {**EVENT, "ref": 18}]}
    reading = sent(batch, mapped(events="/items"))
    assert [event.position for event in reading.events] == [0, 3]
    assert [(each.position, each.reason) for each in reading.refused] == [(1, "no_account"), (2, "invalid")]
    assert [event.position for event in sent([EVENT, EVENT]).events] == [0, 1]
    assert sent({"items": EVENT}, mapped(events="/items")).events == sent(EVENT).events


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"kind": 7}, "no_event_name", "/kind"),
        ({"org": {"name": "null"}}, "no_account", "/org/name, /org/number"),
        ({"fields": [1]}, "invalid", "/fields"),
        ({"at": "yesterday"}, "bad_timestamp", "yesterday"),
        ({"at": None}, "bad_timestamp", "/at"),
        ({"at": "1772355600"}, "bad_timestamp", "1772355600"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(change: dict[str, Any], reason: str, words: str) -> None:
    (refused,) = sent({**EVENT, **change}).refused
    assert refused.reason == reason
    assert words in refused.words


@pytest.mark.parametrize("events", ["", "/items", "/a~1b/0"])
@pytest.mark.parametrize("event", [{**EVENT, "kind": 7}, "x", [1]])
def test_what_was_refused_can_be_read_again_by_itself(events: str, event: object) -> None:
    source = mapped(events=events)
    body: Any = {"": [event], "/items": {"items": [event]}, "/a~1b/0": {"a/b": [[event]]}}[events]
    (refused,) = sent(body, source).refused
    (again,) = sent(refused.value, source).refused
    assert (again.reason, again.words, again.value) == (refused.reason, refused.words, refused.value)


@pytest.mark.parametrize("body", [b"", b"{", b"hello"])
def test_what_is_not_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        sent(body)


def test_a_body_without_the_list_is_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="/items"):
        sent(EVENT, mapped(events="/items"))


def test_a_mapping_that_would_take_two_events_for_one_is_refused() -> None:
    text = '[sources.erp]\nkind = "generic"\ninsecure = true\naccount = [{pointer = "/org"}]\nmap = {name = "x"%s}\n'
    assert load_sources(text % ', id = "/ref"')
    with pytest.raises(SourcesError, match=r"erp\.map: two equal events would count as one"):
        load_sources(text % "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "at", "org", "name"]), inner),
    max_leaves=12,
)


@given(json_values)
def test_every_json_is_read_or_refused_in_words(body: Any) -> None:
    reading = sent(body)
    expected = len(body) if isinstance(body, list) else 1
    assert len(reading.events) + len(reading.refused) == expected
