"""The life of alerts as one story after another, in virtual time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from alerts.lifecycle.command import InvalidCommand
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import Calendar, ConditionRule, DropRule, FlagRule, MrrRule, Only, Rule
from scoring.instants import DAY_MS
from tests.support.alert_account import DRIVER, TIER_RULE, TIERS, AlertedAccount, policy_of, rules_of

PATIENT = replace(TIER_RULE, dwell="12h", exit_dwell="12h", escalations={"red": "48h", "yellow": "7d"})


def test_a_fall_that_lasts_opens_a_case_that_gets_worse_escalates_and_ends() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(90.0)
    account.see(60.0)
    account.wait(hours=12)
    account.see(40.0)
    account.wait(hours=12 + 48)
    account.see(78.0)
    account.wait(hours=12)
    assert account.told() == [
        ("opened", "first"),
        ("changed", "worse"),
        ("escalated", "escalated"),
        ("resolved", "resolved"),
    ]
    assert len({step.case_id for step in account.steps if step.is_told}) == 1
    assert account.alerts.open_cases() == ()


def test_only_steps_that_are_told_have_drivers() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(90.0)
    account.see(60.0)
    account.wait(hours=12)
    account.command("snooze", until_ms=account.now_ms + DAY_MS)
    account.see(40.0)
    account.wait(hours=24)
    assert account.decided() == ["not dwell", "first", "action", "not dwell", "not snooze", "summary"]
    assert [step.drivers for step in account.steps] == [(DRIVER,) if step.is_told else () for step in account.steps]


def test_statuses_of_open_cases_are_those_that_the_cases_show() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE, flag=FlagRule(flags=("f",))))
    account.see(90.0)
    assert account.alerts.open_statuses() == ()
    account.see(60.0, held_rules=frozenset(("flag",)))
    account.command("acknowledge", rule="flag")
    account.command("snooze", rule="tier", until_ms=account.now_ms + DAY_MS)
    assert account.alerts.open_statuses() == (("tier", "snoozed"), ("flag", "acknowledged"))
    shown = tuple([(case.rule, case.status) for case in account.alerts.open_cases()])
    assert shown == account.alerts.open_statuses()


def test_a_drop_of_exactly_the_limit_does_not_fire() -> None:
    account = AlertedAccount(policy_of(drop=DropRule(points=15.0)))
    account.see(90.0)
    assert account.see(75.0) == []
    assert [step.reason for step in account.see(74.99)] == ["first"]


def test_a_fall_that_began_by_an_event_alerts_though_a_norm_takes_it_further() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(90.0)
    account.see(60.0)
    account.wait(hours=1)
    account.see(40.0, cause="norm")
    account.wait(hours=12)
    assert account.told() == [("opened", "first"), ("changed", "worse")]


def test_a_case_that_a_person_resolved_stays_away_until_the_breach_begins_again() -> None:
    account = AlertedAccount(
        policy_of(tier=replace(TIER_RULE, escalations={"red": "48h"}), flag=FlagRule(flags=("f",)))
    )
    account.see(90.0)
    account.see(60.0, held_rules=frozenset(("flag",)))
    resolved = account.command("resolve", action="called")
    assert [(step.step, step.status, step.reason, step.taken) for step in resolved] == [
        ("resolved", "resolved", "action", "called"),
        ("resolved", "resolved", "action", "called"),
    ]
    account.see(cause="guard")
    assert account.wait(hours=24) == []
    assert account.alerts.open_cases() == ()
    assert [(step.rule, step.reason) for step in account.see(40.0)] == [("tier", "first")], "worse is another breach"
    account.see(held_rules=frozenset())
    assert [step.rule for step in account.see(held_rules=frozenset(("flag",)))] == ["flag"]


def test_nothing_escalates_while_a_fleet_alarm_holds_it_and_it_does_afterwards() -> None:
    account = AlertedAccount(policy_of(tier=replace(TIER_RULE, escalations={"red": "48h"})))
    account.see(90.0)
    account.see(40.0)
    account.see(cause="guard", outage="alarm")
    during = account.wait(hours=72)
    assert [(step.outcome, step.reason, step.outage) for step in during] == [("suppressed", "guard", "alarm")]
    (step,) = account.see(cause="guard", is_outage_over=True)
    assert (step.step, step.reason, step.status) == ("escalated", "after_outage", "escalated")


def test_a_step_after_a_dwell_is_measured_from_before_its_own_crossing() -> None:
    """90 ▸ 60 (yellow) ▸ 79 (the exit dwell runs) ▸ 40: the change to red is from 79, not from 90 or 60."""
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(90.0)
    account.see(60.0)
    account.wait(hours=12)
    account.see(79.0)
    account.wait(hours=1)
    account.see(40.0)
    account.wait(hours=12)
    opened, changed = [step for step in account.steps if step.is_told]
    assert (opened.before, opened.score, opened.change, opened.from_tier) == (90.0, 60.0, -30.0, "green")
    assert (changed.before, changed.score, changed.change) == (79.0, 40.0, -39.0)
    assert sum(delta.points for delta in changed.deltas) == changed.change


def test_a_dwell_that_ended_early_leaves_no_origin_behind() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    for score in (95.0, 70.0, 90.0, 60.0):
        account.see(score)
        account.wait(hours=1)
    (opened,) = [step for step in account.wait(hours=12) if step.is_told]
    assert opened.before == 90.0


def test_business_hours_and_words_of_an_escalation() -> None:
    """Monday 09:00 UTC is 10:00 in Berlin: seven hours that day, two more on Tuesday."""
    rules = rules_of(
        {"tier": replace(TIER_RULE, calendar="office", escalations={"red": "9h", "yellow": "1d"})},
        calendars={"office": Calendar(zone="Europe/Berlin")},
    )
    account = AlertedAccount(Policy(rules, TIERS))
    account.see(90.0)
    (opened,) = account.see(40.0)
    assert opened.until == "2026-03-03T10:00:00Z"
    (step,) = account.wait(hours=25)
    assert step.words == "acme: nobody acted in 9 open hours on health fell"


def test_only_tiers_is_by_the_level_of_the_tier_rule() -> None:
    renewal = ConditionRule(when=(), only=Only(tiers=("red", "yellow")))
    account = AlertedAccount(policy_of(renewal=renewal, tier=TIER_RULE))
    account.see(90.0, held_rules=frozenset(("renewal",)))
    account.see(74.0)
    account.see(76.0)
    account.see(79.0)
    assert [(step.step, step.reason) for step in account.steps if step.rule == "renewal"] == [
        ("none", "filter"),
        ("opened", "first"),
        ("resolved", "resolved"),
    ]
    assert account.see(cause="guard") == []


def test_traits_and_mrr_decide_whom_a_rule_is_for() -> None:
    rule = FlagRule(flags=("f",), only=Only(min_mrr=100.0, traits={"segment": ("enterprise",)}))
    account = AlertedAccount(policy_of(flag=rule))
    account.see(90.0, mrr=50.0, held_rules=frozenset(("flag",)), traits={"segment": "enterprise"})
    account.see(mrr=100.0)
    account.see(mrr=None)
    assert account.decided() == ["not filter", "first", "resolved"]


def test_the_mrr_rule_compares_with_the_span() -> None:
    account = AlertedAccount(
        policy_of(money=MrrRule(share=0.1, within="30d"), more=MrrRule(share=0.1, direction="rose"))
    )
    account.see(90.0, mrr=1_000.0)
    assert account.see(mrr=900.0) == []
    (step,) = account.see(mrr=899.0)
    assert step.words == "the MRR of acme fell from 1,000 to 899 within 30 days"
    assert [step.rule for step in account.see(mrr=1_200.0)] == ["money", "more"]
    assert [step.step for step in account.wait(hours=24 * 30)] == ["resolved"]


def test_a_snapshot_of_a_calm_account_is_small_and_a_look_says_what_is_open() -> None:
    rules: dict[str, Rule] = {"tier": PATIENT, "drop": DropRule(), "money": MrrRule(), "flag": FlagRule(flags=("f",))}
    account = AlertedAccount(policy_of(**rules))
    account.see(90.0, mrr=1_000.0)
    assert len(account.alerts.snapshot()) < 60
    account.see(60.0)
    account.wait(hours=12)
    account.command("assign", assignee="cem")
    drop, tier = sorted(account.alerts.open_cases(), key=lambda case: case.rule)
    assert (drop.rule, tier.rule) == ("drop", "tier")
    assert (tier.status, tier.severity, tier.assignee, tier.until) == ("open", "warning", "cem", "2026-03-09T21:00:00Z")


def test_that_good_news_is_no_longer_new_is_no_message_of_its_own() -> None:
    account = AlertedAccount(policy_of(promoter=FlagRule(flags=("f",), severity="good")))
    account.see(90.0)
    account.see(90.0, held_rules=frozenset(("promoter",)))
    account.see(90.0, held_rules=frozenset())
    assert account.told() == [("opened", "first"), ("resolved", "action")]


def test_an_account_that_was_low_only_while_little_was_known_gets_no_case() -> None:
    """Its first score is neutral and yellow; then it is known, and green by less than the margin."""
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(70.0, is_provisional=True)
    account.wait(hours=48)
    account.see(76.0, is_provisional=False)
    account.wait(hours=48)
    assert account.told() == []
    account.see(60.0)
    account.wait(hours=12)
    assert account.told() == [("opened", "first")]


def test_an_account_that_is_low_when_it_is_known_gets_its_case_then() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(70.0, is_provisional=True)
    account.wait(hours=48)
    account.see(71.0, is_provisional=False)
    assert account.told() == [("opened", "first")]


def test_a_late_event_that_makes_a_rule_no_longer_for_the_account_retracts_nothing() -> None:
    account = AlertedAccount(policy_of(flag=FlagRule(flags=("f",), only=Only(min_mrr=100.0))))
    account.see(90.0, mrr=100.0, held_rules=frozenset(("flag",)))
    assert [step.step for step in account.see(cause="late", mrr=50.0)] == ["resolved"]


def test_a_rule_for_some_tiers_follows_the_score_into_them_where_no_rule_is_about_tiers() -> None:
    """Nothing but the score changes: the band says when to look."""
    account = AlertedAccount(policy_of(flag=FlagRule(flags=("f",), only=Only(tiers=("red", "yellow")))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.see(80.0)
    account.see(75.0)
    assert account.told() == []
    assert [step.step for step in account.see(74.9)] == ["opened"]
    assert account.see(30.0) == []
    assert [step.step for step in account.see(75.0)] == ["resolved"]
    assert account.calls == 4


def test_a_refused_command_leaves_the_band_as_it_was() -> None:
    policy = policy_of(flag=FlagRule(flags=("f",), only=Only(tiers=("red",))))
    account = AlertedAccount(policy, restarts=True)
    account.see(60.0)
    band = account.alerts.band
    with pytest.raises(InvalidCommand):
        account.command("acknowledge")
    assert account.alerts.band == band == (45.0, 75.0)


def test_a_command_about_a_case_that_is_over_does_nothing_to_the_next_one() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    (first,) = account.see(40.0)
    account.see(90.0)
    (second,) = account.see(40.0)
    for kind in ("acknowledge", "resolve", "note", "wake"):
        with pytest.raises(InvalidCommand, match="another one is open"):
            account.command(kind, rule="tier", case=first.case_id, reason="seen")
    with pytest.raises(InvalidCommand, match="another one is open"):
        account.command("snooze", rule="tier", case=first.case_id, until_ms=account.now_ms + 1)
    (step,) = account.command("acknowledge", rule="tier", case=second.case_id)
    assert (step.case_id, step.status) == (second.case_id, "acknowledged")
