"""When the next value may be written."""

from __future__ import annotations

from streams.score_sinks.pace import LONGEST_HOLD_SECONDS, LONGEST_RETRY_SECONDS, Pace


def test_values_are_a_slot_apart_and_idle_time_earns_no_burst() -> None:
    pace = Pace(per_second=10.0)
    pace.start(100.0)
    assert pace.next_seconds == 100.1
    pace.start(500.0)
    assert pace.next_seconds == 500.1
    assert not pace.is_waiting(500.0)


def test_pauses_grow_apart_to_a_minute_and_begin_again_after_a_success() -> None:
    pace = Pace(10.0)
    assert [pace.failed(0.0, None) for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert [pace.failed(0.0, None) for _ in range(60)][-1] == LONGEST_RETRY_SECONDS
    assert not pace.took()
    assert pace.failed(0.0, None) == 1.0


def test_a_pause_that_is_asked_for_is_honoured_and_none_is_shorter_than_a_second() -> None:
    pace = Pace(10.0)
    assert pace.failed(100.0, 600.0) == 600.0
    assert pace.next_seconds == 700.0
    assert pace.is_waiting(100.0)
    assert Pace(10.0).failed(0.0, 0.0) == 1.0


def test_a_hold_is_a_minute_then_longer_up_to_an_hour_and_ends_with_a_success() -> None:
    pace = Pace(10.0)
    assert [pace.hold(0.0) for _ in range(3)] == [60.0, 120.0, 240.0]
    assert [pace.hold(0.0) for _ in range(60)][-1] == LONGEST_HOLD_SECONDS
    assert pace.is_held
    assert pace.took()
    assert not pace.is_held
    assert pace.hold(0.0) == 60.0
