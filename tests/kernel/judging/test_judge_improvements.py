"""What would lift an account a tier: the kernel finds what the reference finds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.counterfactuals import adjustment_kinds_of
from scoring.explain.forecast import improvements_of
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.kernel.improvements import improvements_of as native_improvements_of
from streams.kernel.kernel import is_built
from tests.builders import at_ms, usage
from tests.kernel.both import BothCohort
from tests.kernel.judging.test_judge_cache import FUTURE_MS
from tests.kernel.judging.test_judge_crossing import TIERS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


@examples(60)
@given(histories(), st.sampled_from((1, 5)))
def test_the_smallest_adjustments_that_lift(history: History, each: int) -> None:
    """Of all tiers, and of every fifth: one more event is then seldom enough."""
    plan = Plan(msgspec.structs.replace(history.model, tiers=TIERS[::each]))
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        cohort.apply(event, event.occurred_at_ms)
    for both in cohort.accounts.values():
        judged = both.score.refresh(plan.primary, both.account, both.norm)
        if judged is None:
            continue
        kinds = adjustment_kinds_of(plan, both.account, judged)
        ours = improvements_of(plan, both.account, both.score, both.norm, judged)
        assert native_improvements_of(cohort.kernel, both.number, kinds) == ours
        both.compare()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("none", TypeError),
        ((1, 1, -1, False, False), TypeError),
        ((1, 1 << 18, -1, False, False, ()), ValueError),
        ((1, 1, 99, False, False, ()), ValueError),
        ((1, 9, -1, False, True, (b"no event",)), ValueError),
        ((1, 9, -1, False, True, ()), ValueError),
        ((1, 9, -1, True, False, lambda place: 1 // 0), ZeroDivisionError),
        ((1, 9, -1, True, False, lambda place: "text"), ValueError),
    ],
)
def test_an_adjustment_that_is_none_is_refused(kind: Any, error: type[Exception]) -> None:
    plan = Plan(load_preset("four-inputs"))
    cohort = BothCohort(plan)
    sent = usage("acme", at="2026-01-03T10:00Z")
    both = cohort.apply(plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS), at_ms("2026-01-03T10:00Z"))
    assert cohort.kernel.refresh(both.number, plan.primary) is not None
    with pytest.raises(error):
        cohort.kernel.native.improvements(both.number, (kind,))
    both.compare()
