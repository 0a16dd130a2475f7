"""Requests as bytes: an HTTP server reads them, and each event is one of its own."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json

import pytest

from bench.load.requests import EVENT_BYTES, account_of, event, event_id, mixed, number_of, requests, signed, with_key
from scoring.event.event import EventDecoder
from scoring.instants import parse_instant

AT_MS = parse_instant("2026-09-01T10:00:00Z")


def parts(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """First line, headers and body."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_request_has_its_length_its_key_and_events_of_their_own(size: int) -> None:
    batches = requests(itertools.count(), size, lambda body: with_key(body, "k"), AT_MS)
    first, second = next(batches), next(batches)
    assert (first.first, second.first, second.events) == (0, size, size)
    line, headers, body = parts(second.data)
    assert line == "POST /v1/events HTTP/1.1"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Authorization"] == "Bearer k"
    found = json.loads(body)
    events = found if isinstance(found, list) else [found]
    assert [number_of(each["id"]) for each in events] == list(range(size, 2 * size))


def test_a_signature_is_that_of_the_raw_body() -> None:
    line, headers, body = parts(signed(b"{}", b"s"))
    assert line == "POST /in/signed HTTP/1.1"
    assert headers["X-Signature"] == "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()


def test_every_event_is_one_of_a_fixed_size_and_the_decoder_takes_it() -> None:
    decoder = EventDecoder()
    for number in range(20):
        value = event(number, "2026-09-01T10:00:00Z")
        topic = json.loads(value)["topic"]
        found = decoder.decode(topic, value, AT_MS, AT_MS)
        assert len(value) == EVENT_BYTES
        assert (found.account_id, number_of(found.event_id), found.occurred_at_ms) == (
            account_of(number),
            number,
            AT_MS,
        )


def test_ids_are_read_back_and_others_are_not_taken_for_ours() -> None:
    assert number_of(event_id(123_456)) == 123_456
    assert [number_of(each) for each in ("", "load-", "load-12", "load-00000000000x", "000000000012")] == [-1] * 5


def test_kinds_take_turns() -> None:
    numbers = itertools.count()
    one, two = (requests(numbers, size, lambda body: body, AT_MS) for size in (1, 2))
    assert [each.events for each in itertools.islice(mixed([one, two]), 4)] == [1, 2, 1, 2]
