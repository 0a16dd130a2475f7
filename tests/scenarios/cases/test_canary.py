"""The canary: a case of no account, decided by the partition, that leaves nothing behind."""

from __future__ import annotations

import pytest

from alerts.step import CANARY_ACCOUNT
from scoring.plan.plan import Plan
from streams.control.messages import Canary
from tests.builders import a_model, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-02T12:00Z")
MODEL = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)


def test_every_partition_opens_and_resolves_a_case_that_no_account_has() -> None:
    line = Line(Plan(MODEL), partitions=2)
    for partition in range(2):
        line.control(Canary(instant_ms=NOON), partition)
    line.settle()
    assert [(step.account_id, step.step, step.outcome) for step in line.steps] == [
        (CANARY_ACCOUNT, "opened", "sent"),
        (CANARY_ACCOUNT, "resolved", "sent"),
    ] * 2
    assert len({step.id for step in line.steps}) == 4
    assert not any(partition.accounts for partition in line.partitions)
    assert (line.answers, line.notifications, line.dead_letters) == ({}, [], [])


def test_time_does_not_advance_by_it() -> None:
    line = Line(Plan(MODEL))
    line.send(usage(at=NOON, level=80))
    line.settle()
    before = line.partitions[0].as_of_ms
    line.control(Canary(instant_ms=NOON + 86_400_000), 0)
    line.settle()
    assert line.partitions[0].as_of_ms == before
    assert len(line.steps) == 2


@pytest.mark.parametrize(("reached", "steps"), [("nothing", 2), ("outputs", 2), ("offsets", 2), ("records", 0)])
def test_a_crash_repeats_it_with_the_same_bytes_or_loses_it(reached: Reached, steps: int) -> None:
    """It is no account's, so it has no outbox: after a flush that was torn just there, the next one comes in time."""
    line = Line(Plan(MODEL))
    line.control(Canary(instant_ms=NOON), 0)
    line.work()
    line.crash(0, reached)
    line.settle()
    assert len(line.steps) == steps
