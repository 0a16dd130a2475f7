"""The simulation has teeth: with one safeguard taken out of the engine, an invariant breaks.

The seeds are among those that find it. When the engine or the model of the world changes, others do:
`python -m tests.simulation 0 --soak 200 --without generation` lists them, and `docs/reliability.md` counts them.
"""

from __future__ import annotations

import pytest

from tests.simulation.mutants import simulate_without
from tests.simulation.run import simulate

FOUND = [
    ("barrier", 0, "is committed, the record holds"),
    ("barrier", 5, "is committed, the record holds"),
    ("watermark", 2, "the oracle says otherwise"),
    ("watermark", 13, "undisturbed it was"),
    ("generation", 415, "undisturbed it was"),
]


@pytest.mark.parametrize(("safeguard", "seed", "broken"), FOUND)
def test_without_one_safeguard_an_invariant_breaks(safeguard: str, seed: int, broken: str) -> None:
    with pytest.raises(AssertionError, match=broken):
        simulate_without(safeguard, seed)


@pytest.mark.parametrize("seed", sorted({seed for _, seed, _ in FOUND}))
def test_with_all_of_them_the_same_run_holds(seed: int) -> None:
    simulate(seed)


def test_each_safeguard_that_the_promise_names_is_missed() -> None:
    assert {safeguard for safeguard, _, _ in FOUND} >= {"barrier", "watermark", "generation", "fence"}
