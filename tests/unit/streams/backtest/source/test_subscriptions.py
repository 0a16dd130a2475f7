"""Outcomes from subscriptions: each case a timeline of one account, in days."""

from __future__ import annotations

from typing import Any

from scoring.instants import DAY_MS, FAR
from streams.backtest.source.subscriptions import Step, definition, outcome_of, renewal_of

END = 400 * DAY_MS


def step(day: float, name: str, **fields: Any) -> Step:
    blank: dict[str, Any] = {"subscription": "", "mrr": None, "previous_mrr": None, "plan": None, "renewal_ms": None}
    return Step(at_ms=int(day * DAY_MS), name=name, **{**blank, **fields})


def outcome(kind: str, *steps: Step, back_days: int = 0) -> float | None:
    """The day of the outcome, None for none."""
    found = outcome_of(steps, kind, back_days * DAY_MS, END).at_ms
    return None if found == FAR else found / DAY_MS


def test_a_cancellation_is_a_churn_however_it_is_spelled() -> None:
    for name in ("subscription_canceled", "Subscription Cancelled", "customer.subscription.deleted"):
        assert outcome("churn", step(1, "subscription_started"), step(9, name)) == 9


def test_an_account_with_another_subscription_has_not_left() -> None:
    both = step(1, "subscription_started", subscription="a"), step(2, "subscription_started", subscription="b")
    first, second = (step(day, "subscription_canceled", subscription=name) for day, name in ((5, "a"), (8, "b")))
    assert outcome("churn", *both, first) is None
    assert outcome("churn", *both, first, second) == 8


def test_a_cancellation_that_names_no_subscription_ends_them_all() -> None:
    both = step(1, "subscription_started", subscription="a"), step(2, "subscription_started", subscription="b")
    assert outcome("churn", *both, step(5, "subscription_canceled")) == 5


def test_a_subscription_that_is_started_again_in_time_was_not_cancelled() -> None:
    """day 10 cancelled .. 17 started again .. 60 cancelled"""
    steps = [step(1, "subscription_started"), step(10, "subscription_canceled"), step(17, "subscription_started")]
    assert outcome("churn", *steps) == 10
    assert outcome("churn", *steps, back_days=7) is None
    assert outcome("churn", *steps, back_days=6) == 10
    assert outcome("churn", *steps, step(60, "subscription_canceled"), back_days=7) == 60


def test_a_change_of_subscription_at_one_instant_is_no_churn() -> None:
    old = step(1, "subscription_started", subscription="a")
    swap = step(9, "subscription_canceled", subscription="a"), step(9, "subscription_started", subscription="b")
    assert outcome("churn", old, *swap) is None
    assert outcome("churn", old, *reversed(swap)) is None


def test_who_came_back_is_counted() -> None:
    steps = [step(1, "subscription_started"), step(9, "subscription_canceled"), step(30, "subscription_started")]
    assert outcome_of(steps, "churn", 0, END).came_back == 1


def test_a_downgrade_is_another_plan_for_less() -> None:
    start = step(1, "subscription_started", plan="pro", mrr=100.0)
    assert outcome("downgrade", start, step(5, "plan_changed", plan="basic", mrr=40.0)) == 5
    assert outcome("downgrade", start, step(5, "plan_changed", plan="max", mrr=200.0)) is None
    assert outcome("downgrade", start, step(5, "seat_count_set", plan="pro", mrr=80.0)) is None
    assert outcome("downgrade", step(5, "subscription_downgraded")) == 5


def test_a_contraction_is_any_fall_of_mrr_that_leaves_some() -> None:
    start = step(1, "subscription_started", plan="pro", mrr=100.0)
    assert outcome("contraction", start, step(5, "seat_count_set", plan="pro", mrr=80.0)) == 5
    assert outcome("contraction", start, step(5, "seat_count_set", plan="pro", mrr=0.0)) is None
    assert outcome("contraction", start, step(5, "subscription_canceled")) is None
    assert outcome("contraction", step(5, "plan_changed", previous_mrr=100.0, mrr=60.0)) == 5


def test_an_expansion_is_any_rise_of_mrr_of_an_account_that_paid_already() -> None:
    start = step(0, "subscription_started", plan="pro", mrr=100.0)
    assert outcome("expansion", start) is None
    assert outcome("expansion", start, step(5, "seat_count_set", plan="pro", mrr=80.0)) is None
    assert outcome("expansion", start, step(5, "seat_count_set", mrr=80.0), step(9, "seat_count_set", mrr=90.0)) == 9
    assert outcome("expansion", step(5, "plan_changed", previous_mrr=100.0, mrr=160.0)) == 5
    second = step(5, "subscription_started", subscription="b", mrr=10.0)
    assert outcome("expansion", step(0, "subscription_started", subscription="a", mrr=50.0), second) == 5
    gone = step(3, "subscription_canceled")
    assert outcome("expansion", start, gone, step(5, "subscription_started", mrr=500.0)) is None


def test_one_of_two_subscriptions_that_ends_is_a_contraction() -> None:
    both = [step(1, "subscription_started", subscription=name, mrr=10.0) for name in ("a", "b")]
    assert outcome("contraction", *both, step(5, "subscription_canceled", subscription="a")) == 5


def test_a_cancellation_tells_when_an_account_left_whatever_is_looked_for() -> None:
    start, end = step(1, "subscription_started", mrr=10.0), step(9, "subscription_canceled")
    assert outcome_of([start, end], "downgrade", 0, END).left_ms == 9 * DAY_MS


def test_a_renewal_date_that_passes_without_a_word_is_a_non_renewal() -> None:
    start = step(1, "subscription_started", renewal_ms=30 * DAY_MS)
    assert outcome("non-renewal", start) == 30
    assert outcome("non-renewal", start, step(29, "contract_renewed", renewal_ms=700 * DAY_MS)) is None
    assert outcome("non-renewal", start, step(33, "contract_renewed", renewal_ms=700 * DAY_MS)) == 30
    late = step(33, "contract_renewed", renewal_ms=700 * DAY_MS)
    assert outcome("non-renewal", start, late, back_days=5) is None
    assert outcome("non-renewal", step(9, "contract_expired")) == 9
    assert outcome("non-renewal", step(1, "subscription_started", renewal_ms=END + 1)) is None


def test_a_renewal_date_is_read_in_any_form_of_a_timestamp() -> None:
    assert renewal_of([None, "soon", "1970-01-02"]) == DAY_MS
    assert renewal_of([1_772_359_200]) == 1_772_359_200_000
    assert renewal_of([True, {}, ""]) is None


def test_every_definition_is_a_sentence() -> None:
    assert definition("churn", 0) == "an account churned when its last subscription was cancelled"
    assert "within 30 days" in definition("churn", 30)
    assert all(definition(kind, 7) for kind in ("downgrade", "contraction", "non-renewal"))
