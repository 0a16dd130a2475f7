"""Drops, their limit and their end."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import DropRule
from scoring.instants import HOUR_MS
from tests.support.alert_account import AlertedAccount, policy_of


def account_at(score: float, **rule: object) -> AlertedAccount:
    account = AlertedAccount(policy_of(drop=DropRule(**rule)))  # type: ignore[arg-type]
    account.see(score)
    return account


@pytest.mark.parametrize(("score", "fires"), [(75.0, False), (74.996, False), (74.99, True)])
def test_it_fires_beyond_the_limit_in_hundredths(score: float, fires: bool) -> None:
    account = account_at(90.0)
    assert bool(account.see(score)) is fires


def test_a_slow_fall_does_not_fire() -> None:
    account = account_at(90.0)
    for score in (80.0, 70.0, 60.0, 50.0):
        account.wait(hours=25)
        account.see(score)
    assert account.told() == []


def test_it_ends_when_the_fall_is_older_than_the_span() -> None:
    account = account_at(90.0)
    account.wait(hours=1)
    account.see(60.0)
    assert account.wait(hours=24, ms=-1) == []
    (end,) = account.wait(ms=1)
    assert (end.step, end.reason) == ("resolved", "resolved")
    assert end.words == "acme has not fallen further: the sharp drop is more than 24 hours old"


def test_a_fall_by_a_norm_is_no_drop_and_hides_none() -> None:
    account = account_at(90.0)
    (decision,) = account.see(70.0, cause="norm")
    assert (decision.outcome, decision.reason) == ("suppressed", "norm")
    assert account.see(60.0) == []
    assert [step.reason for step in account.see(54.0)] == ["first"]


def test_within_the_band_nothing_changes() -> None:
    account = account_at(90.0)
    account.wait(hours=1)
    account.see(80.0)
    low, high = account.alerts.band
    before = account.alerts.snapshot()
    for score in (low, (low + high) / 2, high - 1e-9):
        account.view.score = score
        account.view.as_of_ms += 2 * HOUR_MS
        assert account.alerts.judge(account.view) == []
        assert account.alerts.snapshot() == before


def test_when_the_highest_has_left_the_span_the_band_still_has_the_score() -> None:
    account = account_at(90.0)
    account.see(0.0)
    account.see(0.5)
    account.wait(hours=24)
    low, high = account.alerts.band
    assert low <= 0.5 < high


def test_while_nothing_can_be_judged_the_span_moves_on() -> None:
    account = account_at(90.0)
    account.see(60.0)
    account.see(None)
    account.wait(hours=48)
    assert [step.step for step in account.see(60.0)] == ["resolved"]
