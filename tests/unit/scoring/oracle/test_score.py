"""The oracle's components, profiles, floors and scores on small cases worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.oracle import OracleScore
from tests.builders import Sent, a_model, at_ms, ticket, usage
from tests.oracle import DAY_MS, verdicts

NOON = at_ms("2026-03-01T12:00Z")
NUMBERS: dict[str, dict[str, Any]] = {name: {"kind": "last", "property": name} for name in ("x", "y", "z", "v")}
TEXTS: dict[str, dict[str, Any]] = {"tone": {"kind": "last", "property": "tone", "type": "text"}}
STEADY: dict[str, Any] = {"shape": "linear", "signal": "x", "points": [[0, 0], [100, 100]]}
"""A component that judges x as it is."""


def judged(components: dict[str, dict[str, Any]], *, days: int = 0, more: Any = None, **sent: Any) -> OracleScore:
    """The verdict on acme, whose signals x, y, z, v (numbers) and tone (a text) are as `sent`; what is not sent is
    unknown. Its first event was so many `days` ago. `more` are tables of the model."""
    given = dict(more or {})
    signals = NUMBERS | TEXTS | given.pop("signals", {})
    model = a_model(signals, {name: {"weight": 1, **table} for name, table in components.items()}, **given)
    return verdicts(model, [usage(at=NOON - days * DAY_MS, event="first"), usage(at=NOON, **sent)], NOON)["acme"]


def judgement(component: dict[str, Any], **sent: Any) -> float | None:
    return judged({"it": component}, **sent).judgements[0]


# --- shapes


#   fall of 40 % ─── flat ─── rise of 10 %        flat = 60: 0 at -40 %, 60 at 0, 100 at +10 %
@pytest.mark.parametrize(
    ("now", "prior", "expected"),
    [(60, 100, 0), (50, 100, 0), (80, 100, 30), (100, 100, 60), (105, 100, 80), (110, 100, 100), (9, 0, 100)],
)
def test_a_trend_falls_and_rises_at_its_own_pace_from_where_it_is_flat(now: float, prior: float, expected: int) -> None:
    trend = {"shape": "trend", "signal": "x", "prior": "y", "full": 0.4, "rise": 0.1, "flat": 60}
    assert judgement(trend, days=28, x=now, y=prior) == pytest.approx(expected)


def test_a_trend_is_none_when_young_when_both_are_empty_and_when_one_is_unknown() -> None:
    trend = {"shape": "trend", "signal": "x", "prior": "y"}
    assert judgement(trend, days=28, x=11, y=10) == pytest.approx(75)  # 50 + 50 x 0.1 / 0.2
    assert judgement(trend, days=27, x=11, y=10) is None
    assert judgement(trend, days=28, x=0, y=0) is None
    assert judgement(trend, days=28, x=11) is None
    assert judgement(trend, days=28, y=10) is None


def test_the_key_part_of_a_ratio_counts_several_times() -> None:
    ratio = {"shape": "ratio", "signal": "x", "of": 10, "key": "y", "key_of": "z", "emphasis": 3}
    assert judgement(ratio, x=6, y=1, z=5) == 40  # (6 + 2 x 1) / (10 + 2 x 5)
    assert judgement(ratio, x=6, z=5) == 30  # an unknown key counts 0
    assert judgement(ratio, x=6, y=1) is None
    assert judgement({**ratio, "key_of": 2}, x=10, y=2) == 100
    assert judgement({**ratio, "of": "v"}, x=6, y=1, z=5, v=0) is None
    assert judgement({**ratio, "of": "v"}, x=6, y=1, z=5) is None
    assert judgement({"shape": "ratio", "signal": "x", "of": "v"}, x=6, v=8) == 75


#   0 ─── due 30 ─── 45 ─── lapse 60
def test_a_cadence_holds_until_it_is_due_and_falls_to_nought_where_it_lapses() -> None:
    def after(days: int | None, **cadence: Any) -> float | None:
        """The judgement so many days after the last visit; of None, without any."""
        visits = {"visits": {"kind": "since_last", "topics": ["tickets"]}}
        model = a_model(visits, {"it": {"shape": "cadence", "signal": "visits", "due": 30, "weight": 1, **cadence}})
        visit = [] if days is None else [ticket(at=NOON - days * DAY_MS)]
        return verdicts(model, [usage(at=NOON), *visit], NOON)["acme"].judgements[0]

    assert [after(days) for days in (0, 30, 36, 45, 60, 90)] == [100, 100, 80, 50, 0, 0]
    assert after(36, lapse=40) == 40
    assert after(None) is None
    assert after(None, never=10) == 10


def test_a_category_stands_for_its_judgement() -> None:
    category = {"shape": "category", "signal": "tone", "values": {"champion": 100, "neutral": 50}}
    assert judgement(category, tone="neutral") == 50
    assert judgement(category, tone="cold") is None
    assert judgement({**category, "otherwise": 20}, tone="cold") == 20
    assert judgement({**category, "otherwise": 20}) is None


#   age 0 ── 20d: set up is due ── 40d: rolled out is due        logged in is due always
def test_milestones_are_of_what_was_reached_or_is_due() -> None:
    steps = [
        {"name": "logged in", "events": ["login"]},
        {"name": "set up", "events": ["set_up"], "due": "20d", "weight": 2},
        {"name": "rolled out", "events": ["rolled_out"], "due": "40d", "weight": 5},
    ]
    more = {"signals": {"steps": {"kind": "milestones", "steps": steps}}}
    component = {"it": {"shape": "milestones", "signal": "steps"}}
    got = [judged(component, days=days, more=more).judgements[0] for days in (19, 20, 40)]
    assert got == [100, 100 / 3, 100 / 8]
    late = {"signals": {"steps": {"kind": "milestones", "steps": steps[1:]}}}
    assert judged(component, days=19, more=late).judgements == [None]
    early = [usage(at=NOON, event="rolled_out"), ticket(at=NOON)]
    model = a_model(late["signals"], {"it": {**component["it"], "weight": 1}})
    assert verdicts(model, early, NOON)["acme"].judgements == [100]  # reached before it was due


def test_a_blend_is_the_weighted_mean_of_the_parts_with_evidence_wherever_they_stand() -> None:
    mix = {"shape": "blend", "parts": {"of_x": 3, "of_y": 1}}
    parts = {"mix": mix, "of_x": {**STEADY, "weight": 0}, "of_y": {**STEADY, "signal": "y", "weight": 0}}
    assert judged(parts, x=80, y=40).judgements == [70, 80, 40]
    assert judged(parts, x=80, y=40).score == 70
    assert judged(parts, y=40, more={"share_max": 1}).score == 40
    nothing = judged(parts)
    assert (nothing.judgements, nothing.score, nothing.tier) == ([None, None, None], None, "")
    whole = {"whole": {"shape": "blend", "parts": {"mix": 1, "of_y": 1}}, **parts}
    assert judged(whole, x=80, y=40).judgements == [55, 70, 80, 40]


def test_a_share_of_the_most_is_measured_by_the_norm_that_is_given() -> None:
    model = a_model(
        NUMBERS,
        {
            "most": {"shape": "share_of_max", "signal": "x", "weight": 1},
            "least": {"shape": "inverse_share_of_max", "signal": "x", "weight": 1},
        },
    )
    sent = [usage(at=NOON, x=3), usage("globex", at=NOON, x=12), usage("tiny", at=NOON)]
    fresh = verdicts(model, sent, NOON)
    assert [fresh[name].judgements for name in ("acme", "globex", "tiny")] == [[25, 75], [100, 0], [None, None]]
    assert given_norm(model, sent, {"x": 6.0}) == [50, 50]
    assert given_norm(model, sent, {"x": 0.0}) == [0, 100]
    assert given_norm(model, sent, {}) == [None, None]


def given_norm(model: Any, sent: list[Sent], norms: dict[str, float]) -> list[float | None]:
    return verdicts(model, sent, NOON, norms)["acme"].judgements


# --- exceptions


def test_what_is_needed_must_be_above_nought() -> None:
    needy = {**STEADY, "needs": "y"}
    assert [judgement(needy, x=30, y=y) for y in (1, 0, -1)] == [30, None, None]
    assert judgement(needy, x=30) is None
    blend = {"needy": {"shape": "blend", "parts": {"of_x": 1}, "needs": "y"}, "of_x": STEADY}
    assert judged(blend, x=30, y=0).judgements == [None, 30]


def test_the_first_rule_that_holds_with_all_of_its_conditions_decides() -> None:
    rules = [
        {"signal": "y", "at_least": 3, "and": [{"signal": "tone", "is": ["cold", "angry"]}], "judgement": 0},
        {"signal": "y", "above": 3, "judgement": 10},
        {"signal": "z", "known": False, "judgement": 20},
    ]
    ruled = {**STEADY, "when": rules}
    assert judgement(ruled, x=50, y=3, z=1, tone="angry") == 0
    assert judgement(ruled, x=50, y=3, z=1, tone="warm") == 50
    assert judgement(ruled, x=50, y=4, z=1) == 10
    assert judgement(ruled, x=50) == 20
    assert judgement(ruled) == 20  # a rule decides also where the shape has nothing to go by
    assert judged({"it": {"shape": "blend", "parts": {"of_x": 1}, "when": rules}, "of_x": STEADY}, y=4).judgements == [
        10,
        None,
    ]


@pytest.mark.parametrize(
    ("condition", "fulfilled_by"),
    [
        ({"at_least": 2}, [2, 3]),
        ({"above": 2}, [3]),
        ({"at_most": 2}, [1, 2]),
        ({"below": 2}, [1]),
        ({"above": 1, "below": 3}, [2]),
        ({"known": True}, [1, 2, 3]),
        ({"known": False}, [None]),
    ],
)
def test_a_condition_on_a_number_includes_its_bound_or_not(condition: dict[str, Any], fulfilled_by: list[Any]) -> None:
    flags = {"flags": {"it": {"when": [{"signal": "y", **condition}]}}}
    sent = [{"y": value} for value in (1, 2, 3)] + [{}]
    held = [each.get("y") for each in sent if judged({"c": STEADY}, x=50, more=flags, **each).flags]
    assert held == fulfilled_by


def test_a_condition_on_a_text_compares_it_whole() -> None:
    flags = {
        "one": {"when": [{"signal": "tone", "is": "cold"}]},
        "some": {"when": [{"signal": "tone", "is": ["cold", "angry"]}]},
        "any": {"when": [{"signal": "tone", "known": True}]},
        "none": {"when": [{"signal": "tone", "known": False}]},
    }
    tones: list[dict[str, Any]] = [{"tone": "cold"}, {"tone": "angry"}, {"tone": "colder"}, {}]
    got = [judged({"c": STEADY}, x=50, more={"flags": flags}, **tone).flags for tone in tones]
    assert got == [("one", "some", "any"), ("some", "any"), ("any",), ("none",)]


# --- the score

TWO: dict[str, dict[str, Any]] = {"a": {**STEADY, "weight": 1}, "b": {**STEADY, "signal": "y", "weight": 3}}


def test_a_score_is_the_mean_by_weight_and_its_coverage_the_share_of_weight_with_evidence() -> None:
    both = judged(TWO, x=80, y=40)
    assert (both.score, both.tier, both.coverage, both.provisional) == (50, "yellow", 1, False)


#   b alone: its own share of all weight is 3/4, more than share_max 0.6, so it may have that and no more
#   a alone: 0.6 x 80 + 0.4 x neutral
def test_what_a_lone_component_may_not_take_on_counts_as_neutral() -> None:
    alone = judged(TWO, x=80)
    assert alone.score == pytest.approx(0.6 * 80 + 0.4 * 50)
    assert (alone.coverage, alone.provisional) == (0.25, True)
    heavy = judged(TWO, y=40)
    assert heavy.score == pytest.approx(0.75 * 40 + 0.25 * 50)
    assert (heavy.coverage, heavy.provisional) == (0.75, False)
    assert judged(TWO, x=80, more={"share_max": 0.1, "neutral": 0}).score == pytest.approx(0.25 * 80)
    assert judged(TWO, x=80, more={"share_max": 1}).score == 80
    assert judged(TWO, x=80, more={"provisional_below": 0.25}).provisional is False


def test_a_model_that_adds_up_wants_all_that_has_weight_and_shares_nothing_out() -> None:
    points = {**TWO, "c": {**STEADY, "signal": "z", "weight": 0}}
    adds_up = {"combine": "sum"}
    assert judged(points, x=80, y=10, more=adds_up).score == pytest.approx(1 * 0.8 + 3 * 0.1)
    assert judged(points, x=80, z=10, more=adds_up).score is None
    capped = {"c": {"shape": "capped", "signal": "x", "cap": 10, "weight": 50}}
    assert [judged(capped, x=x, more=adds_up).score for x in (5, 20, -5)] == [25, 50, 0]


PROFILES: dict[str, Any] = {
    "young": {"when": [{"signal": "z", "below": 90}], "weights": {"a": 1}, "rank": 2, "provisional": True},
    "large": {"when": [{"signal": "tone", "is": "large"}], "weights": {"a": 3, "b": 1}, "rank": 1},
}


def test_of_the_profiles_that_hold_the_one_of_the_highest_rank_gives_the_weights() -> None:
    more = {"profiles": PROFILES}
    got = [judged(TWO, more=more, x=80, y=40, **each) for each in ({}, {"tone": "large"}, {"tone": "large", "z": 3})]
    assert [(each.profile, each.score, each.provisional) for each in got] == [
        ("", 50, False),
        ("large", 70, False),
        ("young", 80, True),
    ]
    assert judged(TWO, more=more, y=40, z=3).score is None  # the weight of b is 0 there
    assert judged(TWO, more=more, x=80, tone="large").coverage == 0.75


def test_floors_only_lower_and_are_named_before_the_red_flags_that_lower_nothing() -> None:
    more = {
        "floors": {
            "gone": {"when": [{"signal": "z", "at_least": 30}], "to": 20},
            "going": {"when": [{"signal": "z", "at_least": 10}], "to": 44},
            "late": {"when": [{"signal": "z", "at_least": 10}, {"signal": "v", "above": 0}], "to": 1},
        },
        "flags": {"cold": {"when": [{"signal": "tone", "is": "cold"}]}},
    }
    got = [
        judged({"c": STEADY}, more=more, **each) for each in ({"x": 90, "z": 9}, {"x": 90, "z": 10}, {"x": 9, "z": 10})
    ]
    assert [(each.score, each.tier, each.flags) for each in got] == [
        (90, "green", ()),
        (44, "red", ("going",)),
        (9, "red", ("going",)),
    ]
    worst = judged({"c": STEADY}, more=more, x=90, z=30, tone="cold")
    assert (worst.score, worst.judgements, worst.flags) == (20, [90], ("gone", "going", "cold"))


# --- evidence, a constant, emphasis

#   a: 16 × 0.25 × (2 − 0.5) = 6 at 50     b: 8 × 1 × (2 − 0.75) = 10 at 75     constant: 4 at 60
WEIGHED: dict[str, dict[str, Any]] = {
    "a": {**STEADY, "weight": 16, "evidence": [{"signal": "z", "half": 3}]},
    "b": {**STEADY, "signal": "y", "weight": 8},
}
CONSTANT = {"neutral": 60, "neutral_weight": 4, "emphasis": 2}


def test_a_score_with_a_constant_is_a_mean_by_weight_evidence_and_emphasis() -> None:
    score = judged(WEIGHED, x=50, y=75, z=1, more=CONSTANT)
    assert score.score == (6 * 50 + 10 * 75 + 4 * 60) / 20
    assert (score.evidence, score.coverage) == ((0.25, 1), (4 + 8) / 24)
    assert judged(WEIGHED, x=50, y=75, z=1, more={**CONSTANT, "known_by": ["a"]}).coverage == 0.25
    nothing = judged(WEIGHED, x=50, z=0, more=CONSTANT)
    assert (nothing.judgements, nothing.score, nothing.coverage) == ([None, None], 60, 0)


def test_evidence_without_a_constant_weighs_the_mean() -> None:
    assert judged(WEIGHED, x=50, y=75, z=1, more={"share_max": 1}).score == pytest.approx((4 * 50 + 8 * 75) / 12)
    limited = judged(WEIGHED, x=50, y=75, z=1, more={"neutral": 10}).score  # 8 of 12 is more than 0.6
    assert limited == pytest.approx(50 / 3 + 0.6 * 75 + (1 - 1 / 3 - 0.6) * 10)


def test_a_factor_of_evidence_by_hand() -> None:
    def evidence(x: float | None = None, **factor: Any) -> float:
        sent: dict[str, Any] = {} if x is None else {"z": x}
        parts = {"c": {**STEADY, "evidence": [{"signal": "z", **factor}]}, "level": STEADY}
        return judged(parts, x=50, **sent).evidence[0]

    assert [evidence(x, half=3) for x in (-1, 0, 1, 3)] == [0, 0, 0.25, 0.5]
    assert [evidence(x, fade=3) for x in (-1, 0, 1, 9)] == [1, 1, 0.75, 0.25]
    assert [evidence(x, **{"from": 2, "to": 6}) for x in (1, 2, 3, 6, 7)] == [0, 0, 0.25, 1, 1]
    assert [evidence(half=3), evidence(fade=3), evidence(**{"from": -2, "to": 6})] == [0, 0, 0]


def test_a_usual_by_hand() -> None:
    usual = {"shape": "vs_usual", "signal": "x", "usual": "y", "points": [[0, 0], [1, 100]]}
    assert [judgement(usual, x=x, y=8) for x in (0, 2, 8, 9)] == [0, 25, 100, 100]
    assert [judgement({**usual, "prior": 2}, x=x, y=8) for x in (0, 3, 8)] == [20, 50, 100]
    with_dispersion = {**usual, "prior": 1, "dispersion": "z"}
    assert [judgement(with_dispersion, x=0, y=8, z=z) for z in (0, 8, 99)] == pytest.approx([100 / 9, 50, 200 / 3])
    assert judgement({**usual, "least": 16}, x=4, y=8) == 25
    assert [judgement(usual, x=1), judgement(usual, y=1), judgement(usual, x=1, y=0)] == [None, None, None]
    assert judgement({**usual, "prior": 2}, x=1, y=0) is None  # its own evidence is 0 / (0 + 2)
    assert judged({"c": {**usual, "prior": 2}}, x=1, y=6, more=CONSTANT).evidence == (0.75,)


def test_a_rate_with_a_prior_by_hand() -> None:
    rate = {"shape": "linear", "signal": "x", "per": "y", "points": [[0, 0], [100, 100]], "prior": [1, 4]}
    assert [judgement(rate, x=0, y=0), judgement(rate, x=2, y=8), judgement(rate, x=1)] == [25, 25, None]


def test_tiers_are_half_open() -> None:
    assert [judged({"c": STEADY}, x=x).tier for x in (44.999, 45, 74.999, 75)] == ["red", "yellow", "yellow", "green"]
