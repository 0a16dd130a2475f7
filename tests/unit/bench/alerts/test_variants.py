"""The variants of the rules that are compared."""

from __future__ import annotations

from alerts.lifecycle.loader import load_shipped
from alerts.lifecycle.schema import TierRule
from bench.alerts.variants import NEITHER, SHOWN, SWEEP
from scoring.model.loader import load_preset

RULES = load_shipped("default", load_preset("default")).rules


def test_without_both_every_crossing_of_a_bound_counts() -> None:
    (rule,) = NEITHER.of(RULES).rules.values()
    assert isinstance(rule, TierRule)
    assert (rule.margin, rule.dwell, rule.exit_dwell) == (0.0, "", "")


def test_as_shipped_nothing_is_changed() -> None:
    assert SHOWN[-1].of(RULES) == RULES
    assert SHOWN[-2].of(RULES).rules == {"tier": RULES.rules["tier"]}


def test_no_two_rows_have_one_name() -> None:
    names = [variant.name for variant in (*SHOWN, *SWEEP)]
    assert len(names) == len(set(names))
