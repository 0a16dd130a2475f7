"""What a partition tells the world between transitions: answers, gauges; and what control messages make it do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scoring.plan.plan import Plan
from streams.control.messages import Tick, encode_control
from streams.engine.partition.partition import Partition
from streams.topics import CONTROL_INDEX
from tests.builders import Message, Sent, Tables, a_model, at_ms, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE = 60_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level"}, "mrr": {"kind": "last", "property": "mrr"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)


def level(value: float, at: int = NOON, account: str = "acme", **fields: Any) -> Sent:
    return usage(account, at, level=value, **fields)


def lined(*events: Sent) -> Line:
    line = Line(Plan(LEVEL))
    for sent in events:
        line.send(sent)
    line.work()
    return line


# --- answers


def answers_of(partition: Partition, now_ms: int) -> list[Any]:
    return [msgspec.json.decode(body or b"") for _, body in partition.take_flush(now_ms).scores]


def test_an_account_is_answered_at_most_once_a_second_with_what_is_current_then() -> None:
    line = lined(level(80))
    partition = line.partitions[0]
    assert [answer["score"] for answer in answers_of(partition, 10_000)] == [80.0]
    line.send(level(81, NOON + 1))
    line.work()
    assert answers_of(partition, 10_999) == []
    line.send(level(82, NOON + 2))
    line.work()
    (answer,) = answers_of(partition, 11_000)
    assert (answer["score"], answer["version"]) == (82.0, 3)
    assert answers_of(partition, 12_000) == []


def test_with_a_change_of_tier_the_answer_goes_out_at_once() -> None:
    line = lined(level(80))
    answers_of(line.partitions[0], 10_000)
    line.send(level(30, NOON + 1))
    line.work()
    assert [answer["tier"] for answer in answers_of(line.partitions[0], 10_001)] == ["red"]


def test_an_answer_that_says_nothing_new_is_not_sent() -> None:
    line = lined(level(80))
    line.flush()
    line.send(level(80, NOON + 5 * MINUTE))
    line.work()
    flush = line.flush()
    assert flush.scores == []
    assert flush.changelog[0], "though the state was written"


def test_versions_only_grow_and_the_generation_is_the_fence() -> None:
    line = lined(level(80))
    line.flush()
    first = line.answers["acme"]
    line.crash()
    line.send(level(70, NOON + 1))
    line.settle()
    second = line.answers["acme"]
    assert (second.generation, second.version) > (first.generation, first.version)
    assert second.generation > first.generation


# --- gauges


def test_accounts_and_their_mrr_are_counted_by_tier_as_they_move() -> None:
    line = lined(level(80, mrr=100), level(30, account="globex", mrr=70), level(90, account="tiny"))
    ledger = line.partitions[0].scorer.ledger
    assert (ledger.tier_accounts, ledger.tier_cents) == ([1, 0, 2], [7_000, 0, 10_000])
    line.send(level(50, NOON + 1, mrr=110))
    line.work()
    assert (ledger.tier_accounts, ledger.tier_cents) == ([1, 1, 1], [7_000, 11_000, 0])
    line.flush()
    line.crash()
    restored = line.partitions[0].scorer
    assert (restored.ledger.tier_accounts, restored.ledger.tier_cents) == ([1, 1, 1], [7_000, 11_000, 0])


def test_an_account_of_which_nothing_is_known_any_more_stands_in_no_tier_before_and_after_a_crash() -> None:
    share = {"shape": "ratio", "signal": "usage", "of": "before", "weight": 1}
    counts: Tables = {
        "usage": {"kind": "count", "window": "1d"},
        "before": {"kind": "count", "window": "1d", "prior": True},
    }
    line = Line(Plan(a_model(counts, {"share": share})))
    line.send(usage(at=NOON))
    for days in (1, 2):  # the event is in the prior window, then in none
        line.tick(NOON + days * 86_400_000)
        line.settle()
    assert line.answers["acme"].score is None
    assert line.partitions[0].scorer.ledger.tier_accounts == [0, 0, 0]
    line.crash()
    assert line.partitions[0].scorer.ledger.tier_accounts == [0, 0, 0]


# --- control messages


@pytest.mark.parametrize("value", [b"", b"{}", b"tick", b'{"type": "reset"}', b'{"type": "tick"}', b"x" * 1_000_000])
def test_a_control_message_that_is_none_is_a_dead_letter(value: bytes) -> None:
    line = Line(Plan(LEVEL))
    line.send_raw(CONTROL_INDEX, value)
    line.settle()
    assert [(letter.reason, letter.topic) for letter in line.dead_letters] == [("malformed", "control")]


def test_a_control_message_cannot_move_time_ahead_of_the_wall() -> None:
    line = Line(Plan(LEVEL), now_ms=NOON)
    line.control(Tick(instant_ms=NOON + 300_001), 0)
    line.work()
    assert line.partitions[0].as_of_ms == 0
    line.control(Tick(instant_ms=NOON + 300_000), 0)
    line.settle()
    assert line.partitions[0].as_of_ms == NOON + 300_000
    assert [letter.reason for letter in line.dead_letters] == ["in_the_future"]


def test_a_control_message_that_comes_again_is_not_done_again() -> None:
    line = lined(level(80))
    partition = line.partitions[0]
    tick = Message(0, NOON, None, encode_control(Tick(instant_ms=NOON, declare=True)))
    assert partition.process(CONTROL_INDEX, [tick], FAR_FUTURE_MS) == 1
    line.work()
    line.flush()
    assert partition.process(CONTROL_INDEX, [tick], FAR_FUTURE_MS) == 1
    assert not partition.has_pending
