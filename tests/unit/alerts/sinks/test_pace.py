"""The pace of a sink."""

from __future__ import annotations

from alerts.sinks.pace import Pace
from tests.fakes import ManualClock


async def test_turns_are_apart_and_a_rest_saves_up_none() -> None:
    clock = ManualClock(seconds=0.0)
    pace = Pace(2.0, monotonic=clock.monotonic, sleep=clock.sleep)
    for _ in range(3):
        await pace.turn()
    assert clock.seconds == 4.0
    clock.seconds = 60.0
    for _ in range(2):
        await pace.turn()
    assert clock.seconds == 62.0
