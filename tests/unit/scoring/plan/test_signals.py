"""Every kind of signal through the real fold, on cases that can be counted by hand. `T` is noon of 1 March."""

from __future__ import annotations

import itertools
from math import sqrt
from typing import Any

import pytest

from scoring.plan.properties.property import TypeMismatch
from tests.builders import a_model, an_exception, subscription, ticket, usage
from tests.support.signal_harness import DAY, HOUR, NOON, Table, days_ago, fact, model_of, watched
from tests.support.watched_account import Watched

# --- which events feed a signal


def test_a_count_is_of_its_topics_and_names_and_of_names_in_also_wherever_they_come() -> None:
    table = {"kind": "count", "window": "7d", "topics": ["tickets", "billing"], "events": ["opened"], "also": ["login"]}
    sent = [
        ticket(at=NOON, event="opened"),
        subscription(at=NOON, event="opened"),
        usage(at=NOON, event="opened"),
        usage(at=NOON, event="login"),
        ticket(at=NOON, event="closed"),
    ]
    assert fact(table, *sent) == 3


def test_what_is_excluded_is_not_counted() -> None:
    table = {"kind": "count", "window": "7d", "topics": ["analytics", "exceptions"], "exclude": ["$exception"]}
    assert fact(table, usage(at=NOON), an_exception(at=NOON), usage(at=NOON, event="$exception")) == 1


@pytest.mark.parametrize(
    ("where", "counted"),
    [
        ({"is": "high"}, 1),
        ({"is": ["high", "urgent"]}, 2),
        ({"is": 3}, 2),  # 3 and 3.0, and not "3"
        ({"is": True}, 1),  # and not 1
        ({"at_least": 3}, 3),
        ({"at_least": 3, "at_most": 3.5}, 2),
        ({"exists": True}, 8),
        ({"exists": False}, 2),  # null, and not sent
    ],
)
def test_a_condition_on_a_property_takes_what_fulfils_it(where: Table, counted: int) -> None:
    values: tuple[Any, ...] = ("high", "urgent", "3", 1, 3, 3.0, 7.5, True, None)
    sent = [usage(at=NOON, of=value) for value in values] + [usage(at=NOON)]
    assert fact({"kind": "count", "window": "7d", "where": [{"property": "of", **where}]}, *sent) == counted


def test_all_conditions_on_properties_must_hold() -> None:
    where = [{"property": "severity", "is": "high"}, {"property": "handled", "is": False}]
    sent = [
        usage(at=NOON, severity=severity, handled=handled)
        for severity, handled in itertools.product(("high", "low"), (True, False))
    ]
    assert fact({"kind": "count", "window": "7d", "where": where}, *sent) == 1


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "sum", "property": "size", "window": "7d"},
        {"kind": "mean", "property": "size", "window": "7d"},
        {"kind": "distinct", "of": "user", "window": "7d"},
        {"kind": "last", "property": "size"},
        {"kind": "since_last"},
        {"kind": "peak"},
        {"kind": "open", "item": "id_of", "closed_by": ["closed"]},
        {"kind": "milestones", "steps": [{"name": "one", "events": ["login"]}]},
    ],
)
def test_conditions_on_properties_are_for_every_kind(kind: Table) -> None:
    where = [{"property": "good", "is": True}]
    table = kind | {"where": where}
    if "steps" in kind:
        table = {"kind": "milestones", "steps": [kind["steps"][0] | {"where": where}]}
    good, bad = (usage(at=NOON - HOUR, size=4, user_id="ann", id_of="x", good=each) for each in (True, False))
    nothing = fact(table, usage(at=NOON, event="other"))
    assert fact(table, bad) == nothing
    assert fact(table, good) != nothing
    assert fact(table, good, bad) == fact(table, good)


# --- sum and mean

SIZES = {"property": "size", "window": "2d"}


#   T-4d   T-3d   T-2d   T-1d    T
#    16  (   8      4  ](   2     1 ]
def test_a_sum_adds_up_a_property_over_its_window_or_the_one_before() -> None:
    sent = [usage(at=NOON - day * DAY, size=2**day) for day in range(5)]
    assert fact({"kind": "sum", **SIZES}, *sent) == 1 + 2
    assert fact({"kind": "sum", **SIZES, "prior": True}, *sent) == 4 + 8


@pytest.mark.slow
def test_a_sum_is_exact_in_any_order_for_numbers_of_four_decimals() -> None:
    sizes = [0.1, 0.2, 0.3, 1e6, -1e6, 0.00005, 0.00006]
    sums = {
        fact({"kind": "sum", **SIZES}, *(usage(at=NOON, size=size) for size in order))
        for order in itertools.permutations(sizes, len(sizes))
        if order[0] < order[-1]
    }
    assert sums == {0.6001}


def test_what_is_no_number_or_beyond_a_billion_adds_nothing() -> None:
    sent = [usage(at=NOON, size=size) for size in (5, "5", True, None, [5], 1e9 + 1, -1e10)] + [usage(at=NOON)]
    assert fact({"kind": "sum", **SIZES}, *sent) == 5
    assert fact({"kind": "mean", **SIZES}, *sent) == 5


def test_a_mean_is_over_the_events_that_have_the_number_and_unknown_when_none_has() -> None:
    mean = {"kind": "mean", **SIZES}
    assert fact(mean, *(usage(at=NOON, size=size) for size in (0, 5, 4)), usage(at=NOON)) == 3
    assert fact(mean, usage(at=NOON, size=0)) == 0
    assert fact(mean, usage(at=NOON)) is None
    assert fact(mean | {"prior": True}, usage(at=NOON - 3 * DAY, size=4)) == 4


def test_a_mean_forgets_what_leaves_its_window() -> None:
    account = watched({"kind": "mean", **SIZES}, usage(at=NOON - DAY, size=1), usage(at=NOON, size=4))
    instants = [NOON, NOON + DAY - 1, NOON + DAY, NOON + 2 * DAY]
    assert account.series("it", instants) == [2.5, 2.5, 4, None]


# --- distinct


@pytest.mark.parametrize(
    ("of", "different"),
    [("user", 2), ("event", 2), ("feature", 3)],  # a number is its text: 1 and "1" are one feature
)
def test_distinct_values_are_users_names_or_a_property(of: str, different: int) -> None:
    given = [("ann", "login", "map"), ("ann", "export", 1), ("bob", "login", "1"), ("", "login", 2.5)]
    sent = [usage(at=NOON, user_id=user, event=event, feature=feature) for user, event, feature in given]
    assert fact({"kind": "distinct", "of": of, "window": "7d"}, *sent, usage(at=NOON, feature=True)) == different


#   27 Feb      28 Feb            1 Mar
#   …23:59 │ 00:00   23:59 │ 00:00    T        two days of windows, three of the calendar
def test_distinct_days_are_days_of_the_calendar_in_utc_and_not_stretches_of_24_hours() -> None:
    midnight = NOON - 12 * HOUR
    sent = [usage(at=at) for at in (midnight - DAY - 1, midnight - DAY, midnight - 1, midnight, NOON)]
    assert fact({"kind": "distinct", "of": "day", "window": "3d"}, *sent) == 3
    assert fact({"kind": "distinct", "of": "day", "window": "1d"}, *sent) == 2
    assert fact({"kind": "distinct", "of": "day", "window": "1d", "prior": True}, *sent) == 2


# --- latest values and times


def test_the_last_value_is_the_latest_by_time_and_an_event_can_set_it_to_0() -> None:
    table = {"kind": "last", "topics": ["billing"], "property": "mrr", "zero_on": ["canceled"]}
    started, raised = subscription(at=NOON - 9 * DAY, mrr=100), subscription(at=NOON - 8 * DAY, mrr=200)
    assert fact(table, raised, started) == 200
    assert fact(table, raised, started, subscription(at=NOON, event="canceled")) == 0
    assert fact(table, subscription(at=NOON)) is None


def test_a_trait_is_a_last_text_from_whichever_events_bring_it() -> None:
    table = {
        "kind": "last", "type": "text", "property": "segment",
        "topics": ["analytics", "billing"], "events": ["account_updated", "$groupidentify"],
    }  # fmt: skip
    sent = [
        usage(at=NOON - 3 * DAY, event="account_updated", segment="smb"),
        subscription(at=NOON - 2 * DAY, event="account_updated", segment="enterprise"),
        usage(at=NOON - DAY, event="$groupidentify", segment=7),  # no text: it says nothing
        usage(at=NOON, segment="other"),
    ]
    assert fact(table, *sent) == "enterprise"


def test_a_last_of_type_length_is_how_many_entries_a_list_has() -> None:
    table = {"kind": "last", "type": "length", "property": "add_ons"}
    assert fact(table, *(usage(at=NOON + at, add_ons=of) for at, of in enumerate((["a", "b", "c"], ["a"])))) == 1
    assert fact(table, usage(at=NOON, add_ons=[])) == 0
    assert fact(table, usage(at=NOON, add_ons="three")) is None


def test_since_last_is_whole_days_and_last_at_the_instant_itself() -> None:
    sent = days_ago(3.9, 7)
    assert fact({"kind": "since_last"}, *sent) == 3
    assert fact({"kind": "last_at"}, *sent) == "2026-02-25 14:24:00"
    assert fact({"kind": "since_last", "events": ["export"]}, *sent) is None


def test_age_is_whole_days_since_the_first_event_of_any_kind_even_one_that_is_too_old_for_everything_else() -> None:
    table = {"kind": "age"}
    assert fact(table, *days_ago(3), ticket(at=NOON - 9 * DAY)) == 9
    assert fact(table, *days_ago(3), subscription(at=NOON - 399 * DAY)) == 399


def test_a_difference_is_one_signal_minus_another_and_unknown_while_one_of_them_is() -> None:
    mean = {"kind": "mean", "property": "csat", "window": "7d"}
    model = a_model(
        {"it": {"kind": "difference", "of": "now", "minus": "before"}, "now": mean, "before": mean | {"prior": True}}
    )
    account = Watched(model, NOON)
    account.see(usage(at=NOON, csat=2))
    assert account.facts["it"] is None
    account.see(usage(at=NOON - 8 * DAY, csat=4.5))
    assert account.facts["it"] == -2.5


# --- whole days


def test_the_peak_is_the_accounts_own_best_window_of_whole_days() -> None:
    table = {"kind": "peak", "window": "3d", "within": "10d"}
    assert fact(table, *days_ago(9, 9, 8, 7, 4, 3, 2)) == 4  # 9, 9, 8 and 7
    assert fact(table, *days_ago(9, 9, 6, 6)) == 2


WEEKS = {"kind": "volatility", "weeks": 4}


#   k = 3          2          1          0       T
#   │ 28 … 22 │ 21 … 15 │ 14 … 8 │ 7 … 1 │ today
def test_volatility_is_the_deviation_of_weekly_totals_by_their_mean() -> None:
    old = days_ago(40)
    steady = [each for week in range(4) for each in days_ago(7 * week + 1, 7 * week + 7)]
    assert fact(WEEKS, *old, *steady) == 0
    whipsawing = days_ago(*[1] * 8, *[15] * 8)  # 8, 0, 8, 0: a mean and a deviation of 4
    assert fact(WEEKS, *old, *whipsawing) == pytest.approx(1.0)
    assert fact(WEEKS, *old, *days_ago(*[7] * 3, 8)) == pytest.approx(sqrt(4 * (9 + 1) - 16) / 4)
    assert fact(WEEKS, *old, *whipsawing, *days_ago(0, 0, 0)) == pytest.approx(1.0)  # today belongs to no week yet


def test_volatility_is_unknown_to_the_young_and_where_nothing_happened() -> None:
    assert fact(WEEKS, *days_ago(27, 1)) is None
    assert fact(WEEKS, *days_ago(28, 1)) is not None
    assert fact(WEEKS, *days_ago(40)) is None


SEASON = {"kind": "season", "window": "28d", "back": "364d"}


#   T-392      T-391 …… T-364      T-363
#     a      (   b         c   ]     d
def test_a_season_is_the_same_four_weeks_a_year_ago() -> None:
    assert fact(SEASON, *days_ago(392, 391, 364, 364, 363, 1)) == 3
    assert fact(SEASON, *days_ago(391, 1)) == 1


def test_a_season_is_unknown_until_there_is_a_year_of_history() -> None:
    assert fact(SEASON, *days_ago(390, 370)) is None
    account = watched(SEASON, *days_ago(390, 370))
    assert account.to(NOON + DAY)["it"] == 2


# --- all of them

KINDS: tuple[Table, ...] = (
    {"kind": "count", "window": "7d"},
    {"kind": "sum", "window": "7d", "property": "size"},
    {"kind": "mean", "window": "7d", "property": "size"},
    {"kind": "distinct", "window": "7d", "of": "day"},
    {"kind": "last", "property": "size"},
    {"kind": "last_at"},
    {"kind": "since_last"},
    {"kind": "age"},
    {"kind": "peak"},
    {"kind": "volatility", "weeks": 2},
    {"kind": "season", "window": "7d", "back": "14d"},
    {"kind": "season", "window": "7d", "back": "14d", "of": "days"},
    {"kind": "usual", "window": "2d", "within": "15d", "quantile": 0.9},
    {"kind": "average", "window": "2d", "within": "15d"},
    {"kind": "dispersion", "weeks": 4, "back": "1d"},
    {"kind": "days", "window": "18d"},
    {"kind": "usual_gap"},
    {"kind": "since_last", "nth": 2},
    {"kind": "open", "item": "size", "closed_by": ["export"]},
    {"kind": "milestones", "steps": [{"name": "one", "events": ["login"]}, {"name": "two", "events": ["export"]}]},
)
"""One of each kind but those that are made of others."""


@pytest.mark.parametrize("table", KINDS, ids=lambda table: str(table["kind"]))
def test_an_event_that_comes_twice_with_one_id_counts_once(table: Table) -> None:
    sent = [
        usage(at=NOON - round(day * DAY), event=event, size=number, id=f"e{number}")
        for number, (day, event) in enumerate(
            [(20, "login"), (16, "login"), (9, "export"), (3, "login"), (0.5, "export")]
        )
    ]
    assert fact(table, *sent, *sent, dedupe="30d") == fact(table, *sent)


@pytest.mark.parametrize("table", KINDS, ids=lambda table: str(table["kind"]))
def test_late_events_count_where_they_happened(table: Table) -> None:
    """One account sees each event when it happens, the other all of them only at noon, the latest first."""
    sent = [
        usage(at=NOON - round(day * DAY), event=event, size=number)
        for number, (day, event) in enumerate(
            [(20, "login"), (16, "login"), (6.5, "export"), (3, "login"), (0, "export")]
        )
    ]
    in_time = Watched(model_of(table), NOON - 20 * DAY)
    for each in sent:
        in_time.see(each, as_of_ms=int(each.body["timestamp"]))
    assert in_time.facts["it"] == fact(table, *sent[::-1])


@pytest.mark.parametrize(
    ("size", "is_what"),
    [
        ("4", "a text"),
        (True, "a truth value"),
        ([4], "a list"),
        ({}, "an object"),
        (-1, "below its minimum"),
        (1e16, "beyond all measure"),
        (10**400, "beyond all measure"),
    ],
)
def test_a_value_that_a_signal_cannot_use_is_counted_as_a_mismatch_and_changes_nothing(
    size: object, is_what: str
) -> None:
    table = {"kind": "last", "property": "size", "minimum": 0}
    account = watched(table, usage(at=NOON - HOUR, size=3), usage(at=NOON, size=size))
    assert account.facts["it"] == 3
    assert account.plan.type_mismatches == {TypeMismatch("it", "size", is_what): 1}


def test_two_signals_of_one_property_have_each_its_own_minimum() -> None:
    change = {"kind": "last", "property": "size"}
    model = a_model({"it": change | {"minimum": 0}, "change": change})
    account = Watched(model, NOON)
    account.see(usage(at=NOON - HOUR, size=3), usage(at=NOON, size=-2))
    assert (account.facts["it"], account.facts["change"]) == (3, -2)


@pytest.mark.parametrize(("size", "is_what"), [(True, "a truth value"), (["a"], "a list"), ("null", "no id")])
def test_what_is_no_value_to_be_counted_among_several_is_a_mismatch_too(size: object, is_what: str) -> None:
    account = watched({"kind": "distinct", "window": "30d", "of": "size"}, usage(at=NOON, size=size))
    assert account.facts["it"] == 0
    assert account.plan.type_mismatches == {TypeMismatch("it", "size", is_what): 1}


def test_one_value_in_several_spellings_is_counted_once() -> None:
    sent = [usage(at=NOON, size=size) for size in (7, 7.0, "7", " 7", "7\u200b", "")]
    assert fact({"kind": "distinct", "window": "30d", "of": "size"}, *sent) == 1


def test_a_name_in_a_model_is_the_events_however_its_letters_are_composed() -> None:
    table = {"kind": "count", "window": "30d", "events": ["Cafe\u0301 Opened"]}
    assert fact(table, usage(at=NOON, event="Caf\u00e9 Opened"), usage(at=NOON - 1, event="Cafe\u0301 Opened ")) == 2
