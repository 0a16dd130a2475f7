"""Which of the steps of one call are told: one event gives one message about a fall."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from alerts.lifecycle.schema import DropRule, FlagRule, ForecastRule, Only
from alerts.step import Severity
from scoring.instants import DAY_MS, rfc3339
from scoring.result import TierForecast, TransitionCause
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of


def fallen(**drop: object) -> AlertedAccount:
    """An account that fell to yellow, by a drop."""
    account = AlertedAccount(policy_of(tier=TIER_RULE, drop=DropRule(escalate_after="6h", **drop)))  # type: ignore[arg-type]
    account.see(90.0)
    account.see(60.0)
    return account


def test_a_drop_beside_a_fall_of_the_tier_opens_its_case_and_tells_nobody() -> None:
    account = fallen()
    tier, drop = account.steps
    assert (tier.rule, tier.reason, tier.is_told) == ("tier", "first", True)
    assert (drop.step, drop.status, drop.outcome, drop.reason) == ("opened", "open", "suppressed", "covered")
    assert (drop.before, drop.change, drop.until) == (90.0, -30.0, "")
    shown = {case.rule: (case.words, case.until) for case in account.alerts.open_cases()}
    assert shown["drop"] == ("acme fell by 30 points within 24 hours, from 90 to 60: no use for 12 days", "")


def test_it_has_no_time_to_act_and_its_end_is_told_nobody() -> None:
    account = fallen()
    assert account.wait(hours=12) == []
    steps = account.see(90.0)
    assert [(step.rule, step.step, step.outcome, step.reason) for step in steps] == [
        ("tier", "resolved", "sent", "resolved"),
        ("drop", "resolved", "suppressed", "covered"),
    ]
    assert account.alerts.open_cases() == ()


def test_a_drop_while_the_case_of_the_tier_gets_worse_is_covered_too() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE, drop=DropRule()))
    account.see(78.0)
    account.see(70.0)
    steps = account.see(40.0)
    assert [(step.rule, step.reason) for step in steps] == [("tier", "worse"), ("drop", "covered")]


def test_a_drop_within_a_tier_is_told_and_so_is_its_end() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE, drop=DropRule()))
    account.see(74.0)
    account.see(50.0)
    account.see(74.0)
    assert [(step.rule, step.reason) for step in account.steps if step.is_told][1:] == [
        ("drop", "first"),
        ("drop", "resolved"),
    ]


@pytest.mark.parametrize(("severity", "is_told"), [("critical", True), ("warning", False), ("info", False)])
def test_what_is_more_severe_than_the_step_of_the_tier_is_told(severity: Severity, is_told: bool) -> None:
    assert fallen(severity=severity).steps[1].is_told is is_told


def test_other_rules_are_told_beside_the_tier() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE, flag=FlagRule(flags=("f",))))
    account.see(90.0)
    account.see(60.0, held_rules=frozenset(("flag",)))
    assert account.told() == [("opened", "first"), ("opened", "first")]


def test_a_forecast_beside_a_fall_of_the_tier_is_covered_and_its_coming_true_is_no_message() -> None:
    yellow = Only(tiers=("yellow",))
    account = AlertedAccount(policy_of(tier=TIER_RULE, soon=ForecastRule(tiers=("red",), near=40.0, only=yellow)))
    account.see(80.0)
    at_ms = account.now_ms + 3 * DAY_MS
    account.view.next_fall = TierForecast(
        at=rfc3339(at_ms), at_ms=at_ms, tier="red", score=40.0, cause=TransitionCause(kind="expiry")
    )
    account.wait(hours=25)
    account.see(60.0)
    account.see(40.0)
    assert [(step.rule, step.step, step.outcome, step.reason) for step in account.steps] == [
        ("soon", "none", "suppressed", "filter"),
        ("tier", "opened", "sent", "first"),
        ("soon", "opened", "suppressed", "covered"),
        ("tier", "changed", "sent", "worse"),
        ("soon", "resolved", "suppressed", "covered"),
    ]


def test_a_snoozed_tier_covers_nothing() -> None:
    """Nobody is told of the tier: the drop is the message."""
    account = AlertedAccount(policy_of(tier=TIER_RULE, drop=DropRule(points=20.0)))
    account.see(90.0)
    account.see(74.0)
    account.command("snooze", rule="tier", until_ms=account.now_ms + DAY_MS)
    assert [(step.rule, step.outcome, step.reason) for step in account.see(40.0)] == [
        ("tier", "suppressed", "snooze"),
        ("drop", "sent", "first"),
    ]


def test_once_a_person_acts_on_a_covered_case_its_end_is_told() -> None:
    account = fallen()
    account.command("assign", rule="drop", assignee="bob")
    assert [(step.rule, step.reason) for step in account.see(90.0) if step.is_told] == [
        ("tier", "resolved"),
        ("drop", "resolved"),
    ]


def test_a_covered_case_of_a_rule_that_goes_ends_in_silence() -> None:
    account = fallen()
    (step,) = account.change_rules(policy_of(tier=replace(TIER_RULE, label="Another")))
    assert (step.rule, step.step, step.outcome, step.reason) == ("drop", "resolved", "suppressed", "covered")
