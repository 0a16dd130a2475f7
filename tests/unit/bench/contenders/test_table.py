"""The rows, and the words of each."""

from __future__ import annotations

import re

from bench.contenders.jvm import version
from bench.contenders.table import rows
from bench.contenders.terms import Job, Promise

ROWS = rows()


def promises(name: str) -> list[Promise]:
    return [row.terms.promise for row in ROWS if row.terms.job is Job.NARROW and row.name.startswith(name)]


def test_every_row_has_its_own_name_and_ours_come_first() -> None:
    names = [row.name for row in ROWS]
    assert names[0].startswith("us, ")
    assert len(set(names)) == len(names)
    ours = [row.is_ours for row in ROWS]
    assert ours == sorted(ours, reverse=True)


def test_each_framework_does_the_narrow_job_with_the_strongest_promise_that_it_has() -> None:
    weaker = Promise.AT_LEAST_ONCE
    assert promises("us, narrow") == [Promise.ONCE]
    assert promises("Quix Streams") == [weaker, Promise.IN_KAFKA]
    assert promises("Bytewax") == [Promise.IN_SNAPSHOTS]
    assert promises("Pathway") == [Promise.IN_INPUTS]
    assert promises("Kafka Streams") == [weaker, Promise.IN_KAFKA] * 2
    assert promises("Flink") == [Promise.IN_CHECKPOINTS]


def test_what_only_counts_says_so_in_its_name() -> None:
    assert all(("counting" in row.name) == (row.terms.job is Job.COUNTING) for row in ROWS)


def test_a_quick_run_has_ours_of_each_job_and_the_strongest_promise_of_each_framework() -> None:
    quick = [row.name for row in ROWS if row.is_quick]
    for name in ("us, ", "us, narrow", "Quix Streams", "Bytewax", "Pathway", "Kafka Streams", "Flink", "client"):
        assert any(each.startswith(name) for each in quick)
    assert not any("at least once" in name for name in quick)


def test_what_runs_on_a_jvm_is_said_with_the_version_that_is_built() -> None:
    assert re.fullmatch(r"4\.\d+\.\d+", version("kafka"))
    assert re.fullmatch(r"2\.\d+\.\d+", version("flink"))
