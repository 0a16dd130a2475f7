"""Accounts that are forgotten, come again, or are merged into others: what is left of them, and after which crash."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from alerts.lifecycle.loader import load_shipped
from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.changelog.record_types import ForgottenRecord
from streams.control.messages import CaseCommand, Forget
from streams.engine.partition.partition import Partition
from streams.topics import CONTROL, partition_of
from tests.builders import Sent, a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, DAY = 60_000, 86_400_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level", "label": "level"}, "mrr": {"kind": "last", "property": "mrr"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
COUNTED = a_model(
    {"use": {"kind": "count", "window": "30d", "topics": ["analytics"], "label": "use"}},
    {"use": {"shape": "ratio", "signal": "use", "of": 100, "weight": 1}},
)
"""The score is the number of events: so a lost or doubled one shows."""
_ids = itertools.count()


def level(value: float, at: int = NOON, account: str = "acme", **fields: Any) -> Sent:
    return usage(account, at, level=value, **fields)


def a_line(*events: Sent, partitions: int = 1, model: Any = LEVEL, policy: Policy | None = None) -> Line:
    line = Line(Plan(model), partitions, policy=policy)
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def forget(line: Line, account: str = "acme", at: int = NOON + MINUTE, **fields: Any) -> None:
    message = Forget(instant_ms=at, account_id=account, author="ann", **fields)
    line.control(message, partition_of(account.encode(), len(line.partitions)))


def kept(line: Line, number: int = 0) -> dict[bytes, bytes]:
    """What compaction leaves of a changelog."""
    return {key: value for key, value in dict(line.changelogs[number]).items() if value is not None}


def marker(line: Line, account: str = "acme") -> ForgottenRecord:
    number = partition_of(account.encode(), len(line.partitions))
    return records.decode_forgotten(kept(line, number)[records.forgotten_key(records.print_of(account))])


def outcomes(line: Line, topic: str = "analytics") -> dict[str, int]:
    counts: dict[str, int] = {}
    for partition in line.partitions:
        for (of, outcome), count in partition.outcomes.items():
            if of == topic:
                counts[outcome] = counts.get(outcome, 0) + count
    return counts


def a_policy(model: Any = LEVEL) -> Policy:
    return Policy(load_shipped("default", model).rules, model.tiers)


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
    assert not line.partitions[0].idle
    assert not marker(line).outbox
    assert not marker(line).alerts


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


# --- merged


@pytest.mark.parametrize("partitions", [1, 4])
def test_what_arrives_for_a_merged_account_counts_for_the_other_one_once(partitions: int) -> None:
    line = a_line(usage("acme", NOON), usage("globex", NOON), partitions=partitions, model=COUNTED)
    forget(line, into="globex")
    line.send(usage("acme", NOON + DAY))
    line.send(usage("acme", NOON + DAY, id="e1"))
    line.send(usage("acme", NOON + DAY, id="e1"))
    line.settle()
    assert set(line.answers) == {"globex"}
    assert line.answers["globex"].score == 3.0
    assert outcomes(line) == {"applied": 4, "forwarded": 3, "duplicate": 1}


def test_a_group_that_is_sent_on_is_renamed_with_its_account() -> None:
    line = a_line(level(80))
    forget(line, into="globex")
    properties = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "scale"}}
    body = {"event": "$groupidentify", "account_id": "acme", "timestamp": NOON + DAY, "properties": properties}
    line.send(Sent("analytics", body))
    line.settle()
    last = [message.value or b"" for topic, message in line.messages(0) if topic == 0][-1]
    assert b'"$group_key":"globex"' in last


def test_a_chain_of_merged_accounts_is_followed() -> None:
    line = a_line(usage("acme", NOON), partitions=4, model=COUNTED)
    forget(line, into="globex")
    forget(line, account="globex", into="initech")
    line.settle()
    line.send(usage("acme", NOON + DAY))
    line.settle()
    assert {name: answer.score for name, answer in line.answers.items()} == {"initech": 1.0}


def test_a_circle_of_merged_accounts_ends() -> None:
    line = a_line(partitions=4, model=COUNTED)
    forget(line, into="globex")
    forget(line, account="globex", into="acme")
    line.settle()
    line.send(usage("acme", NOON + DAY))
    line.settle()
    assert not line.answers
    assert outcomes(line) == {"forwarded": 8, "forgotten": 1}


# --- crashes


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


def test_a_tile_from_before_that_a_replaced_writer_wrote_late_is_deleted_though_the_account_is_back() -> None:
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
