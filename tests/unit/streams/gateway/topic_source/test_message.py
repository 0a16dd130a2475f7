"""CloudEvents of Kafka, written by the project's own binding, as requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from scoring.instants import parse_instant
from streams.gateway.reading import BadRequest, Inbound
from streams.gateway.sources.schema import CloudEventsSource
from streams.gateway.topic_source.message import request_of
from streams.gateway.vendors.cloudevents import read
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.requests import RECEIVED_MS

SENT_MS = parse_instant("2026-03-01T08:00:00Z")
GIVEN = {"id": "e-1", "source": "/shop", "type": "seat.added", "time": datetime(2026, 3, 1, 9, tzinfo=UTC)}


class AMessage(msgspec.Struct):
    """A message as a client delivers it."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = "orders"
    partition: int = 0
    offset: int = 5
    timestamp: int = SENT_MS
    timestamp_type: int | None = 0


def as_delivered(written: KafkaMessage, key: bytes | None = None) -> AMessage:
    own = written.key.encode() if isinstance(written.key, str) else written.key
    return AMessage(value=written.value, key=key or own, headers=tuple(written.headers.items()))


def read_of(message: AMessage) -> Inbound:
    reading = read(request_of("shop", CloudEventsSource(), message, RECEIVED_MS))
    assert not reading.refused
    (event,) = reading.events
    return event


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_both_forms_are_the_event_that_was_written(write: Any) -> None:
    event = CloudEvent({**GIVEN, "partitionkey": "Café / 7"}, {"seats": 3})
    decoded, properties = as_decoded(read_of(as_delivered(write(event))))
    assert (decoded.account_id, decoded.name, decoded.event_id) == ("Café / 7", "seat.added", "/shop e-1")
    assert (decoded.occurred_at_ms, properties) == (parse_instant("2026-03-01T09:00:00Z"), {"seats": 3})


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_the_key_and_the_time_of_the_message_count_where_the_event_has_none(write: Any) -> None:
    bare = CloudEvent({**GIVEN}, {"seats": 3})
    message = as_delivered(write(bare), key=b"acme")
    assert read_of(message).accounts[0].id == "acme"
    timeless = AMessage(
        value=message.value.replace(b'"time": "2026-03-01T09:00:00Z", ', b"") if message.value else None,
        key=b"acme",
        headers=tuple(header for header in message.headers if header[0] != "ce_time"),
    )
    assert read_of(timeless).occurred_at_ms == SENT_MS


def test_a_message_whose_value_is_empty_is_an_event_without_properties() -> None:
    event = CloudEvent({**GIVEN, "partitionkey": "acme"})
    assert as_decoded(read_of(as_delivered(to_binary_event(event))))[1] == {}


def test_headers_that_are_no_text_are_a_bad_request() -> None:
    with pytest.raises(BadRequest, match="ce_id"):
        request_of("shop", CloudEventsSource(), AMessage(value=b"{}", headers=(("ce_id", b"\xff"),)), RECEIVED_MS)


@pytest.mark.parametrize("value", [b"hello", b"{}", b"\xff"])
def test_a_message_that_is_no_cloudevent_is_a_bad_request(value: bytes) -> None:
    with pytest.raises(BadRequest, match=r"CloudEvent|JSON"):
        read(request_of("shop", CloudEventsSource(), AMessage(value=value, key=b"acme"), RECEIVED_MS))
