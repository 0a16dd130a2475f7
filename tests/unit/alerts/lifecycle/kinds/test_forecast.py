"""Forecasts, how often they are asked for and what ends them."""

from __future__ import annotations

from alerts.lifecycle.schema import ForecastRule
from scoring.instants import DAY_MS, rfc3339
from scoring.result import TierForecast, TransitionCause
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of


def account_near_red(days: float) -> AlertedAccount:
    account = AlertedAccount(policy_of(tier=TIER_RULE, soon=ForecastRule(tiers=("red",), lead="3d", near=10.0)))
    account.see(54.0)
    foresee(account, days)
    return account


def foresee(account: AlertedAccount, days: float) -> None:
    at_ms = account.now_ms + round(days * DAY_MS)
    cause = TransitionCause(kind="expiry")
    account.view.next_fall = TierForecast(at=rfc3339(at_ms), at_ms=at_ms, tier="red", score=44.0, cause=cause)


def soon(account: AlertedAccount) -> list[tuple[str, str]]:
    return [(step.step, step.reason) for step in account.steps if step.rule == "soon"]


def test_it_is_asked_once_a_day_and_near_the_bound_only() -> None:
    account = account_near_red(30)
    account.view.asked.clear()
    account.wait(hours=24 * 10)
    assert len(account.view.asked) == 10
    assert len({at_ms % DAY_MS for at_ms in account.view.asked}) == 1
    account.view.asked.clear()
    account.see(56.0)
    account.wait(hours=24 * 10)
    assert account.view.asked == []


def test_it_says_what_comes_and_ends_when_it_does_not() -> None:
    account = account_near_red(2.5)
    account.wait(hours=24)
    (step,) = [step for step in account.steps if step.rule == "soon"]
    assert step.words == "acme: red on 4 March 21:00 UTC unless active"
    assert (step.next_tier, step.next_at) == ("red", "2026-03-04T21:00:00Z")
    foresee(account, 9)
    account.wait(hours=24)
    assert soon(account) == [("opened", "first"), ("resolved", "resolved")]


def test_when_it_comes_true_the_tier_rule_tells_it() -> None:
    account = account_near_red(2)
    account.wait(hours=24)
    account.see(40.0)
    assert soon(account) == [("opened", "first"), ("resolved", "action")]
    assert [step.reason for step in account.steps if step.rule == "tier"] == ["first", "worse"]


def test_accounts_ask_at_different_times_of_the_day() -> None:
    times = set()
    for name in ("acme", "globex", "initech", "umbrella"):
        account = AlertedAccount(policy_of(soon=ForecastRule(tiers=("red",))))
        account.view.account_id = name
        account.see(50.0)
        times.add(account.alerts.next_due_ms % DAY_MS)
    assert len(times) == 4
