"""The first call under other rules."""

from __future__ import annotations

from msgspec.structs import replace

from alerts.lifecycle.schema import DropRule, FlagRule, ForecastRule, MrrRule, Only
from alerts.message_text import message_text
from scoring.instants import DAY_MS, rfc3339
from scoring.model.model import Tier
from scoring.result import TierForecast, TransitionCause
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of

TWO_TIERS = (Tier("red", 0.0), Tier("green", 60.0))
NO_RULES = policy_of(drop=DropRule(points=90.0))


def test_a_level_fits_the_tiers_that_there_are_also_while_there_is_no_score() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(30.0)
    account.see(None)
    assert account.change_rules(policy_of(TWO_TIERS, tier=TIER_RULE), TWO_TIERS) == []
    (case,) = account.alerts.open_cases()
    assert case.rule == "tier"
    assert [step.step for step in account.see(90.0)] == ["resolved"]


def test_a_tier_that_the_account_was_in_already_opens_nothing_and_a_fall_at_that_moment_does() -> None:
    """The first call under the rules is an event's, not the walk's."""
    account = AlertedAccount(NO_RULES)
    account.see(60.0)
    account.policy = policy_of(tier=TIER_RULE)
    account.alerts = account.alerts.restore(account.policy, account.alerts.snapshot())
    steps = account.see(30.0)
    assert [(step.outcome, step.reason, step.severity) for step in steps] == [
        ("suppressed", "rule_changed", "warning"),
        ("sent", "first", "critical"),
    ]


def test_a_case_that_ended_under_a_snooze_of_a_rule_that_goes_is_said_to_have_ended() -> None:
    account = AlertedAccount(policy_of(flag=FlagRule(flags=("f",))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.command("snooze", rule="flag", until_ms=account.now_ms + DAY_MS)
    account.see(held_rules=frozenset())
    (step,) = account.change_rules(NO_RULES)
    assert (step.step, step.status, step.reason, step.is_told) == ("snooze_ended", "resolved", "rule_changed", True)
    assert step.case_id == account.steps[0].case_id


def test_a_case_of_a_rule_that_goes_ends_under_a_snooze_of_the_account() -> None:
    account = AlertedAccount(policy_of(flag=FlagRule(flags=("f",))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.command("snooze", until_ms=account.now_ms + DAY_MS)
    (step,) = account.change_rules(NO_RULES)
    assert (step.step, step.outcome, step.reason) == ("resolved", "suppressed", "snooze")
    (summary,) = account.wait(hours=24)
    assert (summary.status, summary.reason, summary.rule) == ("resolved", "summary", "flag")
    assert (step.step_number, summary.step_number) == (3, 4)


def test_a_tier_that_loses_its_severity_is_no_longer_watched_and_not_over() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(60.0)
    (step,) = account.change_rules(policy_of(tier=replace(TIER_RULE, severities={"red": "critical"})))
    assert (step.step, step.status, step.outcome, step.reason) == ("resolved", "resolved", "sent", "rule_changed")
    assert (step.tier, step.words) == ("yellow", "acme: health fell (yellow) is no longer watched")
    assert message_text(step).headline == step.words
    assert "recovered" not in message_text(step).one_line
    assert [each.reason for each in account.see(30.0)] == ["first"]


def test_an_account_that_recovers_as_the_rules_change_has_recovered() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(60.0)
    account.policy = policy_of(tier=replace(TIER_RULE, severities={"red": "critical"}))
    account.alerts = account.alerts.restore(account.policy, account.alerts.snapshot())
    (step,) = account.see(90.0)
    assert (step.reason, step.words) == ("resolved", "acme recovered from yellow to green: no use for 12 days")


def test_an_account_that_a_rule_leaves_out_now_is_no_longer_watched() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0, mrr=10.0)
    account.see(60.0)
    (step,) = account.change_rules(policy_of(tier=replace(TIER_RULE, only=Only(min_mrr=100.0))))
    assert (step.reason, step.words) == ("rule_changed", "acme: health fell is no longer watched")


def test_a_tier_rule_that_goes_says_nothing_of_a_recovery() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(60.0)
    (step,) = account.change_rules(NO_RULES)
    assert message_text(step).headline == "acme: tier is no longer watched"


def test_other_words_for_a_rule_change_no_case() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(30.0)
    assert account.change_rules(policy_of(tier=replace(TIER_RULE, label="Another"))) == []


def test_amounts_of_a_rule_that_looked_the_other_way_are_forgotten() -> None:
    """Also when the MRR is unknown as the rules change."""
    account = AlertedAccount(policy_of(mrr=MrrRule(direction="fell", share=0.05)))
    account.see(90.0, mrr=100.0)
    account.see(mrr=None)
    assert account.change_rules(policy_of(mrr=MrrRule(direction="rose", share=0.05))) == []
    assert account.see(mrr=100.0) == []
    assert [step.words for step in account.see(mrr=200.0)] == ["the MRR of acme rose from 100 to 200 within 30 days"]


def test_a_forecast_that_waits_for_its_case_is_asked_for_again_when_the_tiers_are_others() -> None:
    tiers = (Tier("red", 0.0), Tier("orange", 30.0), Tier("yellow", 45.0), Tier("green", 75.0))
    rich = Only(min_mrr=100.0)
    account = AlertedAccount(policy_of(tiers, fall=ForecastRule(tiers=("yellow",), near=60.0, only=rich)))
    account.view.tiers = tiers
    account.view.next_fall = forecast(account.now_ms + 3 * DAY_MS, "yellow")
    account.see(80.0, mrr=1.0)
    account.wait(hours=25)
    account.change_rules(policy_of(TWO_TIERS, fall=ForecastRule(tiers=("red",), near=60.0, only=rich)), TWO_TIERS)
    account.view.next_fall = forecast(account.now_ms + 2 * DAY_MS, "red")
    account.see(mrr=200.0)
    account.wait(hours=25)
    assert [(step.step, step.reason, step.next_tier) for step in account.steps] == [
        ("none", "filter", ""),
        ("opened", "first", "red"),
    ]


def forecast(at_ms: int, tier: str) -> TierForecast:
    return TierForecast(at=rfc3339(at_ms), at_ms=at_ms, tier=tier, score=40.0, cause=TransitionCause(kind="expiry"))
