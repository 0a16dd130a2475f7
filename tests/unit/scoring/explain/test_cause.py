"""Why a score changed: the part that changed most."""

from __future__ import annotations

from scoring.explain.cause import cause_of, cause_text
from scoring.plan.plan import Plan
from scoring.state.account import Account
from tests.builders import a_model


def test_a_score_that_was_0_and_is_0_has_a_cause_too() -> None:
    """No part has any point, neither before nor after: a case that is due must still be told."""
    plan = Plan(a_model({"usage": {"kind": "count", "topics": ["analytics"], "window": "30d"}}))
    account = Account(plan.sizes, 0)
    cause = cause_of(plan, account, None, {}, "expiry", {}, {})
    assert cause.part in plan.model.components
    assert cause_text(plan, cause)
