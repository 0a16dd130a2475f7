"""Accounts that are forgotten or come again: what is left of them."""

from __future__ import annotations

from typing import Any

import pytest

from streams.changelog import records
from streams.control.messages import CaseCommand, Forget
from streams.topics import CONTROL, partition_of
from tests.builders import usage
from tests.scenarios.forgotten.lines import COUNTED, DAY, NOON, a_line, a_policy, forget, kept, level, marker, outcomes

# --- forgotten


def test_nothing_is_left_of_a_forgotten_account_but_a_marker_without_its_id() -> None:
    line = a_line(level(80, mrr=100), level(60, account="globex", mrr=7))
    assert line.partitions[0].scorer.ledger.total_cents == 10_700
    forget(line, reason="asked by mail")
    line.settle()
    assert set(line.partitions[0].accounts) == {"globex"} == set(line.answers)
    assert line.partitions[0].scorer.ledger.total_cents == 700
    assert not [key for key, value in kept(line).items() if b"acme" in key or b"acme" in value]
    assert marker(line).account_id == ""
    assert marker(line).applied_offsets[0] == 1


def test_what_still_arrives_is_counted_and_makes_no_account_and_no_dead_letter() -> None:
    line = a_line(level(80))
    forget(line)
    line.send(level(10, NOON + DAY))
    line.send_raw(0, b"no json", key=b"acme", timestamp=NOON + DAY)
    line.control(CaseCommand(instant_ms=NOON + DAY, account_id="acme", command="note", author="ann", reason="x"), 0)
    line.settle()
    assert not line.partitions[0].accounts
    assert not line.answers
    assert not line.dead_letters
    assert outcomes(line)["forgotten"] == 2
    assert outcomes(line, CONTROL)["forgotten"] == 1


def test_an_unknown_account_is_refused_from_then_on() -> None:
    line = a_line()
    forget(line)
    line.send(level(10, NOON + DAY))
    line.settle()
    assert not line.partitions[0].accounts
    assert outcomes(line) == {"forgotten": 1}


def test_late_events_that_lie_before_it_in_the_log_vanish_and_later_ones_are_refused_whatever_they_say() -> None:
    line = a_line()
    line.send(level(80))
    forget(line)
    line.send(level(90, NOON - DAY))
    line.settle()
    assert not line.partitions[0].accounts
    assert outcomes(line) == {"applied": 1, "forgotten": 1}


def test_timers_forecasts_and_walks_know_it_no_more() -> None:
    line = a_line(*(usage(at=NOON + number) for number in range(20)), model=COUNTED)
    forget(line)
    line.settle()
    line.tick(NOON + 90 * DAY)
    assert not line.answers
    assert not line.partitions[0].compute_next_forecast()


def test_open_cases_are_resolved_by_the_author_and_its_last_notification_is_sent() -> None:
    line = a_line(level(90), level(90, NOON + DAY), policy=a_policy())
    line.send(level(5, NOON + 2 * DAY))
    forget(line, at=NOON + 2 * DAY, reason="asked by mail")
    line.settle()
    assert [each.to_tier for each in line.notifications] == ["red"]
    opened = [step.case_id for step in line.steps if step.step == "opened"]
    ends = [step for step in line.steps if step.step == "resolved"]
    assert opened
    assert [step.case_id for step in ends] == opened
    assert {(step.by, step.note, step.outcome) for step in ends} == {("ann", "forgotten: asked by mail", "sent")}
    assert not any(line.partitions[0].scorer.ledger.open_cases.values())
    assert not line.partitions[0].idle.waiting
    assert not marker(line).outbox
    assert not marker(line).alerts


def test_a_flush_that_is_prepared_in_parts_is_not_mixed_with_forgetting() -> None:
    line = a_line()
    line.send(level(90))
    line.work()
    line.partitions[0].prepare_part(line.now_ms)
    forget(line)
    assert not line.partitions[0].is_backpressured
    assert line.step()
    assert not line.partitions[0].forgotten.of("acme")
    line.settle()
    assert not line.answers
    assert not line.partitions[0].accounts


# --- comes again


def test_an_account_may_come_again_as_new_and_its_numbers_go_on() -> None:
    line = a_line(level(90), level(5, NOON + DAY), policy=a_policy())
    forget(line, at=NOON + DAY)
    line.send(level(70, NOON + DAY + 1))
    forget(line, at=NOON + DAY + 2, lift=True)
    line.send(level(95, NOON + 2 * DAY))
    line.send(level(4, NOON + 3 * DAY))
    line.settle()
    assert outcomes(line) == {"applied": 4, "forgotten": 1}
    assert line.answers["acme"].score == 4.0
    assert line.answers["acme"].last_transition is not None
    assert [each.sequence for each in line.notifications] == [1, 2]
    assert [step.sequence for step in line.steps] == list(range(1, len(line.steps) + 1))
    cases = [step.case_id for step in line.steps if step.step == "opened"]
    assert len(cases) == len(set(cases)) >= 2


def test_lifting_what_was_never_forgotten_changes_nothing() -> None:
    line = a_line(level(80))
    before = kept(line)[records.head_key("acme")]
    forget(line, lift=True)
    line.settle()
    assert kept(line)[records.head_key("acme")] == before
    assert not line.partitions[0].forgotten


def test_it_may_be_forgotten_come_again_and_be_forgotten_again() -> None:
    line = a_line()
    for number in range(3):
        line.send(level(50, NOON + number * DAY))
        forget(line, at=NOON + number * DAY + 1)
        line.send(level(51, NOON + number * DAY + 2))
        forget(line, at=NOON + number * DAY + 3, lift=True)
    line.send(level(52, NOON + 3 * DAY))
    line.settle()
    assert line.answers["acme"].score == 52.0
    assert outcomes(line) == {"applied": 4, "forgotten": 3}


# --- messages


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"account_id": " acme"}, "names no account"),
        ({"author": " "}, "an author"),
        ({"into": "acme"}, "is the same"),
        ({"into": "globex", "lift": True}, "merged into no other"),
        ({"reason": "x" * 501}, "at most 500"),
    ],
)
def test_an_invalid_message_is_a_dead_letter_and_changes_nothing(fields: dict[str, Any], why: str) -> None:
    line = a_line(level(80))
    line.control(Forget(**{"instant_ms": NOON, "account_id": "acme", "author": "ann", **fields}), 0)
    line.settle()
    assert set(line.partitions[0].accounts) == {"acme"}
    (letter,) = line.dead_letters
    assert letter.reason == "invalid"
    assert why in letter.words


def test_a_message_in_another_accounts_partition_says_which_it_is() -> None:
    line = a_line(partitions=4)
    home = partition_of(b"acme", 4)
    line.control(Forget(instant_ms=NOON, account_id="acme", author="ann"), (home + 1) % 4)
    line.settle()
    (letter,) = line.dead_letters
    assert f"partition {home}" in letter.words
