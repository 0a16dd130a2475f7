"""Forecasts from the kernel: equal to those of the reference, field by field and to the last bit."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.cause import cause_of
from scoring.explain.forecast import forecast_of
from scoring.plan.plan import Plan
from scoring.result import Forecast
from streams.kernel import forecasting
from streams.kernel.kernel import is_built
from tests.kernel.both import Both, BothCohort, Difference, is_same
from tests.kernel.flood import FUTURE_MS
from tests.kernel.judging.test_judge_crossing import TIERS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def check_forecast(both: Both) -> Forecast:
    """Compare both forecasts, their bytes on the wire, and that no fork is left."""
    kernel, numbers = both.kernel, numbers_in_use(both)
    ours = forecast_of(both.plan, both.account, both.score, both.norm)
    theirs = forecasting.forecast_of(kernel, both.number, both.norm)
    if not is_same(ours, theirs) or msgspec.json.encode(ours) != msgspec.json.encode(theirs):
        raise Difference(f"{both.step}: the reference forecasts {ours!r}, the kernel {theirs!r}")
    assert numbers_in_use(both) == numbers
    return ours


def check_causes(both: Both) -> None:
    """Compare the causes of a change in any part of the score."""
    plan = both.plan
    judged = both.score.refresh(plan.primary, both.account, both.norm)
    for part in (*plan.model.components, "floor"):
        for kind in ("event", "expiry"):
            ours = cause_of(plan, both.account, judged, both.norm, kind, {}, {part: 1.0})
            theirs = forecasting.cause_of(both.kernel, both.number, judged, both.norm, kind, {}, {part: 1.0})
            if not is_same(ours, theirs) or msgspec.json.encode(ours) != msgspec.json.encode(theirs):
                raise Difference(f"{both.step}: the reference says because of {ours!r}, the kernel {theirs!r}")


def numbers_in_use(both: Both) -> int:
    """The next free number of an account."""
    number = both.kernel.begin(0)
    both.kernel.free(number)
    return number


@examples(60)
@given(histories(), st.booleans(), st.sampled_from((1, 5)))
def test_forecasts_of_small_models(history: History, has_norm: bool, each: int) -> None:
    plan = Plan(msgspec.structs.replace(history.model, tiers=TIERS[::each]))
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms)
        if has_norm:
            cohort.set_norm(plan.norm_part(both.account))
    for both in cohort.accounts.values():
        check_forecast(both)
        check_causes(both)
