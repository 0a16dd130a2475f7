"""What is held of one topic's partition: which messages exist, how much is held, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.inputs.merge import Merge
from streams.engine.inputs.topic_buffer import BUFFER_BYTES_MAX, BUFFER_MAX, RUN_MAX, TopicBuffer
from streams.errors import UnreadableMessage
from streams.message import Message as AnyMessage
from tests.batches import Batch, batches_of, broken_behind
from tests.builders import Message

FOREVER = 10**15


def messages(number: int, start: int = 0) -> list[Message]:
    """Messages of the times 10, 11, ... at the offsets from `start` on."""
    return [Message(start + each, 10 + start + each, None, b"") for each in range(number)]


def taken(buffer: TopicBuffer, most: int = 10**9) -> list[int]:
    """The offsets of everything that is held, up to `most`, run by run."""
    out: list[int] = []
    while not buffer.is_empty and len(out) < most:
        run = buffer.run(FOREVER)[: most - len(out)]
        assert run[0].timestamp == buffer.head_ms
        out.extend(message.offset for message in run)
        buffer.take(len(run))
    return out


class Counted(Batch):
    """A batch that says that it holds two more messages than it does."""

    @property
    def count(self) -> int:  # type: ignore[override]
        return len(self.listed) + 2


def test_a_run_ends_at_a_time_and_nothing_is_removed_before_it_is_taken() -> None:
    buffer = TopicBuffer()
    buffer.feed(batches_of(messages(5)))
    assert [message.offset for message in buffer.run(12)] == [0, 1, 2]
    assert [message.offset for message in buffer.run(9)] == [0], "the first is asked for by its own time"
    buffer.take(2)
    assert (buffer.head_ms, buffer.held) == (12, 3)
    assert taken(buffer) == [2, 3, 4]
    assert (buffer.is_empty, buffer.held) == (True, 0)


def test_only_so_many_messages_exist_at_once() -> None:
    made = 0

    class Lazy(Batch):
        def messages(self) -> Iterator[AnyMessage]:
            nonlocal made
            for message in self.listed:
                made += 1
                yield message

    buffer = TopicBuffer()
    buffer.feed([Lazy(messages(RUN_MAX + 10), 0, RUN_MAX + 10)])
    assert (made, buffer.held) == (RUN_MAX, RUN_MAX + 10)
    assert taken(buffer, RUN_MAX - 1) == list(range(RUN_MAX - 1))
    assert made == RUN_MAX
    assert taken(buffer) == list(range(RUN_MAX - 1, RUN_MAX + 10))


def test_it_is_full_by_messages_or_by_bytes_until_they_were_taken() -> None:
    by_number, by_bytes = TopicBuffer(), TopicBuffer()
    by_number.feed(batches_of(messages(BUFFER_MAX - 1)))
    assert not by_number.is_full
    by_number.feed(batches_of(messages(1, BUFFER_MAX)))
    assert by_number.is_full
    by_bytes.feed([batch._replace(size=BUFFER_BYTES_MAX // 2) for batch in batches_of(messages(2), each=1)])
    assert by_bytes.is_full
    assert taken(by_bytes, 1) == [0]
    assert by_bytes.is_full, "both messages were made, and take their bytes until both are taken"
    assert taken(by_bytes) == [1]
    assert not by_bytes.is_full


def test_a_batch_without_messages_is_nothing() -> None:
    buffer = TopicBuffer()
    buffer.feed([Counted((), 0, 3)])
    assert (buffer.is_empty, buffer.held, buffer.is_full) == (True, 0, False)
    buffer.feed([Counted((), 3, 5), *batches_of(messages(2, 5))])
    assert (buffer.is_empty, buffer.held) == (False, 2)


def test_an_empty_batch_does_not_count_as_news_of_its_topic() -> None:
    merge = Merge(2, 2.0, waits_at_head=True, now=0.0)
    for topic in (0, 1):
        merge.note_end(topic, at_end=True)
    merge.feed(0, batches_of(messages(1)), 0.0)
    merge.feed(1, [Batch((), 0, 3)], 1.9)
    assert merge.next_run(2.0, only_control=False) == (0, messages(1))


@pytest.mark.parametrize("before", [0, 3])
def test_what_cannot_be_read_is_told_when_all_before_it_was_taken_and_then_each_time(before: int) -> None:
    buffer = TopicBuffer()
    buffer.feed([broken_behind(messages(before)), *batches_of(messages(2, 20))])
    assert taken(buffer, before) == list(range(before))
    assert not buffer.is_empty
    for _ in range(2):
        with pytest.raises(UnreadableMessage):
            buffer.run(FOREVER)


def test_a_merge_tells_it_before_anything_else_is_handed_out() -> None:
    merge = Merge(2, 2.0, waits_at_head=False, now=0.0)
    merge.feed(0, batches_of(messages(2)), 0.0)
    merge.feed(1, [broken_behind(messages(1))], 0.0)
    merge.took(1, 1, 0.0)
    assert merge.holds(1)
    with pytest.raises(UnreadableMessage):
        merge.next_run(0.0, only_control=False)


CUTS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(0, 12)), max_size=8)


@given(CUTS)
def test_however_it_is_fed_and_taken_all_comes_once_and_in_order(cuts: Sequence[tuple[int, int, int]]) -> None:
    buffer, out, fed = TopicBuffer(), [], 0
    for number, each, most in cuts:
        buffer.feed(batches_of(messages(number, fed), each))
        fed += number
        out += taken(buffer, most)
        assert buffer.held == fed - len(out)
    assert out + taken(buffer) == list(range(fed))
