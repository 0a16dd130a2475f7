"""Whole batches hold the very messages that the client would have made of them, and the position moves as far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from tests.support.kafka.log_batches import ABORT, COMMIT, Written, a_batch, a_marker
from tests.support.kafka.unpacking import READ_COMMITTED, READ_UNCOMMITTED, batches_in, by_batches, by_the_client

PRODUCERS = (7, 8)


class Log(NamedTuple):
    """The bytes of a log's batches, and its aborted transactions as a fetch tells them."""

    content: bytes
    aborted: list[tuple[int, int]]
    end: int


RECORDS = st.lists(
    st.tuples(
        st.integers(0, 3),  # how many offsets before it were compacted
        st.one_of(st.none(), st.binary(max_size=40)),
        st.one_of(st.none(), st.binary(max_size=8)),
        st.integers(-1, 1 << 45),
        st.lists(st.tuples(st.text(max_size=4), st.one_of(st.none(), st.binary(max_size=4))), max_size=2).map(tuple),
    ),
    max_size=5,
)
BATCH: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "records": RECORDS,
        "codec": st.integers(0, 4),
        "tail": st.integers(0, 3),
        "gap": st.integers(0, 3),
        "producer": st.sampled_from([None, *PRODUCERS]),
        "by_broker": st.booleans(),
        "ends": st.sampled_from([b"", b"", ABORT, COMMIT]),
    }
)


@st.composite
def logs(draw: st.DrawFn) -> Log:
    content, at = b"", draw(st.integers(0, 5))
    aborted: list[tuple[int, int]] = []
    began: dict[int, int] = {}
    for drawn in draw(st.lists(BATCH, max_size=6)):
        at += drawn["gap"]
        written, delta = [], -1
        for skipped, *rest in drawn["records"]:
            delta += 1 + skipped
            written.append(Written(delta, *rest))
        producer, last = drawn["producer"], max(0, delta + drawn["tail"])
        codec = drawn["codec"] if written else 0  # compaction leaves an empty batch uncompressed
        content += a_batch(
            written, at, codec=codec, last_delta=last, producer=-1 if producer is None else producer,
            transactional=producer is not None, by_broker=drawn["by_broker"],
        )  # fmt: skip
        if producer is not None:
            began.setdefault(producer, at)
        at += last + 1
        if drawn["ends"] and producer is not None:
            content += a_marker(at, producer, drawn["ends"])
            at += 1
            if drawn["ends"] == ABORT:
                aborted.append((producer, began[producer]))
            del began[producer]
    return Log(content, aborted, at)


@given(logs(), st.integers(0, 40), st.sampled_from([READ_COMMITTED, READ_UNCOMMITTED]))
def test_batches_hold_the_messages_of_the_client_from_any_offset_on(log: Log, start: int, isolation: int) -> None:
    start = min(start, log.end)
    assert by_batches(log.content, start, log.aborted, isolation) == by_the_client(
        log.content, start, log.aborted, isolation
    )


@given(logs(), st.lists(st.integers(0, 30), max_size=4))
def test_a_batch_that_starts_later_has_the_same_messages_but_for_those_before(log: Log, starts: Sequence[int]) -> None:
    for batch in batches_in(log.content, 0, log.aborted):
        messages = [message.offset for message in batch.messages()]
        assert len(messages) == batch.count
        later = batch
        for offset in starts:
            later = later.starting_at(offset)
        lowest = max([0, *starts])
        assert [message.offset for message in later.messages()] == [each for each in messages if each >= lowest]
        assert later.first_offset >= batch.first_offset
