"""Snoozes that overlap, replace each other, and end."""

from __future__ import annotations

import pytest

from alerts.lifecycle.command import InvalidCommand
from alerts.lifecycle.schema import FlagRule
from scoring.instants import DAY_MS, HOUR_MS
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of


def snoozed(rule_hours: int, account_hours: int) -> AlertedAccount:
    """An account whose rule and which itself are snoozed while the case of the rule ends."""
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(30.0)
    account.command("snooze", "ann", "tier", until_ms=account.now_ms + rule_hours * HOUR_MS)
    account.command("snooze", "bob", until_ms=account.now_ms + account_hours * HOUR_MS)
    account.see(90.0)
    return account


@pytest.mark.parametrize(("rule_hours", "account_hours"), [(5, 9), (9, 5), (9, 9)])
def test_of_two_snoozes_the_last_end_tells_what_happened(rule_hours: int, account_hours: int) -> None:
    account = snoozed(rule_hours, account_hours)
    assert not [step for step in account.wait(hours=9, ms=-1) if step.is_told]
    (told,) = [step for step in account.wait(ms=1) if step.is_told]
    assert (told.reason, told.status, told.words) == (
        "summary",
        "resolved",
        f"acme: the snooze by {'ann' if rule_hours > account_hours else 'bob'} ended: health fell is over",
    )


def test_a_longer_snooze_takes_over_what_a_shorter_one_hid() -> None:
    """The flag's case opens under the rule's longer snooze; then the account is snoozed for longer still."""
    account = snoozed(5, 3)
    account.command("snooze", "cem", until_ms=account.now_ms + 20 * HOUR_MS)
    assert not [step for step in account.wait(hours=20, ms=-1) if step.is_told]
    (told,) = [step for step in account.wait(ms=1) if step.is_told]
    assert told.words == "acme: the snooze by cem ended: health fell is over"


def test_a_snooze_that_replaces_another_keeps_what_it_hid() -> None:
    account = AlertedAccount(policy_of(flag=FlagRule(flags=("f",))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.command("snooze", "ann", "flag", until_ms=account.now_ms + 30 * HOUR_MS)
    account.see(held_rules=frozenset())
    account.see(held_rules=frozenset(("flag",)))
    account.command("snooze", "bob", "flag", until_ms=account.now_ms + HOUR_MS)
    told = [step for step in account.wait(hours=1) if step.is_told]
    assert [(step.reason, step.status, step.by) for step in told] == [
        ("summary", "open", "bob"),
        ("action", "resolved", "bob"),
    ]
    assert told[0].words == "acme: the snooze by bob ended: flag still holds; flag is over"


def test_who_wakes_is_named_and_a_snooze_that_hid_nothing_tells_nothing() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.command("snooze", "ann", until_ms=account.now_ms + DAY_MS)
    (step,) = account.command("wake", "bob")
    assert (step.outcome, step.reason, step.by) == ("suppressed", "repeat", "bob")
    with pytest.raises(InvalidCommand, match="nothing is snoozed"):
        account.command("wake", "bob")


@pytest.mark.parametrize("until_ms", [0, 91 * DAY_MS])
def test_a_snooze_ends_in_the_future_and_within_90_days(until_ms: int) -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    with pytest.raises(InvalidCommand, match="within 90 days"):
        account.command("snooze", until_ms=account.now_ms + until_ms)


def test_a_rule_without_a_case_cannot_be_snoozed_nor_one_that_there_is_not() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    with pytest.raises(InvalidCommand, match="no case of the rule 'tier' is open"):
        account.command("snooze", rule="tier", until_ms=account.now_ms + 1)
    with pytest.raises(InvalidCommand, match="there is no rule called 'tire'"):
        account.command("acknowledge", rule="tire")


def test_two_snoozes_that_end_at_once_give_one_summary_of_both() -> None:
    account = AlertedAccount(policy_of(tier=TIER_RULE))
    account.see(90.0)
    account.see(30.0)
    end_ms = account.now_ms + 9 * HOUR_MS
    account.command("snooze", "ann", "tier", until_ms=end_ms)
    account.see(90.0)
    account.command("snooze", "bob", until_ms=end_ms)
    (told,) = [step for step in account.wait(hours=9) if step.is_told]
    assert told.words == "acme: the snooze by bob ended: health fell is over"
