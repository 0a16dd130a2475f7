"""The oracle's signals on small cases worked out by hand. In the timelines `T` is the day of judgement, 1 March."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import scoring.oracle
from tests.builders import Sent, a_model, at_ms, ticket, usage
from tests.oracle import DAY_MS, Fact, verdicts

NOON = at_ms("2026-03-01T12:00Z")
HOUR = 3_600_000


def fact(table: dict[str, Any], *events: Sent, as_of_ms: int = NOON, **header: Any) -> Fact:
    """The only signal of a model, for acme."""
    return verdicts(a_model({"it": table}, **header), events, as_of_ms)["acme"].facts["it"]


def days_ago(*days: int, **fields: Any) -> list[Sent]:
    """A product event at noon of each of these days before 1 March."""
    return [usage(at=NOON - day * DAY_MS, **fields) for day in days]


# --- which events feed a signal


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        ({"is": "high"}, ["high"]),
        ({"is": ["low", "high"]}, ["high", "low"]),
        ({"is": 3}, [3, 3.0]),
        ({"is": 1}, [1]),
        ({"is": True}, [True]),
        ({"is": ["1", False]}, ["1"]),
        ({"at_least": 3}, [3, 3.0, 7.5]),
        ({"at_most": 3}, [1, 3, 3.0]),
        ({"at_least": 2, "at_most": 7.4}, [3, 3.0]),
        ({"is": [1, 7.5], "at_least": 2}, [7.5]),
        ({"exists": True}, ["high", "low", "1", 1, 3, 3.0, 7.5, True, ["high"], {"is": "high"}]),
        ({"exists": False}, [None, "not sent"]),
    ],
)
def test_a_condition_takes_texts_numbers_and_truth_values_for_themselves_alone(
    condition: dict[str, Any], taken: list[object]
) -> None:
    values = ["high", "low", "1", 1, 3, 3.0, 7.5, True, ["high"], {"is": "high"}, None]
    sent = [usage(at=NOON, of=value) for value in values] + [usage(at=NOON)]
    where = [{"property": "of", **condition}]
    got = [
        sent[number].body.get("properties", {}).get("of", "not sent")
        for number in range(len(sent))
        if fact({"kind": "count", "window": "1d", "where": where}, sent[number]) == 1
    ]
    assert [(type(value), value) for value in got] == [(type(value), value) for value in taken]


def test_all_conditions_must_hold_and_also_is_no_way_around_them() -> None:
    where = [{"property": "size", "at_least": 2}, {"property": "by", "is": "ann"}]
    table = {"kind": "count", "window": "1d", "also": ["login"], "events": ["export"], "where": where}
    given: tuple[dict[str, Any], ...] = ({"size": 2, "by": "ann"}, {"size": 1, "by": "ann"}, {"size": 2, "by": "bob"})
    fits = given[0]
    sent = [ticket(event="login", at=NOON, **each) for each in given]
    assert fact(table, *sent, usage(event="export", at=NOON, **fits), usage(event="import", at=NOON, **fits)) == 2


# --- windows of buckets


#   T-4   T-3   T-2   T-1    T
#    1  (  2     4  ](  8    16 ]      window 2d, prior: 2 + 4 of 1h buckets; an hour early is outside
def test_sums_and_means_are_of_the_window_or_of_the_one_before_it() -> None:
    sent = [usage(at=NOON - day * DAY_MS, size=size) for day, size in enumerate((16, 8, 4, 2, 1))]
    window = {"window": "2d", "property": "size"}
    assert fact({"kind": "sum", **window}, *sent) == 16 + 8
    assert fact({"kind": "sum", "prior": True, **window}, *sent) == 4 + 2
    assert fact({"kind": "mean", **window}, *sent) == (16 + 8) / 2
    assert fact({"kind": "mean", "prior": True, **window}, *sent) == (4 + 2) / 2


def test_numbers_are_summed_in_ten_thousandths_and_a_truth_value_a_text_and_what_is_too_great_add_nothing() -> None:
    values = (0.1, 0.2, 0.00005, 0.00016, -1e9, 1e9, 1.1e9, True, "7", [7], None)
    sent = [usage(at=NOON, size=value) for value in values]
    # In ten-thousandths: 1000, 2000, 0.5 (to the even neighbour, 0), 1.6 (to 2), and two that cancel out.
    assert fact({"kind": "sum", "window": "1d", "property": "size"}, *sent) == 0.3002
    assert fact({"kind": "mean", "window": "1d", "property": "size"}, *sent) == 3_002 / 60_000


def test_the_sum_of_nothing_is_nought_and_its_mean_is_unknown() -> None:
    sent = usage(at=NOON, size="large")
    assert fact({"kind": "sum", "window": "1d", "property": "size"}, sent) == 0
    assert fact({"kind": "mean", "window": "1d", "property": "size"}, sent) is None


#   26 Feb        27 Feb        28 Feb        1 March
#   ──────────────( 13h    23h ●│0h ●    ●    │        T=12h ]      three days' worth of events in 72 buckets
def test_days_with_an_event_are_days_of_the_calendar() -> None:
    instants = [NOON - 71 * HOUR, NOON - 37 * HOUR, NOON - 36 * HOUR, NOON - 35 * HOUR]
    table = {"kind": "distinct", "of": "day", "window": "3d"}
    assert fact(table, *(usage(at=at) for at in instants)) == 3  # 26, 27 and 28 February


# --- latest values


def test_a_length_is_that_of_the_latest_list() -> None:
    table = {"kind": "last", "property": "risks", "type": "length"}
    values: tuple[Any, ...] = (["legal", {"name": "budget"}], [], "legal")
    two, none, wrong = ({"risks": value} for value in values)
    before, then, now = (NOON - hours * HOUR for hours in (2, 1, 0))
    assert fact(table, usage(at=before, **none), usage(at=then, **two), usage(at=now, **wrong)) == 2.0
    assert fact(table, usage(at=before, **two), usage(at=then, **none)) == 0.0
    assert fact(table, usage(at=now, **wrong)) is None


def test_a_latest_value_is_of_the_events_that_fulfil_the_conditions_and_is_set_to_nought_without_them() -> None:
    where = [{"property": "final", "is": True}]
    table = {"kind": "last", "property": "mrr", "where": where, "zero_on": ["canceled"]}
    kept, draft = usage(at=NOON - 2, mrr=100, final=True), usage(at=NOON - 1, mrr=70, final=False)
    assert fact(table, kept, draft) == 100.0
    assert fact(table, kept, draft, usage(at=NOON, event="canceled")) == 0.0


# --- whole days


#        week 1 (T-14 … T-8)     week 0 (T-7 … T-1)     T
#   ●   │●                   ●│ ●          ●          ●│●      T-15 and T are outside: x = 2 and 3
def test_volatility_is_of_whole_weeks_up_to_yesterday() -> None:
    table = {"kind": "volatility", "weeks": 2}
    sent = days_ago(15, 14, 8, 7, 4, 1, 0)
    assert fact(table, *sent) == (2 * (4 + 9) - 25) ** 0.5 / 5  # deviation 0.5 by mean 2.5
    assert fact(table, *sent) == 0.2


def test_volatility_is_unknown_until_all_weeks_are_lived_through_and_while_all_are_empty() -> None:
    table = {"kind": "volatility", "weeks": 2, "events": ["export"]}
    export = days_ago(3, event="export")
    assert fact(table, *export, *days_ago(13)) is None
    assert fact(table, *export, *days_ago(14)) == 1.0  # totals 1 and 0: sqrt(2 - 1) / 1
    assert fact(table, *days_ago(20, 10, 5)) is None


#   T-14 │ T-13 … T-10  │ T-9 … T        window 4d, back 10d: the days T-13, T-12, T-11 and T-10
#    ●   │  ●       ●   │  ●
def test_a_season_is_the_days_that_ended_so_long_ago() -> None:
    table = {"kind": "season", "window": "4d", "back": "10d"}
    assert fact(table, *days_ago(14, 13, 10, 9)) == 2
    assert fact(table, *days_ago(13, 10, 9)) == 2
    assert fact(table, *days_ago(12, 10, 9)) is None  # the account was not there on all of its days


def test_what_is_of_whole_days_asks_for_conditions_too() -> None:
    where = [{"property": "size", "at_least": 2}]
    sent = [*days_ago(20), *days_ago(12, 11, 3, size=2), *days_ago(12, 2, size=1)]
    assert fact({"kind": "peak", "window": "2d", "within": "30d", "where": where}, *sent) == 2
    assert fact({"kind": "season", "window": "4d", "back": "10d", "where": where}, *sent) == 2
    assert fact({"kind": "volatility", "weeks": 2, "where": where}, *sent) == (2 * (1 + 4) - 9) ** 0.5 / 3
    assert fact({"kind": "since_last", "where": where}, *sent) == 3


# --- what is open

OPEN: dict[str, Any] = {
    "kind": "open",
    "topics": ["tickets"],
    "events": ["ticket_opened"],
    "item": "ticket_id",
    "closed_by": ["ticket_closed"],
    "weigh_by": "severity",
    "weights": {"high": 3, "low": 0.5},
    "within": "30d",
}


def opened(hours_ago: float, item: object, event: str = "ticket_opened", **fields: Any) -> Sent:
    return ticket(at=NOON - round(hours_ago * HOUR), event=event, ticket_id=item, **fields)


def still_open(*events: Sent, **changed: Any) -> tuple[Fact, Fact, Fact]:
    """How many, how heavy, how old in days."""
    of_three = [fact({**OPEN, **changed, "measure": measure}, *events) for measure in ("count", "weight", "oldest")]
    return of_three[0], of_three[1], of_three[2]


#        a ●───────────────────────────── T      high: 3, two days and 23 hours old
#        b ●─────────○    ●────────────── T      low, opened again: 0.5
#        c ●────────────────○                    closed
#        7 ●───────────────────────────── T      weight 1: "none" is not listed
def test_what_was_opened_and_not_closed_is_open_by_its_latest_event() -> None:
    events = [
        opened(71, "a", severity="high"),
        opened(90, "b", severity="high"),
        opened(50, "b", "ticket_closed"),
        opened(30, "b", severity="low"),
        opened(90, "c"),
        opened(10, "c", "ticket_closed"),
        opened(5, 7, severity="none"),
    ]
    assert still_open(*events) == (3, 4.5, 2)
    assert still_open(*events[::-1]) == (3, 4.5, 2)
    assert still_open(*events, opened(4, "7", "ticket_closed")) == (2, 3.5, 2)  # 7 is "7"


def test_nothing_open_is_nought_of_each() -> None:
    assert still_open(opened(3, "a"), opened(2, "a", "ticket_closed")) == (0, 0.0, 0)


def test_an_event_without_a_usable_id_opens_nothing() -> None:
    sent = [opened(1, item) for item in (None, True, ["a"], {"id": "a"})] + [ticket(at=NOON)]
    assert still_open(*sent) == (0, 0.0, 0)


#   T-30d in buckets          T
#   ├a┤                      ├T┤      a = bucket(T) - 720: forgotten
#     (b──────── 720 ────────T]       b = the first that counts
def test_only_events_within_reach_count() -> None:
    assert still_open(opened(30 * 24, "a")) == (0, 0.0, 0)
    assert still_open(opened(30 * 24 - 1, "a")) == (1, 1.0, 29)
    closed_again = [opened(30 * 24 - 1, "a"), opened(30 * 24, "a", "ticket_closed")]
    assert still_open(*closed_again) == (1, 1.0, 29)


def test_conditions_are_for_what_opens_and_any_topic_closes_by_a_name_in_also() -> None:
    where = [{"property": "severity", "is": "high"}]
    sent = [opened(3, "a", severity="high"), opened(3, "b", severity="low")]
    assert still_open(*sent, where=where) == (1, 3.0, 0)
    assert still_open(*sent, opened(2, "a", "ticket_closed", severity="low"), where=where) == (0, 0.0, 0)
    elsewhere = usage(at=NOON, event="ticket_closed", ticket_id="a")
    assert still_open(*sent, elsewhere, where=where) == (1, 3.0, 0)
    assert still_open(*sent, elsewhere, where=where, also=["ticket_closed"]) == (0, 0.0, 0)


def test_of_an_opening_and_a_closing_at_one_instant_the_same_one_decides_in_any_order() -> None:
    both = [opened(1, "a", id="e1"), opened(1, "a", "ticket_closed", id="e2")]
    assert still_open(*both) == still_open(*both[::-1])


# --- milestones


def test_milestones_are_counted_once_each_however_long_ago() -> None:
    steps = [
        {"name": "first login", "events": ["login"]},
        {"name": "big export", "events": ["export"], "where": [{"property": "rows", "at_least": 100}]},
        {"name": "paid", "events": ["plan_changed"], "topics": ["billing"]},
    ]
    table = {"kind": "milestones", "steps": steps}
    assert fact(table, *days_ago(900, 800, 700)) == 1
    assert fact(table, *days_ago(900), *days_ago(1, event="export", rows=100)) == 2
    assert fact(table, *days_ago(1, event="export", rows=99), *days_ago(1, event="plan_changed")) == 0


# --- independence


def test_the_oracle_shares_with_the_fold_only_the_definitions() -> None:
    shared = (
        "scoring.model.schema",
        "scoring.model.model",
        "scoring.instants",
        "scoring.fingerprint",
        "scoring.oracle",
    )
    modules = sorted(Path(scoring.oracle.__file__ or "").parent.rglob("*.py"))
    imported = {
        f"{node.module}.{alias.name}"
        for module in modules
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    of_ours = {name for name in imported if name.startswith("scoring.") and not name.startswith(shared)}
    assert len(modules) >= 5
    assert of_ours == set()
