"""Rounds of one event for every account of a partition, and each round's flush in two parts: what they took, and bytes.

First the records, while all answers are too soon after the last ones; then the answers alone.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

import msgspec

from bench.events import make_events
from bench.in_process.accounts_at_rest import EventMessage
from scoring.event.event import Rejected
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import FAR, MINUTE_MS
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.engine.flush import Flush, Pair
from streams.engine.partition.partition import Partition
from streams.replay.event_file import EventFile
from streams.replay.event_line import read_event
from tests.batches import batches_of

_LATER_MS = 10_000
"""After this long all answers are due again."""
_FLUSH_EVERY = 5_000
_ANSWERED_MS = 4_102_444_800_000
"""After every history: the time that paces answers."""
_UNTIL_MS = 1_700_000_000_000
"""When a made history ends; any instant will do."""
RECORD_KINDS = {b"h": "head", b"t": "tiles", b"l": "daily totals", b"o": "open items", b"i": "ids"}


class Sent(NamedTuple):
    """An event: the number of its topic, and its message."""

    topic_index: int
    message: EventMessage


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round took, in CPU seconds; `changed` accounts were written, and `answered` answered."""

    changed: int
    answered: int
    apply_seconds: float
    records_seconds: float
    answers_seconds: float
    confirm_seconds: float
    build_seconds: float
    json_seconds: float


class Transitions(msgspec.Struct):
    """CPU seconds of the events of a history that changed a tier, and of those that did not. Mutable."""

    changing: list[float] = []
    others: list[float] = []
    bodies: list[int] = []
    """The bytes of each notification."""

    @property
    def extra_seconds(self) -> float:
        """What an event costs more that changes a tier: the notification, and the account's other work with it."""
        return fmean(self.changing) - fmean(self.others) if self.changing and self.others else 0.0


def made_history(accounts: int, events: int) -> Iterator[Sent]:
    """The events of `make bench`, so many for each account, up to a fixed instant."""
    for offset, each in enumerate(make_events(accounts * events, accounts, _UNTIL_MS)):
        message = EventMessage(each.value, each.occurred_at_ms, offset, each.key)
        yield Sent(INPUT_TOPICS.index(each.topic), message)


def history_in(path: str, plan: Plan) -> Iterator[Sent]:
    """The events of a file of events. Lines that are none are left out.

    Raises:
        UserError: when the file cannot be read.
    """
    now_ms = int(time.time() * 1_000)
    with EventFile(path) as file:
        for offset, line in file.lines():
            try:
                event, value = read_event(plan.decoder, line, 0, now_ms)
            except Rejected:
                continue
            message = EventMessage(value, event.occurred_at_ms, offset, event.account_id.encode())
            yield Sent(INPUT_TOPICS.index(event.topic), message)


def take_in(partition: Partition, history: Iterable[Sent], transitions: Transitions) -> int:
    """Take a history in, with a flush now and then; returns the number of events."""
    count = 0
    for count, sent in enumerate(history, 1):
        while not partition.advance(sent.message.timestamp):  # timers are not the event's cost
            _make_room(partition, transitions)
        before = partition.scorer.transitions.total()
        used = _cpu_seconds(_taking(partition, [sent]))
        changed = partition.scorer.transitions.total() > before
        (transitions.changing if changed else transitions.others).append(used)
        if count % _FLUSH_EVERY == 0:
            _flush(partition, transitions)
    _flush(partition, transitions)
    return count


def measure_round(partition: Partition, number: int, sizes: Sizes) -> Round:
    """One event for every account, and its flush in two parts. Rounds count from 0.

    In the first all answers are in the first part, and so they are of one time afterwards. From then on the first part
    is at the time of the last answers, when none is due.
    """
    names = [name.encode() for name in partition.accounts]
    offset, answered_ms = 10**9 + number * len(names), _ANSWERED_MS + _LATER_MS * max(0, number - 1)
    until_ms = partition.as_of_ms + 2 * MINUTE_MS
    events: list[Sent] = []
    for each in make_events(len(names), len(names), until_ms, MINUTE_MS, number + 2, are_known=True, in_turn=True):
        name = names[len(events)]
        message = EventMessage(each.value.replace(each.key, name), each.occurred_at_ms, offset + len(events), name)
        events.append(Sent(INPUT_TOPICS.index(each.topic), message))
    apply = _cpu_seconds(_taking(partition, events))
    flushes: list[Flush] = []
    write = _cpu_seconds(lambda: flushes.append(partition.take_flush(answered_ms)))
    answer = _cpu_seconds(lambda: flushes.append(partition.take_flush(answered_ms + _LATER_MS)))
    confirm = _cpu_seconds(lambda: _confirm_all(partition, flushes))
    sizes.add(flushes)
    entries = [partition.accounts[key.decode()] for key, _ in flushes[1].scores]
    contents: list[bytes] = []
    build = _cpu_seconds(lambda: contents.extend(map(partition.scorer.content, entries)))
    pairs = list(zip(entries, contents, strict=True))
    encode = _cpu_seconds(lambda: [partition.scorer.snapshot(entry, content, 1) for entry, content in pairs])
    return Round(
        changed=sum(group[-1][0] != records.PARTITION_KEY for group in flushes[0].changelog),
        answered=len(flushes[1].scores),
        apply_seconds=apply,
        records_seconds=write,
        answers_seconds=answer,
        confirm_seconds=confirm,
        build_seconds=build,
        json_seconds=encode,
    )


class Sizes:
    """Bytes of what was flushed, keys and values. Mutable."""

    def __init__(self) -> None:
        self.accounts = 0
        self.records: Counter[str] = Counter()
        self.record_bytes: defaultdict[str, int] = defaultdict(int)
        self.answers: list[int] = []

    def add(self, flushes: Sequence[Flush]) -> None:
        """Add the flushes of one round."""
        for flush in flushes:
            for group in flush.changelog:
                if group[-1][0] == records.PARTITION_KEY:
                    continue
                self.accounts += 1
                for pair in group:
                    kind = RECORD_KINDS[pair[0][:1]]
                    self.records[kind] += 1
                    self.record_bytes[kind] += _bytes_of(pair)
            self.answers += [_bytes_of(pair) for pair in flush.scores]


def _taking(partition: Partition, events: Sequence[Sent]) -> Callable[[], None]:
    """What takes events in, with the timers that come before them. Their batches are made before."""
    inputs, now_ms = partition.new_inputs(), events[-1].message.timestamp
    if inputs is None:
        return lambda: _take_plainly(partition, events)
    for topic_index in range(len(INPUT_TOPICS)):
        for batch in batches_of([sent.message for sent in events if sent.topic_index == topic_index]):
            inputs.add(topic_index, batch, batch.content, batch.first_offset, batch.count)

    def take() -> None:
        left = len(events)
        while left:
            taken = partition.take_inputs(inputs, FAR, now_ms) if partition.run_walk() else 0
            left -= taken
            if not taken:
                _make_room(partition, Transitions())

    return take


def _take_plainly(partition: Partition, events: Sequence[Sent]) -> None:
    for sent in events:
        while not partition.process(sent.topic_index, [sent.message], sent.message.timestamp):
            _make_room(partition, Transitions())


def _make_room(partition: Partition, transitions: Transitions) -> None:
    """Flush where the partition goes on only after it."""
    if partition.is_backpressured:
        _flush(partition, transitions)


def _confirm_all(partition: Partition, flushes: Sequence[Flush]) -> None:
    for flush in flushes:
        partition.confirm(flush)


def _flush(partition: Partition, transitions: Transitions) -> None:
    flush = partition.take_flush(partition.as_of_ms)
    transitions.bodies += [_bytes_of(pair) for pair in flush.notifications]
    partition.confirm(flush)


def _bytes_of(pair: Pair) -> int:
    key, value = pair
    return len(key) + len(value or b"")


def _cpu_seconds(call: Callable[[], object]) -> float:
    used = time.process_time_ns()
    call()
    return (time.process_time_ns() - used) / 1e9
