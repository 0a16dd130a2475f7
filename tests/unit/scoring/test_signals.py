"""Every kind of signal through the real fold, on cases that can be counted by hand. `T` is noon of 1 March."""

from __future__ import annotations

import itertools
from math import sqrt
from typing import Any

import pytest

from scoring.fingerprint import fingerprint
from scoring.model import Model
from tests.builders import Sent, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.unit.scoring.test_windows import Watched

NOON = at_ms("2026-03-01T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
Table = dict[str, Any]


def model_of(table: Table, **header: Any) -> Model:
    """A model of this one signal, `it`; what it judges is another."""
    return a_model({"age": {"kind": "age"}, "it": table}, **header)


def watched(table: Table, *sent: Sent, **header: Any) -> Watched:
    """An account under a model of one signal that saw the events at noon."""
    account = Watched(model_of(table, **header), NOON)
    account.see(*sent)
    return account


def fact(table: Table, *sent: Sent, **header: Any) -> Any:
    """What the signal is at noon, the same in whatever order the events came."""
    facts = [watched(table, *order, **header).facts["it"] for order in (sent, sent[::-1])]
    assert facts[0] == facts[1]
    return facts[0]


def days_ago(*days: float, **fields: Any) -> list[Sent]:
    """A product event at each of these days before noon."""
    return [usage(at=NOON - round(day * DAY), **fields) for day in days]


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
    assert fact(table, *days_ago(3), subscription(at=NOON - 1_000 * DAY)) == 1_000


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


# --- what is open

OPEN: Table = {
    "kind": "open", "topics": ["tickets"], "events": ["opened"], "closed_by": ["resolved", "closed"],
    "item": "ticket_id", "weigh_by": "severity", "weights": {"low": 0.5, "urgent": 4},
}  # fmt: skip


def opened(item: Any, days: float, **fields: Any) -> Sent:
    return ticket(at=NOON - round(days * DAY), event="opened", ticket_id=item, **fields)


def closed(item: Any, days: float, event: str = "resolved") -> Sent:
    return ticket(at=NOON - round(days * DAY), event=event, ticket_id=item)


THREE_OPEN = [
    opened("a", 9.5, severity="urgent"),
    opened("b", 6, severity="low"),
    opened("c", 2, severity="odd"),
    opened("d", 20, severity="urgent"),
    closed("d", 1),
]


@pytest.mark.parametrize(("measure", "value"), [("count", 3), ("weight", 5.5), ("oldest", 9)])
def test_what_is_open_is_counted_weighed_by_severity_or_aged(measure: str, value: float) -> None:
    assert fact(OPEN | {"measure": measure}, *THREE_OPEN) == value


@pytest.mark.parametrize("measure", ["count", "weight", "oldest"])
def test_when_nothing_is_open_every_measure_is_0(measure: str) -> None:
    assert fact(OPEN | {"measure": measure}, opened("a", 3), closed("a", 2, "closed")) == 0
    assert fact(OPEN | {"measure": measure}, ticket(at=NOON)) == 0


def test_the_latest_event_of_an_id_decides_whatever_the_order_of_arrival() -> None:
    assert fact(OPEN, opened("a", 3), closed("a", 2)) == 0
    assert fact(OPEN, opened("a", 3), closed("a", 2), opened("a", 1)) == 1
    assert fact(OPEN | {"measure": "oldest"}, opened("a", 9), closed("a", 8), opened("a", 3)) == 3
    assert fact(OPEN | {"measure": "weight"}, opened("a", 3, severity="low"), opened("a", 2, severity="urgent")) == 4


def test_of_an_opening_and_a_closing_at_one_instant_the_greater_fingerprint_decides_in_either_order() -> None:
    opens, closes = fingerprint(f"\0opened\0{1.0!r}"), fingerprint(f"\0resolved\0{-1.0!r}")
    assert fact(OPEN, opened("a", 1), closed("a", 1)) == (1 if opens > closes else 0)


def test_a_close_that_comes_before_its_opening_closes_nothing_that_is_opened_later() -> None:
    assert fact(OPEN, closed("a", 3), opened("a", 2)) == 1


def test_ids_are_texts_or_numbers_and_an_event_without_one_says_nothing() -> None:
    nothing = [opened(item, 1) for item in (None, True, ["a"], {"id": "a"})] + [ticket(at=NOON, event="opened")]
    assert fact(OPEN, *nothing) == 0
    assert fact(OPEN, opened(7, 3), closed("7", 2)) == 0


def test_an_opening_without_any_text_in_its_id_says_nothing() -> None:
    assert fact(OPEN, opened("", 1)) == 0


def test_what_closes_on_another_topic_closes_only_when_also_says_so() -> None:
    elsewhere = usage(at=NOON - DAY, event="resolved", ticket_id="a")
    assert fact(OPEN, opened("a", 3), elsewhere) == 1
    assert fact(OPEN | {"also": ["resolved"]}, opened("a", 3), elsewhere) == 0


def test_what_was_opened_too_long_ago_counts_no_more() -> None:
    account = watched(OPEN | {"within": "10d"}, opened("a", 9), opened("b", 12))
    assert account.facts["it"] == 1
    assert account.series("it", [NOON + DAY - 1, NOON + DAY]) == [1, 0]


def test_the_oldest_grows_older_by_itself() -> None:
    account = watched(OPEN | {"measure": "oldest"}, opened("a", 2))
    assert account.series("it", [NOON, NOON + DAY - 1, NOON + DAY, NOON + 12 * DAY]) == [2, 2, 3, 14]


# --- milestones

STEPS: Table = {
    "kind": "milestones",
    "steps": [
        {"name": "signed up", "events": ["signed_up"], "topics": ["analytics", "billing"]},
        {"name": "set up", "events": ["setup", "import"], "due": "7d"},
        {"name": "large import", "events": ["import"], "where": [{"property": "rows", "at_least": 100}], "due": "30d"},
    ],
}


def test_milestones_are_counted_once_however_often_and_however_long_ago_they_were_reached() -> None:
    sent = [subscription(at=NOON - 900 * DAY, event="signed_up"), *days_ago(5, 3, event="import", rows=3)]
    assert fact(STEPS, *sent) == 2
    assert fact(STEPS, *sent, *days_ago(1, event="import", rows=100)) == 3
    assert fact(STEPS, ticket(at=NOON, event="signed_up")) == 0


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
    {"kind": "open", "item": "size", "closed_by": ["export"]},
    {"kind": "milestones", "steps": [{"name": "one", "events": ["login"]}, {"name": "two", "events": ["export"]}]},
)
"""One of each kind but `difference`, which is made of others."""


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


def test_a_property_of_the_wrong_type_is_counted_as_a_misfit_and_changes_nothing() -> None:
    account = watched({"kind": "last", "property": "size"}, usage(at=NOON - HOUR, size=3), usage(at=NOON, size="big"))
    assert account.facts["it"] == 3
    assert account.plan.misfits == {"it": 1}
