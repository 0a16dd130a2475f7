"""Warnings: each is told where it is so, and not where it is not; and the bounds behind them hold for every history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from scoring.model.lint import warnings
from scoring.model.loader import PRESETS, load_model, load_preset
from scoring.model.schema.ranges import Bounds
from scoring.model.score_bounds import judgement_bounds, score_bounds
from tests.builders import a_model
from tests.oracle import verdicts
from tests.properties.small_models import small_models
from tests.properties.strategies import History, histories
from tests.support.examples import examples

GOOD = """
[model]
name = "good"

[signals.usage]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "14d"

[signals.before]
kind = "count"
topics = ["analytics"]
exclude = ["@machine"]
window = "14d"
prior = true

[signals.segment]
kind = "last"
topics = ["analytics"]
property = "segment"
type = "text"

[signals.silent_days]
kind = "since_last"
topics = ["analytics"]
exclude = ["@machine"]

[signals.mrr]
kind = "last"
topics = ["billing"]
property = "mrr"
minimum = 0

[components.trend]
shape = "trend"
signal = "usage"
prior = "before"
weight = 50

[components.segment]
shape = "category"
signal = "segment"
values = { big = 90, small = 30 }
weight = 0

[components.level]
shape = "linear"
signal = "usage"
points = [[0, 0], [100, 100]]
weight = 0

[components.mixed]
shape = "blend"
parts = { segment = 1, level = 1 }
weight = 50

[profiles.big]
rank = 1
when = [{ signal = "segment", is = "big" }]
weights = { trend = 1 }

[profiles.known]
when = [{ signal = "segment", known = true }]
weights = { trend = 1, level = 1 }

[floors.silent]
when = [{ signal = "silent_days", at_least = 30 }]
to = 40
"""


def warned(*changes: tuple[str, str], text: str = GOOD) -> dict[str, str]:
    """The warnings, by key, for the good model after some changes of its text."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {warning.key: warning.words for warning in warnings(load_model(text))}


def one_component(table: str, tiers: str = "low = 0\nmiddle = 40\nhigh = 80") -> str:
    """A model of one component over a count, a number, a text and their like."""
    head = GOOD.partition("[components.trend]")[0].replace('name = "good"', f'name = "good"\n[tiers]\n{tiers}')
    return f"{head}[components.only]\nweight = 1\n{table}\n"


def bounds_of(table: str) -> tuple[float, float, bool]:
    bounds = judgement_bounds(load_model(one_component(table)))["only"]
    return bounds.lower, bounds.upper, bounds.always


def score_ends(text: str) -> list[float]:
    """The least and the greatest score of a model without profiles and floors."""
    (bounds,) = score_bounds(load_model(text))
    return [round(bounds.lower, 9), round(bounds.upper, 9)]


def test_a_good_model_has_no_warnings() -> None:
    assert warned() == {}


def test_a_signal_that_nothing_uses_is_dead() -> None:
    dead = '[signals.dead]\nkind = "age"\n[signals.mrr]'
    assert list(warned(("[signals.mrr]", dead))) == ["signals.dead"]


@pytest.mark.parametrize(
    "use",
    [
        '[floors.young]\nto = 10\nwhen = [{ signal = "dead", below = 3 }]',
        '[flags.young]\nwhen = [{ signal = "dead", below = 3 }]',
        '[profiles.young]\nrank = 9\nweights = { trend = 1 }\nwhen = [{ signal = "dead", below = 3 }]',
        '[components.dead]\nshape = "linear"\nsignal = "dead"\npoints = [[0, 0], [1, 100]]\nweight = 1',
        '[components.dead]\nshape = "ratio"\nsignal = "usage"\nof = "dead"\nweight = 1',
        '[components.dead]\nshape = "ratio"\nsignal = "usage"\nof = 3\nkey = "usage"\nkey_of = "dead"\nweight = 1',
        '[components.dead]\nshape = "ratio"\nsignal = "usage"\nof = 3\nneeds = "dead"\nweight = 1',
        '[components.dead]\nshape = "ratio"\nsignal = "usage"\nof = 3\nweight = 1\n'
        'when = [{ signal = "usage", below = 1, judgement = 0, and = [{ signal = "dead", below = 3 }] }]',
        '[signals.change]\nkind = "difference"\nof = "usage"\nminus = "dead"\n'
        '[flags.less]\nwhen = [{ signal = "change", below = 0 }]',
    ],
)
def test_a_signal_is_alive_wherever_it_is_used(use: str) -> None:
    assert warned(text=f'{GOOD}[signals.dead]\nkind = "age"\n{use}\n') == {}


def test_a_difference_that_nothing_uses_does_not_keep_its_signals_alive() -> None:
    text = f'{GOOD}[signals.age]\nkind = "age"\n[signals.d]\nkind = "difference"\nof = "age"\nminus = "usage"\n'
    assert list(warned(text=text)) == ["signals.age", "signals.d"]


def test_a_component_that_never_counts_is_told() -> None:
    assert list(warned(("parts = { segment = 1, level = 1 }", "parts = { level = 1 }"))) == ["components.segment"]
    assert list(warned(("parts = { segment = 1, ", "parts = { segment = 0, "))) == ["components.segment"]
    unweighted = warned(("level = 1 }\nweight = 50", "level = 1 }\nweight = 0"))
    assert list(unweighted) == ["components.segment", "components.mixed"]  # a profile counts the level


def test_a_trend_of_unlike_windows_is_told() -> None:
    key = "components.trend.prior"
    wider = warned(('window = "14d"\nprior = true', 'window = "7d"\nprior = true'))
    assert "differ in window" in wider[key]
    other = warned(('window = "14d"\nprior = true', 'window = "14d"\nevents = ["login"]\nprior = true'))
    assert "differ in events" in other[key]
    assert "with itself" in warned(("\nprior = true", ""))[key]
    assert "with itself" in warned(('prior = "before"', 'prior = "usage"'))[key]


USUALS: dict[str, Any] = {
    "used": {"kind": "count", "window": "35d"},
    "days": {"kind": "days", "window": "35d"},
    "since": {"kind": "since_last", "nth": 2},
    "usual": {"kind": "usual", "window": "35d"},
    "usual_days": {"kind": "usual", "window": "35d", "of": "days"},
    "short": {"kind": "usual", "window": "14d"},
    "others": {"kind": "usual", "window": "35d", "topics": ["billing"]},
    "season": {"kind": "season", "window": "35d"},
    "expected": {"kind": "expected", "usual": "usual", "season": "season"},
    "gap": {"kind": "usual_gap"},
    "gap_of_two": {"kind": "usual_gap", "nth": 2},
}


@pytest.mark.parametrize(
    ("signal", "usual", "unlike"),
    [
        ("used", "usual", ""),
        ("used", "expected", ""),
        ("days", "usual_days", ""),
        ("since", "gap_of_two", ""),
        ("used", "since", ""),
        ("used", "short", "window"),
        ("used", "others", "topics"),
        ("used", "usual_days", "of"),
        ("days", "expected", "of"),
        ("since", "gap", "nth"),
    ],
)
def test_a_usual_of_something_else_is_told(signal: str, usual: str, unlike: str) -> None:
    component = {"shape": "vs_usual", "signal": signal, "usual": usual, "points": [[0.5, 0], [1, 100]], "weight": 1}
    signals = {name: {"exclude": ["@machine"]} | table for name, table in USUALS.items() if name != "expected"}
    model = a_model(signals | {"expected": USUALS["expected"]}, {"it": component})
    told = [each.words for each in warnings(model) if each.key == "components.it.usual"]
    assert told == (
        [f"{signal!r} and its usual differ in {unlike}, so they cannot be compared; make them alike"] if unlike else []
    )


def test_a_trend_over_a_year_is_no_unlike_one() -> None:
    text = 'topics = ["analytics"]\nexclude = ["@machine"]\nwindow = "{}"'
    season = (f'kind = "count"\n{text.format("14d")}\nprior = true', 'kind = "season"\n' + "{}")
    assert warned((season[0], season[1].format(text.format("14d")))) == {}
    assert "window" in warned((season[0], season[1].format(text.format("28d"))))["components.trend.prior"]


def test_a_profile_that_one_of_higher_rank_always_takes_over_is_told() -> None:
    assert "profiles.big" in warned(("known = true }]", 'is = "big" }]'))["profiles.known"]
    narrower = ("known = true }]", 'is = "big" }, { signal = "usage", at_least = 3 }]')
    assert list(warned(narrower)) == ["profiles.known"]
    assert warned(('is = "big" }]', 'is = "big" }, { signal = "usage", at_least = 3 }]')) == {}


def test_a_floor_that_lowers_no_tier_is_told() -> None:
    assert list(warned(("to = 40", "to = 75"))) == ["floors.silent.to"]
    assert warned(("to = 40", "to = 74.9")) == {}


@pytest.mark.parametrize(
    ("table", "unreachable"),
    [
        ('shape = "category"\nsignal = "segment"\nvalues = { big = 79, small = 10 }', ["tiers.high"]),
        ('shape = "category"\nsignal = "segment"\nvalues = { big = 80, small = 10 }', []),
        ('shape = "category"\nsignal = "segment"\nvalues = { big = 90, small = 40 }', ["tiers.low"]),
        ('shape = "category"\nsignal = "segment"\nvalues = { big = 90, small = 39.9 }', []),
        ('shape = "category"\nsignal = "segment"\nvalues = { big = 50 }\notherwise = 45', ["tiers.low", "tiers.high"]),
        ('shape = "linear"\nsignal = "usage"\npoints = [[0, 50], [10, 100]]', ["tiers.low"]),
        ('shape = "linear"\nsignal = "usage"\npoints = [[-10, 100], [10, 0]]', ["tiers.high"]),
        ('shape = "linear"\nsignal = "usage"\npoints = [[-10, 100], [0, 50], [5, 90], [10, 0]]', []),
        ('shape = "trend"\nsignal = "usage"\nprior = "before"\nfull = 10\nrise = 1', ["tiers.low"]),
        ('shape = "cadence"\nsignal = "silent_days"\ndue = 3', []),
    ],
)
def test_a_tier_is_unreachable_when_no_judgement_leads_to_it(table: str, unreachable: list[str]) -> None:
    found = warned(text=one_component(table))
    assert [key for key in found if key.startswith("tiers")] == unreachable


def test_what_is_unreachable_says_where_scores_are() -> None:
    text = one_component('shape = "category"\nsignal = "segment"\nvalues = { big = 60, small = 20.5 }')
    assert "scores are from 20.5 to 60; " in warned(text=text)["tiers.high"]


def test_a_floor_and_a_profile_open_tiers_that_the_weights_alone_do_not() -> None:
    text = one_component('shape = "category"\nsignal = "segment"\nvalues = { big = 90, small = 85 }')
    assert [key for key in warned(text=text) if "tiers" in key] == ["tiers.low", "tiers.middle"]
    floor = '[floors.silent]\nto = 30\nwhen = [{ signal = "silent_days", at_least = 30 }]\n'
    with_floor = warned(text=text + floor)
    assert [key for key in with_floor if "tiers" in key] == ["tiers.middle"]
    assert "from 30 to 30 or from 85 to 90" in with_floor["tiers.middle"]
    other = '[components.other]\nshape = "linear"\nsignal = "usage"\npoints = [[0, 50], [1, 60]]\nweight = 0\n'
    profile = '[profiles.p]\nwhen = [{ signal = "usage", at_least = 1 }]\nweights = { other = 1 }\n'
    assert [key for key in warned(text=text + other + profile) if "tiers" in key] == ["tiers.low"]


def test_what_lacks_evidence_can_leave_the_best_tier_out_of_reach() -> None:
    """One of two, at most 60 % of the score, the rest neutral: 0.6 × 100 + 0.4 × 50 is 80."""
    text = one_component('shape = "linear"\nsignal = "usage"\npoints = [[0, 0], [1, 20]]')
    text += '[components.second]\nshape = "category"\nsignal = "segment"\nvalues = { big = 100 }\nweight = 1\n'
    assert score_ends(text) == [20.0, 60.0]
    text = text.replace('signal = "usage"\npoints', 'signal = "mrr"\npoints')
    assert score_ends(text) == [20.0, 80.0]


def test_points_that_add_up_reach_what_their_weights_sum_to() -> None:
    text = one_component('shape = "linear"\nsignal = "usage"\npoints = [[0, 0], [1, 100]]')
    text = text.replace('name = "good"', 'name = "good"\ncombine = "sum"').replace("weight = 1\n", "weight = 70\n")
    assert [key for key in warned(text=text) if "tiers" in key] == ["tiers.high"]


@pytest.mark.parametrize(
    ("table", "reach"),
    [
        ('shape = "share_of_max"\nsignal = "usage"', (0, 100, False)),
        ('shape = "ratio"\nsignal = "usage"\nof = 5', (0, 100, True)),
        ('shape = "ratio"\nsignal = "usage"\nof = "mrr"', (0, 100, False)),
        ('shape = "ratio"\nsignal = "mrr"\nof = 5', (0, 100, False)),
        ('shape = "ratio"\nsignal = "usage"\nof = 5\nneeds = "mrr"', (0, 100, False)),
        ('shape = "linear"\nsignal = "usage"\npoints = [[-1, 0], [0, 20], [9, 80]]', (20, 80, True)),
        ('shape = "linear"\nsignal = "mrr"\npoints = [[-1, 0], [0, 20], [9, 80]]', (20, 80, False)),
        ('shape = "linear"\nsignal = "usage"\nper = "mrr"\npoints = [[-1, 0], [1, 90]]', (45, 90, False)),
        ('shape = "cadence"\nsignal = "silent_days"\ndue = 3\nnever = 10', (0, 100, True)),
        (
            'shape = "linear"\nsignal = "usage"\npoints = [[0, 20], [9, 80]]\n'
            'when = [{ signal = "mrr", known = false, judgement = 5 }]',
            (5, 80, True),
        ),
    ],
)
def test_a_shape_reaches_so_far(table: str, reach: tuple[float, float, bool]) -> None:
    assert bounds_of(table) == reach


def test_many_components_without_evidence_are_bounded_without_looking_at_every_combination() -> None:
    table = 'shape = "category"\nsignal = "segment"\nvalues = { big = 60, small = 20 }'
    more = [f"[components.c{number}]\nweight = 1\nneeds = 'mrr'\n{table}\n" for number in range(40)]
    assert score_ends(one_component(table) + "".join(more[:9])) == [20.0, 60.0]
    assert score_ends(one_component(table) + "".join(more)) == [20.0, 60.0]


@pytest.mark.parametrize("preset", PRESETS)
def test_what_ships_has_no_warning_but_for_what_is_only_shown(preset: str) -> None:
    only_shown = ("signals.", "components.adoption")
    assert [each.key for each in warnings(load_preset(preset)) if not each.key.startswith(only_shown)] == []


ERRORS = '[signals.errors]\nkind = "count"\ntopics = ["exceptions"]\nwindow = "14d"\n'
FRICTION = 'shape = "linear"\nsignal = "errors"\npoints = [[1, 100], [20, 0]]'


@pytest.mark.parametrize(
    ("table", "is_warned"),
    [
        (FRICTION, True),
        (f'{FRICTION}\nper = "usage"', True),
        (f'{FRICTION}\nneeds = "usage"', True),  # it is used, and nobody sends errors
        (f'{FRICTION}\nsource = "errors"', False),
        (f'{FRICTION}\nevidence = [{{ signal = "errors", half = 5 }}]', False),
        (FRICTION.replace("[[1, 100], [20, 0]]", "[[0, 20], [9, 80]]"), False),  # none is bad
        (FRICTION.replace("[[1, 100], [20, 0]]", "[[0, 80], [9, 80]]"), False),  # nothing is better
        (FRICTION.replace('"errors"', '"usage"'), False),  # without use there is no customer
        ('shape = "ratio"\nsignal = "errors"\nof = 5', False),
    ],
)
def test_what_is_best_where_nobody_sends_anything_wants_a_source(table: str, is_warned: bool) -> None:
    source = '[sources.errors]\ntopics = ["exceptions"]\n' if "source" in table else ""
    found = warned(text=f"{one_component(table)}{ERRORS}{source}")
    assert ("components.only" in found) is is_warned
    if is_warned:
        assert found["components.only"] == (
            "where nobody ever sends 'errors' it is 100 for every account; give it a source (see [sources.NAME]), or "
            "evidence"
        )


def test_a_part_of_a_blend_that_waits_for_a_source_need_not_wait_itself() -> None:
    blend = '[components.both]\nshape = "blend"\nparts = { only = 1 }\nsource = "errors"\nweight = 1\n'
    text = f'{one_component(FRICTION)}{ERRORS}{blend}[sources.errors]\ntopics = ["exceptions"]\n'
    assert "components.only" not in warned(text=text)


@examples(200)
@given(histories(small_models()))
def test_no_judgement_and_no_score_of_any_history_is_beyond_its_bounds(history: History) -> None:
    judged = list(judgement_bounds(history.model).values())
    scores = score_bounds(history.model)
    for verdict in verdicts(history.model, history.arrivals, history.end_ms).values():
        for judgement, bounds in zip(verdict.judgements, judged, strict=True):
            assert not (judgement is None and bounds.always)
            assert judgement is None or _is_within(judgement, bounds)
        assert verdict.score is None or any(_is_within(verdict.score, each) for each in scores)


def _is_within(value: float, bounds: Bounds) -> bool:
    return bounds.lower - 1e-9 <= value <= bounds.upper + 1e-9
