"""The rules of the kinds "flag" and "condition"."""

from __future__ import annotations

from alerts.lifecycle.schema import FlagRule
from alerts.step_words import headline, why
from tests.support.alert_account import AlertedAccount, policy_of


def test_a_flag_rule_says_which_of_its_flags_hold() -> None:
    account = AlertedAccount(policy_of(flags=FlagRule(flags=("silent", "no_answer"), label="Red flag")))
    account.see(90.0)
    (step,) = account.see(held_rules=frozenset(("flags",)), flags=("late", "no_answer"))
    assert step.words == "acme: red flag: no answer"
    assert (headline(step), why(step)) == ("acme: red flag: no answer", "")
