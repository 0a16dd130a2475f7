"""Timestamps in the forms in which databases and languages write them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoring.event.event import EventDecoder, Rejected
from scoring.event.timestamps import Untimely, any_stamp_ms
from tests.builders import at_ms

NOON = at_ms("2026-03-01T12:00Z")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T12:00Z",
        "2026-03-01 12:00",
        "2026-03-01 12:00:00",
        "2026-03-01 12:00:00.000000",
        "2026-03-01T12:00:00.000999999Z",
        "2026-03-01 12:00:00 UTC",
        "2026-03-01T13:00:00+01",
        "2026-03-01T13:00:00+0100",
        "2026-03-01T13:00:00 +01:00",
        "2026-03-01T04:30:00-0730",
        "2026-03-01T11:59:60Z",
        NOON,
        NOON / 1_000,
    ],
)
def test_a_time_is_read_however_it_is_written(written: str | float) -> None:
    assert any_stamp_ms(written) == NOON


def test_a_day_alone_is_its_midnight() -> None:
    assert any_stamp_ms("2026-03-01") == at_ms("2026-03-01T00:00Z")


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "1772359200",
        "20260301",
        "2026",
        "2026-03",
        "2026-02-30",
        "2026-03-01T25:00Z",
        "2026-03-01T12:00:61Z",
        "2026-03-01T12:00+99:00",
        "01/03/2026",
        "Sun Mar 01 2026 12:00:00 GMT",
        "yesterday",
        "\u0662026-03-01",
        1.8e15,
        -1.8e15,
        True,
        [2026, 3, 1],
        {},
    ],
)
def test_what_is_no_time_is_refused_in_words(written: object) -> None:
    with pytest.raises(Untimely, match="timestamp"):
        any_stamp_ms(written)


def test_microseconds_and_nanoseconds_are_refused() -> None:
    for unit in (1_000, 1_000_000):
        with pytest.raises(Untimely, match="has an unknown unit"):
            any_stamp_ms(NOON * unit)


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("times", "at"),
    [
        ({"originalTimestamp": "2026-03-01T12:00:00Z"}, NOON),
        ({"originalTimestamp": "2026-03-01T12:00:00Z", "receivedAt": "2026-03-01T12:05:00Z"}, NOON),
        ({"sentAt": "2026-03-01T12:00:00Z", "receivedAt": "2026-03-01T12:05:00Z"}, NOON),
        ({"receivedAt": "2026-03-01T12:00:00Z"}, NOON),
        ({"timestamp": NOON, "originalTimestamp": "2026-01-01T00:00:00Z"}, NOON),
        (
            {  # the sender's clock is an hour fast, and the event waited for ten minutes
                "originalTimestamp": "2026-03-01T13:00:00Z",
                "sentAt": "2026-03-01T13:10:00Z",
                "receivedAt": "2026-03-01T12:10:00Z",
            },
            NOON,
        ),
    ],
)
def test_a_call_without_a_timestamp_has_the_time_of_its_sender_put_right(times: dict[str, Any], at: int) -> None:
    body = {"type": "track", "event": "Report Run", "context": {"groupId": "acme"}, **times}
    event = EventDecoder().decode("analytics", json.dumps(body).encode(), 0, NOON + HOUR)
    assert event.occurred_at_ms == at


@pytest.mark.parametrize("field", ["timestamp", "originalTimestamp", "sentAt", "receivedAt"])
@pytest.mark.parametrize("written", ["", "soon", "1772359200", 0, -5, True, "1972-01-01 00:00", "1970-01-01"])
def test_a_time_that_cannot_be_read_refuses_the_event_and_is_not_passed_over(field: str, written: object) -> None:
    body = json.dumps({"account_id": "acme", "event": "login", field: written}).encode()
    with pytest.raises(Rejected) as rejected:
        EventDecoder().decode("analytics", body, NOON, NOON)
    assert rejected.value.reason == "bad_timestamp"
