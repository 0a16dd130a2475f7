"""How much of its weight a judgement has, on accounts whose signals are as they were sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import usage
from tests.support.account_under_model import NOON, SIGNALS, Seen, Table, sent

STEADY: Table = {"shape": "linear", "signal": "x", "points": [[0, 0], [100, 100]], "weight": 1}


def evidence(table: Table, **values: float) -> float:
    """The evidence of one component; another of weight 1 is always judged, so that there is a score."""
    level = {"shape": "linear", "signal": "age", "points": [[0, 50], [1, 50]], "weight": 1}
    return Seen({"it": table, "level": level}, sent(**values)).score.evidence[0]


#   half: 0 ── 4 is one half ── …        fade: 1 ── 4 is one half ── …        from 7 to 28: 0 ──╱── 1
@pytest.mark.parametrize(
    ("factor", "x", "expected"),
    [
        ({"half": 4}, 4, 0.5),
        ({"half": 4}, 12, 0.75),
        ({"half": 4}, 0, 0),
        ({"half": 4}, -3, 0),
        ({"fade": 4}, 4, 0.5),
        ({"fade": 4}, 0, 1),
        ({"fade": 4}, -3, 1),
        ({"fade": 4}, 12, 0.25),
        ({"from": 7, "to": 28}, 7, 0),
        ({"from": 7, "to": 28}, 17.5, 0.5),
        ({"from": 7, "to": 28}, 28, 1),
        ({"from": -10, "to": 0}, 5, 1),
        ({"from": -10, "to": 0}, -5, 0.5),
    ],
)
def test_a_factor_grows_or_shrinks_with_its_signal(factor: Table, x: float, expected: float) -> None:
    assert evidence(STEADY | {"evidence": [{"signal": "y"} | factor]}, x=50, y=x) == expected


@pytest.mark.parametrize("factor", [{"half": 4}, {"fade": 4}, {"from": -7, "to": 28}])
def test_an_unknown_signal_is_no_evidence_and_no_evidence_is_no_judgement(factor: Table) -> None:
    table = STEADY | {"evidence": [{"signal": "y"} | factor]}
    assert evidence(table, x=50) == 0
    assert Seen({"it": table}, sent(x=50)).judgement() is None


def test_factors_multiply() -> None:
    factors = [{"signal": "y", "half": 4}, {"signal": "z", "fade": 1}]
    assert evidence(STEADY | {"evidence": factors}, x=50, y=12, z=3) == 0.75 * 0.25


def test_what_is_not_said_of_evidence_is_all_of_it() -> None:
    assert evidence(STEADY, x=50) == 1
    assert evidence(STEADY) == 1  # there is no judgement, and that says enough


def test_a_blend_weighs_its_parts_by_their_evidence_and_has_that_of_the_best() -> None:
    parts: dict[str, Table] = {
        "mix": {"shape": "blend", "parts": {"one": 1, "other": 3}, "weight": 1},
        "one": STEADY | {"weight": 0, "evidence": [{"signal": "z", "from": 0, "to": 1}]},
        "other": STEADY | {"weight": 0, "signal": "y", "evidence": [{"signal": "z", "from": 0, "to": 2}]},
    }
    seen = Seen(parts, sent(x=80, y=20, z=0.5))
    assert seen.judgement("mix") == (0.5 * 80 + 0.75 * 20) / 1.25
    assert seen.score.evidence == (0.5, 0.5, 0.25)
    assert seen.score.coverage == 0.5
    ruled = parts | {"mix": parts["mix"] | {"when": [{"signal": "z", "known": False, "judgement": 0}]}}
    assert Seen(ruled, sent(x=80, y=20)).score.evidence == (1, 0, 0)  # a rule decides, whatever is known of the parts
    alone = parts | {"mix": parts["mix"] | {"evidence": [{"signal": "z", "half": 1.5}]}}
    assert Seen(alone, sent(x=80, y=20, z=0.5)).score.evidence[0] == 0.5 * 0.25


def test_evidence_alone_can_change_a_score_with_an_event_and_with_time() -> None:
    """The judgement stays, its evidence grows: the cached score follows."""
    parts = {
        "it": STEADY | {"evidence": [{"signal": "logins", "half": 1}, {"signal": "age", "from": 0, "to": 4}]},
        "level": STEADY | {"signal": "y"},
    }
    signals = SIGNALS | {"logins": {"kind": "count", "events": ["go"], "window": "30d"}}
    more: Table = {"signals": signals, "neutral_weight": 1, "neutral": 50}
    seen = Seen(parts, sent(x=100, y=0), usage(at=NOON, event="go"), **more)
    values = [seen.score.value, seen.to(NOON + 2 * 86_400_000).score.value, seen.to(NOON + 9 * 86_400_000).score.value]
    assert values == [25, (0.25 * 100 + 50) / 2.25, (0.5 * 100 + 50) / 2.5]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": 50, "y": 9}, "x 50"),
        ({"x": 50, "y": 1}, "x 50; y 1: counts 25%"),
        ({"x": 50}, "x 50; no y known"),
    ],
)
def test_little_evidence_says_how_much_and_of_what(values: dict[str, Any], words: str) -> None:
    table = STEADY | {"evidence": [{"signal": "y", "half": 3}, {"signal": "age", "from": -1, "to": 0}]}
    seen = Seen({"it": table, "level": STEADY | {"signal": "age"}}, sent(**values))
    assert seen.explained.contributions[0].words == words
