"""Import is no news: by the wall clock a history that comes in now moves scores, and tells nobody."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.plan.plan import Plan
from streams.control.messages import SetOverride
from streams.engine.partition.event_handler import BACKFILL_MS
from streams.engine.partition.partition import Partition
from streams.engine.partition.state import SETTLE_MS
from streams.message import LOG_APPEND_TIME
from streams.topics import TOPICS
from tests.builders import Message, Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOW = at_ms("2026-11-29T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""The score is what the last event said in `level`: so a test decides every tier."""


def level(value: float, at: int, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


def a_line(now_ms: int = NOW) -> Line:
    line = Line(Plan(LEVEL), clock="wall", now_ms=now_ms)
    assert line.partitions[0].advance(now_ms)
    return line


def take(line: Line, *events: Sent, at: int) -> None:
    """Have these come in at an instant of the wall clock."""
    line.now_ms = at
    assert line.partitions[0].advance(at)
    for event in events:
        line.send(event)
    line.settle()


def told(line: Line) -> list[tuple[int, str, str]]:
    return [(each.sequence, each.from_tier, each.to_tier) for each in line.notifications]


def counted(line: Line) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (_, _, cause), count in line.partitions[0].scorer.transitions.items():
        counts[cause] += count
    return counts


def history(days: int = 60) -> list[Sent]:
    """Up and down, a change of tier with every event, the last of them an hour ago."""
    return [level(90 if day % 2 else 10, NOW - day * DAY - HOUR) for day in range(days, -1, -1)]


ORDERS: dict[str, Callable[[list[Sent]], list[Sent]]] = {
    "in order": lambda events: events,
    "newest first": lambda events: events[::-1],
    "at random": lambda events: random.Random(7).sample(events, len(events)),
    "twice": lambda events: events + events,
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_history_that_comes_in_now_tells_nobody_and_moves_the_score(order: str) -> None:
    line = a_line()
    take(line, *ORDERS[order](history()), at=NOW)
    assert told(line) == []
    assert line.answers["acme"].tier == "red"
    assert not counted(line) or set(counted(line)) == {"backfill"}
    if order == "in order":
        assert counted(line)["backfill"] == 60
        assert line.answers["acme"].last_transition is not None


def test_two_imports_hours_apart_tell_nobody() -> None:
    line = a_line()
    take(line, *history()[:30], at=NOW)
    take(line, *history()[30:], at=NOW + 5 * HOUR)
    assert told(line) == []


def test_the_first_real_change_after_an_import_is_told_from_where_the_import_led() -> None:
    line = a_line()
    take(line, *history(), at=NOW)
    later = NOW + SETTLE_MS
    take(line, level(95, later - MINUTE), at=later)
    assert told(line) == [(1, "red", "green")]
    assert counted(line)["event"] == 1


def settled() -> Line:
    """An account that has lived here for ten days, and is green."""
    line = a_line(NOW - 10 * DAY)
    take(line, level(90, NOW - 10 * DAY), at=NOW - 10 * DAY)
    return line


def test_the_past_of_an_account_that_lives_here_is_no_news_and_what_happens_now_is() -> None:
    line = settled()
    take(line, *(level(10, NOW - 10 * DAY - minute * MINUTE) for minute in range(1, 5)), at=NOW)
    assert told(line) == []
    take(line, level(10, NOW - MINUTE), at=NOW)
    take(line, level(90, NOW - MINUTE // 2), at=NOW)
    assert told(line) == [(1, "green", "red"), (2, "red", "green")]


@pytest.mark.parametrize(
    ("age_ms", "is_told"), [(2 * HOUR, True), (BACKFILL_MS, True), (BACKFILL_MS + 1, False), (300 * DAY, False)]
)
def test_a_late_event_is_news_and_an_old_one_is_not(age_ms: int, is_told: bool) -> None:
    line = a_line(NOW - 400 * DAY)
    take(line, level(90, NOW - 400 * DAY), at=NOW - 400 * DAY)
    take(line, level(10, NOW - age_ms), at=NOW)
    assert line.answers["acme"].tier == "red"
    assert [each.cause.kind for each in line.notifications] == (["late"] if is_told else [])


def test_what_waited_in_the_topic_while_no_worker_ran_is_news_all_the_same() -> None:
    """It came in fresh, five days ago: the broker put that down."""
    line = settled()
    partition = line.partitions[0]
    came_in = NOW - 5 * DAY
    assert partition.advance(NOW)
    message = Message(5, came_in, b"acme", level(10, came_in - MINUTE).value, timestamp_type=LOG_APPEND_TIME)
    partition.process(TOPICS.index("analytics"), [message], NOW)
    line.flush()
    assert told(line) == [(1, "green", "red")]


def test_what_a_person_does_is_told_at_any_time() -> None:
    line = a_line()
    take(line, level(90, NOW - MINUTE), at=NOW)
    override = SetOverride(
        instant_ms=NOW, account_id="acme", score=10.0, reason="left", author="ann", until_ms=NOW + 3 * DAY
    )
    line.control(override, 0)
    line.settle()
    assert [each.cause.kind for each in line.notifications] == ["override"]


def test_by_the_clock_of_events_each_is_told_at_its_own_time() -> None:
    line = Line(Plan(LEVEL), clock="event")
    for event in history():
        line.send(event)
        line.settle()
    assert len(told(line)) == 60


def test_a_silence_is_news_only_of_an_account_that_has_settled() -> None:
    model = a_model(
        {"usage": {"kind": "count", "window": "12h"}},
        {"use": {"shape": "ratio", "signal": "usage", "of": 1, "weight": 1}},
    )
    line = Line(Plan(model), clock="wall", now_ms=NOW)
    assert line.partitions[0].advance(NOW)
    line.send(usage("acme", NOW))
    line.settle()
    assert line.partitions[0].advance(NOW + 20 * HOUR)
    line.settle()
    assert line.answers["acme"].tier == "red"
    assert line.notifications == []
    line.now_ms = NOW + 30 * HOUR
    assert line.partitions[0].advance(NOW + 30 * HOUR)
    line.send(usage("acme", NOW + 30 * HOUR))
    line.settle()
    assert line.partitions[0].advance(NOW + 60 * HOUR)
    line.settle()
    assert [each.cause.kind for each in line.notifications] == ["event", "expiry"]


def test_since_when_an_account_is_told_of_survives_a_crash() -> None:
    line = a_line()
    take(line, *history()[:30], at=NOW)
    line.crash(reached="offsets")
    take(line, *history()[30:], at=NOW + HOUR)
    take(line, level(95, NOW + 20 * HOUR), at=NOW + 20 * HOUR)
    assert told(line) == []
    line.crash(reached="offsets")
    take(line, level(5, NOW + SETTLE_MS), at=NOW + SETTLE_MS)
    assert told(line) == [(1, "green", "red")]


@given(
    st.lists(
        st.tuples(st.integers(0, 6 * DAY // HOUR), st.integers(0, 90 * DAY // HOUR), st.integers(0, 100)),
        min_size=1,
        max_size=40,
    )
)
def test_no_notification_has_a_cause_that_is_older_than_the_bound_nor_an_account_that_has_not_settled(
    comings: list[tuple[int, int, int]],
) -> None:
    line = a_line()
    happened: dict[int, int] = {}
    first_ms = 0
    for number, (hours, age_hours, value) in enumerate(sorted(comings)):
        at = NOW + hours * HOUR
        first_ms = first_ms or at
        happened[number] = at - age_hours * HOUR
        take(line, level(value, happened[number]), at=at)
    before: str | None = None
    for sequence, each in enumerate(line.notifications, 1):
        assert each.sequence == sequence
        assert each.as_of_ms >= first_ms + SETTLE_MS
        assert each.from_tier != each.to_tier
        if each.cause.offset >= 0:
            assert each.as_of_ms - happened[each.cause.offset] <= BACKFILL_MS
        before = each.to_tier
    assert before is None or line.answers["acme"].tier


def test_how_long_an_account_settles_is_given() -> None:
    partition = Partition(0, 1, Plan(LEVEL), "wall", epoch=1, settle_ms=0)
    assert partition.advance(NOW)
    for offset, value in enumerate((90, 10)):
        message = Message(offset, NOW, b"acme", level(value, NOW - MINUTE + offset).value)
        partition.process(TOPICS.index("analytics"), [message], NOW)
    assert partition.has_transitions
