"""Lines made of messages."""

from __future__ import annotations

import json
from typing import Any

from scoring.instants import DAY_MS, parse_instant, rfc3339
from streams.backtest.source.arrival import ARRIVED
from streams.backtest.source.live import EventLines
from streams.message import ORIGIN_HEADER
from tests.builders import Message

NOW_MS = parse_instant("2026-06-01T00:00:00Z")
AT_MS = parse_instant("2026-03-01T10:00:00Z")


def message(at_ms: int = AT_MS, headers: tuple[tuple[str, bytes], ...] = (), **body: Any) -> Message:
    value = json.dumps({"account_id": "acme", "event": "login", **body}).encode()
    return Message(0, at_ms, b"acme", value, headers)


def read(lines: EventLines, given: Message, topic: str = "analytics", partition: int = 0) -> Any:
    return json.loads(lines.line(topic, partition, given) or "null")


def test_a_line_has_its_topic_its_own_time_and_when_its_message_came() -> None:
    found = read(EventLines(NOW_MS), message(timestamp="2026-03-01T09:00:00Z", properties={"mrr": 5}), "billing")
    assert found == {
        "account_id": "acme",
        "event": "login",
        "properties": {"mrr": 5},
        "timestamp": "2026-03-01T09:00:00Z",
        "topic": "billing",
        ARRIVED: "2026-03-01T10:00:00Z",
    }


def test_an_event_without_a_time_has_that_of_its_message() -> None:
    assert read(EventLines(NOW_MS), message())["timestamp"] == rfc3339(AT_MS)


def test_time_never_goes_back_within_a_partition() -> None:
    lines = EventLines(NOW_MS)
    read(lines, message(AT_MS))
    assert read(lines, message(AT_MS - 5_000, timestamp=AT_MS))[ARRIVED] == rfc3339(AT_MS)
    assert read(lines, message(AT_MS - 5_000, timestamp=AT_MS), partition=1)[ARRIVED] == rfc3339(AT_MS - 5_000)


def test_a_message_that_was_forwarded_has_its_origin_as_its_id() -> None:
    forwarded = message(headers=((ORIGIN_HEADER, b"old.analytics/0/7"),))
    assert read(EventLines(NOW_MS), forwarded)["id"] == read(EventLines(NOW_MS), forwarded)["id"] != ""
    assert read(EventLines(NOW_MS), message(headers=((ORIGIN_HEADER, b"x/0/7"),), id="own"))["id"] == "own"


def test_what_is_no_event_is_left_out() -> None:
    lines = EventLines(NOW_MS)
    for value in (None, b"", b"[]", b'{"event":"login"}'):
        assert lines.line("analytics", 0, Message(0, AT_MS, None, value)) == b""
    assert lines.written == 0


def test_an_imported_history_is_noticed() -> None:
    live, imported = EventLines(NOW_MS), EventLines(NOW_MS)
    for day in range(20):
        read(live, message(AT_MS + day * DAY_MS, timestamp=AT_MS + day * DAY_MS))
        read(imported, message(AT_MS + 20 * DAY_MS, timestamp=AT_MS + day * DAY_MS))
    assert not live.is_import
    assert imported.is_import
