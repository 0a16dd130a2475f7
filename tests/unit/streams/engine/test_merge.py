"""The topics of one partition, merged by the time of their messages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.inputs import merge as merging
from streams.engine.inputs.merge import PENDING, Merge
from streams.engine.inputs.topic_buffer import BUFFER_MAX, RUN_MAX
from streams.topics import CONTROL_INDEX
from tests.batches import batches_of
from tests.builders import Message

TOPICS = CONTROL_INDEX + 1
WAIT = 2.0


def merge(*, waits_at_head: bool = False, at_end: bool = True) -> Merge:
    """The buffers of one partition at 0 seconds, of a worker that read all topics to their ends, or none."""
    made = Merge(TOPICS, WAIT, waits_at_head=waits_at_head, now=0.0)
    for topic in range(TOPICS):
        made.note_end(topic, at_end=at_end)
    return made


def messages(*times: int, start: int = 0) -> list[Message]:
    return [Message(start + number, time, None, b"") for number, time in enumerate(times)]


def drain(made: Merge, now: float = 0.0, *, only_control: bool = False) -> list[tuple[int, int]]:
    """(topic, time) of everything that is handed out without waiting, in order."""
    out: list[tuple[int, int]] = []
    while True:
        topic, run = made.next_run(now, only_control=only_control)
        if not run:
            return out
        out.extend((topic, message.timestamp) for message in run)
        made.took(topic, len(run), now)


def test_the_oldest_message_of_all_topics_comes_first() -> None:
    made = merge()
    made.feed(0, batches_of(messages(10, 40, 50)), 0.0)
    made.feed(1, batches_of(messages(20, 30)), 0.0)
    made.feed(3, batches_of(messages(5)), 0.0)
    assert drain(made) == [(3, 5), (0, 10), (1, 20), (1, 30), (0, 40), (0, 50)]


def test_a_run_ends_where_another_topic_has_something_older() -> None:
    made = merge()
    made.feed(0, batches_of(messages(1, 2, 3, 9)), 0.0)
    made.feed(1, batches_of(messages(3)), 0.0)
    topic, run = made.next_run(0.0, only_control=False)
    assert (topic, [message.timestamp for message in run]) == (0, [1, 2, 3])


def test_at_the_same_time_the_first_topic_goes_first_every_time() -> None:
    for order in ((0, 1), (1, 0)):
        made = merge()
        for topic in order:
            made.feed(topic, batches_of(messages(7, 7)), 0.0)
        assert drain(made) == [(0, 7), (0, 7), (1, 7), (1, 7)]


def test_within_a_topic_the_order_of_offsets_holds_even_where_times_go_back() -> None:
    made = merge()
    made.feed(0, batches_of(messages(50, 10, 60)), 0.0)
    made.feed(1, batches_of(messages(55)), 0.0)
    assert drain(made) == [(0, 50), (0, 10), (1, 55), (0, 60)]


def test_what_was_not_taken_stays_and_comes_first_again() -> None:
    made = merge()
    made.feed(0, batches_of(messages(1, 2, 3)), 0.0)
    made.took(0, 1, 0.0)
    assert made.held == 2
    assert drain(made) == [(0, 2), (0, 3)]
    assert made.held == 0


def test_a_run_is_bounded_and_so_is_what_is_held() -> None:
    made = merge()
    made.feed(0, batches_of(messages(*range(BUFFER_MAX - 1))), 0.0)
    assert not made.is_full(0)
    made.feed(0, batches_of(messages(BUFFER_MAX)), 0.0)
    assert made.is_full(0)
    assert not made.is_full(1)
    assert len(made.next_run(0.0, only_control=False)[1]) == RUN_MAX
    assert len(drain(made)) == BUFFER_MAX


def test_when_only_control_is_wanted_nothing_else_comes_and_nothing_is_waited_for() -> None:
    made = merge(at_end=False)
    made.feed(0, batches_of(messages(1)), 0.0)
    assert drain(made, only_control=True) == []
    made.feed(CONTROL_INDEX, batches_of(messages(100)), 0.0)
    assert drain(made, only_control=True) == [(CONTROL_INDEX, 100)]


def test_events_up_to_a_deferred_tick_go_first_then_it_is_its_turn() -> None:
    made = merge()
    made.feed(0, batches_of(messages(5, 7, 7, 8)), 0.0)
    made.feed(CONTROL_INDEX, batches_of(messages(7)), 0.0)
    topic, run = made.next_run(0.0, only_control=False, before_ms=7)
    assert (topic, [message.timestamp for message in run]) == (0, [5, 7, 7]), "also those of its own instant"
    made.took(0, 1, 0.0)
    assert [message.timestamp for message in made.next_run(0.0, only_control=False, before_ms=7)[1]] == [7, 7]
    made.took(0, 2, 0.0)
    assert made.next_run(0.0, only_control=False, before_ms=7) == (PENDING, []), "before what came behind it"
    made.took(CONTROL_INDEX, 1, 0.0)
    assert made.next_run(0.0, only_control=False, before_ms=7) == (PENDING, [])
    topic, run = made.next_run(0.0, only_control=False, before_ms=8)
    assert (topic, [message.timestamp for message in run]) == (0, [8])


@pytest.mark.parametrize("other", [(), (9,)])
def test_a_run_ends_before_a_deferred_tick_whatever_the_other_topics_have(other: tuple[int, ...]) -> None:
    made = merge()
    made.feed(0, batches_of(messages(5, 7, 8)), 0.0)
    made.feed(1, batches_of(messages(*other)), 0.0)
    assert [message.timestamp for message in made.next_run(0.0, only_control=False, before_ms=7)[1]] == [5, 7]


# --- waiting


def test_by_the_wall_clock_nothing_waits_at_the_head_of_the_log() -> None:
    made = merge(at_end=True)
    made.feed(0, batches_of(messages(1)), 0.0)
    assert drain(made) == [(0, 1)]


def test_by_the_wall_clock_a_topic_that_is_behind_is_waited_for_for_a_bounded_time() -> None:
    made = merge(at_end=True)
    made.note_end(2, at_end=False)
    made.feed(0, batches_of(messages(1)), 0.0)
    assert drain(made, WAIT - 0.1) == []
    assert drain(made, WAIT) == [(0, 1)]


def test_by_the_event_clock_a_topic_that_is_known_to_have_more_is_waited_for_for_longer() -> None:
    made = merge(waits_at_head=True, at_end=True)
    made.note_end(2, at_end=False)
    made.feed(0, batches_of(messages(1)), 0.0)
    longest = getattr(merging, "BEHIND_SECONDS", WAIT)
    assert drain(made, longest - 0.1) == []
    assert drain(made, longest) == [(0, 1)]


def test_by_the_event_clock_a_topic_at_its_end_is_given_time_to_go_on() -> None:
    made = merge(waits_at_head=True)
    made.feed(0, batches_of(messages(1, 5)), 1.0)
    assert drain(made, WAIT - 0.1) == []
    made.feed(1, batches_of(messages(3)), WAIT - 0.1)
    for topic in range(2, TOPICS):
        made.feed(topic, batches_of(messages(2)), WAIT - 0.1)
    assert drain(made, WAIT - 0.1)[0] == (0, 1)


def test_the_wait_begins_when_a_topic_runs_dry_not_when_it_was_last_fetched() -> None:
    made = merge(waits_at_head=True)
    for topic in range(TOPICS):
        made.feed(topic, batches_of(messages(1, 9) if topic == 0 else messages(2)), 0.0)
    assert [topic for topic, _ in drain(made, 10.0)] == [0, 1]
    assert drain(made, 10.0 + WAIT - 0.1) == []
    assert drain(made, 10.0 + WAIT) == [(2, 2)], "which is dry now, and is waited for in its turn"


@pytest.mark.parametrize("empty", [merge(), merge(at_end=False), merge(waits_at_head=True)])
def test_when_nothing_is_there_nothing_comes(empty: Merge) -> None:
    assert drain(empty) == []
    assert drain(empty, 1_000.0) == []


LOGS = st.lists(st.lists(st.integers(0, 50), max_size=12).map(sorted), min_size=TOPICS, max_size=TOPICS)


@given(LOGS, st.randoms(use_true_random=False))
def test_under_the_event_clock_the_order_is_the_same_in_whatever_batches_the_logs_come(
    logs: Sequence[list[int]], random: object
) -> None:
    made = merge(waits_at_head=True)
    left = [messages(*times) for times in logs]
    out = []
    while any(left):
        topic = random.choice([number for number, rest in enumerate(left) if rest])  # type: ignore[attr-defined]
        size = random.randint(1, 5)  # type: ignore[attr-defined]
        made.feed(topic, batches_of(left[topic][:size]), 0.0)
        left[topic] = left[topic][size:]
        out += drain(made)
    for turn in range(TOPICS):
        out += drain(made, 1_000.0 * (turn + 1))
    everything = [(topic, time) for topic, times in enumerate(logs) for time in times]
    assert out == sorted(everything, key=lambda each: (each[1], each[0]))
