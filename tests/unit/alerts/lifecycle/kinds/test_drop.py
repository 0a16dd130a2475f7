"""Drops, their limit and their end."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import DropRule
from alerts.message_text import message_text
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


def test_a_drop_is_measured_from_what_it_fell_from_in_every_text() -> None:
    account = account_at(95.97, points=10.0)
    account.see(85.97)
    account.wait(hours=20)
    account.see(79.23)
    account.wait(hours=5)
    (opened,) = account.see(75.56)
    assert (opened.before, opened.score, opened.change, opened.deltas) == (85.97, 75.56, -10.41, ())
    assert opened.from_tier == ""
    said = "acme fell by 10.41 points within 24 hours, from 85.97 to 75.56"
    assert opened.words == f"{said}: no use for 12 days"
    text = message_text(opened)
    assert (text.headline, text.score) == (said, "85.97 ▸ 75.56 (−10.41)")
    assert text.one_line == f"{said}. no use for 12 days. Score 85.97 ▸ 75.56 (−10.41)."


def test_the_tiers_of_a_drop_are_those_of_its_two_scores() -> None:
    account = account_at(80.0)
    account.see(70.0)
    (opened,) = account.see(44.0)
    assert (opened.before, opened.from_tier, opened.tier) == (80.0, "green", "red")


def test_a_drop_that_is_not_told_yet_is_measured_from_its_peak_and_its_end_from_the_judgement_before() -> None:
    account = account_at(90.0, dwell="1h")
    account.see(80.0)
    (waits,) = account.see(70.0)
    assert (waits.reason, waits.before, waits.change) == ("dwell", 90.0, -20.0)
    (ended,) = account.see(85.0)
    assert (ended.reason, ended.before, ended.change) == ("dwell", 70.0, 15.0)


def test_a_long_name_leaves_the_scores_to_the_line_below() -> None:
    account = account_at(90.0)
    account.view.account_id = "the-account-of-a-very-large-company"
    (opened,) = account.see(44.44)
    text = message_text(opened)
    assert text.headline == "the-account-of-a-very-large-company fell by 45.56 points within 24 hours"
    assert text.score == "90 ▸ 44.44 (−45.56)"


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
