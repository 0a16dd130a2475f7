"""Two faults in a row, a torn flush, a stale writer: what a second worker finds of a first one that did not come to its
end, and what it must not believe."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scoring.plan.plan import Plan
from streams.changelog import records
from streams.control.messages import Tick, encode_control
from streams.engine.flush import Pair
from streams.engine.partition.partition import Partition
from streams.topics import CONTROL_INDEX, TOPICS, partition_of
from tests.builders import Sent, a_model, at_ms, subscription, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line
from tests.support.worlds.small_heads import shrink_heads

NOON = at_ms("2026-03-01T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
ANALYTICS = TOPICS.index("analytics")
MODEL = a_model(
    {
        "n": {"kind": "count", "window": "2h"},
        "mrr": {"kind": "last", "property": "mrr", "topics": ["billing"]},
        "level": {"kind": "last", "property": "level"},
    },
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
    dedupe="3d",
)


def lined(*events: Sent, partitions: int = 1) -> Line:
    line = Line(Plan(MODEL), partitions)
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def records_of(line: Line, number: int = 0) -> list[Pair]:
    """The records of a flush that is acknowledged no further."""
    line.work(number)
    return [pair for group in line.take_flush(number).changelog for pair in group]


def taken_over(pairs: Sequence[Pair], epoch: int) -> Partition:
    partition = Partition(0, 1, Plan(MODEL), "event", epoch)
    partition.restore(pairs)
    return partition


def test_a_dead_letter_is_sent_though_two_workers_died_before_it_was() -> None:
    line = lined(usage(at=NOON))
    line.send_raw(0, b"{", timestamp=NOON)
    line.work()
    line.crash(0, "records")
    line.flush()
    line.restart(0, line.changelogs[0])
    line.settle()
    assert len(line.dead_letters) == 1


def test_an_event_in_a_wrong_partition_counts_though_two_workers_died_before_it_was_sent_on() -> None:
    home = partition_of(b"acme", 2)
    line = lined(usage("acme", NOON), partitions=2)
    line.send(usage("acme", NOON + 1_000), to=1 - home)
    line.work(1 - home)
    line.crash(1 - home, "records")
    line.flush(1 - home)
    line.restart(1 - home, line.changelogs[1 - home])
    line.settle()
    line.tick(NOON + 5_000)
    assert line.answers["acme"].facts["n"] == 2


def test_a_replayed_control_message_does_not_bring_back_those_after_it() -> None:
    line = lined(usage(at=NOON))
    for number in (1, 2):
        body = encode_control(Tick(instant_ms=NOON + number, declare=True))
        line.send_raw(CONTROL_INDEX, body, timestamp=NOON + number)
    line.work()
    line.crash(0, "records")
    marks = list(line.partitions[0].applied_offsets)
    line.step()
    line.step()
    assert line.partitions[0].applied_offsets == marks


def test_an_id_that_was_written_before_its_event_took_effect_does_not_make_it_a_duplicate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink_heads(monkeypatch)
    line = lined(usage(at=NOON, id="a"))
    line.send(subscription(at=NOON - 2 * DAY, id="b", mrr=100))
    line.send(subscription(at=NOON - 2 * DAY, id="b", mrr=100))
    pairs = records_of(line)
    torn = [pair for pair in pairs if pair[0][:1] == records.IDS]
    assert torn, "closed chunks of ids have records of their own"
    line.restart(0, line.changelogs[0] + torn)
    line.settle()
    line.tick(NOON + 5_000)
    assert line.answers["acme"].facts["mrr"] == 100
    assert line.partitions[0].outcomes["billing", "duplicate"] == 1


def test_what_a_stale_writer_left_behind_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was further in time than its successor, and had dropped what the successor still wants."""
    shrink_heads(monkeypatch, with_open_day=True)
    line, stale = lined(usage(at=NOON)), lined(usage(at=NOON))
    for sent in (usage(at=NOON + HOUR), usage(at=NOON + 30 * DAY)):
        stale.send(sent)
        stale.work()
    stale.flush()
    stale.send(usage(at=NOON + 31 * DAY))
    late = [(key, value) for key, value in records_of(stale) if key[:1] == records.TILE]
    assert any(value is not None and records.is_deletion_marker(value) for _, value in late)
    line.crash()
    line.send(usage(at=NOON + 1))
    line.work()
    line.flush()
    line.restart(0, line.changelogs[0] + late)
    line.send(usage(at=NOON + HOUR))
    line.settle()
    assert line.answers["acme"].facts["n"] == 3


def test_what_is_gone_is_deleted_once_a_head_without_it_is_written_first_by_a_marker_and_then_by_a_tombstone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink_heads(monkeypatch, with_open_day=True)
    line = lined(usage(at=NOON))
    tile = records.tile_key("acme", NOON // DAY)
    written: list[bytes | None] = []
    for day in (10, 11, 12, 13):
        line.send(usage(at=NOON + day * DAY))
        line.work()
        written.extend(value for key, value in records_of(line) if key == tile)
    assert [value is None or records.is_deletion_marker(value) for value in written] == [True, True]
    assert written[1] is None


def test_the_first_write_of_a_new_worker_writes_all_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink_heads(monkeypatch, with_open_day=True)
    line = lined(usage(at=NOON, id="a"))
    whole = {key for key, _ in line.changelogs[0]}
    line.flush()
    line.crash()
    line.send(subscription(at=NOON + 1, mrr=5))
    assert {key for key, _ in records_of(line)} == whole
    line.send(subscription(at=NOON + 2, mrr=6))
    assert {key for key, _ in records_of(line)} == {records.head_key("acme"), records.PARTITION_KEY}


def test_a_flush_of_those_that_moved_writes_nothing_else_and_a_crash_after_it_changes_nothing() -> None:
    line = lined(usage(at=NOON, level=80), usage("globex", NOON, level=80))
    line.send(usage("globex", NOON + 1, level=78))
    line.send(usage(at=NOON + 2, level=10))
    line.work()
    flush = line.partitions[0].take_transitions(FAR_FUTURE_MS)
    assert [records.account_of_key(group[-1][0]) for group in flush.changelog] == ["acme"]
    assert [key for key, _ in flush.notifications] == [key for key, _ in flush.scores] == [b"acme"]
    assert (flush.offsets, flush.dead_letters, flush.controls) == ({}, [], [])
    assert not line.partitions[0].has_transitions
    assert line.partitions[0].has_pending, "globex is still to be written"
    line.restart(0, line.changelogs[0] + [pair for group in flush.changelog for pair in group])
    line.settle()
    assert [(each.account_id, each.sequence) for each in line.notifications] == [("acme", 1)]
    assert (line.answers["acme"].score, line.answers["globex"].score) == (10.0, 78.0)


def test_what_a_stale_writer_did_not_send_is_sent_though_its_successor_counted_as_many_flushes() -> None:
    line, stale = lined(usage("globex", NOON, level=80)), lined(usage("globex", NOON, level=80))
    for sent in (usage(at=NOON + 1, level=80), usage(at=NOON + 2, level=10)):
        stale.send(sent)
    unsent = [pair for pair in records_of(stale) if pair[0] != records.PARTITION_KEY]
    line.crash()
    for number in range(5):
        line.send(usage("globex", NOON + 3 + number, level=80))
        line.work()
        line.flush()
    partition = taken_over(line.changelogs[0] + unsent, epoch=9)
    assert [key for key, _ in partition.take_flush(FAR_FUTURE_MS).notifications] == [b"acme"]


@pytest.mark.parametrize("later_first", [False, True])
def test_an_id_is_known_though_two_workers_drew_a_key_before_either_committed(later_first: bool) -> None:
    """Both found an empty changelog. The first wrote the account, the second only the partition's record, and died."""
    line = Line(Plan(MODEL))
    messages = [line.send(usage(at=NOON, id="a")) for _ in range(2)]
    first, second = (Partition(0, 1, Plan(MODEL), "event", epoch, id_key=bytes([epoch] * 16)) for epoch in (5, 6))
    for partition in (first, second):
        partition.restore([])
    first.process(ANALYTICS, messages[:1], FAR_FUTURE_MS)
    of_first = [pair for group in first.take_flush(FAR_FUTURE_MS).changelog for pair in group]
    of_second = second.epoch_marker[0]
    third = taken_over([*of_second, *of_first] if later_first else [*of_first, *of_second], 7)
    assert third.id_key == bytes([6] * 16)
    third.process(ANALYTICS, messages, FAR_FUTURE_MS)
    assert third.outcomes == {("analytics", "applied"): 1, ("analytics", "duplicate"): 1}


def test_accounts_written_before_the_first_record_of_their_partition_are_not_of_another_model() -> None:
    line = Line(Plan(MODEL), 1)
    line.restart(0, [])
    line.send(usage(at=NOON))
    marker, *accounts, last = records_of(line)
    assert marker[0] == last[0] == records.PARTITION_KEY
    again = taken_over([marker, *accounts], 2)
    assert (len(again.accounts), again.timers.walks) == (1, [])
    alone = taken_over(accounts, 2)
    assert [walk.kind for walk in alone.timers.walks] == ["model", "rules"], "nobody says what judged them"
