"""Accounts that are held as bytes again when nothing is heard of them, and many that wake at one instant."""

from __future__ import annotations

import pytest

from scoring.plan.plan import Plan
from streams.engine import stored_account as stored_account_module
from streams.engine.folds.reference_fold import ReferenceFold
from streams.engine.partition.idle_accounts import IdleAccounts
from streams.engine.partition.partition import Partition
from streams.engine.partition.timekeeper import TURN_ACCOUNTS
from streams.engine.stored_account import StoredAccount
from tests.builders import Message, a_model, at_ms, subscription, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MODEL = a_model(
    {
        "n": {"kind": "count", "window": "2d"},
        "users": {"kind": "distinct", "window": "5d", "of": "user"},
        "silent": {"kind": "since_last"},
        "mrr": {"kind": "last", "property": "mrr", "topics": ["billing"]},
    },
    {"busy": {"shape": "ratio", "signal": "n", "of": 2, "weight": 1}},
    dedupe="3d",
)


def lived() -> Line:
    """A week of an account that is heard of on some days, with ticks between."""
    line = Line(Plan(MODEL), clock="event")
    for day in range(7):
        at = NOON + day * DAY
        if day != 3:
            line.send(usage(at=at, id=f"e{day}", user_id=f"u{day % 3}"))
            line.send(usage(at=at, id=f"e{day}", user_id=f"u{day % 3}"))
        if day == 2:
            line.send(subscription(at=at, mrr=7))
        line.settle()
        line.tick(at + 6 * HOUR)
        line.flush()
    return line


def test_an_account_that_was_not_heard_of_for_an_hour_is_bytes_again() -> None:
    line = Line(Plan(MODEL))
    line.send(usage(at=NOON))
    line.settle()
    stored = line.partitions[0].accounts["acme"]
    assert stored.account is not None
    line.tick(NOON + 3 * HOUR)
    while line.partitions[0].compute_next_forecast():
        line.flush()
    line.tick(NOON + 4 * HOUR)
    assert stored.account is None
    assert line.partitions[0].accounts.awake("acme") is None, "only bytes"
    line.send(usage(at=NOON + 5 * HOUR))
    line.settle()
    assert line.partitions[0].accounts["acme"].account is not None
    assert line.answers["acme"].facts["n"] == 2


class HeardLater:
    """A mirror that has heard of the account half an hour later than it knows."""

    def __init__(self) -> None:
        self.times = 0

    def catch_up(self, stored: StoredAccount) -> None:
        self.times += 1
        stored.heard_ms += HOUR // 2


def test_an_account_is_brought_up_to_date_only_when_what_it_knows_was_heard_an_hour_ago() -> None:
    stored, mirror = StoredAccount("acme"), HeardLater()
    stored.begin(fold := ReferenceFold(Plan(MODEL)), fold.begin(NOON))
    stored.heard_ms, stored.mirror = NOON, mirror  # type: ignore[assignment]
    idle = IdleAccounts()
    idle.add(stored)
    assert idle.take_due(NOON + HOUR - 1, 10) == []
    assert idle.take_due(NOON + HOUR, 10) == ["acme"]
    assert mirror.times == 0
    assert stored.idle_from_ms() == NOON + HOUR + HOUR // 2
    idle.add(stored)
    assert idle.take_due(NOON + HOUR + HOUR // 2 - 1, 10) == []


def test_whether_accounts_rest_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    resting = lived()
    monkeypatch.setattr(stored_account_module, "IDLE_AFTER_MS", 1 << 60)
    awake = lived()
    assert resting.bodies == awake.bodies
    assert len(resting.notifications) > 1
    for line in (resting, awake):
        line.restart(0, line.changelogs[0])
        line.tick(NOON + 8 * DAY)
    assert resting.answers["acme"].facts == awake.answers["acme"].facts
    assert resting.answers["acme"].score == awake.answers["acme"].score


def test_of_many_accounts_that_wake_at_once_some_wake_in_each_go_and_in_the_end_all() -> None:
    partition = Partition(0, 1, Plan(MODEL), "wall", epoch=1)
    partition.advance(NOON)
    count = 2 * TURN_ACCOUNTS + 1
    for number in range(count):
        sent = usage(f"a{number}", NOON)
        assert partition.process(0, [Message(number, NOON, b"", sent.value)], FAR_FUTURE_MS) == 1
    goes = 1
    while not partition.advance(NOON + 3 * DAY):
        goes += 1
        partition.take_flush(NOON)
    assert goes > count // TURN_ACCOUNTS
    assert all(stored.timer_ms > NOON + 3 * DAY for stored in partition.accounts.values())
    assert partition.as_of_ms == NOON + 3 * DAY


def test_an_account_is_bytes_again_an_hour_after_its_last_event_though_nothing_of_it_is_written_then() -> None:
    partition = Partition(0, 1, Plan(MODEL), "wall", epoch=1)
    for minute in (0, 30):
        partition.advance(NOON + minute * MINUTE)
        sent = usage("acme", NOON + minute * MINUTE)
        assert partition.process(0, [Message(minute, NOON, b"", sent.value)], FAR_FUTURE_MS) == 1
        partition.confirm(partition.take_flush(NOON + minute * MINUTE))
    stored = partition.accounts["acme"]
    for minute, is_decoded in ((60, True), (89, True), (90, True), (91, False)):
        partition.advance(NOON + minute * MINUTE)
        assert (stored.account is not None) is is_decoded, f"after {minute} minutes"
