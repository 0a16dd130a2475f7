"""A partition's time: wakes of silent accounts, ticks, and cohort norms."""

from __future__ import annotations

import pytest

from alerts.notification import Notification
from scoring.model.loader import load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.control.messages import NormDue, NormPart, Tick
from streams.engine.partition.partition import Partition
from tests.builders import Sent, a_model, an_exception, at_ms, ticket, usage
from tests.oracle import verdicts
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DEFAULT = load_preset("default")
COHORT = load_preset("usage-trend-friction")
SILENCE = a_model(
    {
        "usage_30d": {"kind": "count", "window": "30d"},
        "usage_peak": {"kind": "peak"},
        "usage_14d": {"kind": "count", "window": "14d"},
        "usage_prior14d": {"kind": "count", "window": "14d", "prior": True},
        "days_since_usage": {"kind": "since_last"},
        "tickets_14d": {"kind": "count", "window": "14d", "topics": ["tickets"]},
    },
    {
        "usage": {"shape": "vs_own_peak", "signal": "usage_30d", "peak": "usage_peak", "weight": 25},
        "trend": {"shape": "trend", "signal": "usage_14d", "prior": "usage_prior14d", "full": 0.5, "weight": 15},
        "recency": {
            "shape": "linear",
            "signal": "days_since_usage",
            "points": [[1, 100], [7, 50], [14, 0]],
            "weight": 15,
        },
        "support": {"shape": "linear", "signal": "tickets_14d", "points": [[0, 100], [3, 0]], "weight": 10},
    },
    tiers={"red": 0, "yellow": 45, "green": 75},
    floors={
        "silent": {"label": "Silent", "when": [{"signal": "days_since_usage", "at_least": 30}], "to": 40},
    },
)
"""All that time alone moves: windows, their trend, days of silence, tickets that leave, and a floor."""


def lined(*events: Sent, model: Model = DEFAULT, partitions: int = 1) -> Line:
    line = Line(Plan(model), partitions)
    for sent in events:
        line.send(sent)
    for number in range(partitions):
        line.work(number)
    return line


def busy(account: str = "acme", days: int = 60) -> list[Sent]:
    """Two product events a day up to noon."""
    return [usage(account, NOON - day * DAY - step * MINUTE) for day in range(days, -1, -1) for step in (7, 0)]


# --- silence


@pytest.mark.slow
def test_a_silent_account_falls_through_its_tiers_at_the_very_hours_at_which_the_batch_answer_does() -> None:
    events = [*busy(days=29), ticket(at=NOON)]
    fallen = falls_in_silence(SILENCE, events)
    expected, tier = [], "green"
    for hour in range(24 * 35 + 1):
        now = verdicts(SILENCE, events, NOON + hour * HOUR)["acme"]
        if now.tier != tier:
            expected.append((tier, now.tier, NOON + hour * HOUR, round(now.score or 0.0, 2)))
            tier = now.tier
    assert [(each.from_tier, each.to_tier, each.as_of_ms, each.after) for each in fallen] == expected
    assert [each[1] for each in expected[:2]] == ["yellow", "red"]
    assert {each.cause.kind for each in fallen} == {"expiry"}


def test_under_the_default_model_too_the_batch_answer_of_each_hour_of_a_fall_is_another_than_an_hour_before() -> None:
    events = [*busy(days=120), ticket(at=NOON)]
    fallen = falls_in_silence(DEFAULT, events)
    assert [(each.from_tier, each.to_tier) for each in fallen] == [("green", "yellow"), ("yellow", "red")]
    for each in fallen:
        before, at = (verdicts(DEFAULT, events, instant)["acme"] for instant in (each.as_of_ms - 1, each.as_of_ms))
        assert (before.tier, at.tier, round(at.score or 0.0, 2)) == (each.from_tier, each.to_tier, each.after)


def falls_in_silence(model: Model, events: list[Sent]) -> list[Notification]:
    """What is told of acme in the 35 days after noon, in which it does nothing."""
    line = lined(*events, model=model)
    line.tick(NOON + 35 * DAY, declare=False)
    line.flush()
    return [each for each in line.notifications if each.as_of_ms > NOON]


def test_an_expiry_names_what_left_and_of_which_day() -> None:
    model = a_model({"usage": {"kind": "count", "window": "30d", "label": "product events"}})
    line = lined(*[usage(at=NOON)] * 412, usage(at=NOON + 3 * HOUR), model=model)
    line.tick(NOON + 40 * DAY, declare=False)
    line.flush()
    notification = line.notifications[-1]
    assert notification.cause.words == "412 product events of 1 March left the 30-day window"
    assert (notification.cause.kind, notification.cause.topic, notification.cause.offset) == ("expiry", "", -1)
    assert notification.as_of == "2026-03-31T12:00:00Z"


def test_silence_itself_is_told_in_days() -> None:
    signals = {"silence": {"kind": "since_last", "label": "login"}}
    fall = {"shape": "linear", "signal": "silence", "points": [[13, 100], [14, 0]], "weight": 1}
    line = lined(usage(at=NOON), model=a_model(signals, {"recency": fall}))
    line.tick(NOON + 14 * DAY - 1, declare=False)
    assert not line.partitions[0].has_pending
    line.tick(NOON + 14 * DAY, declare=False)
    line.flush()
    (notification,) = line.notifications
    assert (notification.cause.words, notification.as_of_ms) == ("no login in 14 days", NOON + 14 * DAY)


def test_after_a_late_event_the_days_of_silence_are_full_at_its_own_time_of_day() -> None:
    """
    noon         +6 d -2 h    +9 d +2 h          +10 d -2 h            +10 d
    first event  late event   the late one comes  4 days of silence    when the first one's tenth day is full
    """
    fall = {"shape": "linear", "signal": "silence", "points": [[3, 100], [4, 0]], "weight": 1}
    line = lined(usage(at=NOON), model=a_model({"silence": {"kind": "since_last"}}, {"recency": fall}))
    line.tick(NOON + 9 * DAY + 2 * HOUR, declare=False)
    line.send(usage(at=NOON + 6 * DAY - 2 * HOUR))
    line.tick(NOON + 10 * DAY - HOUR, declare=False)
    line.flush()
    assert [each.to_tier for each in line.notifications] == ["red", "green", "red"]
    assert line.notifications[-1].as_of_ms == NOON + 10 * DAY - 2 * HOUR


@pytest.mark.parametrize("step", [HOUR, 5 * HOUR, DAY, 45 * DAY])
def test_however_time_is_cut_into_ticks_the_same_is_told_of_the_same_instants(step: int) -> None:
    events = busy(days=40)
    at_once, in_steps = lined(*events), lined(*events)
    at_once.tick(NOON + 45 * DAY, declare=False)
    for instant in range(NOON + step, NOON + 45 * DAY + 1, step):
        in_steps.tick(instant, declare=False)
    for line in (at_once, in_steps):
        line.flush()
    assert in_steps.notifications == at_once.notifications


def test_another_accounts_event_is_enough_to_notice_a_silence() -> None:
    line = lined(*busy(days=120), usage("globex", NOON + 45 * DAY))
    line.flush()
    told = [each.to_tier for each in line.notifications if each.account_id == "acme" and each.as_of_ms > NOON]
    assert told == ["yellow", "red"]


def test_by_the_wall_clock_time_moves_when_it_is_told_to() -> None:
    line = Line(Plan(DEFAULT), clock="wall", now_ms=NOON + HOUR)
    partition = line.partitions[0]
    for sent in busy(days=40):
        assert partition.advance(int(sent.body["timestamp"]))
        line.send(sent)
        line.work()
    line.flush()
    line.advance(NOON + 45 * DAY)
    assert partition.as_of_ms == NOON + 45 * DAY
    line.flush()
    by_events = lined(*busy(days=40))
    by_events.tick(NOON + 45 * DAY, declare=False)
    by_events.flush()
    assert line.notifications == by_events.notifications


def test_advancing_stops_at_a_full_outbox_and_goes_on_after_the_flush() -> None:
    line = lined(*(event for number in range(3) for event in busy(f"account {number}", days=40)))
    partition = line.partitions[0]
    line.flush()
    partition.pending.is_full = True
    assert not partition.advance(NOON + 45 * DAY)
    assert partition.as_of_ms == NOON
    line.flush()
    line.advance(NOON + 45 * DAY)
    assert partition.as_of_ms == NOON + 45 * DAY


# --- ticks


def test_a_tick_moves_time_and_a_declared_one_has_every_account_answered_for_that_instant() -> None:
    line = lined(usage(at=NOON), usage("globex", NOON))
    line.flush()
    line.answers.clear()
    line.tick(NOON + 10 * MINUTE, declare=False)
    assert line.partitions[0].as_of_ms == NOON + 10 * MINUTE
    assert line.answers == {}
    line.tick(NOON + 20 * MINUTE)
    assert {name: answer.as_of_ms for name, answer in line.answers.items()} == {
        "acme": NOON + 20 * MINUTE,
        "globex": NOON + 20 * MINUTE,
    }


def test_a_tick_of_the_past_changes_nothing() -> None:
    line = lined(usage(at=NOON))
    line.tick(NOON - 40 * DAY)
    assert line.partitions[0].as_of_ms == NOON
    assert line.answers["acme"].as_of_ms == NOON


# --- norms


def cohort(partitions: int) -> Line:
    accounts = [(f"account {number}", number) for number in range(1, 13)]
    events = [usage(name, NOON - day * DAY) for name, number in accounts for day in range(number)]
    events += [an_exception(name, NOON) for name, number in accounts for _ in range(number % 5)]
    return lined(*sorted(events, key=lambda s: int(s.body["timestamp"])), model=COHORT, partitions=partitions)


def test_the_norm_of_one_partition_of_four_and_of_twelve_is_the_same_and_so_are_answers_and_notifications() -> None:
    lines = {partitions: cohort(partitions) for partitions in (1, 4, 12)}
    for partitions, line in lines.items():
        for hour in (1, 24 * 9):
            line.tick(NOON + hour * HOUR)
        norm = {"usage_30d": 12.0, "errors_30d": 4.0}
        assert [partition.scorer.norm for partition in line.partitions] == [norm] * partitions
    assert len({partition.number for partition in lines[12].partitions if partition.accounts}) > 4
    said = [
        (
            {name: (each.score, each.facts, each.norm_as_of) for name, each in line.answers.items()},
            sorted((each.account_id, each.sequence, each.cause, each.deltas) for each in line.notifications),
        )
        for line in lines.values()
    ]
    assert said[0] == said[1] == said[2]
    assert all(score is not None for score, _, _ in said[0][0].values())
    assert {cause.kind for _, _, cause, _ in said[0][1]} >= {"expiry"}


def test_before_there_is_a_norm_a_model_that_needs_one_has_no_score() -> None:
    line = cohort(1)
    line.flush()
    assert {answer.score for answer in line.answers.values()} == {None}
    assert line.notifications == []


def test_a_declared_instant_waits_for_its_norm_and_takes_only_control_meanwhile() -> None:
    line = cohort(4)
    for number in range(4):
        line.control(Tick(instant_ms=NOON + HOUR, declare=True), number)
        line.work(number)
    assert [partition.awaiting_norm_ms for partition in line.partitions] == [NOON + HOUR] * 4
    line.settle()
    assert [partition.awaiting_norm_ms for partition in line.partitions] == [0] * 4


def test_without_norms_in_the_model_nothing_is_waited_for() -> None:
    line = lined(usage(at=NOON), model=a_model({"usage": {"kind": "count", "window": "30d"}}))
    line.control(Tick(instant_ms=NOON + HOUR, declare=True), 0)
    line.work()
    assert line.partitions[0].awaiting_norm_ms == 0


def test_by_the_wall_clock_nothing_waits_and_the_norm_comes_when_all_parts_are_in() -> None:
    line = Line(Plan(COHORT), partitions=2, clock="wall")
    for partition in line.partitions:
        partition.advance(NOON)
    line.partitions[0].ask_for_norm(NOON)
    line.flush(0)
    line.work(0)
    line.flush(0)
    assert line.partitions[0].scorer.norm_as_of_ms == 0, "one partition of two has not said its part"
    line.settle()
    assert [partition.scorer.norm_as_of_ms for partition in line.partitions] == [NOON, NOON]


def test_a_part_that_is_told_twice_counts_once_and_an_older_norm_changes_nothing() -> None:
    line = cohort(1)
    line.tick(NOON + HOUR)
    before = line.answers
    line.control(NormPart(instant_ms=NOON + HOUR, partition=0, values={"usage_30d": 99.0, "errors_30d": 99.0}), 0)
    line.settle()
    assert line.partitions[0].scorer.norm == {"usage_30d": 12.0, "errors_30d": 4.0}
    assert line.answers == before


def test_a_norm_that_moves_an_account_into_another_tier_is_the_cause_and_says_so() -> None:
    line = lined(*busy(), model=COHORT)
    line.tick(NOON + MINUTE)
    before = line.answers["acme"].tier
    for number in range(1_000):
        line.send(usage("globex", NOON + 2 * MINUTE + number))
    line.work()
    line.control(NormDue(instant_ms=NOON + 5 * MINUTE), 0)
    line.settle()
    (notification,) = [each for each in line.notifications if each.account_id == "acme" and each.cause.kind == "norm"]
    assert notification.from_tier == before
    assert "the cohort moved" in notification.cause.words
    assert "1,000" in notification.cause.words


def test_ticks_that_wait_together_in_the_log_do_not_overtake_the_events_between_them() -> None:
    def told(*, settle_each: bool) -> list[Notification]:
        line = lined(*busy(), *busy("globex"), model=COHORT)
        steps: tuple[Tick | Sent, ...] = (
            Tick(instant_ms=NOON + MINUTE, declare=True),
            *[an_exception(at=NOON + 2 * MINUTE)] * 3,
            Tick(instant_ms=NOON + 20 * DAY, declare=True),
        )
        for step in steps:
            if isinstance(step, Tick):
                line.control(step, 0)
            else:
                line.send(step)
            if settle_each:
                line.settle()
        line.settle()
        return [each for each in line.notifications if each.account_id == "acme"]

    assert told(settle_each=False) == told(settle_each=True)


def test_a_partition_without_accounts_still_says_its_part() -> None:
    line = lined(usage("acme", NOON), model=COHORT, partitions=4)
    line.tick(NOON + MINUTE)
    assert line.answers["acme"].score == pytest.approx(70 + 1)
    assert {partition.scorer.norm_as_of_ms for partition in line.partitions} == {NOON + MINUTE}


def test_a_new_partition_is_at_no_instant() -> None:
    partition = Partition(0, 1, Plan(DEFAULT), "event", epoch=1)
    assert partition.advance(0)
    assert not partition.has_pending
    assert partition.take_flush(FAR_FUTURE_MS).offsets == {}
