"""Copies of events through a partition: what a stream counts is what a replay of the same events counts."""

from __future__ import annotations

import pytest

from scoring.fold.cohort import Cohort
from scoring.plan.plan import Plan
from scoring.state.event_ids import CHUNK_MIN
from streams.changelog import records
from streams.changelog.parts import read_chunk
from streams.clock_kind import ClockKind
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-05-30T12:00Z")
DAY, HOUR = 86_400_000, 3_600_000
MODEL = a_model(
    {
        "usage": {"kind": "count", "window": "30d"},
        "users": {"kind": "distinct", "of": "user", "window": "30d"},
        "peak": {"kind": "peak", "window": "7d", "within": "100d"},
    }
)


def streamed(*sent: Sent, clock: ClockKind = "event", crash_after: int = -1) -> dict[str, object]:
    line = Line(Plan(MODEL), clock=clock)
    if clock == "wall":
        line.tick(NOON)
    for number, each in enumerate(sent):
        line.send(each)
        line.work()
        if number == crash_after:
            line.flush()
            line.restart(0, line.changelogs[0])
    line.tick(NOON)
    return dict(line.answers["acme"].facts)


def replayed(*sent: Sent) -> dict[str, object]:
    cohort = Cohort(Plan(MODEL))
    for each in sorted(sent, key=lambda each: int(each.body["timestamp"])):
        cohort.apply(cohort.plan.decoder.decode(each.topic, each.value, 0, 1 << 50))
    cohort.advance(NOON)
    return dict(cohort.plan.facts(cohort.accounts["acme"]))


#   x1 (20 May)   x2 (30 May)   x1 again: one id, one timestamp
@pytest.mark.parametrize("leap", [4, 10, 29])
def test_a_copy_that_comes_after_time_has_leapt_counts_once(leap: int) -> None:
    first, copy = (usage(at=NOON - leap * DAY, id="x1") for _ in range(2))
    sent = [first, usage(at=NOON, id="x2"), copy]
    assert streamed(*sent)["usage"] == 2
    assert streamed(*sent) == streamed(*sent, crash_after=1) == replayed(*sent)


def test_a_history_of_four_months_that_is_sent_twice_counts_once() -> None:
    sent = [usage(at=NOON - 6 * HOUR * number, id=f"e{number}", user_id=f"u{number % 9}") for number in range(480)][
        ::-1
    ]
    assert streamed(*sent, *sent) == streamed(*sent) == replayed(*sent, *sent)
    assert streamed(*sent, *sent, crash_after=500) == streamed(*sent)


@pytest.mark.parametrize("clock", ["event", "wall"])
def test_six_thousand_ids_of_a_day_that_are_sent_twice_count_once(clock: ClockKind) -> None:
    sent = [usage(at=NOON - 10_000 * number, id=f"e{number}") for number in range(6_000)][::-1]
    assert streamed(*sent, *sent, clock=clock, crash_after=4_500)["usage"] == 6_000


def test_a_chunk_of_ids_is_written_once_when_it_is_full() -> None:
    line = Line(Plan(MODEL))
    for number in range(3 * CHUNK_MIN):
        line.send(usage(at=NOON + number, id=f"e{number}"))
        line.work()
        line.flush()
    written = [(key, value) for key, value in line.changelogs[0] if key[:1] == records.IDS and value]
    assert [key for key, _ in written] == [records.ids_key("acme", number) for number in range(3)]
    assert {read_chunk(records.checked_body(value)).size for _, value in written} == {CHUNK_MIN}


@pytest.mark.parametrize("uses_kernel", [False, True])
def test_an_id_that_comes_again_after_it_was_forgotten_is_in_two_chunks_of_the_changelog(*, uses_kernel: bool) -> None:
    """A closed chunk stays as it was written, with ids that are gone. A restored account knows the later one."""
    plan = Plan(a_model({"usage": {"kind": "count", "window": "30d"}}, dedupe="2d"))
    line = Line(plan, clock="wall", now_ms=NOON, uses_kernel=uses_kernel)
    counted = []
    for at in (NOON, NOON + 3 * DAY, NOON + 3 * DAY):
        line.now_ms = max(line.now_ms, at)
        line.advance(at)
        # Half of the first chunk is a day younger, so that it is still there when its other ids are gone.
        for number in range(CHUNK_MIN):
            line.send(usage(at=at, id=f"id{number}" if at == NOON or not number else f"{at} {number}"))
            if at == NOON and number == CHUNK_MIN // 2:
                line.work()
                line.now_ms += DAY
                line.advance(line.now_ms)
        line.work()
        line.flush()
        line.restart(0, line.changelogs[0])
        line.tick(line.now_ms)
        counted.append(line.answers["acme"].facts["usage"])
    assert counted == [CHUNK_MIN, 2 * CHUNK_MIN, 2 * CHUNK_MIN]
