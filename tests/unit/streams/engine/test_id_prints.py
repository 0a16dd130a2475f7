"""The key of a partition's event ids: drawn once, kept in its record, and what ids are known by."""

from __future__ import annotations

import pytest

from scoring.plan.plan import Plan
from streams.changelog import records
from streams.changelog.flat import DamagedRecord
from streams.changelog.record_types import Rank
from streams.engine.folds.id_prints import id_print
from streams.engine.partition.partition import Partition
from tests.builders import a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

KEY, OTHER = bytes(range(16)), bytes(range(1, 17))
NOON = at_ms("2026-03-01T12:00Z")
PLAN = Plan(a_model({"n": {"kind": "count", "window": "2h"}}))


def test_fingerprints_are_those_of_the_paper() -> None:
    assert id_print(KEY, "".join(map(chr, range(15)))) == 0xA129CA6149BE45E5


def test_the_first_record_has_the_key_and_a_restored_partition_keeps_it() -> None:
    first = Partition(0, 1, PLAN, "event", 1, id_key=KEY)
    first.restore([])
    written = dict(first.epoch_marker[0])
    kept = written[records.PARTITION_KEY]
    assert kept is not None
    assert records.decode_partition(kept).id_key == KEY
    again = Partition(0, 1, PLAN, "event", 2, id_key=OTHER)
    again.restore([(records.PARTITION_KEY, kept)])
    assert again.id_key == KEY


def test_a_record_without_a_key_ends_the_restore() -> None:
    value = records.encode_partition(records.NO_RECORD, Rank(1, 1))
    with pytest.raises(DamagedRecord, match="a key of event ids of 0 bytes"):
        Partition(0, 1, PLAN, "event", 2, id_key=OTHER).restore([(records.PARTITION_KEY, value)])


def test_an_id_is_known_by_its_fingerprint_with_the_key_also_after_a_restart() -> None:
    line = Line(PLAN)
    line.partitions[0] = Partition(0, 1, PLAN, "event", 1, id_key=KEY)
    for _ in range(2):
        line.send(usage(at=NOON, id="a"))
    line.settle()
    (account,) = [stored.hydrate(line.partitions[0].fold) for stored in line.partitions[0].accounts.values()]
    prints = [each for kept in account.event_ids.open.periods.values() for each in kept]
    assert prints == [id_print(KEY, "analytics\0login\0a")]
    line.restart(0, line.changelogs[0])
    line.send(usage(at=NOON, id="a"))
    line.settle()
    line.tick(NOON + 1)
    assert line.answers["acme"].facts["n"] == 1
    assert line.partitions[0].id_key == KEY
