"""What is measured of an event from its batch until it is judged."""

from __future__ import annotations

import pytest

from bench.batch_cost import batches_in, measure_here
from bench.events import make_events
from bench.throughput import fold_here
from scoring.event.topics import INPUT_TOPICS


def test_events_come_in_batches_of_their_topics_in_their_order() -> None:
    events, offsets = list(make_events(300, 5, 1_700_000_000_000)), dict.fromkeys(INPUT_TOPICS, 10)
    found = list(batches_in(events, offsets, 20))
    for topic in INPUT_TOPICS:
        messages = [message for name, batch in found for message in batch.messages() if name == topic]
        assert [message.value for message in messages] == [event.value for event in events if event.topic == topic]
        assert [message.offset for message in messages] == list(range(10, offsets[topic]))
    assert max(batch.count for _, batch in found) == 20


@pytest.mark.skipif(fold_here() == "reference", reason="the kernel is not built here, or turned off")
@pytest.mark.parametrize("by_event_clock", [False, True])
def test_all_events_are_taken_and_most_of_them_natively(*, by_event_clock: bool) -> None:
    measured = measure_here("kernel", 5, 8_000, 100, "", by_event_clock=by_event_clock)
    assert measured.events == 4_000
    assert measured.natively > 3_000
