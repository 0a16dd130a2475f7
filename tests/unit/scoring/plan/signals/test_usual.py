"""What is usual for an account, through the real fold, at `NOON` of 1 March. Day 0 is today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scoring.fold.fold import advance
from scoring.plan.read_facts import facts_of
from tests.builders import Sent, a_model, usage
from tests.support.signal_harness import DAY, NOON, Table, days_ago, fact, model_of, watched
from tests.support.watched_account import Watched

USUAL: Table = {"kind": "usual", "window": "3d", "within": "6d"}
BEGIN = {"event": "began"}
"""An event that the signals here do not take, to make the account old enough."""
TAKEN: Table = {"events": ["login"]}


def daily(totals: Iterable[int], *, first: int = 0) -> list[Sent]:
    """So many events `first` days ago, the day before, and so on."""
    return [each for back, total in enumerate(totals, start=first) for each in days_ago(*[back] * total)]


def old(days: int) -> Sent:
    return days_ago(days, **BEGIN)[0]


def several(signals: dict[str, Table], *sent: Sent) -> Watched:
    account = Watched(a_model(signals), NOON)
    account.see(*sent)
    return account


# --- usual


#   day     11  10   9   8   7   6   5   4   3   2   1   0
#   window               └───6───┘           a window of 3 days that ended 6 days ago
#                                └───3───┘   and one that ended 3 days ago, the latest that counts
#                                         └───0───┘   the current one does not
def test_windows_that_ended_from_one_window_ago_to_the_reach_count_one_a_day() -> None:
    table = USUAL | TAKEN
    totals = [100, 100, 100, 1, 2, 3, 4, 5, 6, 100]  # of days 0 to 9
    windows = [1 + 2 + 3, 2 + 3 + 4, 3 + 4 + 5, 4 + 5 + 6]
    sent = [old(30), *daily(totals)]
    assert fact(table | {"quantile": 0}, *sent) == min(windows)
    assert fact(table | {"quantile": 1}, *sent) == max(windows)
    assert fact(table, *sent) == sorted(windows)[2]  # floor(0.5 × 3 + 0.5)
    assert fact(table | {"quantile": 0.3}, *sent) == sorted(windows)[1]


def test_the_latest_window_begins_after_the_last_day_of_the_one_before() -> None:
    one = {"kind": "usual", "window": "3d", "within": "3d"} | TAKEN
    assert [fact(one, old(30), *days_ago(day)) for day in range(2, 7)] == [0, 1, 1, 1, 0]


def test_of_days_counts_days_with_events() -> None:
    table = USUAL | TAKEN | {"of": "days", "within": "3d"}
    assert fact(table, old(30), *days_ago(3, 3, 3, 5)) == 2


#   day      6   5   4   3   2   1   0
#   begin    *───────────┘               a window of 3 days needs an account that began 5 days ago
def test_a_window_counts_only_when_the_account_had_begun() -> None:
    table = USUAL | TAKEN
    assert fact(table, old(4), *days_ago(4, 3)) is None
    assert fact(table, old(5), *days_ago(4, 3)) == 2
    account = watched(table, old(4), *days_ago(4, 3))
    assert account.series("it", [NOON + day * DAY for day in (0, 1, 2)]) == [None, 2, 2]  # 2 and 2


def test_its_first_window_comes_by_itself_also_where_nothing_happens() -> None:
    account = watched(USUAL | TAKEN, old(0))
    midnight = NOON // DAY * DAY + 5 * DAY
    assert account.to(midnight - 1)["it"] is None
    assert advance(account.plan, account.account, midnight)
    assert account.facts["it"] == 0


def test_an_event_before_a_pause_is_not_the_begin() -> None:
    header = {"pause_max": "30d"}
    assert fact(USUAL | TAKEN, old(100), *days_ago(4, 3), **header) is None
    assert fact(USUAL | TAKEN, old(30), *days_ago(4, 3), **header) == 1


def test_a_late_event_changes_what_is_usual_and_one_of_the_current_window_does_not() -> None:
    account = watched(USUAL | TAKEN | {"quantile": 1}, old(30), *days_ago(4))
    assert account.facts["it"] == 1
    account.see(*days_ago(0, 1, 2))
    assert account.facts["it"] == 1
    account.see(*days_ago(5))
    assert account.facts["it"] == 2


def test_it_follows_a_change_day_by_day() -> None:
    """Two events a day for three weeks, then one: the median of windows of three days falls from 6 to 3."""
    table = {"kind": "usual", "window": "3d", "within": "9d"} | TAKEN
    account = watched(table, old(30), *daily([2] * 21))
    seen = []
    for day in range(1, 13):
        account.to(NOON + day * DAY)
        account.see(usage(at=NOON + day * DAY))
        seen.append(account.facts["it"])
    assert seen == [6, 6, 6, 6, 6, 6, 5, 4, 3, 3, 3, 3]


@pytest.mark.parametrize("days", [2, 8, 9, 40, 500])
def test_a_jump_of_many_days_says_what_single_days_say(days: int) -> None:
    table = {"kind": "usual", "window": "3d", "within": "30d", "quantile": 0.8} | TAKEN
    sent = [old(60), *daily([day % 4 for day in range(50)])]
    one, other = (watched(table, *sent) for _ in range(2))
    assert one.facts == other.facts
    for day in range(1, days + 1):
        one.to(NOON + day * DAY)
    assert one.facts["it"] == other.to(NOON + days * DAY)["it"]


# --- known, expected


def test_known_is_the_weeks_of_windows_and_grows_with_every_day() -> None:
    account = several({"usual": USUAL | TAKEN, "it": {"kind": "known", "of": "usual"}}, old(4))
    weeks = account.series("it", [NOON + day * DAY for day in range(6)])
    assert weeks == [0, 1 / 7, 2 / 7, 3 / 7, 4 / 7, 4 / 7]


def test_expected_is_the_usual_but_at_most_a_margin_over_the_season() -> None:
    signals: dict[str, Table] = {
        "usual": USUAL | TAKEN | {"within": "3d"},
        "season": {"kind": "season", "window": "3d", "back": "20d"} | TAKEN,
        "it": {"kind": "expected", "usual": "usual", "season": "season"},
    }
    ten = days_ago(*[4] * 10)
    assert several(signals, old(10), *ten).facts["it"] == 10  # no season is known
    assert several(signals, old(30), *ten, *days_ago(*[20] * 4)).facts["it"] == 5
    assert several(signals, old(30), *ten, *days_ago(*[20] * 9)).facts["it"] == 10
    assert several(signals, old(30), *ten).facts["it"] == 0
    assert several(signals, old(0)).facts["it"] is None


# usual ██████████ │ a year ago: the season ▂▂ │ what followed ████
def test_with_what_followed_it_a_season_counts_by_its_lull_and_not_by_its_level() -> None:
    signals: dict[str, Table] = {
        "usual": USUAL | TAKEN | {"within": "3d"},
        "season": {"kind": "season", "window": "3d", "back": "20d"} | TAKEN,
        "after": {"kind": "season", "window": "3d", "back": "17d"} | TAKEN,
        "it": {"kind": "expected", "usual": "usual", "season": "season", "after": ["after"], "margin": 1},
    }
    ten = days_ago(*[4] * 10)
    assert several(signals, old(30), *ten, *days_ago(*[20] * 2, *[17] * 4)).facts["it"] == 5  # half of what followed
    assert several(signals, old(30), *ten, *days_ago(*[20] * 4, *[17] * 4)).facts["it"] == 10  # grown since, no lull
    assert several(signals, old(30), *ten, *days_ago(*[17] * 4)).facts["it"] == 0  # closed then
    assert several(signals, old(30), *ten).facts["it"] == 10  # nothing then, nor after


# --- average


#   day   8          2 1       0
#   (  five days      ] (  2 d  ]
def test_an_average_is_per_window_over_the_days_before_the_last_window() -> None:
    table = {"kind": "average", "window": "2d", "within": "6d"} | TAKEN
    assert [fact(table, old(30), *days_ago(day)) for day in (1, 2, 7, 8)] == [0, 1 / 3, 1 / 3, 0]


@pytest.mark.parametrize(("age", "windows"), [(0, 1), (4, 1), (5, 1.5), (7, 2.5), (8, 3), (30, 3)])
def test_a_young_account_is_divided_by_its_age(age: int, windows: float) -> None:
    table = {"kind": "average", "window": "2d", "within": "6d"} | TAKEN
    sent = days_ago(2, 2, 2) if age >= 2 else []
    assert fact(table, old(age), *sent) == pytest.approx(len(sent) / windows)


# --- dispersion

WEEKS: Table = {"kind": "dispersion", "weeks": 5, "back": "2d"} | TAKEN


#   k =   4          3          2          1          0        back
#   │ 36 … 30 │ 29 … 23 │ 22 … 16 │ 15 … 9 │ 8 … 2 │ 1, 0
def test_dispersion_is_the_variance_of_weekly_totals_by_their_mean() -> None:
    steady = daily([1] * 35, first=2)
    assert fact(WEEKS, old(40), *steady) == 0
    assert fact(WEEKS, old(40), *days_ago(*[2] * 10, *[30] * 10)) == pytest.approx(
        6.25
    )  # 10, 10, 0, 0, 0: steps of 100 / 8
    assert fact(WEEKS, old(40), *steady, *days_ago(0, 0, 0, 1, 37, 37)) == 0


def test_dispersion_is_1_with_fewer_than_four_weeks_and_where_nothing_happened() -> None:
    burst = days_ago(*[2] * 50)
    assert fact(WEEKS, old(28), *burst) == 1
    # 50, 0, 0, 0: a variance of 625, but steps of 2,500 / 6, and a mean of 12.5.
    assert fact(WEEKS, old(29), *burst) == pytest.approx(100 / 3)
    assert fact(WEEKS, old(100)) == 1


# --- what is computed again


KINDS: dict[str, Table] = {
    "usual": USUAL | TAKEN,
    "average": {"kind": "average", "window": "3d", "within": "6d"} | TAKEN,
    "dispersion": WEEKS | {"back": "3d"},
    "season": {"kind": "season", "window": "3d", "back": "3d"} | TAKEN,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_of_today_does_not_make_the_past_be_judged_again(kind: str) -> None:
    component = {"shape": "linear", "signal": "it", "points": [[0, 0], [9, 100]], "weight": 1}
    judged = Watched(a_model({"it": KINDS[kind]}, {"it": component}), NOON)
    judged.see(old(60), *daily([1] * 50))
    judged.account.changed_dependents = 0
    judged.see(*days_ago(0, 1, 2))
    assert judged.account.changed_dependents == 0
    judged.see(*days_ago(3))
    assert judged.account.changed_dependents != 0


def test_hours_of_one_day_leave_the_past_as_it_is() -> None:
    """Something leaves a window of an hour; that is no new day."""
    signals: dict[str, Table] = {"it": USUAL | TAKEN, "hour": {"kind": "count", "window": "1h"}}
    component = {"shape": "linear", "signal": "it", "points": [[0, 0], [9, 100]], "weight": 1}
    account = Watched(a_model(signals, {"it": component}), NOON)
    account.see(old(60), *daily([1] * 50))
    account.account.changed_dependents = 0
    assert advance(account.plan, account.account, NOON + 3_600_000)
    assert account.account.changed_dependents == 0
    assert advance(account.plan, account.account, NOON + DAY)
    assert account.account.changed_dependents != 0


# --- in words


def text_of(account: Watched, name: str = "it") -> str:
    plan = account.plan.primary
    return plan.signals[name].text(facts_of(plan, account.account, {}))


@pytest.mark.parametrize(
    ("table", "days", "words"),
    [
        (USUAL, [30, 4, 5], "usually 2 in 3 days"),
        (USUAL, [0], "no usual number of logins in 3 days known yet"),
        ({"kind": "average", "window": "3d", "within": "6d"}, [30, 4], "usually 0.5 logins in 3 days"),
        ({"kind": "dispersion"}, [0], "weekly logins vary 1.0 times as much as by chance"),
        ({"kind": "season", "window": "3d", "back": "9d"}, [30, 9], "1 login in the 3 days of 9 days ago"),
    ],
)
def test_it_is_said_in_words(table: Table, days: list[float], words: str) -> None:
    assert text_of(watched(table | {"label": "logins"}, *days_ago(*days))) == words


def test_what_stands_behind_it_is_said_in_words() -> None:
    season: Table = {"kind": "season", "window": "3d", "back": "9d"}
    signals: dict[str, Any] = {
        "usual": USUAL | {"label": "logins"},
        "season": season | {"label": "logins"},
        "known": {"kind": "known", "of": "usual"},
        "expected": {"kind": "expected", "usual": "usual", "season": "season"},
    }
    account = several(signals, *days_ago(30, *[4] * 8, 5, 9))
    assert text_of(account, "known") == "1 week of history"
    assert text_of(account, "expected") == "usually 9 in 3 days, but 1 login in the 3 days of 9 days ago"
    account.see(*days_ago(*[10] * 10))
    assert text_of(account, "expected") == "usually 9 in 3 days"


def test_a_model_of_one_signal_keeps_as_many_days_as_it_reads() -> None:
    assert [daily.reach for daily in Watched(model_of(USUAL), NOON).plan.daily_totals] == [3 + 6 + 1]
