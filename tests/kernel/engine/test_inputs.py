"""What is held for the loop, beside what Python holds: the same messages, the same order, whatever comes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from scoring.instants import FAR
from streams.engine.inputs.merge import Merge
from streams.engine.inputs.native_buffer import NativeBuffer
from streams.engine.inputs.topic_buffer import BUFFER_BYTES_MAX, TopicBuffer
from streams.errors import UnreadableMessage
from streams.kafka.record_batch import RecordBatch
from streams.kernel.inputs import new_inputs
from streams.message_batch import MessageBatch
from streams.topics import CONTROL_INDEX, TOPICS
from tests.batches import Batch, batches_of, broken_behind
from tests.builders import Message, usage
from tests.kernel.engine.test_worker import NOW_MS, Loop
from tests.support.inputs.merging import held_in, merged
from tests.support.kafka.log_batches import CODECS, Written, a_batch
from tests.support.kafka.unpacking import batches_in, seen

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

PLAIN = usage("acme", NOW_MS).value
VALUES = (PLAIN, PLAIN, PLAIN, None, b"{", usage("globex", NOW_MS).value)
HEADERS: tuple[tuple[tuple[str, bytes | None], ...], ...] = ((), (), (), (("é", b"x"), ("none", None)))


class Log:
    """One topic's partition, of which more and more is written."""

    def __init__(self, luck: random.Random) -> None:
        self.luck = luck
        self.end = 0

    def batches(self, most: int, from_ms: int, *, may_break: bool = False) -> list[MessageBatch]:
        """The next of it: batches of any size, also of none, with gaps; a few have older messages cut off."""
        luck, made = self.luck, list[MessageBatch]()
        for _ in range(luck.randrange(4)):
            first = self.end
            some = [self._message(from_ms) for _ in range(luck.choice((0, 1, 2, most)))]
            self.end += luck.randrange(3)  # compacted away
            if may_break and luck.random() < 0.02:
                made.append(broken_behind(some))
                self.end += 1
            elif some or self.end > first:
                batch = Batch(some, first, self.end)
                made.append(batch.starting_at(first + 1) if luck.random() < 0.1 else batch)
        return made

    def _message(self, from_ms: int) -> Message:
        luck = self.luck
        offset = self.end
        self.end += luck.choice((1, 1, 1, 3))
        key = luck.choice((None, b"", b"acme"))
        return Message(offset, from_ms + luck.randrange(12), key, luck.choice(VALUES), luck.choice(HEADERS))


@pytest.mark.parametrize("number", range(40))
def test_a_buffer_has_what_a_plain_one_has(number: int) -> None:
    luck = random.Random(number)
    native, plain, log = NativeBuffer(new_inputs(), number % len(TOPICS)), TopicBuffer(), Log(luck)
    for step in range(60):
        batches = log.batches(9, step * 5)
        for each in (native, plain):
            each.feed(batches)
        for _ in range(luck.randrange(4)):
            assert (native.is_empty, native.held, native.is_full) == (plain.is_empty, plain.held, plain.is_full)
            if plain.is_empty:
                break
            assert native.head_ms == plain.head_ms
            run = plain.run(last_ms := step * 5 + luck.randrange(-9, 9))
            assert seen(native.run(last_ms))[: len(run)] == seen(run), "of which Python may have made some, and not all"
            taken = luck.randint(0, len(run))
            for buffer in (native, plain):
                buffer.take(taken)


def test_it_is_full_by_bytes_until_a_batch_was_read_to_its_end() -> None:
    buffer = NativeBuffer(new_inputs(), 0)
    half = b"x" * (BUFFER_BYTES_MAX // 2)
    buffer.feed(batches_of([Message(offset, offset, None, half) for offset in range(2)], each=1))
    assert buffer.is_full
    buffer.take(1)
    assert not buffer.is_full


@pytest.mark.parametrize("codec", CODECS.values())
@pytest.mark.parametrize("by_broker", [False, True])
def test_batches_of_a_fetch_are_read_as_by_the_client(codec: int, *, by_broker: bool) -> None:
    written = [
        Written(3 * each, b"v" * each, None if each % 2 else b"k", 7 - each, HEADERS[-each % 4]) for each in range(9)
    ]
    content = b"".join(a_batch(written, base, codec=codec, by_broker=by_broker) for base in (10, 50))
    batches = list(batches_in(content, 17))
    native, plain = NativeBuffer(new_inputs(), 0), TopicBuffer()
    for buffer in (native, plain):
        buffer.feed(batches)
    assert [message.offset for message in plain.run(FAR)][:3] == [19, 22, 25]
    assert seen(native.run(FAR)) == seen(plain.run(FAR))
    assert native.held == 15


def one_by_one(merge: Merge) -> tuple[list[object], str]:
    """All messages that a merge has, and with which error they end."""
    found: list[object] = []
    while True:
        try:
            index, run = merge.next_run(0.0, only_control=False)
        except UnreadableMessage as error:
            return found, str(error)
        if not run:
            return found, ""
        found += seen(run[:1])
        merge.took(index, 1, 0.0)


def test_what_the_kernel_cannot_read_is_read_by_python_or_told_in_its_words() -> None:
    luck = random.Random(1)
    whole = a_batch([Written(each, b"x" * 9, None, each, HEADERS[-each % 4]) for each in range(6)])
    broken = 0
    for _ in range(600):
        content = bytearray(whole)
        for _ in range(luck.randrange(1, 3)):
            content[luck.randrange(57, len(content))] = luck.randrange(256)
        first = luck.choice((0, 0, 2))
        damaged = RecordBatch("p.analytics", 3, first, 6, 6, bytes(content))
        merges = two_merges(0.0)
        for merge in merges:
            merge.feed(2, [damaged, Batch([Message(8, 8, None, b"")], 6, 9)], 0.0)
        native, plain = map(one_by_one, merges)
        assert native == plain
        broken += bool(plain[1])
    assert 200 < broken < 600


def two_merges(wait_seconds: float, *, waits_at_head: bool = False) -> tuple[Merge, Merge]:
    """One for the loop, and one without it."""

    def one(inputs: Inputs | None) -> Merge:
        return Merge(len(TOPICS), wait_seconds, waits_at_head=waits_at_head, now=0.0, inputs=inputs)

    return one(new_inputs()), one(None)


# --- the order in which messages of several topics are taken


class Drained(NamedTuple):
    """What was handed out, and with which error it ended."""

    messages: list[tuple[int, object]]
    error: str


def drain_plainly(merge: Merge, now: float, before_ms: int) -> Drained:
    out: list[tuple[int, object]] = []
    while True:
        try:
            index, run = merge.next_run(now, only_control=False, before_ms=before_ms)
        except UnreadableMessage as error:
            return Drained(out, str(error))
        if not run:
            return Drained(out, "")
        out += [(index, each) for each in seen(run)]
        merge.took(index, len(run), now)


class Natively:
    """A loop that takes what it can: the messages of «acme»; everything else it stops at."""

    def __init__(self, luck: random.Random) -> None:
        self.loop = Loop()
        self.loop.enter("acme")
        self.luck = luck
        self.taken = 0

    def drain(self, merge: Merge, now: float, before_ms: int) -> Drained:
        out: list[tuple[int, object]] = []
        while (span := merge.span(now, before_ms=before_ms)) is not None:
            inputs = merge.inputs
            assert inputs is not None
            before = held_in(inputs)
            assert span.first_ms == min(some[0].timestamp for some in before if some)
            _, taken, _, topic, message, _ = self.loop.take_of(
                inputs, most=self.luck.choice((1, 3, 99)), last_ms=span.last_ms
            )
            gone = [some[: len(some) - len(left)] for some, left in zip(before, held_in(inputs), strict=True)]
            assert taken == sum(map(len, gone))
            out += [(index, seen([each])[0]) for index, each in merged(gone)]
            self.taken += taken
            if message is not None:
                out += [(topic, seen([message])[0])]
                inputs.take(topic, 1)
            merge.took_inputs(now)
        rest = drain_one_run(merge, now, before_ms)
        if not rest.messages or rest.error:
            return Drained(out + rest.messages, rest.error)
        after = self.drain(merge, now, before_ms)
        return Drained(out + rest.messages + after.messages, after.error)


def drain_one_run(merge: Merge, now: float, before_ms: int) -> Drained:
    try:
        index, run = merge.next_run(now, only_control=False, before_ms=before_ms)
    except UnreadableMessage as error:
        return Drained([], str(error))
    if run:
        merge.took(index, len(run), now)
    return Drained([(index, each) for each in seen(run)], "")


@pytest.mark.parametrize("number", range(80))
def test_the_loop_takes_messages_in_the_order_of_runs_of_one_topic(number: int) -> None:
    luck = random.Random(number)
    waits, now = number % 2 == 0, 0.0
    native, plain = (
        Merge(len(TOPICS), 2.0, waits_at_head=waits, now=0.0, inputs=each) for each in (new_inputs(), None)
    )
    loop, logs = Natively(luck), [Log(luck) for _ in TOPICS]
    for step in range(30):
        for topic in luck.sample(range(len(TOPICS)), 3):
            may_break = number % 4 == 3 and step > 5
            batches = logs[topic].batches(9 if topic != CONTROL_INDEX else 1, step * 10, may_break=may_break)
            at_end = luck.random() < 0.7
            for each in (native, plain):
                each.note_end(topic, at_end=at_end)
                each.feed(topic, batches, now)
        before_ms = luck.choice((0, 0, step * 10 + 5))
        drained = loop.drain(native, now, before_ms)
        assert drained == drain_plainly(plain, now, before_ms)
        assert [native.holds(topic) for topic in range(len(TOPICS))] == [
            plain.holds(topic) for topic in range(len(TOPICS))
        ]
        if drained.error:
            break
        assert native.held == plain.held
        now += luck.choice((0.0, 1.0, 40.0))
    assert loop.taken > 20 or number % 4 == 3
