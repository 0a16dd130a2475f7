"""Scores that people set: what they do to an account, and that neither crashes nor clocks change it."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.plan.plan import Plan
from scoring.result import Override
from streams.clock_kind import ClockKind
from streams.control.messages import EndOverride, SetOverride, Tick, encode_control
from streams.control.overrides import AUTHOR_MAX_CHARACTERS, REASON_MAX_CHARACTERS
from streams.engine.decoded_account import REFUSED_MAX
from streams.topics import CONTROL_INDEX
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
UNTIL = NOON + 10 * DAY + 7
"""No bucket begins there: an override ends to the millisecond."""
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level"}, "usage": {"kind": "count", "window": "1d"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""The score is what the last event said in `level`: so a test decides every tier."""
COHORT = a_model(
    {"usage": {"kind": "count", "window": "30d"}}, {"share": {"shape": "share_of_max", "signal": "usage", "weight": 1}}
)
CLOCKS: tuple[ClockKind, ...] = ("event", "wall")
CRASHES: tuple[Reached, ...] = ("nothing", "some records", "records", "outputs", "offsets")


def level(value: float, at: int = NOON, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


def an_override(score: float = 20, at: int = NOON + MINUTE, **changes: Any) -> SetOverride:
    fields: dict[str, Any] = {"account_id": "acme", "reason": "they gave notice", "author": "ann", "until_ms": UNTIL}
    return SetOverride(**({"instant_ms": at, "score": score} | fields | changes))


def an_end(at: int = NOON + 2 * MINUTE, **changes: Any) -> EndOverride:
    fields: dict[str, Any] = {"instant_ms": at, "account_id": "acme", "author": "bob"}
    return EndOverride(**(fields | changes))


def lined(*steps: Sent | SetOverride | EndOverride, clock: ClockKind = "event") -> Line:
    """A partition that has taken all of it in and flushed after each."""
    line = Line(Plan(LEVEL), clock=clock)
    for step in steps:
        take(line, step)
        line.settle()
    return line


def take(line: Line, step: Sent | SetOverride | EndOverride) -> None:
    """Put it into its topic and take it in; by the wall clock it is then when it happened."""
    to(line, instant_of(step))
    if isinstance(step, Sent):
        line.send(step)
    else:
        line.control(step, 0)
    line.work()


def instant_of(step: Sent | SetOverride | EndOverride) -> int:
    return int(step.body["timestamp"]) if isinstance(step, Sent) else step.instant_ms


def to(line: Line, instant_ms: int) -> None:
    """By the wall clock, time passes by itself."""
    if line.clock == "wall":
        assert line.partitions[0].advance(instant_ms)


def later(line: Line, instant_ms: int) -> None:
    """Time comes to an instant, and what it changes is flushed."""
    to(line, instant_ms)
    line.tick(instant_ms, declare=False)


def told(line: Line) -> list[tuple[int, str, str, str, int]]:
    return [
        (each.sequence, each.from_tier, each.to_tier, each.cause.kind, each.as_of_ms) for each in line.notifications
    ]


@pytest.mark.parametrize("clock", CLOCKS)
def test_while_an_override_holds_score_and_tier_are_its_and_the_score_beneath_goes_on(clock: ClockKind) -> None:
    line = lined(level(80), an_override(20), clock=clock)
    answer = line.answers["acme"]
    assert (answer.score, answer.tier, answer.beneath) == (20.0, "red", 80.0)
    assert answer.override == Override(
        score=20.0, reason="they gave notice", author="ann", set_ms=NOON + MINUTE, until_ms=UNTIL
    )
    take(line, level(95, NOON + 5 * MINUTE))
    line.settle()
    answer = line.answers["acme"]
    assert (answer.score, answer.tier, answer.beneath) == (20.0, "red", 95.0)
    assert [each.points for each in answer.components.values()] == [95.0], "the reasons are those of the score beneath"
    assert len(line.notifications) == 1


def test_without_an_override_nothing_lies_beneath() -> None:
    answer = lined(level(80)).answers["acme"]
    assert (answer.score, answer.override, answer.beneath) == (80.0, None, None)


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_change_of_tier_names_author_reason_and_day_and_its_parts_sum(clock: ClockKind) -> None:
    line = lined(level(80), an_override(20.5), clock=clock)
    (notification,) = line.notifications
    assert told(line) == [(1, "green", "red", "override", NOON + MINUTE)]
    assert notification.cause.words == "ann set the score to 20.5 until 11 March: they gave notice"
    assert (notification.cause.topic, notification.cause.offset, notification.cause.event) == ("", -1, "")
    assert (notification.before, notification.after, notification.change) == (80.0, 20.5, -59.5)
    assert [(each.component, each.points) for each in notification.deltas] == [("override", -59.5)]


@pytest.mark.parametrize("clock", CLOCKS)
def test_what_an_override_took_away_is_given_back_by_its_end_whatever_changed_beneath(clock: ClockKind) -> None:
    """80 ▸ set to 20 ▸ beneath it 90 ▸ the override ends: the person held seventy points back by then."""
    line = lined(level(80), an_override(20), level(90, NOON + DAY), clock=clock)
    later(line, UNTIL)
    notification = line.notifications[-1]
    assert (notification.before, notification.after, notification.change) == (20.0, 90.0, 70.0)
    assert [(each.component, each.points) for each in notification.deltas] == [("override", 70.0)]


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_override_ends_at_its_very_millisecond_and_says_whose_it_was(clock: ClockKind) -> None:
    line = lined(level(80), an_override(20), clock=clock)
    later(line, UNTIL - 1)
    assert len(line.notifications) == 1
    later(line, UNTIL + 3 * HOUR)
    assert told(line)[1:] == [(2, "red", "green", "override", UNTIL)]
    words = line.notifications[-1].cause.words
    assert "ann" in words
    assert "they gave notice" in words
    answer = line.answers["acme"]
    assert (answer.score, answer.override, answer.beneath) == (80.0, None, None)


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_override_that_is_ended_early_is_over_at_once_and_nothing_more_comes_of_it(clock: ClockKind) -> None:
    line = lined(level(80), an_override(20), an_end(), clock=clock)
    assert told(line)[1:] == [(2, "red", "green", "override", NOON + 2 * MINUTE)]
    assert line.answers["acme"].override is None
    later(line, UNTIL + DAY)
    assert len(line.notifications) == 2


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_later_override_takes_the_place_of_the_earlier_one_and_lasts_as_long_as_it_says(clock: ClockKind) -> None:
    second = an_override(60, NOON + HOUR, author="bob", reason="they stay", until_ms=UNTIL + DAY)
    line = lined(level(80), an_override(20), second, clock=clock)
    assert told(line)[1:] == [(2, "red", "yellow", "override", NOON + HOUR)]
    assert line.notifications[-1].cause.words == "bob set the score to 60 until 12 March: they stay"
    later(line, UNTIL + 1)
    assert line.answers["acme"].score == 60.0, "the time of the first one is over, and means nothing"
    later(line, UNTIL + DAY)
    assert told(line)[2:] == [(3, "yellow", "green", "override", UNTIL + DAY)]


def test_a_later_override_may_be_the_shorter_one() -> None:
    line = lined(level(80), an_override(20), an_override(60, NOON + HOUR, until_ms=NOON + 2 * HOUR))
    later(line, UNTIL + DAY)
    assert told(line)[1:] == [
        (2, "red", "yellow", "override", NOON + HOUR),
        (3, "yellow", "green", "override", NOON + 2 * HOUR),
    ]


def test_an_override_inside_the_same_tier_changes_the_answer_and_tells_nobody() -> None:
    line = lined(level(80), an_override(90))
    assert (line.answers["acme"].score, line.answers["acme"].beneath) == (90.0, 80.0)
    later(line, UNTIL)
    assert line.answers["acme"].score == 80.0
    assert line.notifications == []


def test_an_override_stands_in_its_tiers_gauge() -> None:
    line = lined(level(80), an_override(20))
    assert line.partitions[0].scorer.ledger.tier_accounts == [1, 0, 0]
    line.crash()
    assert line.partitions[0].scorer.ledger.tier_accounts == [1, 0, 0]
    later(line, UNTIL)
    assert line.partitions[0].scorer.ledger.tier_accounts == [0, 0, 1]


def test_an_account_that_nobody_can_judge_has_the_score_that_a_person_sets() -> None:
    line = Line(Plan(COHORT))
    line.send(usage(at=NOON))
    line.control(an_override(20), 0)
    line.settle()
    answer = line.answers["acme"]
    assert (answer.score, answer.tier, answer.beneath) == (20.0, "red", None)
    assert line.notifications == [], "a first tier is no change"


# --- refused


@pytest.mark.parametrize("control", [an_override(account_id="nobody"), an_end(account_id="nobody")])
def test_a_score_for_an_account_that_is_not_known_is_a_dead_letter(control: SetOverride | EndOverride) -> None:
    line = lined(level(80), control)
    assert [(each.reason, each.topic) for each in line.dead_letters] == [("no_such_account", "control")]
    assert "nobody" in line.dead_letters[0].words
    assert set(line.partitions[0].accounts) == {"acme"}


REFUSED: list[dict[str, Any]] = [
    {"score": -0.01},
    {"score": 100.01},
    {"score": 1e300},
    {"reason": ""},
    {"reason": "x" * (REASON_MAX_CHARACTERS + 1)},
    {"author": ""},
    {"author": "x" * (AUTHOR_MAX_CHARACTERS + 1)},
    {"until_ms": NOON + MINUTE},
    {"until_ms": 0},
    {"until_ms": -1},
]


@pytest.mark.parametrize("changes", REFUSED)
@pytest.mark.parametrize("clock", CLOCKS)
def test_an_override_that_cannot_hold_is_a_dead_letter_and_the_one_before_it_holds_on(
    changes: dict[str, Any], clock: ClockKind
) -> None:
    line = lined(level(80), an_override(60), an_override(**{"score": 20} | changes), clock=clock)
    assert [(each.reason, each.topic) for each in line.dead_letters] == [("invalid", "control")]
    assert line.answers["acme"].score == 60.0
    assert len(line.notifications) == 1


@pytest.mark.parametrize("changes", [{"score": 0}, {"score": 100}, {"reason": "x" * REASON_MAX_CHARACTERS}])
def test_an_override_at_the_bounds_holds(changes: dict[str, Any]) -> None:
    line = lined(level(60), an_override(**{"score": 20} | changes))
    assert line.dead_letters == []
    assert line.answers["acme"].override is not None


@pytest.mark.parametrize("until_ms", [at_ms("9999-12-31T00:00Z") + 2 * DAY, 10**17, 10**19, 10**30])
def test_an_end_that_no_calendar_knows_stops_no_worker(until_ms: int) -> None:
    line = lined(level(80), an_override(until_ms=until_ms))
    assert [each.reason for each in line.dead_letters] in (["invalid"], ["malformed"])
    assert line.answers["acme"].score == 80.0


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_instant_before_any_calendar_of_ours_stops_no_worker(clock: ClockKind) -> None:
    line = lined(level(80), clock=clock)
    line.send_raw(CONTROL_INDEX, encode_control(an_override(at=-(10**30))))
    line.settle()
    assert [each.reason for each in line.dead_letters] == ["invalid"]
    assert line.answers["acme"].score == 80.0


# --- crashes


@pytest.mark.parametrize("reached", CRASHES)
@pytest.mark.parametrize("after", range(6))
@pytest.mark.parametrize("clock", CLOCKS)
def test_overrides_survive_a_crash_anywhere(after: int, reached: Reached, clock: ClockKind) -> None:
    """Set ▸ an event ▸ replaced ▸ ended early ▸ set once more, and its time comes: the worker dies after one step."""
    steps: list[Sent | SetOverride | EndOverride] = [
        level(80),
        an_override(20),
        level(50, NOON + HOUR),
        an_override(90, NOON + 2 * HOUR, author="bob"),
        an_end(NOON + 3 * HOUR),
        an_override(10, NOON + 4 * HOUR, author="cem"),
    ]

    def run(*, crash: bool) -> Line:
        line = Line(Plan(LEVEL), clock=clock)
        for number, step in enumerate(steps):
            take(line, step)
            if crash and number == after:
                line.crash(0, reached, groups=1)
                to(line, instant_of(step))
            line.settle()
        later(line, UNTIL + DAY)
        return line

    undisturbed, crashed = run(crash=False), run(crash=True)
    assert [each[1:4] for each in told(undisturbed)] == [
        ("green", "red", "override"),
        ("red", "green", "override"),
        ("green", "yellow", "override"),
        ("yellow", "red", "override"),
        ("red", "yellow", "override"),
    ]
    if clock == "event":
        assert crashed.notifications == undisturbed.notifications
    assert [each[:4] for each in told(crashed)] == [each[:4] for each in told(undisturbed)]
    assert crashed.answers["acme"].score == undisturbed.answers["acme"].score == 50.0
    assert len({each.id for each in crashed.notifications}) == len(crashed.notifications)


def test_an_older_override_that_is_replayed_after_its_end_changes_nothing() -> None:
    line = lined(level(80), level(80, account="globex"))
    line.control(an_override(20), 0)
    line.control(an_end(), 0)
    line.work()
    line.crash(0, "some records", groups=1)  # acme's records were written, those of the partition were not
    line.work()
    assert line.partitions[0].accounts["acme"].override is None
    line.settle()
    assert line.answers["acme"].score == 80.0
    assert [each[1:4] for each in told(line)] == [("green", "red", "override"), ("red", "green", "override")]


def test_a_restored_override_ends_at_its_millisecond_without_the_account_having_been_touched() -> None:
    line = lined(level(80), an_override(20))
    line.flush()
    line.flush()
    line.crash()
    assert line.partitions[0].accounts["acme"].account is None, "still bytes"
    later(line, UNTIL + DAY)
    assert told(line)[1:] == [(2, "red", "green", "override", UNTIL)]
    assert "ann" in line.notifications[-1].cause.words


def test_an_override_holds_on_under_another_model() -> None:
    line = lined(level(80), an_override(20))
    halved = {"level": {"shape": "ratio", "signal": "level", "of": 200, "weight": 1}}
    line.plan = Plan(a_model({"level": {"kind": "last", "property": "level"}}, halved, version=2))
    line.crash()
    line.settle()
    answer = line.answers["acme"]
    assert (answer.score, answer.tier, answer.beneath, answer.model_version) == (20.0, "red", 40.0, 2)
    assert len(line.notifications) == 1, "the tier is still what ann said"
    later(line, UNTIL + DAY)
    assert line.answers["acme"].score == 40.0
    assert len(line.notifications) == 1, "red by her word, and red without it"


@pytest.mark.parametrize("reached", ["records", "outputs"])
def test_the_dead_letter_of_a_refused_override_is_not_lost_in_a_crash(reached: Reached) -> None:
    line = lined(level(80))
    line.control(an_override(account_id="nobody"), 0)
    line.work()
    line.crash(0, reached)
    line.settle()
    assert {each.reason for each in line.dead_letters} == {"no_such_account"}


def test_of_many_refused_overrides_each_has_its_dead_letter_when_the_flush_is_torn() -> None:
    """The account's record came through, the partition's did not: what was refused is known from the account alone, and
    it remembers only the latest."""
    line = lined(level(80))
    line.settle()
    for _ in range(REFUSED_MAX + 4):
        line.control(an_override(100.01), 0)
    line.work()
    line.crash(0, "some records", groups=1)
    line.settle()
    assert len({each.offset for each in line.dead_letters}) == REFUSED_MAX + 4


def test_an_override_in_the_log_behind_a_tick_does_not_overtake_the_events_between_them() -> None:
    def run(*, settle_each: bool) -> list[tuple[int, str, str, str, int]]:
        line = Line(Plan(COHORT))
        for number in range(3):
            line.send(usage("globex", NOON + number))
        steps: tuple[Tick | SetOverride | Sent, ...] = (
            usage(at=NOON),
            Tick(instant_ms=NOON + MINUTE, declare=True),
            *[usage(at=NOON + 2 * MINUTE)] * 2,
            an_override(5, NOON + 20 * DAY, account_id="globex", until_ms=NOON + 21 * DAY),
        )
        for step in steps:
            if isinstance(step, Sent):
                line.send(step)
            else:
                line.control(step, 0)
            if settle_each:
                line.settle()
        line.settle()
        return sorted(told(line))  # of two accounts in one flush, either may come first

    one_by_one = run(settle_each=True)
    assert {"event", "override"} <= {kind for _, _, _, kind, _ in one_by_one}
    assert run(settle_each=False) == one_by_one


def test_what_was_refused_before_the_account_was_known_is_refused_again_when_it_is_replayed() -> None:
    """The flush was torn after the account's records, so that the message is read again, and now there is somebody."""
    line = Line(Plan(LEVEL))
    take(line, an_override(20, NOON - HOUR))
    take(line, level(80))
    line.crash(0, "some records", groups=1)
    line.settle()
    line.tick(NOON + HOUR)
    assert (line.answers["acme"].score, line.answers["acme"].override) == (80.0, None)
    assert [letter.reason for letter in line.dead_letters] == ["no_such_account"]
