"""Events in dead letters of the gateway."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import Inbound
from streams.gateway.refused_event import EVENT_HEADER, event_header, event_in
from streams.identity.alias import ForeignId

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
events = st.builds(
    Inbound,
    topic=texts,
    event=texts,
    value=st.binary(max_size=8),
    occurred_at_ms=st.integers(0, 2**45),
    accounts=st.lists(st.builds(ForeignId, texts, texts), max_size=3).map(tuple),
    is_complete=st.booleans(),
)


@given(events)
def test_an_event_is_read_from_its_letter_as_it_was(event: Inbound) -> None:
    assert event_in({":path": "/in/x", **event_header(event)}, event.value) == event


def test_what_is_no_such_header_means_what_the_vendor_sent() -> None:
    for written in ("", "{", "[]", "\ud800"):
        assert event_in({EVENT_HEADER: written}, b"{}") is None
