"""One partition of accounts: what it makes of messages, good and bad. Time is in `test_partition_time`, crashes are in
`test_partition_restore`."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from alerts.transition import notification_id
from scoring.model.loader import load_preset, with_resolution
from scoring.plan.plan import Plan
from streams.engine.partition.partition import Partition
from streams.engine.partition.pending_writes import OUTBOX_MAX
from streams.message import DEAD_LETTER_MAX_BYTES, HOPS_HEADER, ORIGIN_HEADER, TIME_HEADER, Message
from streams.topics import TOPICS, partition_of
from tests.builders import Message as ARecord
from tests.builders import Sent, Tables, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level", "label": "level"}, "mrr": {"kind": "last", "property": "mrr"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""The score is what the last event said in `level`: so a test decides every tier."""
USAGE, EXCEPTIONS = TOPICS.index("analytics"), TOPICS.index("exceptions")


def level(value: float, at: int = NOON, account: str = "acme", **fields: Any) -> Sent:
    return usage(account, at, level=value, **fields)


def lined(*events: Sent, model: Any = LEVEL) -> Line:
    line = Line(Plan(model))
    for sent in events:
        line.send(sent)
    line.work()
    return line


# --- events


def test_an_answer_is_sent_for_every_account_that_was_judged() -> None:
    line = lined(level(80), level(30, account="globex"))
    line.flush()
    assert {name: (answer.score, answer.tier) for name, answer in line.answers.items()} == {
        "acme": (80.0, "green"),
        "globex": (30.0, "red"),
    }


def test_what_happened_to_messages_is_counted_by_topic_and_outcome() -> None:
    events = [usage(at=NOON, id="e1"), usage(at=NOON, id="e1"), usage(at=NOON - 2 * HOUR), an_exception(at=NOON)]
    line = lined(*events, usage(at=NOON - 50 * DAY), model=load_preset("default"))
    line.send_raw(USAGE, b"not json")
    line.work()
    assert line.partitions[0].outcomes == {
        ("analytics", "applied"): 1,
        ("analytics", "duplicate"): 1,
        ("analytics", "late"): 1,
        ("analytics", "expired"): 1,
        ("exceptions", "applied"): 1,
        ("analytics", "dead_letter:malformed"): 1,
    }


def test_in_a_model_without_windows_no_event_is_too_old_for_them() -> None:
    assert lined(level(80)).partitions[0].outcomes == {("analytics", "applied"): 1}


def test_a_message_that_comes_again_is_recognised_by_its_offset() -> None:
    line = lined(usage(at=NOON), model=load_preset("default"))
    partition = line.partitions[0]
    again = ARecord(0, NOON, b"acme", usage(at=NOON).value)
    assert partition.process(USAGE, [again, again], FAR_FUTURE_MS) == 2
    assert partition.outcomes["analytics", "replayed"] == 2
    line.flush()
    assert line.answers["acme"].facts["usage_30d"] == 1


def test_offsets_say_what_is_to_be_read_next_by_topic() -> None:
    line = lined(level(80), level(80), ticket(at=NOON))
    assert line.flush().offsets == {"analytics": 2, "tickets": 1}


def test_the_key_of_a_message_is_not_looked_at() -> None:
    line = Line(Plan(LEVEL))
    for key in (None, b"", b"somebody else"):
        line.send_raw(USAGE, level(80).value, key=key)
    line.settle()
    assert set(line.answers) == {"acme"}
    assert line.dead_letters == []


# --- dead letters


def test_a_dead_letter_has_its_reason_its_coordinates_and_its_bytes_and_the_next_event_is_scored() -> None:
    line = lined(level(80))
    line.send_raw(EXCEPTIONS, b"not json", key=b"acme", timestamp=NOON)
    line.send(level(30, at=NOON + 1))
    line.settle()
    (letter,) = line.dead_letters
    assert (letter.reason, letter.topic, letter.partition, letter.offset) == ("malformed", "exceptions", 0, 0)
    assert (letter.timestamp_ms, letter.key, letter.value, letter.value_bytes) == (NOON, b"acme", b"not json", 8)
    assert "not JSON" in letter.words
    assert line.answers["acme"].score == 30.0


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "tombstone"),
        (b"", "malformed"),
        (b"[]", "invalid"),
        (usage(at=NOON, account="x" * 5_000).value, "account_too_long"),
        (usage(at="1970-01-01T00:00Z").value, "bad_timestamp"),
        (usage(at="2126-01-01T00:00Z").value, "in_the_future"),
        (b'{"event": "login", "timestamp": 1772359200}', "no_account"),
        (rb'{"account_id": "a\ud800", "event": "e"}', "malformed"),
    ],
)
def test_bad_input_becomes_a_dead_letter_and_neither_moves_time_nor_makes_an_account(
    value: bytes | None, reason: str
) -> None:
    line = lined(level(80))
    line.send_raw(USAGE, value, timestamp=NOON)
    line.work()
    assert line.partitions[0].as_of_ms == NOON
    assert set(line.partitions[0].accounts) == {"acme"}
    flush = line.flush()
    assert [letter.reason for letter in line.dead_letters] == [reason]
    assert flush.offsets == {"analytics": 2}


def test_of_a_big_value_and_a_big_key_a_dead_letter_holds_the_beginning() -> None:
    line = Line(Plan(LEVEL))
    line.send_raw(USAGE, b"x" * 10_000_000, key=b"k" * 5_000)
    line.settle()
    (letter,) = line.dead_letters
    assert letter.reason == "oversize"
    assert letter.value == b"x" * DEAD_LETTER_MAX_BYTES
    assert letter.value_bytes == 10_000_000
    assert letter.key == b"k" * 1_024
    assert len(msgspec.json.encode(letter)) < 100_000


def test_an_event_with_an_id_of_any_length_is_scored_and_its_state_can_be_written() -> None:
    line = lined(level(80, id="a" * 300_000), level(30, at=NOON + 1, id="b" * 300_000))
    line.settle()
    assert line.answers["acme"].tier == "red"


@pytest.mark.slow
def test_an_account_that_does_something_every_second_of_a_day_can_be_written_at_any_resolution() -> None:
    line = Line(Plan(with_resolution(load_preset("default"), "1s")))
    for number in range(86_400):
        line.send(usage(at=NOON + 12 * HOUR + number * SECOND))
    line.settle()
    assert line.answers["acme"].facts["usage_30d"] == 86_400


def test_an_id_counts_within_its_topic_and_name_and_a_repeat_of_it_does_not() -> None:
    line = lined(
        ticket(at=NOON - DAY, id=17, ticket_id=17),
        ticket(at=NOON - DAY, id=17.0, ticket_id=17),
        ticket(at=NOON - HOUR, id="17", ticket_id=17.0, event="ticket_closed"),
        usage(at=NOON, id=17),
        usage(at=NOON, id=" 17 "),
        usage(at=NOON, id=17, event="export"),
        model=load_preset("default"),
    )
    line.settle()
    facts = line.answers["acme"].facts
    assert (facts["open_tickets"], facts["usage_30d"]) == (0, 2)
    assert line.partitions[0].outcomes["tickets", "duplicate"] == 1
    assert line.partitions[0].outcomes["analytics", "duplicate"] == 1


def test_events_whose_id_is_none_count_each_by_itself() -> None:
    nothings: tuple[Any, ...] = (True, True, "null", "null", {}, 7.5, 7.5)
    line = lined(
        *(usage(at=NOON, id=nothing) for nothing in nothings),
        model=load_preset("default"),
    )
    line.settle()
    assert line.answers["acme"].facts["usage_30d"] == 7
    assert line.plan.decoder.unusable == {"id": 7}


def test_a_value_that_one_signal_cannot_use_costs_no_other_its_event() -> None:
    line = lined(
        usage(at=NOON, event="seat_removed", seats=-1),
        usage(at=NOON, event="forecast_viewed", mrr=-120),
        an_exception(at=NOON, nps=-1),
        subscription(at=NOON, event="payment_failed", mrr=-50),
        usage(at=NOON),
        model=load_preset("default"),
    )
    line.settle()
    assert sum(count for (_, outcome), count in line.partitions[0].outcomes.items() if outcome == "applied") == 5
    facts = line.answers["acme"].facts
    assert (facts["usage_30d"], facts["errors_14d"], facts["failed_payments_45d"]) == (3, 1, 1)
    assert (facts["mrr"], facts["seats"]) == (None, None)
    assert not line.dead_letters


# --- forwards


def test_what_was_sent_on_is_sent_on_again_with_its_first_origin_and_its_first_time() -> None:
    line = Line(Plan(LEVEL), partitions=4)
    home = partition_of(b"acme", 4)
    away = next(number for number in range(4) if number != home)
    headers = ((ORIGIN_HEADER, b"analytics/9/17"), (TIME_HEADER, str(NOON).encode()))
    value = msgspec.json.encode({"account_id": "acme", "event": "x", "properties": {"level": 7}})
    line.send_raw(USAGE, value, to=away, key=b"acme", timestamp=NOON + DAY, headers=headers)
    line.work(away)
    (forward,) = line.flush(away).forwards
    assert (forward.origin, forward.timestamp_ms) == (b"analytics/9/17", NOON)
    line.work(home)
    assert line.partitions[home].as_of_ms == NOON  # an event without a timestamp happened when it first came


def test_a_copy_is_dropped_where_what_it_was_made_of_lies_at_home_by_now() -> None:
    line = Line(Plan(LEVEL), partitions=4)
    home = partition_of(b"acme", 4)
    away = next(number for number in range(4) if number != home)
    event = level(80)
    line.send(event)
    line.send_raw(
        USAGE,
        event.value,
        to=away,
        key=b"acme",
        timestamp=NOON,
        headers=((ORIGIN_HEADER, f"analytics/{home}/0".encode()),),
    )
    line.work(away)
    assert line.flush(away).forwards == []
    assert line.partitions[away].outcomes["analytics", "duplicate"] == 1


@pytest.mark.parametrize("origin", [b"", b"\xff\xfe", b"analytics", b"analytics/x/1", b"a" * 5_000, None])
def test_headers_that_anybody_may_set_are_no_reason_to_fail(origin: bytes | None) -> None:
    line = Line(Plan(LEVEL), partitions=4)
    for number in range(4):
        headers = ((ORIGIN_HEADER, origin), (TIME_HEADER, origin and b"nonsense"), (HOPS_HEADER, origin))
        line.send_raw(USAGE, level(80).value, to=number, key=b"acme", timestamp=NOON, headers=headers)
    line.settle()
    assert list(line.answers) == ["acme"]


def elsewhere(partitions: int = 4) -> tuple[str, int, int]:
    """An account, its own partition and another one."""
    home = partition_of(b"acme", partitions)
    return "acme", home, (home + 1) % partitions


def test_a_message_in_the_wrong_partition_is_sent_on_to_its_accounts_own_and_scored_there() -> None:
    account, home, other = elsewhere()
    line = Line(Plan(LEVEL), partitions=4)
    line.send(level(80, account=account), to=other)
    line.work(other)
    assert line.partitions[other].accounts == {}
    (forward,) = line.flush(other).forwards
    assert (forward.topic, forward.partition, forward.key) == ("analytics", home, b"acme")
    assert forward.timestamp_ms == NOON
    line.settle()
    assert line.answers["acme"].score == 80.0
    assert line.partitions[other].outcomes["analytics", "forwarded"] == 1


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("acme ", "acme"),
        ("acme\u200b", "acme"),
        ("Cafe\u0301", "Caf\u00e9"),
        (42, "42"),
        (42.0, "42"),
        ("\ufeff42", "42"),
    ],
)
def test_a_message_keyed_by_another_spelling_is_sent_on_once_and_no_further(written: object, account: str) -> None:
    partitions = 97  # so many that no spelling has the account's partition by chance
    line = Line(Plan(load_preset("default")), partitions=partitions)
    home = partition_of(account.encode(), partitions)
    keyed = partition_of(str(written).encode(), partitions)
    away = keyed if keyed != home else (home + 1) % partitions
    value = json.dumps({"account_id": written, "event": "login", "timestamp": NOON}).encode()
    line.send_raw(USAGE, value, to=away, key=str(written).encode(), timestamp=NOON)
    line.settle()
    outcomes = {number: dict(each.outcomes) for number, each in enumerate(line.partitions) if each.outcomes}
    assert outcomes == {away: {("analytics", "forwarded"): 1}, home: {("analytics", "applied"): 1}}
    assert line.answers[account].facts["usage_30d"] == 1


def test_a_message_that_is_sent_on_twice_is_one_event() -> None:
    account, home, other = elsewhere()
    line = Line(Plan(load_preset("default")), partitions=4)
    line.send(usage(account, NOON), to=other)
    line.work(other)
    line.crash(other, "outputs")
    line.work(other)
    line.settle()
    assert line.partitions[home].outcomes == {("analytics", "applied"): 1, ("analytics", "duplicate"): 1}
    assert line.answers[account].facts["usage_30d"] == 1


def test_events_without_ids_that_are_sent_on_are_told_apart_by_where_they_came_from() -> None:
    account, _, other = elsewhere()
    line = Line(Plan(load_preset("default")), partitions=4)
    for _ in range(3):
        line.send(usage(account, NOON), to=other)
    line.settle()
    assert line.answers[account].facts["usage_30d"] == 3


def test_an_event_keeps_its_own_id_when_it_is_sent_on() -> None:
    account, home, other = elsewhere()
    line = Line(Plan(load_preset("default")), partitions=4)
    line.send(usage(account, NOON, id="e1"), to=other)
    line.send(usage(account, NOON, id="e1"), to=home)
    line.settle()
    assert line.answers[account].facts["usage_30d"] == 1


def test_a_header_of_somebody_elses_does_not_make_events_one() -> None:
    line = Line(Plan(load_preset("default")))
    for _ in range(2):
        line.send_raw(USAGE, usage(at=NOON).value, headers=(("traceparent", b"00-1"),))
    line.send_raw(USAGE, usage(at=NOON).value, headers=((ORIGIN_HEADER, b""),))
    line.settle()
    assert line.answers["acme"].facts["usage_30d"] == 3


# --- transitions


def test_a_change_of_tier_is_a_notification_at_once_with_the_event_that_caused_it() -> None:
    line = lined(level(80), model=LEVEL)
    assert not line.partitions[0].has_transitions
    line.send(level(30, at=NOON + MINUTE, event="export", id="e9", mrr=500))
    line.work()
    assert line.partitions[0].has_transitions
    line.flush()
    (notification,) = line.notifications
    assert notification.id == notification_id("acme", 1)
    assert (notification.from_tier, notification.to_tier, notification.worse) == ("green", "red", True)
    assert (notification.before, notification.after, notification.change) == (80.0, 30.0, -50.0)
    assert [(delta.component, delta.points) for delta in notification.deltas] == [("level", -50.0)]
    cause = notification.cause
    assert (cause.kind, cause.topic, cause.partition, cause.offset) == ("event", "analytics", 0, 1)
    assert (cause.event, cause.event_id, cause.words) == ("export", "e9", "export: level 30, of 100")
    assert (notification.mrr, notification.as_of, notification.model) == (500.0, "2026-03-01T12:01:00Z", "small")


def test_a_first_tier_is_no_change_and_neither_is_a_move_inside_one() -> None:
    assert lined(level(80), level(99), level(75)).flush().notifications == []


@pytest.mark.parametrize(("minutes", "kind"), [(60, "event"), (61, "late")])
def test_an_event_that_happened_over_an_hour_before_its_judgement_is_a_late_correction(minutes: int, kind: str) -> None:
    line = lined(level(80, NOON - 2 * HOUR), level(80, NOON, account="globex"))
    line.send(level(30, NOON - minutes * MINUTE))
    line.settle()
    (notification,) = line.notifications
    assert (notification.cause.kind, notification.as_of_ms) == (kind, NOON)


def test_transitions_are_numbered_without_a_gap_and_each_begins_where_the_last_one_ended() -> None:
    line = lined(*(level(value, NOON + step) for step, value in enumerate((80, 60, 20, 90, 91, 50))))
    line.settle()
    told = [(each.sequence, each.from_tier, each.to_tier) for each in line.notifications]
    assert told == [(1, "green", "yellow"), (2, "yellow", "red"), (3, "red", "green"), (4, "green", "yellow")]
    assert line.partitions[0].scorer.transitions["green", "yellow", "event"] == 2


def test_a_time_without_any_evidence_makes_no_gap_in_the_tiers_that_are_told() -> None:
    signals: Tables = {
        "usage": {"kind": "count", "window": "1d"},
        "errors": {"kind": "count", "window": "1d", "topics": ["exceptions"]},
    }
    line = [[0, 100], [100, 0]]
    friction = {"shape": "linear", "signal": "errors", "per": "usage", "points": line, "weight": 1}
    model = a_model(signals, {"friction": friction})
    run = lined(usage(at=NOON), model=model)
    for day in (3, 6):  # after each, nothing is known any more
        run.send(an_exception(at=NOON + day * DAY))
        run.send(usage(at=NOON + day * DAY + 1))
        for number in range(20 if day == 6 else 0):
            run.send(usage(at=NOON + day * DAY + 2 + number))
    run.settle()
    told = [(each.from_tier, each.to_tier) for each in run.notifications]
    assert told == [("green", "red"), ("red", "yellow"), ("yellow", "green")]


def test_with_a_full_outbox_the_partition_asks_for_a_flush_before_it_goes_on() -> None:
    partition = Partition(0, 1, Plan(LEVEL), "event", epoch=1)
    messages: list[Message] = [
        ARecord(number, NOON, b"acme", level(30 + 50 * (number % 2), NOON + number).value) for number in range(40)
    ]
    taken = partition.process(USAGE, messages, FAR_FUTURE_MS)
    assert partition.is_backpressured
    assert taken == 1 + OUTBOX_MAX
    assert partition.process(USAGE, messages[taken:], FAR_FUTURE_MS) == 0
    flush = partition.take_flush(FAR_FUTURE_MS)
    assert len(flush.notifications) == OUTBOX_MAX
    assert flush.offsets == {"analytics": taken}
    assert partition.process(USAGE, messages[taken:], FAR_FUTURE_MS) == OUTBOX_MAX


def test_subscriptions_do_not_count_as_use() -> None:
    line = lined(subscription(at=NOON, mrr=5), model=load_preset("default"))
    line.flush()
    assert line.answers["acme"].facts["usage_30d"] == 0
