"""What concerns all accounts goes on in turns: whatever comes between two turns, it ends as if it had been one step."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from scoring.instants import DAY_MS, HOUR_MS
from scoring.model.loader import load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.clock_kind import ClockKind
from streams.control.messages import NormDue, SetOverride, Tick
from streams.engine.partition import flush_builder, pending_writes, timekeeper
from tests.builders import Sent, a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
COHORT = load_preset("usage-trend-friction")
ACCOUNTS = 7
LEVEL = {"level": {"kind": "last", "property": "level"}}


def levels(of: int, *, version: int = 1) -> Model:
    """The score is the last event's `level`, in percent of `of`."""
    return a_model(LEVEL, {"level": {"shape": "ratio", "signal": "level", "of": of, "weight": 1}}, version=version)


def lined(model: Model, *events: Sent, clock: ClockKind = "event") -> Line:
    line = Line(Plan(model), clock=clock, now_ms=NOON + 100 * DAY_MS)
    if clock == "wall":
        line.advance(NOON)
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def usages() -> list[Sent]:
    """Accounts that the norm tells apart: the first is used least."""
    return [
        usage(f"account {number}", NOON - day * DAY_MS)
        for day in range(9, -1, -1)
        for number in range(ACCOUNTS)
        if day <= number
    ]


def said(line: Line) -> tuple[list[bytes], dict[str, ScoreSnapshot]]:
    """Every notification, and the last answers but for their ranks."""
    answers = {
        name: msgspec.structs.replace(each, generation=0, version=0, forecast=None)
        for name, each in line.answers.items()
    }
    return sorted(set(line.bodies)), answers


def declared(line: Line) -> None:
    line.control(Tick(instant_ms=NOON + HOUR_MS, declare=True), 0)


def normed(line: Line) -> None:
    line.control(Tick(instant_ms=NOON + HOUR_MS, declare=True), 0)
    line.settle()
    line.send(usage("account 0", NOON + 2 * HOUR_MS))
    for number in range(60):
        line.send(usage("account 6", NOON + 2 * HOUR_MS + number))
        line.send(an_exception("account 5", NOON + 2 * HOUR_MS + number))
    line.control(NormDue(instant_ms=NOON + 3 * HOUR_MS), 0)


CAUSES: list[Callable[[Line], None]] = [declared, normed]


def in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """One account a turn, and one in each part of a flush."""
    monkeypatch.setattr(timekeeper, "TURN_ACCOUNTS", 1)
    monkeypatch.setattr(flush_builder, "PART_ACCOUNTS", 1)


@pytest.mark.parametrize("begin", CAUSES)
@pytest.mark.parametrize("turns", range(2 * ACCOUNTS))
@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
def test_a_crash_after_any_turn_ends_as_no_crash(
    monkeypatch: pytest.MonkeyPatch, begin: Callable[[Line], None], turns: int, reached: Reached
) -> None:
    whole = lined(COHORT, *usages())
    begin(whole)
    whole.settle()
    in_turns(monkeypatch)
    line = lined(COHORT, *usages())
    begin(line)
    for _ in range(turns):
        line.step()
    line.crash(0, reached, groups=turns // 2)
    line.settle()
    assert said(line) == said(whole)


@pytest.mark.parametrize("turns", range(2 * ACCOUNTS))
def test_a_flush_after_any_turn_changes_nothing(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    whole = lined(COHORT, *usages())
    normed(whole)
    whole.settle()
    in_turns(monkeypatch)
    line = lined(COHORT, *usages())
    normed(line)
    for _ in range(turns):
        line.step()
        line.flush()
    line.settle()
    assert said(line) == said(whole)


@pytest.mark.parametrize("turns", range(ACCOUNTS + 1))
def test_another_models_walk_goes_on_after_a_crash(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    events = [usage(f"account {number}", NOON, level=80) for number in range(ACCOUNTS)]
    in_turns(monkeypatch)
    line = lined(levels(100), *events)
    line.plan = Plan(levels(200, version=2))
    line.crash()
    for _ in range(turns):
        line.step()
    line.crash(0, "offsets")
    line.crash()
    line.settle()
    assert {name: each.score for name, each in line.answers.items()} == dict.fromkeys(
        (f"account {number}" for number in range(ACCOUNTS)), 40.0
    )
    assert sorted((each.account_id, each.sequence, each.cause.kind) for each in line.notifications) == [
        (f"account {number}", 1, "model") for number in range(ACCOUNTS)
    ]
    assert line.partitions[0].scorer.ledger.tier_accounts == [ACCOUNTS, 0, 0]


@pytest.mark.parametrize("turns", range(ACCOUNTS + 1))
def test_by_the_wall_clock_an_account_is_visited_before_its_event(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    """Each account has the same steps in the same order: what the norm did, then what its event did."""
    events = [usage("account 3", NOON), usage("account 6", NOON), an_exception("account 1", NOON)]

    def run(*, interrupted: bool) -> Line:
        line = lined(COHORT, *usages(), clock="wall")
        line.partitions[0].settle_ms = 0
        line.partitions[0].ask_for_norm(NOON)
        line.flush()
        while not line.partitions[0].is_walking:
            line.step()
        for _ in range(turns):
            if interrupted:
                line.partitions[0].run_walk()
        partition = line.partitions[0]
        if not interrupted:
            while not partition.run_walk():
                pass
        for sent in events:
            line.send(sent)
        line.settle()
        return line

    whole = run(interrupted=False)
    in_turns(monkeypatch)
    assert said(run(interrupted=True)) == said(whole)


def test_control_messages_and_events_of_the_event_clock_wait_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    in_turns(monkeypatch)
    line = lined(levels(100), *(usage(f"account {number}", NOON, level=80) for number in range(ACCOUNTS)))
    partition = line.partitions[0]
    declared(line)
    while not partition.is_walking:
        line.step()
    override = SetOverride(
        instant_ms=NOON + HOUR_MS, account_id="account 3", score=1, reason="x", author="ann", until_ms=NOON + DAY_MS
    )
    line.control(override, 0)
    line.send(usage("account 3", NOON + 2 * HOUR_MS, level=70))
    line.step()
    assert partition.accounts["account 3"].override is None
    line.settle()
    assert partition.accounts["account 3"].override is not None


@pytest.mark.parametrize("changed_max", [1, 3])
def test_a_walk_waits_for_a_flush_where_too_much_has_changed(monkeypatch: pytest.MonkeyPatch, changed_max: int) -> None:
    whole = lined(COHORT, *usages())
    normed(whole)
    whole.settle()
    monkeypatch.setattr(pending_writes, "CHANGED_MAX", changed_max)
    line = lined(COHORT, *usages())
    normed(line)
    line.settle()
    assert said(line) == said(whole)


def test_no_turn_and_no_part_concerns_more_accounts_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper, "TURN_ACCOUNTS", 3)
    monkeypatch.setattr(flush_builder, "PART_ACCOUNTS", 2)
    line = lined(levels(100), *(usage(f"account {number}", NOON, level=80) for number in range(ACCOUNTS)))
    line.plan = Plan(levels(200, version=2))
    line.crash()
    partition = line.partitions[0]

    def to_visit() -> int:
        return sum(partition.timers.must_visit(stored) for stored in partition.accounts.values())

    left = [to_visit()]
    while not partition.run_walk():
        left.append(to_visit())
    assert left == [7, 4, 1]
    assert partition.accounts_to_write == ACCOUNTS
    prepared = []
    for _ in range(ACCOUNTS // 2):
        before = len(partition.pending.changed)
        partition.prepare_part(NOON)
        prepared.append(before - len(partition.pending.changed))
    assert prepared == [2, 2, 2]
    assert len(partition.take_flush(NOON).changelog) == 1 + ACCOUNTS + 1, "the epoch's marker, and the own record"
