"""Changes of the MRR."""

from __future__ import annotations

from alerts.lifecycle.schema import MrrRule
from tests.support.alert_account import AlertedAccount, policy_of


def test_an_import_that_changes_the_mrr_begins_a_new_span() -> None:
    account = AlertedAccount(policy_of(money=MrrRule(share=0.1)))
    account.see(90.0, mrr=1_000.0)
    (decision,) = account.see(cause="backfill", mrr=500.0)
    assert (decision.outcome, decision.reason) == ("suppressed", "backfill")
    account.wait(hours=1)
    assert account.see(mrr=460.0) == []
    assert [step.reason for step in account.see(mrr=449.0)] == ["first"]


def test_an_unknown_mrr_is_no_change() -> None:
    account = AlertedAccount(policy_of(money=MrrRule()))
    account.see(90.0, mrr=1_000.0)
    assert account.see(mrr=None) == []
    assert account.see(mrr=1_000.0) == []
    assert [step.step for step in account.see(mrr=999.99)] == ["opened"]
