"""An account that the kernel reads from its records is the one that `account_codec.decode` reads: at once, and after
further events and time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.fold.cohort import Cohort
from scoring.plan.plan import Plan
from streams.kernel.kernel import Kernel, is_built
from tests.kernel.records.reads import read_by_both, written
from tests.oracle import DAY_MS
from tests.properties.strategies import ANY_MODEL, History, histories
from tests.properties.test_fold import cohort_of, decoded
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
SIZES = st.sampled_from((None, False, True))
"""Heads as they are, or small ones, without the open day or with it."""


def begun(history: History, part: int) -> Cohort:
    """A cohort after so many tenths of a history."""
    return cohort_of(history.model, history.arrivals[: len(history.arrivals) * part // 10])


@examples(150)
@given(histories(), st.integers(1, 10), SIZES, st.integers(0, 40 * DAY_MS))
def test_an_account_is_the_same_at_once_and_from_then_on(
    history: History, part: int, small: bool | None, silence_ms: int
) -> None:
    cohort = begun(history, part)
    kernel = Kernel(cohort.plan)
    for name, account in cohort.accounts.items():
        both = read_by_both(kernel, *written(cohort.plan, account, small))
        both.advance(both.account.as_of_ms + silence_ms)
        for sent in history.arrivals[:: 1 if part < 5 else 3]:
            event = decoded(cohort.plan, sent)
            if event.account_id == name:
                both.apply(event, both.account.as_of_ms, looks=False)
        both.compare()
        both.advance_by_timers(both.account.as_of_ms + 60 * DAY_MS, most=8)
        both.free()


@examples(100)
@given(histories(), ANY_MODEL, SIZES)
def test_another_model_reads_what_it_shares_and_leaves_the_rest(
    history: History, model: object, small: bool | None
) -> None:
    cohort = cohort_of(history.model, history.arrivals)
    kernel = Kernel(Plan(model))  # type: ignore[arg-type]
    for account in cohort.accounts.values():
        both = read_by_both(kernel, *written(cohort.plan, account, small))
        both.advance_by_timers(both.account.as_of_ms + 30 * DAY_MS, most=4)
        both.free()
