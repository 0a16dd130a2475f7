"""The year of events that the replay is measured with."""

from __future__ import annotations

import io
import json

from bench.replay.year import END_MS, START_MS, write_year
from scoring.instants import parse_instant


def written(seed: int = 1) -> bytes:
    output = io.BytesIO()
    write_year(output, 3_000, 20, seed)
    return output.getvalue()


def test_the_same_arguments_give_the_same_events_and_another_seed_gives_others() -> None:
    assert written() == written()
    assert written(2) != written()


def test_events_are_of_the_year_and_some_come_late_or_twice() -> None:
    events = [json.loads(line) for line in written().splitlines()]
    times = [parse_instant(event["timestamp"]) for event in events]
    assert 2_900 < len(events) < 3_100
    assert START_MS <= min(times) <= max(times) < END_MS
    assert times != sorted(times)
    assert len({event["id"] for event in events}) < len(events)
    assert len({event["account_id"] for event in events}) > 15
