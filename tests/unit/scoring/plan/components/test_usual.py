"""The judgement of a value against the account's own usual one."""

from __future__ import annotations

import pytest

from tests.support.account_under_model import SIGNALS, Seen, Table, sent

LINE = [[0.3, 0], [0.5, 50], [0.8, 97], [0.9, 100]]
USUAL: Table = {"shape": "vs_usual", "signal": "x", "usual": "y", "points": LINE, "weight": 1}


def judgement(more: Table, **values: float) -> float | None:
    return Seen({"it": USUAL | more}, sent(**values)).judgement()


#   x / usual: 0 ─── 0.3 ──╱── 0.5 is 50 ──╱── 0.8 is 97 ── 0.9 is 100
@pytest.mark.parametrize(("x", "expected"), [(0, 0), (30, 0), (40, 25), (50, 50), (80, 97), (90, 100), (500, 100)])
def test_a_value_is_judged_as_a_share_of_the_usual_one(x: float, expected: float) -> None:
    assert judgement({}, x=x, y=100) == pytest.approx(expected)


def test_a_prior_draws_small_counts_towards_the_usual() -> None:
    assert judgement({"prior": 3}, x=1, y=4) == pytest.approx(50 + 47 * (4 / 7 - 0.5) / 0.3)
    assert judgement({"prior": 3}, x=100, y=400) == pytest.approx(0)  # 103 / 403


#   the line is at 250 (x - 0.3) up to 0.5, and at 50 + 47 (x - 0.5) / 0.3 up to 0.8
@pytest.mark.parametrize(
    ("dispersion", "k", "expected"),
    [
        (4, 12, 250 * (22 / 52 - 0.3)),
        (0.1, 3, 250 * (13 / 43 - 0.3)),
        (99, 48, 50 + 47 * (58 / 88 - 0.5) / 0.3),
        (None, 3, 250 * (13 / 43 - 0.3)),
    ],
)
def test_a_dispersion_multiplies_the_prior_within_1_and_16(dispersion: float | None, k: float, expected: float) -> None:
    values = {} if dispersion is None else {"z": dispersion}
    seen = Seen({"it": USUAL | {"prior": 3, "dispersion": "z"}}, sent(x=10, y=40, **values))
    assert seen.judgement() == pytest.approx(expected)
    assert seen.score.evidence == (40 / (40 + k),)


def test_a_usual_below_the_least_counts_as_the_least() -> None:
    gap: Table = {"least": 4, "points": [[1, 100], [3, 0]]}
    assert [judgement(gap, x=x, y=1) for x in (4, 8, 12)] == [100, 50, 0]


@pytest.mark.parametrize("values", [{"x": 1}, {"y": 1}, {"x": 1, "y": 0}, {"x": 1, "y": -2}])
def test_without_a_usual_there_is_no_judgement(values: dict[str, float]) -> None:
    assert judgement({}, **values) is None
    assert judgement({"prior": 1}, **values) is None


def test_its_words_name_the_usual() -> None:
    signals = SIGNALS | {"z": {"kind": "since_last", "label": "login"}}
    calls: Table = USUAL | {"signal": "z", "least": 4, "points": [[1, 100], [3, 0]]}
    seen = Seen({"it": USUAL, "calls": calls}, sent(x=12, y=1234), signals=signals)
    assert [each.words for each in seen.explained.contributions] == [
        "x 12; usually 1,234",
        "login in the last day; usually within 1,234",
    ]
    lacking = Seen({"it": USUAL, "level": USUAL | {"usual": "x"}}, sent(x=12))
    assert lacking.explained.contributions[0].words == "x 12; what is usual is not known yet"


#   100 × (errors + 0.5) / (uses + 25): of little use, one error is not 100 %
def test_a_rate_with_a_prior_is_judged_from_the_start() -> None:
    rate: Table = {"shape": "linear", "signal": "x", "per": "y", "points": [[0, 100], [50, 0]], "weight": 1}
    with_prior = rate | {"prior": [0.5, 25]}
    seen = [Seen({"it": with_prior, "plain": rate}, sent(x=x, y=y)) for x, y in ((0, 0), (12, 0), (1, 75))]
    assert [each.judgement() for each in seen] == [96, 0, 97]
    assert [each.judgement("plain") for each in seen] == [None, None, pytest.approx(100 - 200 / 75)]
    assert Seen({"it": with_prior}, sent(x=1)).judgement() is None
