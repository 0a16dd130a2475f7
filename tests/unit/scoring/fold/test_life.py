"""The begin of an account: what one bad clock, a long silence and an import make of its age."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from scoring.fold.fold import apply
from scoring.plan.plan import Plan
from scoring.state.account import Account
from tests.builders import Sent, a_model, usage
from tests.oracle import verdicts
from tests.support.signal_harness import DAY, NOON, Table, days_ago
from tests.support.watched_account import Watched

SIGNALS: dict[str, Table] = {
    "age": {"kind": "age"},
    "volatility": {"kind": "volatility", "weeks": 2},
    "season": {"kind": "season", "window": "7d", "back": "14d"},
    "peak": {"kind": "peak"},
    "silent": {"kind": "since_last"},
    "steps": {"kind": "milestones", "steps": [{"name": "one", "events": ["login"], "due": "7d"}]},
}
YEARS = 365


def facts(*sent: Sent, **header: Any) -> dict[str, Any]:
    """All signals at noon, as the oracle says, in some orders of arrival."""
    model = a_model(SIGNALS, **header)
    expected = verdicts(model, sent, NOON)["acme"].facts
    for seed in range(6):
        arrivals = list(sent)
        random.Random(seed).shuffle(arrivals)
        account = Watched(model, NOON)
        account.see(*arrivals)
        assert account.facts == expected
    return dict(expected)


TEN_DAYS = days_ago(*range(11))
"""An account that is ten days old."""


@pytest.mark.parametrize("years", [1.2, 2, 10, 16, 26])
def test_one_event_of_a_bad_clock_years_ago_is_no_birth(years: float) -> None:
    found = facts(*TEN_DAYS, *days_ago(years * YEARS))
    assert found == facts(*TEN_DAYS)
    assert found["age"] == 10


def test_a_device_that_starts_at_the_same_bad_date_again_and_again_bears_nothing_out() -> None:
    begin = 16 * YEARS
    assert facts(*TEN_DAYS, *days_ago(begin, begin - 0.01, begin - 0.2, begin - 0.9))["age"] == 10


def test_two_bad_clocks_bear_nothing_out() -> None:
    assert facts(*TEN_DAYS, *days_ago(16 * YEARS, 15.5 * YEARS))["age"] == 10


def test_what_is_not_long_before_all_else_is_the_begin() -> None:
    assert facts(*TEN_DAYS, *days_ago(390))["age"] == 390
    assert facts(*TEN_DAYS, *days_ago(390), pause_max="180d")["age"] == 10
    assert facts(*TEN_DAYS, *days_ago(790), pause_max="800d")["age"] == 790


def test_whoever_comes_back_after_a_long_silence_keeps_the_age_that_was_borne_out() -> None:
    before = days_ago(900, 899, 880)
    assert facts(*TEN_DAYS, *before)["age"] == 900
    assert facts(*TEN_DAYS, *before[:2])["age"] == 10, "two days are too few"
    assert facts(*TEN_DAYS, *days_ago(900, 899, 894))["age"] == 10, "less than a week"


def test_an_import_of_ten_years_gives_the_age_whatever_the_order() -> None:
    assert facts(*days_ago(*range(0, 10 * YEARS, 90)))["age"] == 10 * YEARS - 10 * YEARS % 90


def test_a_bad_clock_before_a_long_history_changes_nothing() -> None:
    assert facts(*days_ago(*range(0, 3 * YEARS, 5)), *days_ago(20 * YEARS))["age"] == 1_090


def test_the_only_event_of_an_account_is_its_begin_however_old() -> None:
    assert facts(*days_ago(16 * YEARS))["age"] == 16 * YEARS


def test_the_age_falls_when_a_later_event_shows_that_the_clock_was_bad() -> None:
    account = Watched(a_model(SIGNALS), NOON)
    account.see(*days_ago(16 * YEARS))
    assert account.facts["age"] == 16 * YEARS
    account.see(*days_ago(3))
    assert account.facts["age"] == 3
    assert account.to(NOON + 5 * DAY)["age"] == 8


@pytest.mark.parametrize("seed", range(30))
def test_stretches_are_the_same_in_any_order_and_the_begin_is_the_oracles(seed: int) -> None:
    drawn = random.Random(seed)
    days = [drawn.choice((0, 400, 800, 4000)) + drawn.choice((0, 1, 2, 7, 9, 30, 200, 399, 401)) for _ in range(5)]
    sent = days_ago(*days)
    model = a_model(SIGNALS)
    plan = Plan(model)
    expected = verdicts(model, sent, NOON)["acme"].facts["age"]
    found = set()
    for arrivals in permutations(sent):
        account = Account(plan.sizes, NOON)
        for each in arrivals:
            apply(plan, account, plan.decoder.decode(each.topic, each.value, 0, NOON), NOON)
        found.add((tuple(account.stretches), plan.facts(account)["age"]))
    assert len(found) == 1
    assert found.pop()[1] == expected


def test_a_shorter_pause_than_thirty_days_is_refused_and_named() -> None:
    with pytest.raises(ValueError, match=r"model.pause_max.*shorter than 30d"):
        a_model(SIGNALS, pause_max="29d")


def test_an_account_in_its_first_week_sees_late_events_of_today() -> None:
    assert facts(*days_ago(0.4, 0.1, 0.3), usage(at=NOON))["age"] == 0
