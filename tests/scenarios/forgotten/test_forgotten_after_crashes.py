"""Accounts that are forgotten, and a crash or a replaced writer: the end is the same."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.plan.plan import Plan
from streams.changelog import records
from streams.engine.partition.partition import Partition
from tests.builders import an_exception, usage
from tests.scenarios.forgotten.lines import (
    COUNTED,
    DAY,
    LEVEL,
    MINUTE,
    NOON,
    a_line,
    a_policy,
    forget,
    kept,
    level,
    marker,
    outcomes,
)
from tests.support.in_memory_cluster import Line, Reached
from tests.support.worlds.small_heads import shrink_heads


def a_story(line: Line) -> list[Any]:
    """What happens in this order, one after the other."""
    return [
        lambda: line.send(level(90)),
        lambda: line.send(level(5, NOON + DAY)),
        lambda: forget(line, at=NOON + DAY + 1, reason="asked"),
        lambda: line.send(level(70, NOON + DAY + 2)),
        lambda: forget(line, at=NOON + DAY + 3, lift=True),
        lambda: line.send(level(95, NOON + 2 * DAY)),
        lambda: line.send(level(60, NOON + 2 * DAY + 1, account="globex")),
        lambda: line.send(level(4, NOON + 3 * DAY)),
    ]


def ended(line: Line) -> tuple[Any, ...]:
    """All that can be seen in the end."""
    return (
        {name: (answer.score, answer.tier, answer.cases) for name, answer in line.answers.items()},
        line.notifications,
        sorted(line.steps, key=lambda step: (step.account_id, step.sequence)),
        line.dead_letters,
        line.partitions[0].scorer.ledger.total_cents,
        sorted(key for key in kept(line) if key[:1] != records.PARTITION_KEY),
    )


REACHED: tuple[Reached, ...] = ("nothing", "some records", "records", "outputs", "offsets")


@pytest.mark.parametrize("reached", REACHED)
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("flushes", [False, True], ids=["one flush", "a flush each"])
def test_a_crash_anywhere_changes_nothing(reached: Reached, groups: int, flushes: bool) -> None:
    calm = Line(Plan(LEVEL), policy=a_policy())
    for act in a_story(calm):
        act()
    calm.settle()
    assert set(calm.answers) == {"acme", "globex"}
    assert calm.answers["acme"].score == 4.0
    for crash_after in range(1, len(a_story(calm)) + 1):
        for crash_again in (False, True):
            line = Line(Plan(LEVEL), policy=a_policy())
            for number, act in enumerate(a_story(line), 1):
                act()
                line.work()
                if number == crash_after:
                    line.crash(0, reached, groups)
                    if crash_again:
                        line.work()
                        line.crash(0, "some records", 1)
                elif flushes:
                    line.flush()
            line.settle()
            assert ended(line) == ended(calm), (crash_after, crash_again)


def test_what_a_crash_leaves_of_it_is_deleted_and_its_last_outputs_are_sent() -> None:
    line = a_line(level(90), policy=a_policy())
    line.send(level(5, NOON + DAY))
    forget(line, at=NOON + DAY)
    line.work()
    line.crash(0, "records")
    line.settle()
    assert [each.to_tier for each in line.notifications] == ["red"]
    assert [step.step for step in line.steps][-1] == "resolved"
    assert not line.answers
    assert not [key for key in kept(line) if b"acme" in key]


def test_of_an_account_that_was_never_written_the_last_outputs_are_sent_after_a_crash() -> None:
    line = a_line(policy=a_policy())
    line.send(level(90))
    line.send(level(5, NOON + DAY))
    forget(line, at=NOON + DAY)
    line.work()
    line.crash(0, "records")
    line.settle()
    assert [each.to_tier for each in line.notifications] == ["red"]
    assert not line.answers


def test_an_event_that_was_refused_stays_refused_when_a_crash_repeats_it_after_the_lift() -> None:
    line = a_line(level(90))
    forget(line)
    line.settle()
    line.send(level(70, NOON + DAY))
    forget(line, at=NOON + DAY + 1, lift=True)
    line.work()
    line.crash(0, "some records", 1)
    line.settle()
    assert not line.partitions[0].accounts
    assert not line.answers


def test_an_unusable_message_before_it_is_a_dead_letter_also_when_a_crash_repeats_it() -> None:
    line = a_line(level(90))
    line.send_raw(0, b"no json", key=b"acme", timestamp=NOON)
    forget(line)
    line.work()
    line.crash(0, "some records", 1)
    line.settle()
    assert [letter.reason for letter in line.dead_letters] == ["malformed"]


def test_the_first_event_after_a_lift_waits_until_the_marker_is_written() -> None:
    line = a_line(level(90))
    forget(line)
    line.settle()
    forget(line, at=NOON + 2 * MINUTE, lift=True)
    line.send(level(95, NOON + DAY))
    line.work()
    assert marker(line).is_lifted
    assert set(line.partitions[0].accounts) == {"acme"}


def test_a_tile_from_before_that_a_replaced_writer_wrote_late_is_deleted_though_the_account_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink_heads(monkeypatch, with_open_day=True)
    line = a_line(usage("acme", NOON), model=COUNTED)
    tile = records.tile_key("acme", NOON // DAY)
    late = [(tile, kept(line)[tile])]
    forget(line)
    forget(line, at=NOON + 2 * MINUTE, lift=True)
    line.send(usage("acme", NOON + 5 * DAY))
    line.settle()
    line.restart(0, [*line.changelogs[0], *late])
    line.changelogs[0].extend(late)
    line.settle()
    assert line.answers["acme"].score == 1.0
    assert tile not in kept(line)


def test_the_same_message_again_changes_nothing_also_when_the_account_came_back() -> None:
    line = a_line(level(90), an_exception("acme", NOON))
    forget(line)
    forget(line, at=NOON + 2 * MINUTE, lift=True)
    line.send(level(95, NOON + DAY))
    line.settle()
    before = kept(line)
    # Nothing was ever committed, and the partition's own record is lost: all of it is read again.
    line.restart(0, [pair for pair in line.changelogs[0] if pair[0] != records.PARTITION_KEY], committed=False)
    line.settle()
    assert line.answers["acme"].score == 95.0
    assert outcomes(line) == {"replayed": 2}
    assert outcomes(line, "exceptions") == {"replayed": 1}
    assert set(kept(line)) == set(before)


def test_a_replaced_writers_records_that_come_after_the_tombstones_are_not_the_account() -> None:
    line = a_line(level(90), level(80, NOON + 1))
    stale = dict(kept(line))
    forget(line)
    line.settle()
    late = [(key, value) for key, value in stale.items() if key[:1] != records.PARTITION_KEY]
    line.restart(0, [*line.changelogs[0], *late])
    line.send(level(70, NOON + DAY))
    line.settle()
    assert not line.partitions[0].accounts
    assert not line.answers
    line.changelogs[0][:0] = late
    assert not [key for key in kept(line) if b"acme" in key]


def test_a_replaced_writers_record_is_deleted_again_while_the_worker_runs() -> None:
    line = a_line(level(90))
    late = [(key, value) for key, value in kept(line).items() if key[:1] == records.HEAD]
    forget(line)
    line.settle()
    line.changelogs[0].extend(late)
    assert line.partitions[0].write_again([key for key, _ in late]) == 0
    line.settle()
    assert not [key for key in kept(line) if b"acme" in key]


def test_the_answer_of_a_replaced_worker_that_comes_after_the_tombstone_is_removed_again() -> None:
    line = a_line(level(90), level(80, account="globex"))
    forget(line)
    forget(line, account="globex")
    line.settle()
    forget(line, account="globex", at=NOON + 2 * MINUTE, lift=True)
    line.send(level(70, NOON + DAY, account="globex"))
    line.settle()
    late = a_line(level(90)).answers
    line.answers |= late
    assert set(line.answers) == {"acme", "globex"}
    line.partitions[0].remove_answers_again()
    assert line.partitions[0].has_pending
    line.settle()
    assert set(line.answers) == {"globex"}
    forget(line, account="initech", at=NOON + 2 * DAY)
    line.settle()
    line.partitions[0].remove_answers_again()
    assert not line.partitions[0].has_pending


def test_the_marker_of_a_replaced_writer_does_not_take_the_account_of_its_successor() -> None:
    line = a_line(level(90))
    behind = Line(Plan(LEVEL))
    behind.changelogs[0] = list(line.changelogs[0])
    forget(line)
    line.settle()
    late = [pair for pair in line.changelogs[0] if pair[0][:1] == records.FORGOTTEN]
    successor = Partition(0, 1, Plan(LEVEL), "event", epoch=9)
    successor.restore(behind.changelogs[0])
    successor.write_again([records.head_key("acme")])
    log = behind.changelogs[0] + [pair for group in successor.take_flush(0).changelog for pair in group]
    third = Partition(0, 1, Plan(LEVEL), "event", epoch=10)
    third.restore([*log, *late])
    assert set(third.accounts) == {"acme"}
    assert not third.forgotten
