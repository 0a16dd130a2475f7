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
from tests.builders import a_model, at_ms, usage
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
    check(Plan(msgspec.structs.replace(history.model, tiers=TIERS[::each])), history)


@examples(120)
@given(histories(), st.sampled_from((1, 3)), st.sampled_from((20, 60, 90)), st.sampled_from((1, 30)), st.booleans())
def test_the_same_with_a_constant(
    history: History, each: int, neutral: float, weight: float, has_emphasis: bool
) -> None:
    """Then the kernel does not try what the score at both ends of a kind rules out."""
    header, more = history.model.header, {"emphasis": 2.0} if has_emphasis else {}
    header = msgspec.structs.replace(header, combine="mean", neutral=neutral, neutral_weight=weight, **more)
    check(Plan(msgspec.structs.replace(history.model, header=header, tiers=TIERS[::each])), history)


def check(plan: Plan, history: History) -> None:
    """Compare what both find for each account at the end of a history."""
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


def line(*points: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {"shape": "linear", "signal": "usage", "points": [list(each) for each in points], "weight": 30, **more}


SOME_BUT_NOT_ALL = {
    "a line that turns": {"one": line((1, 0), (4, 100), (9, 0))},
    "one that rises and one that falls": {"up": line((1, 0), (4, 100)), "down": line((4, 100), (99, 0))},
    "evidence of two ways": {
        "one": line((0, 100), (1, 100), evidence=[{"signal": "usage", "half": 9}, {"signal": "usage", "fade": 9}])
    },
    "a ratio of two counts": {
        "one": line((60, 0), (90, 100), per="other", prior=[0, 1]),
        "down": line((4, 100), (99, 0), signal="other"),
    },
    "an exception": {
        "one": line((0, 0), (1, 0), when=[{"signal": "usage", "at_least": 3, "at_most": 9, "judgement": 100}])
    },
}


@pytest.mark.parametrize("components", SOME_BUT_NOT_ALL.values(), ids=SOME_BUT_NOT_ALL)
def test_some_lift_though_the_least_and_the_most_do_not(components: Any) -> None:
    signals = {name: {"kind": "count", "window": "30d"} for name in ("usage", "other")}
    lifted = []
    for lower in range(2, 100, 2):
        plan = Plan(a_model(signals, components, tiers={"low": 0, "high": lower}, neutral=40, neutral_weight=20))
        event = plan.decoder.decode("analytics", usage("acme", at="2026-01-03T10:00Z").value, 0, FUTURE_MS)
        cohort = BothCohort(plan)
        both = cohort.apply(event, at_ms("2026-01-03T10:00Z"))
        judged = both.score.refresh(plan.primary, both.account, both.norm)
        assert judged is not None
        kinds = adjustment_kinds_of(plan, both.account, judged)
        ours = improvements_of(plan, both.account, both.score, both.norm, judged)
        assert native_improvements_of(cohort.kernel, both.number, kinds) == ours
        lifted += [each.adjustments[0].number for each in ours]
    assert max(lifted) > 1


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
