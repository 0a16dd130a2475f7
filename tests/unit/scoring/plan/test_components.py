"""Every shape of component, its needs and its exceptions, through the real fold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import ticket, usage
from tests.support.account_under_model import DAY, NOON, NUMBERS, Seen, Table, sent


def judged(component: Table, **values: Any) -> float | None:
    """The judgement of an account with these latest values; what is not given is unknown."""
    return Seen({"it": {"weight": 1, **component}}, sent(**values)).judgement()


# --- shapes


@pytest.mark.parametrize(
    ("shape", "norm", "judgement"),
    [
        ("share_of_max", {"x": 8.0}, 25.0),
        ("share_of_max", {"x": 2.0}, 100.0),
        ("share_of_max", {"x": 1.0}, 100.0),  # it went beyond the norm since that was made
        ("share_of_max", {"x": 0.0}, 0.0),
        ("share_of_max", {}, None),
        ("inverse_share_of_max", {"x": 8.0}, 75.0),
        ("inverse_share_of_max", {"x": 1.0}, 0.0),
        ("inverse_share_of_max", {"x": 0.0}, 100.0),
        ("inverse_share_of_max", {}, None),
    ],
)
def test_a_share_of_the_most_is_measured_by_the_cohorts_norm(
    shape: str, norm: dict[str, float], judgement: float | None
) -> None:
    seen = Seen({"it": {"shape": shape, "signal": "x", "weight": 1}}, sent(x=2))
    assert seen.judgement(norm=norm) == judgement


def test_an_accounts_own_peak_is_its_measure_and_without_any_there_is_no_evidence() -> None:
    signals = {"x": {"kind": "count", "window": "3d"}, "best": {"kind": "peak", "window": "3d", "within": "60d"}}
    component = {"it": {"shape": "vs_own_peak", "signal": "x", "peak": "best", "weight": 1}}
    events = [usage(at=NOON - 30 * DAY)] * 4 + [usage(at=NOON)] * 3
    assert Seen(component, *events, signals=signals).judgement() == 75
    assert Seen(component, *events, usage(at=NOON), usage(at=NOON), signals=signals).judgement() == 100
    assert Seen(component, ticket(at=NOON), signals=signals).judgement() is None


TREND: Table = {"shape": "trend", "signal": "x", "prior": "y", "min_history": "1h"}


def trend(now: float | None, before: float | None, *, age_days: float = 400, **configured: Any) -> float | None:
    values = {name: value for name, value in (("x", now), ("y", before)) if value is not None}
    component = {"it": {"weight": 1, **TREND, **configured}}
    return Seen(component, usage(at=NOON - round(age_days * DAY)), sent(**values)).judgement()


@pytest.mark.parametrize(
    ("now", "judgement"),
    [(70, 0.0), (80, 0.0), (90, 25.0), (98, 45.0), (100, 50.0), (110, 75.0), (120, 100.0), (130, 100)],
)
def test_a_trend_is_0_at_a_fall_of_a_fifth_50_when_flat_and_100_at_a_rise_of_a_fifth(
    now: float, judgement: float
) -> None:
    assert trend(now, 100) == pytest.approx(judgement)


def test_what_is_steep_and_what_flat_stands_for_can_be_configured() -> None:
    configured = {"full": 0.4, "rise": 0.1, "flat": 80}
    assert [trend(now, 100, **configured) for now in (60, 80, 100, 105, 110)] == pytest.approx([0, 40, 80, 90, 100])
    assert trend(150, 100, full=0.5) == 100
    assert trend(75, 100, full=0.5) == 25


def test_a_trend_from_nothing_is_a_rise_and_of_nothing_no_evidence() -> None:
    assert trend(1, 0) == 100
    assert trend(0, 0) is None
    assert trend(0, 1) == 0
    assert trend(None, 1) is None
    assert trend(1, None) is None


@pytest.mark.parametrize(("now", "change"), [(221, "+0%"), (222, "+0%"), (219, "-1%"), (225, "+1%")])
def test_a_trend_that_rounds_to_nothing_is_no_fall_in_words(now: int, change: str) -> None:
    component = {"it": {"weight": 1, **TREND}}
    seen = Seen(component, usage(at=NOON - 400 * DAY), sent(x=now, y=222))
    assert seen.explained.contributions[0].words.endswith(f"({change})")


def test_an_account_under_28_days_has_no_trend_unless_the_model_says_otherwise() -> None:
    assert trend(100, 100, age_days=27.9, min_history="28d") is None
    assert trend(100, 100, age_days=28, min_history="28d") == 50
    assert trend(100, 100, age_days=2, min_history="1d") == 50


def test_a_trend_can_be_against_the_same_weeks_of_last_year() -> None:
    signals = {"x": {"kind": "count", "window": "28d"}, "y": {"kind": "season", "window": "28d", "back": "364d"}}
    component = {"it": {"shape": "trend", "signal": "x", "prior": "y", "weight": 1}}
    last_year, now = [usage(at=NOON - 370 * DAY)] * 10, [usage(at=NOON - DAY)] * 9
    assert Seen(component, usage(at=NOON - 391 * DAY), *last_year[1:], *now, signals=signals).judgement() == 25
    assert Seen(component, *last_year, *now, signals=signals).judgement() is None  # not a year of history yet


def test_a_ratio_is_of_a_number_or_of_a_signal_and_at_most_100() -> None:
    assert judged({"shape": "ratio", "signal": "x", "of": 12}, x=8) == pytest.approx(100 * 8 / 12)
    assert judged({"shape": "ratio", "signal": "x", "of": "y"}, x=8, y=50) == 16
    assert judged({"shape": "ratio", "signal": "x", "of": "y"}, x=60, y=50) == 100
    assert judged({"shape": "ratio", "signal": "x", "of": "y"}, x=8, y=0) is None
    assert judged({"shape": "ratio", "signal": "x", "of": "y"}, x=8) is None
    assert judged({"shape": "ratio", "signal": "x", "of": "y"}, y=50) is None


@pytest.mark.parametrize(
    ("used", "key_used", "emphasis", "judgement"),
    [
        (8, 4, 2, 100 * 12 / 16),
        (8, 0, 2, 100 * 8 / 16),
        (12, 4, 2, 100.0),
        (8, 4, 3, 100 * 16 / 20),
        (8, 4, 1, 100 * 8 / 12),
    ],
)
def test_key_features_count_as_often_as_the_emphasis_says(
    used: float, key_used: float, emphasis: float, judgement: float
) -> None:
    """12 features, 4 of them key."""
    component = {"shape": "ratio", "signal": "x", "of": 12, "key": "y", "key_of": 4, "emphasis": emphasis}
    assert judged(component, x=used, y=key_used) == pytest.approx(judgement)


def test_an_unknown_key_part_counts_0_and_an_unknown_number_of_keys_is_no_evidence() -> None:
    component = {"shape": "ratio", "signal": "x", "of": 12, "key": "y", "key_of": "z"}
    assert judged(component, x=8, z=4) == 50
    assert judged(component, x=8, y=4) is None


def test_a_line_goes_through_its_points_and_is_flat_beyond_them() -> None:
    line = {"shape": "linear", "signal": "x", "points": [[1, 100], [3, 60], [10, 0]]}
    assert [judged(line, x=x) for x in (0, 1, 2, 3, 6.5, 10, 99)] == [100, 100, 80, 60, 30, 0, 0]
    assert judged(line) is None


def test_a_line_per_something_is_of_the_signal_per_hundred_of_it() -> None:
    line = {"shape": "linear", "signal": "x", "per": "y", "points": [[1, 100], [21, 0]]}
    assert judged(line, x=11, y=100) == 50
    assert judged(line, x=11, y=1_000) == pytest.approx(99.5)
    assert judged(line, x=0, y=0) is None
    assert judged(line, x=1) is None


def cadence(days: float | None, **configured: Any) -> float | None:
    events = [] if days is None else [usage(at=NOON - round(days * DAY), event="check")]
    component = {"it": {"shape": "cadence", "signal": "since", "due": 30, "weight": 1, **configured}}
    return Seen(component, sent(x=1), *events).judgement()


def test_a_cadence_is_kept_until_it_is_due_and_lapses_after_twice_as_long() -> None:
    assert [cadence(days) for days in (0, 30, 30.9, 45, 60, 99)] == [100, 100, 100, 50, 0, 0]
    assert [cadence(days, lapse=90) for days in (30, 45, 60, 90)] == [100, 75, 50, 0]


def test_what_never_happened_is_no_evidence_unless_the_model_says_what_it_is() -> None:
    assert cadence(None) is None
    assert cadence(None, never=20) == 20


def test_a_category_is_what_its_text_stands_for() -> None:
    tiers = {"shape": "category", "signal": "text", "values": {"high": 90, "very low": 5}}
    assert judged(tiers, text="high") == 90
    assert judged(tiers, text="very low") == 5
    assert judged(tiers, text="odd") is None
    assert judged(tiers | {"otherwise": 40}, text="odd") == 40
    assert judged(tiers | {"otherwise": 40}) is None


STEPS: Table = {
    "kind": "milestones",
    "steps": [
        {"name": "set up", "events": ["setup"], "due": "7d"},
        {"name": "team", "events": ["invited"], "due": "14d"},
        {"name": "value", "events": ["report"], "due": "30d", "weight": 2},
    ],
}


@pytest.mark.parametrize(
    ("age_days", "reached", "judgement"),
    [
        (0, [], None),
        (6, [], None),
        (7, [], 0.0),
        (6, ["setup"], 100.0),
        (13, ["setup"], 100.0),
        (14, ["setup"], 50.0),
        (30, ["setup", "invited"], 50.0),
        (30, ["setup", "report"], 75.0),
        (2, ["report"], 100.0),  # early is as good as in time
        (300, ["setup", "invited", "report"], 100.0),
    ],
)
def test_of_the_milestones_that_are_reached_or_due_the_share_reached_counts(
    age_days: int, reached: list[str], judgement: float | None
) -> None:
    events = [usage(at=NOON - age_days * DAY), *(usage(at=NOON, event=name) for name in reached)]
    signals = {"age": {"kind": "age"}, "steps": STEPS}
    assert Seen(
        {"it": {"shape": "milestones", "signal": "steps", "weight": 1}}, *events, signals=signals
    ).judgement() == (judgement)


def test_a_milestone_without_a_date_is_always_due() -> None:
    steps = {"kind": "milestones", "steps": [{"name": "one", "events": ["one"]}, {"name": "two", "events": ["two"]}]}
    component = {"it": {"shape": "milestones", "signal": "steps", "weight": 1}}
    assert (
        Seen(component, usage(at=NOON, event="one"), signals={"age": {"kind": "age"}, "steps": steps}).judgement() == 50
    )


def test_points_are_capped_both_ways_where_a_model_adds_up() -> None:
    component = {"it": {"shape": "capped", "signal": "x", "cap": 30, "weight": 50}}
    for x, judgement in ((-99, -100), (-15, -50), (0, 0), (30, 100), (99, 100)):
        assert Seen(component, sent(x=x), combine="sum").judgement() == judgement


TENTH: Table = {"shape": "ratio", "of": 10, "weight": 0}
PARTS: dict[str, Table] = {name: {**TENTH, "signal": name} for name in NUMBERS}


def blended(blend: Table, **values: float) -> float | None:
    return Seen({"it": {"shape": "blend", "weight": 1, **blend}, **PARTS}, sent(**values)).judgement()


def test_a_blend_is_the_weighted_mean_of_its_parts_that_have_evidence() -> None:
    parts = {"parts": {"x": 2, "y": 1, "z": 1}}
    assert blended(parts, x=10, y=4, z=0) == 60
    assert blended(parts, x=10, y=4) == 80
    assert blended(parts, z=3) == 30
    assert blended(parts, x=10, y=0, z=0) == 50


def test_a_blend_of_nothing_is_no_evidence() -> None:
    assert Seen({"it": {"shape": "blend", "parts": {"x": 1}, "weight": 1}, **PARTS}, sent()).judgement() is None


def test_a_blend_can_be_of_blends_in_any_order_of_the_file() -> None:
    inner = {"shape": "blend", "parts": {"y": 1, "z": 3}, "weight": 0}
    components = {"it": {"shape": "blend", "parts": {"x": 1, "inner": 1}, "weight": 1}, "inner": inner, **PARTS}
    assert Seen(components, sent(x=10, y=10, z=2)).judgement() == (100 + 40) / 2


def test_a_blend_has_needs_and_exceptions_as_any_other() -> None:
    blend = {"parts": {"x": 1, "y": 1}, "needs": "z", "when": [{"signal": "z", "above": 5, "judgement": 7}]}
    assert blended(blend, x=10, y=5) is None
    assert blended(blend, x=10, y=5, z=1) == 75
    assert blended(blend, x=10, y=5, z=6) == 7


# --- needs and exceptions


def test_without_what_it_needs_there_is_no_evidence() -> None:
    ratio = {"shape": "ratio", "signal": "x", "of": 10, "needs": "y"}
    assert [judged(ratio, x=5, y=y) for y in (-1, 0, 0.5)] == [None, None, 50]
    assert judged(ratio, x=5) is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"at_least": 3}, [3, 4]),
        ({"above": 3}, [4]),
        ({"at_most": 3}, [2, 3]),
        ({"below": 3}, [2]),
        ({"above": 2, "below": 4}, [3]),
        ({"known": True}, [2, 3, 4]),
    ],
)
def test_an_exception_decides_where_its_condition_holds(condition: Table, holds: list[float]) -> None:
    ratio = {"shape": "ratio", "signal": "x", "of": 10, "when": [{"signal": "y", "judgement": 99, **condition}]}
    assert [y for y in (2, 3, 4) if judged(ratio, x=1, y=y) == 99] == holds
    assert judged(ratio, x=1) == 10


def test_an_exception_may_ask_for_a_text_or_for_what_is_not_known() -> None:
    rules = [
        {"signal": "text", "is": ["angry", "hostile"], "judgement": 1},
        {"signal": "text", "known": False, "judgement": 2},
    ]
    ratio = {"shape": "ratio", "signal": "x", "of": 10, "when": rules}
    assert judged(ratio, x=1, text="hostile") == 1
    assert judged(ratio, x=1, text="kind") == 10
    assert judged(ratio, x=1) == 2


def test_the_first_exception_that_holds_whole_decides() -> None:
    rules = [
        {"signal": "x", "at_least": 5, "and": [{"signal": "y", "at_least": 1}], "judgement": 11},
        {"signal": "x", "at_least": 4, "judgement": 22},
        {"signal": "x", "at_least": 3, "judgement": 33},
    ]
    ratio = {"shape": "ratio", "signal": "x", "of": 10, "when": rules}
    assert [judged(ratio, x=x) for x in (2, 3, 4, 9)] == [20, 33, 22, 22]
    assert judged(ratio, x=9, y=1) == 11


def test_an_exception_decides_even_where_the_shape_has_no_evidence() -> None:
    rules = [{"signal": "y", "at_least": 1, "judgement": 40}]
    assert judged({"shape": "ratio", "signal": "x", "of": 10, "when": rules}, y=1) == 40


# --- support: spike and silence

TICKETS: Table = {"kind": "count", "topics": ["tickets"], "window": "14d"}
SUPPORT_SIGNALS: dict[str, Table] = {
    "tickets": TICKETS,
    "before": TICKETS | {"prior": True},
    "change": {"kind": "difference", "of": "tickets", "minus": "before"},
}
SUPPORT: Table = {
    "shape": "linear",
    "signal": "tickets",
    "points": [[2, 100], [12, 0]],
    "when": [
        {"signal": "change", "at_least": 5, "judgement": 5},
        {"signal": "tickets", "at_most": 0, "and": [{"signal": "before", "at_least": 4}], "judgement": 50},
    ],
    "weight": 1,
}


@pytest.mark.parametrize(
    ("now", "before", "judgement"),
    [(0, 0, 100), (2, 0, 100), (7, 3, 50), (7, 2, 5), (0, 3, 100), (0, 4, 50), (1, 4, 100)],
)
def test_a_spike_of_tickets_and_a_sudden_silence_are_told_from_the_usual(
    now: int, before: int, judgement: float
) -> None:
    events = [ticket(at=NOON - DAY)] * now + [ticket(at=NOON - 20 * DAY)] * before
    assert Seen({"it": SUPPORT}, usage(at=NOON), *events, signals=SUPPORT_SIGNALS).judgement() == judgement


def test_silence_sets_in_by_itself_at_the_hour_at_which_the_last_question_is_two_weeks_old() -> None:
    seen = Seen({"it": SUPPORT}, *[ticket(at=NOON)] * 4, signals=SUPPORT_SIGNALS)
    assert seen.to(NOON + 14 * DAY - 1).judgement() == 80
    assert seen.to(NOON + 14 * DAY).judgement() == 50
    assert seen.to(NOON + 28 * DAY).judgement() == 100
