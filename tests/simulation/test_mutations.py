"""The simulation has teeth: with a safeguard taken out of the engine, an invariant breaks within a few seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.engine import Engine
from streams.partition import Partition
from tests.simulation.mutants import ForgetfulPartition, HastyLog, partitions_are
from tests.simulation.run import simulate
from tests.simulation.worker import LogMaker, real_log

WITHIN_SEEDS = 60


def fails_within(
    seeds: int,
    kind: type[Partition] = Partition,
    new_log: LogMaker = real_log,
    new_engine: Callable[..., Engine] = Engine,
) -> None:
    """Run seeds until an invariant does not hold, and let that be raised."""
    with partitions_are(kind):
        for seed in range(seeds):
            simulate(seed, new_log=new_log, new_engine=new_engine)


def test_offsets_committed_before_the_changelog_is_acknowledged_are_found_out() -> None:
    with pytest.raises(AssertionError, match=r"is committed|has commits"):
        fails_within(WITHIN_SEEDS, new_log=HastyLog)


def test_a_replay_that_counts_again_is_found_out() -> None:
    with pytest.raises(AssertionError):
        fails_within(WITHIN_SEEDS, kind=ForgetfulPartition)
