"""Days of use and the gaps between them, through the real fold. `NOON` of 1 March is the instant of judgement."""

from __future__ import annotations

import pytest

from scoring.plan.read_facts import facts_of
from tests.builders import a_model, usage
from tests.support.signal_harness import DAY, HOUR, NOON, Table, days_ago, fact, watched
from tests.support.watched_account import Watched

TAKEN: Table = {"events": ["login"]}


def text_of(account: Watched, name: str = "it") -> str:
    plan = account.plan.primary
    return plan.signals[name].text(facts_of(plan, account.account, {}))


# --- days


#   day   3   2   1   0      a window of 3 days: today and the two days before
#         a (   b       b ]
def test_days_are_those_with_events_today_included() -> None:
    table: Table = {"kind": "days", "window": "3d"} | TAKEN
    assert fact(table, *days_ago(3, 2, 0, 0, 0)) == 2
    assert fact(table, usage(at=NOON, event="other")) == 0
    account = watched(table, *days_ago(2, 0))
    assert account.series("it", [NOON + day * DAY for day in range(4)]) == [2, 1, 1, 0]


def test_days_step_at_midnight() -> None:
    account = watched({"kind": "days", "window": "1d"}, *days_ago(0))
    midnight = NOON // DAY * DAY + DAY
    assert account.series("it", [midnight - 1, midnight]) == [1, 0]


# --- usual_gap


#   day   20       15    12  10  9      stretches to the next day of use: 5, 3, 2, 1
#         o────5────o──3──o─2─o1o       to the one after that: 8, 5, 3
def test_a_usual_gap_is_the_longest_but_nth_stretch() -> None:
    use = days_ago(20, 15, 15, 12, 10, 9)
    assert fact({"kind": "usual_gap"}, *use) == 3
    assert fact({"kind": "usual_gap", "nth": 2}, *use) == 3
    assert fact({"kind": "usual_gap", "nth": 3}, *use) == 6  # 10 and 6: fewer than four
    assert fact({"kind": "usual_gap", "nth": 4}, *use) == 11


def test_it_is_unknown_without_a_stretch() -> None:
    assert fact({"kind": "usual_gap"}, *days_ago(3, 3)) is None
    assert fact({"kind": "usual_gap", "nth": 2}, *days_ago(3, 1)) is None
    assert fact({"kind": "usual_gap"}, *days_ago(3, 1)) == 2


def test_one_absence_does_not_make_it_and_the_silence_of_now_is_no_part_of_it() -> None:
    every_day = days_ago(*range(60, 90), *range(5, 30))
    assert fact({"kind": "usual_gap"}, *every_day) == 1
    assert fact({"kind": "usual_gap", "nth": 2}, *every_day) == 2


def test_business_days_have_a_weekend_in_their_gap() -> None:
    work = days_ago(*(day for day in range(60) if (NOON // DAY - day) % 7 not in (2, 3)))  # day 0 was a Thursday
    assert fact({"kind": "usual_gap"}, *work) == 3
    assert fact({"kind": "usual_gap", "nth": 2}, *work) == 4


#   within 10:  ( 10    9 … 0 ]
def test_both_ends_of_a_stretch_are_within_reach() -> None:
    table: Table = {"kind": "usual_gap", "within": "10d"}
    assert fact(table, *days_ago(10, 8, 7)) == 1
    assert fact(table, *days_ago(9, 7)) == 2
    account = watched(table, *days_ago(9, 7, 6))
    assert account.series("it", [NOON + day * DAY for day in range(5)]) == [1, 1, 1, None, None]


def test_known_counts_the_stretches() -> None:
    account = Watched(
        a_model({"gap": {"kind": "usual_gap", "nth": 2, "within": "10d"}, "it": {"kind": "known", "of": "gap"}}), NOON
    )
    seen = []
    for day in (9, 5, 7, 7, 1, 0):  # 7 comes late
        account.see(*days_ago(day))
        seen.append(account.facts["it"])
    assert seen == [0, 0, 1, 1, 2, 3]
    assert account.series("it", [NOON + day * DAY for day in (1, 3, 20)]) == [2, 1, 0]
    assert text_of(account) == "0 gaps between days of gap"


# --- since_last with nth


def test_since_the_nth_latest_day_of_use() -> None:
    table: Table = {"kind": "since_last", "nth": 2} | TAKEN
    assert fact(table, *days_ago(13, 12, 12, 12)) == 13
    assert fact(table, *days_ago(13, 12, 0)) == 12
    assert fact(table | {"nth": 3}, *days_ago(13, 12, 0)) == 13


def test_with_fewer_days_it_is_since_the_first_and_unknown_without_any() -> None:
    table: Table = {"kind": "since_last", "nth": 3} | TAKEN
    assert fact(table, *days_ago(4, 2)) == 4
    assert fact(table, usage(at=NOON, event="other")) is None


def test_it_steps_at_midnight_for_ever() -> None:
    account = watched({"kind": "since_last", "nth": 2, "within": "5d"}, *days_ago(1, 0))
    midnight = NOON // DAY * DAY + DAY
    assert account.series("it", [midnight - 1, midnight, midnight + DAY]) == [1, 2, 3]
    assert account.series("it", [midnight + day * DAY for day in (3, 4, 5, 500)]) == [4, 5, 6, 501]


def test_beyond_its_reach_it_is_since_the_latest_event_also_when_that_comes_late() -> None:
    """The day of the later event is another, though it is less than a day after the one before."""
    table: Table = {"kind": "since_last", "nth": 2, "within": "5d"}
    component = {"shape": "linear", "signal": "it", "points": [[0, 0], [9, 100]], "weight": 1}
    account = Watched(a_model({"it": table}, {"it": component}), NOON)
    account.see(usage(at=NOON - 20 * DAY))
    assert account.facts["it"] == 20
    account.account.changed_dependents = 0
    account.see(usage(at=NOON - 19 * DAY - 11 * HOUR))
    assert account.facts["it"] == 19
    assert account.account.changed_dependents != 0


def test_an_event_of_a_day_of_use_does_not_make_the_days_be_judged_again() -> None:
    names: dict[str, Table] = {
        "days": {"kind": "days", "window": "9d"},
        "gap": {"kind": "usual_gap"},
        "since": {"kind": "since_last", "nth": 2},
    }
    components = {
        name: {"shape": "linear", "signal": name, "points": [[0, 0], [9, 100]], "weight": 1} for name in names
    }
    account = Watched(a_model(names, components), NOON)
    account.see(*days_ago(4, 2, 0))
    account.account.changed_dependents = 0
    account.see(*days_ago(4, 2, 0))
    assert account.account.changed_dependents == 0
    account.see(*days_ago(3))
    marked = account.account.changed_dependents
    assert all(marked & component.bit for component in account.plan.primary.components)


# --- in words


@pytest.mark.parametrize(
    ("table", "days", "words"),
    [
        ({"kind": "days", "window": "35d"}, [1, 1, 0], "2 product use in 35 days"),
        ({"kind": "usual_gap", "nth": 2}, [10, 8, 6], "usually within 4 days"),
        ({"kind": "usual_gap"}, [1], "no usual gap of product use known yet"),
        (
            {"kind": "since_last", "nth": 2},
            [30, 13, 12],
            "the last two days of product use were 12 and 13 days ago",
        ),
        (
            {"kind": "since_last", "nth": 3},
            [30, 13, 12],
            "the last three days of product use were 12, 13 and 30 days ago",
        ),
        ({"kind": "since_last", "nth": 2}, [3], "product use on fewer than two days, first 3 days ago"),
        ({"kind": "since_last", "nth": 2, "events": ["x"]}, [3], "no product use yet"),
    ],
)
def test_it_is_said_in_words(table: Table, days: list[float], words: str) -> None:
    assert text_of(watched(table | {"label": "product use"}, *days_ago(*days))) == words
