"""What partitions tell the guard about what arrives: live events by topic, written accounts by source, and silence."""

from __future__ import annotations

from typing import Any

from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from streams.arrivals import Arrivals, Fall, decode_arrival, encode_arrival
from tests.builders import a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
SIGNALS: dict[str, Any] = {"usage": {"kind": "count", "window": "30d"}}
COMPONENTS: dict[str, Any] = {
    "usage": {"shape": "linear", "signal": "usage", "points": [[0, 0], [10, 100]], "weight": 1, "source": "errors"}
}
SOURCES: dict[str, Any] = {"errors": {"topics": ["exceptions"]}, "tickets": {"topics": ["tickets"]}}
PLAN = Plan(a_model(SIGNALS, COMPONENTS, sources=SOURCES))


def live() -> Line:
    """A partition by the wall clock, at noon, that has begun to count."""
    line = Line(PLAN, clock="wall", now_ms=NOON)
    line.advance(NOON)
    assert line.partitions[0].take_arrivals(NOON) is None
    return line


def test_live_events_are_counted_by_topic_and_written_accounts_by_source() -> None:
    line = live()
    for number in range(3):
        line.send(usage("acme", NOON - number))
        line.send(an_exception("acme", NOON - number))
    line.send(an_exception("globex", NOON))
    line.settle()
    told = line.partitions[0].take_arrivals(NOON + 10_000)
    assert told == Arrivals(
        partition=0,
        from_ms=NOON,
        to_ms=NOON + 10_000,
        accounts=2,
        topics={"analytics": 3, "exceptions": 4},
        sources={"errors": 2},
        latest_ms={"analytics": NOON, "exceptions": NOON},
    )
    assert decode_arrival(encode_arrival(told)) == told


def test_what_was_told_is_not_told_again_and_silence_is_told_as_a_heartbeat() -> None:
    line = live()
    line.send(an_exception("acme", NOON))
    line.settle()
    partition = line.partitions[0]
    assert partition.take_arrivals(NOON + 10_000) is not None
    assert partition.take_arrivals(NOON + 20_000) is None
    beat = partition.take_arrivals(NOON + 40_000)
    assert beat == Arrivals(partition=0, from_ms=NOON + 10_000, to_ms=NOON + 40_000, accounts=1)


def test_history_and_duplicates_are_no_sign_of_life() -> None:
    line = live()
    line.send_raw(0, usage("acme", NOON - 3 * DAY_MS, id="old").value, key=b"acme", timestamp=NOON)
    line.send_raw(1, an_exception("acme", NOON - 3 * DAY_MS).value, key=b"acme", timestamp=NOON)
    line.send(usage("acme", NOON, id="e1"))
    line.send(usage("acme", NOON, id="e1"))
    line.settle()
    told = line.partitions[0].take_arrivals(NOON + 10_000)
    assert told is not None
    assert (told.topics, told.sources) == ({"analytics": 1}, {})


def test_an_account_counts_once_for_a_source_until_it_has_a_newer_event() -> None:
    line = live()
    partition = line.partitions[0]
    line.send(an_exception("acme", NOON))
    line.settle()
    partition.take_arrivals(NOON + 10_000)
    line.send(usage("acme", NOON + 10_000))
    line.settle()
    told = partition.take_arrivals(NOON + 20_000)
    assert told is not None
    assert told.sources == {}
    line.crash(0, "offsets")
    line.send(an_exception("acme", NOON + 20_000))
    line.settle()
    line.partitions[0].take_arrivals(NOON + 30_000)
    told = line.partitions[0].take_arrivals(NOON + 40_000)
    assert told is not None
    assert told.sources == {"errors": 1}


def test_what_is_no_message_is_none() -> None:
    assert decode_arrival(b"{}") is decode_arrival(b"\xff") is decode_arrival(None) is None
    fall = Fall(account_id="acme", at_ms=NOON)
    assert decode_arrival(encode_arrival(fall)) == fall
