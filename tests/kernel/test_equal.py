"""The kernel says what the reference says, after every event and in every silence."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.loader import with_resolution
from scoring.model.model import Model, ModelError
from scoring.plan.plan import SHARED, Plan
from streams.kernel.kernel import is_built
from tests.builders import at_ms
from tests.kernel.both import BothCohort
from tests.oracle import DAY_MS
from tests.properties.small_models import small_models
from tests.properties.strategies import PRESET_MODELS, History, histories
from tests.support.examples import examples

FUTURE_MS = at_ms("2100-01-01T00:00Z")
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
LEAPS_MS = st.one_of(
    st.integers(0, 3 * DAY_MS),
    st.integers(0, 70).map(lambda days: days * DAY_MS),
    st.sampled_from([1_000, 400 * DAY_MS]),
)


def plan_of(model: Model, shadow: Model) -> Plan:
    """A model and another beside it, where that can be had at the model's resolution."""
    try:
        beside = with_resolution(shadow, model.header.resolution)
    except ModelError:
        return Plan(model)
    shared = {key: getattr(model.header, key) for key in SHARED}
    header = msgspec.structs.replace(beside.header, name="shadow", version=7, **shared)
    return Plan(model, (msgspec.structs.replace(beside, header=header),))


@examples(100)
@given(histories(), st.lists(LEAPS_MS, max_size=4), st.booleans())
def test_a_history_and_the_silence_after_it(history: History, leaps: list[int], has_norm: bool) -> None:
    plan = Plan(history.model)
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms)
        if has_norm:
            cohort.set_norm(plan.norm_part(both.account))
    as_of_ms = history.end_ms
    for leap in leaps:
        as_of_ms += leap
        for both in cohort.accounts.values():
            both.advance_by_timers(as_of_ms)


@examples(30)
@given(histories(), st.one_of(small_models(), PRESET_MODELS), st.integers(0, 40 * DAY_MS))
def test_by_the_wall_clock_with_a_shadow(history: History, shadow: Model, delay_ms: int) -> None:
    plan = plan_of(history.model, shadow)
    cohort = BothCohort(plan)
    arrived_ms = history.end_ms + delay_ms
    for sent in history.arrivals:
        arrived_ms += 40_000
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        cohort.apply(event, arrived_ms, arrived_ms=arrived_ms)
    for both in cohort.accounts.values():
        both.advance_by_timers(arrived_ms + 90 * DAY_MS, most=20)
