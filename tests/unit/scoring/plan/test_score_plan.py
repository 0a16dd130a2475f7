"""How judgements become a score, through the real fold: weights, floors, flags, profiles, and words."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.explain.snapshot import content_of
from scoring.fold.fold import apply
from scoring.plan.score_plan import Evaluation
from tests.builders import Sent, usage
from tests.support.account_under_model import DAY, NOON, NUMBERS, SIGNALS, Seen, Table, sent

TENTH: Table = {"shape": "ratio", "of": 10, "weight": 0}
PARTS: dict[str, Table] = {name: {**TENTH, "signal": name} for name in NUMBERS}
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
    assert seen.plan.primary.score(seen.account, {}) is None


def test_points_that_add_up_want_all_their_components_and_stay_within_0_to_100() -> None:
    components = {
        "x": {**TENTH, "signal": "x", "weight": 70},
        "y": {"shape": "capped", "signal": "y", "cap": 10, "weight": 50},
    }
    for values, value in (({"x": 10, "y": -5}, 45), ({"x": 10, "y": 10}, 100), ({"x": 0, "y": -10}, 0)):
        assert Seen(components, sent(**values), combine="sum").score.value == value
    lacking = Seen(components, sent(x=10), combine="sum")
    assert lacking.plan.primary.score(lacking.account, {}) is None


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
    assert seen.score.value == 40


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


def profiled(age_days: int, **values: Any) -> Evaluation:
    return Seen(THREE, usage(at=NOON - age_days * DAY), sent(x=10, y=5, z=0, **values), profiles=PROFILES).score


def test_a_profile_has_weights_of_its_own_and_what_it_leaves_out_weighs_nothing() -> None:
    assert (profiled(100).profile, profiled(100).value) == ("", 65)
    taken = profiled(100, text="scale")
    assert (taken.profile, taken.value, taken.coverage, taken.provisional) == ("large", 55, 1.0, False)


# --- standings

STANDINGS: dict[str, Table] = {
    "gone": {"when": [{"signal": "text", "is": "gone"}], "label": "Gone"},
    "quiet": {"when": [{"signal": "since", "at_least": 30}]},
}


def see(seen: Seen, event: Sent) -> None:
    decoded = seen.plan.decoder.decode(event.topic, event.value, 0, 1 << 50)
    apply(seen.plan, seen.account, decoded, decoded.occurred_at_ms)


def test_an_account_in_a_standing_has_no_score_and_its_flags_all_the_same() -> None:
    flags = {"low": {"when": [{"signal": "x", "below": 5}]}}
    seen = Seen(THREE, sent(x=1, y=5, z=0, text="here"), standings=STANDINGS, flags=flags)
    plan = seen.plan.primary
    assert (plan.standing_of(seen.account), seen.score.flags) == ("", ("low",))
    see(seen, usage(at=NOON + 1, text="gone"))
    assert plan.standing_of(seen.account) == "gone"
    assert plan.score(seen.account, {}) is None
    assert seen.scores.refresh(plan, seen.account, {}) is None
    content = content_of(seen.plan, "acme", seen.account, None, {})
    assert (content.standing, content.unscored, content.tier, content.flags) == ("gone", "", "", ("low",))
    assert plan.score_from([10.0, 50.0, 0.0], seen.plan.facts(seen.account)) is None


def test_the_first_standing_that_holds_is_taken_and_it_ends_with_its_conditions() -> None:
    events = [usage(at=NOON - 31 * DAY, event="check"), sent(x=10, y=5, z=0, text="gone")]
    seen = Seen(THREE, *events, standings=STANDINGS)
    plan = seen.plan.primary
    said = (("gone", "login", "gone"), ("", "login", "quiet"), ("", "check", ""))
    for number, (text, event, standing) in enumerate(said, start=1):
        see(seen, usage(at=NOON + number, event=event, text=text))
        assert plan.standing_of(seen.account) == standing
        assert seen.scores.refresh(plan, seen.account, {}) == plan.score(seen.account, {})
    assert seen.score.value == 65


def test_an_account_enters_a_standing_by_itself_when_its_day_comes() -> None:
    seen = Seen(THREE, usage(at=NOON, event="check"), sent(x=10), standings=STANDINGS)
    assert seen.score.value == 80
    seen.to(NOON + 30 * DAY)
    assert seen.scores.refresh(seen.plan.primary, seen.account, {}) is None


def test_others_are_not_compared_with_an_account_in_a_standing() -> None:
    share = {"x": {"shape": "share_of_max", "signal": "x", "weight": 1, "source": "any"}}
    sources = {"any": {"topics": ["analytics"]}}
    here, gone = (Seen(share, sent(x=9, text=text), standings=STANDINGS, sources=sources) for text in ("here", "gone"))
    assert here.plan.norm_part(here.account) == {"x": 9, "source:any": 1}
    assert gone.plan.norm_part(gone.account) == {"x": 0, "source:any": 1}


@pytest.mark.parametrize(
    ("events", "norm", "unscored"),
    [
        ([sent(y=1)], {"x": 1.0}, "evidence"),
        ([sent(y=1)], {}, "norm"),
        ([usage(at=NOON, event="other", y=1)], {"x": 1.0}, "evidence"),
    ],
)
def test_the_snapshot_says_why_there_is_no_score(events: list[Sent], norm: dict[str, float], unscored: str) -> None:
    seen = Seen({"x": {"shape": "share_of_max", "signal": "x", "weight": 1}}, *events, signals=NUMBERS)
    assert content_of(seen.plan, "acme", seen.account, None, norm).unscored == unscored


def test_without_any_use_the_snapshot_says_that_none_was_seen() -> None:
    seen = Seen(THREE, sent(text="here"))
    assert content_of(seen.plan, "acme", seen.account, None, {}).unscored == "use"


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
