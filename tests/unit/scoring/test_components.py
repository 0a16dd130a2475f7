"""Every shape of component, and every rule of the score, through the real fold. Signals here are mostly latest values,
so that a case says what they are: `judged(RATIO, x=4)` is an account whose `x` was last sent as 4."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.account import Account
from scoring.explain import health_score
from scoring.health import HealthScore
from scoring.plan import Plan
from scoring.score_plan import Judged
from tests.builders import Sent, a_model, at_ms, ticket, usage

NOON = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Table = dict[str, Any]
NUMBERS = {name: {"kind": "last", "property": name} for name in ("x", "y", "z")}
TEXT = {"kind": "last", "property": "text", "type": "text"}
SIGNALS: dict[str, Table] = {
    **NUMBERS,
    "text": TEXT,
    "age": {"kind": "age"},
    "since": {"kind": "since_last", "events": ["check"]},
}


class Seen:
    """An account that saw these events, judged at noon; `to` moves the instant."""

    def __init__(self, components: dict[str, Table], *sent: Sent, signals: dict[str, Table] = SIGNALS, **more: Any):
        self.plan = Plan(a_model(signals, components, **more))
        self.account = Account(self.plan, NOON)
        for each in sent:
            self.account.apply(self.plan, self.plan.decoder.decode(each.topic, each.value, 0, 1 << 50), NOON)

    def to(self, as_of_ms: int) -> Seen:
        self.account.advance(self.plan, as_of_ms)
        return self

    def judgement(self, name: str = "it", norm: dict[str, float] | None = None) -> float | None:
        judged = self.plan.live.judge_all(self.account, norm or {})
        return judged[[component.name for component in self.plan.live.components].index(name)]

    @property
    def score(self) -> Judged:
        """Worked out anew, and the same as what is kept up to date."""
        score = self.plan.live.score(self.account, {})
        assert score == self.plan.live.refresh(self.account, {})
        assert score is not None
        return score

    @property
    def explained(self) -> HealthScore:
        explained = health_score(self.plan.live, self.account, {})
        assert explained is not None
        return explained


def sent(**values: Any) -> Sent:
    """An event that sets latest values."""
    return usage(at=NOON, **values)


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


# --- the score

THREE: dict[str, Table] = {
    "x": {**TENTH, "signal": "x", "weight": 50},
    "y": {**TENTH, "signal": "y", "weight": 30},
    "z": {**TENTH, "signal": "z", "weight": 20},
}


def test_what_has_no_evidence_is_left_out_and_coverage_says_how_much() -> None:
    assert Seen(THREE, sent(x=10, y=5, z=0)).score.value == 65
    two = Seen(THREE, sent(x=10, z=5), share_max=1).score
    assert two.value == pytest.approx((50 * 100 + 20 * 50) / 70)
    assert two.coverage == pytest.approx(0.7)


def test_a_lone_components_share_is_capped_and_the_rest_is_neutral() -> None:
    assert Seen(THREE, sent(z=10)).score.value == pytest.approx(0.6 * 100 + 0.4 * 50)
    two = Seen(THREE, sent(x=10, z=0)).score  # 50 of 70 would be more than 0.6, and nobody may take on the rest
    assert two.value == pytest.approx(0.6 * 100 + (1 - 0.6 - 2 / 7) * 50)
    assert Seen(THREE, sent(z=10), share_max=0.25, neutral=20).score.value == pytest.approx(0.25 * 100 + 0.75 * 20)
    assert Seen(THREE, sent(z=10), share_max=1).score.value == 100


def test_a_component_may_always_take_its_own_share_of_all_weight() -> None:
    heavy = THREE | {"x": {**TENTH, "signal": "x", "weight": 150}}
    assert Seen(heavy, sent(x=10)).score.value == pytest.approx(75 + 25 * 0.5)
    assert Seen({"x": THREE["x"]}, sent(x=10)).score.value == 100


@pytest.mark.parametrize(
    ("values", "below", "provisional"),
    [
        ({"x": 1}, 0.5, False),  # exactly half of the weight has evidence
        ({"y": 1}, 0.5, True),
        ({"y": 1}, 0.3, False),
        ({"x": 1, "y": 1}, 0.81, True),
        ({"x": 1, "y": 1, "z": 1}, 1.0, False),
    ],
)
def test_a_score_on_too_little_of_the_weight_is_provisional(
    values: dict[str, float], below: float, provisional: bool
) -> None:
    assert Seen(THREE, sent(**values), provisional_below=below).score.provisional is provisional


def test_without_any_evidence_that_weighs_there_is_no_score() -> None:
    seen = Seen({**PARTS, "it": {**TENTH, "signal": "x", "weight": 1}}, sent(y=10))
    assert seen.plan.live.score(seen.account, {}) is None


def test_points_that_add_up_want_all_their_components_and_stay_within_0_to_100() -> None:
    components = {
        "x": {**TENTH, "signal": "x", "weight": 70},
        "y": {"shape": "capped", "signal": "y", "cap": 10, "weight": 50},
    }
    for values, value in (({"x": 10, "y": -5}, 45), ({"x": 10, "y": 10}, 100), ({"x": 0, "y": -10}, 0)):
        assert Seen(components, sent(**values), combine="sum").score.value == value
    lacking = Seen(components, sent(x=10), combine="sum")
    assert lacking.plan.live.score(lacking.account, {}) is None


# --- floors and flags

FLOORS: dict[str, Table] = {
    "late": {"when": [{"signal": "y", "at_least": 30}], "to": 40, "label": "Late"},
    "lost": {"when": [{"signal": "y", "at_least": 60}, {"signal": "z", "at_most": 0}], "to": 10},
}
LEVEL = {"level": {**TENTH, "signal": "x", "weight": 1}}


@pytest.mark.parametrize(
    ("values", "value", "holding"),
    [
        ({"x": 9, "y": 29}, 90, ()),
        ({"x": 9, "y": 30}, 40, ("late",)),
        ({"x": 3, "y": 30}, 30, ("late",)),  # it never raises
        ({"x": 9, "y": 60}, 40, ("late",)),
        ({"x": 9, "y": 60, "z": 0}, 10, ("late", "lost")),
        ({"x": 0, "y": 60, "z": 0}, 0, ("late", "lost")),
    ],
)
def test_a_floor_only_lowers_and_the_lowest_of_those_that_hold_wins(
    values: dict[str, float], value: float, holding: tuple[str, ...]
) -> None:
    score = Seen(LEVEL, sent(**values), floors=FLOORS).score
    assert (score.value, score.flags) == (value, holding)


def test_a_floor_is_shown_with_its_label_its_words_and_what_it_holds_the_score_to() -> None:
    signals = SIGNALS | {"since": {"kind": "since_last", "label": "login"}}
    floors = {"silent": {"when": [{"signal": "since", "at_least": 30}], "to": 40, "label": "No login in 30 days"}}
    seen = Seen(LEVEL, sent(x=9), signals=signals, floors=floors).to(NOON + 31 * DAY)
    (flag,) = seen.explained.flags
    assert (flag.name, flag.label, flag.words, flag.floor) == (
        "silent",
        "No login in 30 days",
        "no login in 31 days",
        40,
    )
    assert seen.explained.value == 40


def test_a_floor_sets_in_by_itself_when_its_day_comes() -> None:
    floors = {"silent": {"when": [{"signal": "since", "at_least": 30}], "to": 40}}
    seen = Seen(LEVEL, sent(x=9), usage(at=NOON, event="check"), floors=floors)
    assert [seen.to(NOON + 30 * DAY - 1).score.value, seen.to(NOON + 30 * DAY).score.value] == [90, 40]


def test_a_red_flag_leaves_the_score_as_it_is() -> None:
    flags = {"angry": {"when": [{"signal": "text", "is": "angry"}], "label": "Angry"}}
    seen = Seen(LEVEL, sent(x=9, text="angry"), flags=flags)
    (flag,) = seen.explained.flags
    assert (seen.score.value, flag.name, flag.label, flag.floor) == (90, "angry", "Angry", None)
    assert Seen(LEVEL, sent(x=9, text="calm"), flags=flags).score.flags == ()


# --- profiles

PROFILES: dict[str, Table] = {
    "large": {"when": [{"signal": "text", "is": ["enterprise", "scale"]}], "weights": {"x": 10, "y": 90}},
    "young": {"when": [{"signal": "age", "below": 90}], "weights": {"z": 1}, "rank": 1, "provisional": True},
}


def profiled(age_days: int, **values: Any) -> Judged:
    return Seen(THREE, usage(at=NOON - age_days * DAY), sent(x=10, y=5, z=0, **values), profiles=PROFILES).score


def test_a_profile_has_weights_of_its_own_and_what_it_leaves_out_weighs_nothing() -> None:
    assert (profiled(100).profile, profiled(100).value) == ("", 65)
    taken = profiled(100, text="scale")
    assert (taken.profile, taken.value, taken.coverage, taken.provisional) == ("large", 55, 1.0, False)


def test_of_two_profiles_that_hold_the_higher_rank_is_taken() -> None:
    taken = profiled(89, text="scale")
    assert (taken.profile, taken.value, taken.provisional) == ("young", 0, True)


def test_an_account_grows_out_of_a_profile_by_itself_in_that_hour() -> None:
    seen = Seen(THREE, sent(x=10, y=5, z=0), profiles=PROFILES)
    seen.to(NOON + 90 * DAY - 1)
    assert (seen.score.profile, seen.score.value) == ("young", 0)
    seen.to(NOON + 90 * DAY)
    assert (seen.score.profile, seen.score.value) == ("", 65)


def test_a_trait_is_the_latest_by_time_and_an_older_one_that_comes_late_changes_nothing() -> None:
    older = usage(at=NOON - DAY, text="enterprise")
    seen = Seen(THREE, usage(at=NOON - 100 * DAY), sent(x=10, y=5, z=0, text="self-serve"), older, profiles=PROFILES)
    assert seen.score.profile == ""


def test_a_component_of_weight_0_counts_where_a_profile_gives_it_weight() -> None:
    components = {**LEVEL, "extra": {**TENTH, "signal": "y", "weight": 0}}
    profiles = {"other": {"when": [{"signal": "z", "at_least": 1}], "weights": {"extra": 1}}}
    assert Seen(components, sent(x=9, y=2), profiles=profiles).score.value == 90
    assert Seen(components, sent(x=9, y=2, z=1), profiles=profiles).score.value == 20


# --- explanation


def test_contributions_name_points_earned_and_possible_and_what_was_measured() -> None:
    score = Seen(THREE, sent(x=10, y=5, z=0)).explained
    assert [(each.component, each.points, each.possible) for each in score.contributions] == [
        ("x", 50, 50),
        ("y", 15, 30),
        ("z", 0, 20),
    ]
    assert [each.words for each in score.contributions] == ["x 10, of 10", "y 5, of 10", "z 0, of 10"]
    assert [(each.component, each.lost) for each in score.drivers] == [("z", 20), ("y", 15)]


def test_an_exception_says_its_own_words_beside_the_signals() -> None:
    rules = [{"signal": "y", "at_least": 1, "judgement": 0, "words": "that is too many"}]
    seen = Seen({"it": {**TENTH, "signal": "x", "weight": 1, "when": rules}}, sent(x=1, y=3))
    assert seen.explained.contributions[0].words == "y 3: that is too many"
