"""The life of alerts as one story after another, in virtual time."""

from __future__ import annotations

from msgspec.structs import replace

from alerts.lifecycle.schema import DropRule
from tests.support.alert_account import TIER_RULE, AlertedAccount, policy_of

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


def test_a_drop_of_exactly_the_limit_does_not_fire() -> None:
    account = AlertedAccount(policy_of(drop=DropRule(points=15.0)))
    account.see(90.0)
    assert account.see(75.0) == []
    assert [step.reason for step in account.see(74.99)] == ["first"]
