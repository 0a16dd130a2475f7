"""The cases that concern every account, with few of them, and the sums of their turns. Nothing here is timed."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bench.in_process.account_cases import CASES, Phase, measure_here, steps_of
from bench.in_process.worker_loop import Turn
from bench.loop_turns import MODEL
from scoring.model.loader import load_preset
from streams.errors import UserError
from tests.builders import a_model

ACCOUNTS = 90


@pytest.fixture(autouse=True)
def _garbage_collection_as_before() -> Iterator[None]:
    """A measured process sets a pace of its own, and leaves alone what it has restored."""
    pace = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*pace)


@pytest.mark.parametrize("case", CASES)
def test_every_case_ends_with_all_accounts_written(case: str) -> None:
    phases = measure_here(case, load_preset(MODEL), ACCOUNTS)
    assert phases[-1].written >= ACCOUNTS
    assert phases[-1].answers >= ACCOUNTS
    assert {step.step for step in phases[-1].steps} == {"work", "take", "confirm"}


def test_a_model_without_a_cohort_norm_makes_none() -> None:
    with pytest.raises(UserError, match="no cohort norm"):
        measure_here("norm", a_model({"usage": {"kind": "count", "window": "30d"}}), ACCOUNTS)


def test_turns_are_summed_by_what_ran() -> None:
    turns = [Turn("work", 0.5, 0.25), Turn("take", 0.125, 0.125), Turn("work", 2.0, 1.0), Turn("work", 0.125, 0.25)]
    work, take = steps_of(turns)
    assert (work.step, work.turns, work.long_turns) == ("work", 3, 2)
    assert (work.longest_seconds, work.longest_cpu_seconds, work.cpu_seconds) == (2.0, 1.0, 1.5)
    assert (take.step, take.turns, take.long_turns, take.longest_seconds) == ("take", 1, 0, 0.125)
    phase = Phase(name="all", accounts=10, steps=(work, take))
    assert (phase.cpu_seconds, phase.longest_seconds) == (1.625, 2.0)
