"""Records that a writer that was replaced has written last, and compaction, which keeps the last of each key."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.plan.plan import Plan
from streams.changelog.records import PARTITION_KEY, head_key, keep_greatest, note_overtaken
from streams.engine.flush import Pair
from streams.engine.partition.partition import Partition
from tests.builders import at_ms, usage
from tests.support.in_memory_cluster import Line
from tests.support.signal_harness import model_of

NOON = at_ms("2026-03-01T12:00Z")
"""One account with two events, of which a replaced writer knows only the first."""
MODEL = model_of({"kind": "count", "window": "30d", "topics": ["analytics"]})


def compacted(log: Sequence[Pair]) -> list[Pair]:
    """The last record of each key."""
    return [(key, value) for key, value in dict(log).items() if value is not None]


def restored(log: Sequence[Pair], epoch: int) -> Partition:
    partition = Partition(0, 1, Plan(MODEL), "event", epoch)
    kept: dict[bytes, bytes] = {}
    overtaken: set[bytes] = set()
    keep_greatest(kept, log, overtaken)
    partition.restore_kept(kept, overtaken)
    return partition


def written(partition: Partition) -> list[Pair]:
    return [pair for group in partition.take_flush(0).changelog for pair in group]


def a_log() -> tuple[list[Pair], list[Pair]]:
    """The log of a worker and its successor, and what the first still had on its way when it was replaced."""
    line = Line(Plan(MODEL))
    line.send(usage("acme", at=NOON))
    line.work()
    stale = [pair for group in line.take_flush().changelog for pair in group]
    successor = Line(Plan(MODEL))
    successor.partitions[0] = Partition(0, 1, successor.plan, "event", 5)
    successor.send(usage("acme", at=NOON))
    successor.send(usage("acme", at=NOON + 1))
    successor.work()
    successor.flush()
    return successor.changelogs[0], stale


def applied(log: Sequence[Pair]) -> int:
    """The last event that a recovery would find applied."""
    partition = Partition(0, 1, Plan(MODEL), "event", 9)
    partition.restore(log)
    stored = partition.accounts["acme"]
    stored.hydrate(partition.fold)
    return stored.applied_offsets[0]


def test_compaction_would_keep_the_record_that_does_not_count() -> None:
    log, stale = a_log()
    assert applied([*log, *stale]) == 1
    assert applied(compacted([*log, *stale])) == 0


def test_a_recovery_that_finds_a_lesser_record_last_has_the_account_written_again() -> None:
    log, stale = a_log()
    log = [*log, *stale]
    partition = restored(log, 6)
    assert partition.has_pending
    assert applied(compacted([*log, *written(partition)])) == 1
    overtaken: set[bytes] = set()
    keep_greatest({}, [*log, *written(restored(log, 6))], overtaken)
    assert overtaken == set()


def test_what_comes_in_after_the_takeover_is_found_in_what_was_written_since() -> None:
    log, stale = a_log()
    partition = restored(log, 6)
    since = [*written(partition), *stale]
    overtaken: set[bytes] = set()
    note_overtaken(overtaken, since, partition.epoch)
    assert {head_key("acme"), PARTITION_KEY} <= overtaken
    assert partition.write_again(overtaken) == 1
    assert applied(compacted([*log, *since, *written(partition)])) == 1


def test_what_was_written_again_since_is_not_overtaken_any_more() -> None:
    log, stale = a_log()
    partition = restored(log, 6)
    partition.write_again([head_key("acme")])
    overtaken: set[bytes] = set()
    note_overtaken(overtaken, [*stale, *written(partition)], partition.epoch)
    assert overtaken == set()
