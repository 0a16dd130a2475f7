"""Live events are sent in portions of five milliseconds, each at its end."""

from __future__ import annotations

from typing import Any, cast

from bench.events import make_events
from bench.fixture import Batches
from bench.latency import SEND_EVERY_MS, portions_of

UNTIL_MS = 1_790_000_000_003
FITS = 3


class _Builder:
    """A batch that keeps what is appended, up to `FITS` messages."""

    def __init__(self) -> None:
        self.held: list[tuple[bytes, int]] = []

    def append(self, *, key: bytes, value: bytes, timestamp: int) -> object:
        if len(self.held) == FITS:
            return None
        self.held.append((value, timestamp))
        return self

    def close(self) -> None:
        pass


class _Producer:
    def create_batch(self) -> _Builder:
        return _Builder()


def test_portions_have_every_event_once_at_the_end_of_its_five_milliseconds() -> None:
    events = list(make_events(2_000, 50, UNTIL_MS, 400))

    portions = list(portions_of(events, Batches(cast(Any, _Producer()), "live-")))

    sent: list[bytes] = []
    for due_ms, batches in portions:
        assert due_ms % SEND_EVERY_MS == 0
        for batch in batches:
            for value, timestamp in cast(_Builder, batch.batch).held:
                assert due_ms - SEND_EVERY_MS <= timestamp < due_ms
                sent.append(value)
    assert sorted(sent) == sorted(event.value for event in events)
    instants = [due_ms for due_ms, _ in portions]
    assert instants == sorted(set(instants))
