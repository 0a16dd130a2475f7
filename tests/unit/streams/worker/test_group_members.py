"""What a worker announces in its client id, and which of two that do not score alike gives way."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import TierRule
from streams.alert_files import read_plan_and_policy
from streams.deployment.settings import Settings
from streams.model_files import read_plan
from streams.worker.group_members import Worker, announced, strangers, this_worker

WORKERS = st.builds(
    Worker,
    model=st.text("abc@/.2 ", max_size=8),
    identity=st.text("0123456789abcdef", min_size=1, max_size=4),
    clock=st.sampled_from(["wall", "event"]),
    partitions=st.integers(1, 8),
    started_ms=st.integers(0, 3),
    rules=st.text("0123456789abcdef", max_size=4),
)


@given(WORKERS)
def test_a_client_id_says_all(worker: Worker) -> None:
    assert announced("prod.vitals", f"prod.vitals-{worker.role}") == worker


@pytest.mark.parametrize(
    "client_id", ["", "x", "vitals-worker", "vitals-worker/", "vitals-worker/a/b/c/d/e", "rdkafka"]
)
def test_anybody_else_says_nothing(client_id: str) -> None:
    assert announced("vitals", client_id) is None


@given(WORKERS, WORKERS)
def test_of_two_that_do_not_score_alike_exactly_one_gives_way(one: Worker, other: Worker) -> None:
    ranks = [(each.started_ms, each.identity, each.rules) for each in (one, other)]
    if strangers(one, [other]) and ranks[0] != ranks[1]:
        assert one.gives_way_to(other) is not other.gives_way_to(one)


def test_each_setting_that_changes_a_score_makes_a_stranger_and_the_time_of_the_start_does_not() -> None:
    default, policy = read_plan_and_policy("default", "", "default")
    tiers = msgspec.structs.replace(policy.rules, rules={"low": TierRule(severities={"red": "critical"})})
    workers = [
        this_worker(Settings(), default, policy),
        this_worker(Settings(), read_plan("four-inputs", ""), policy),
        this_worker(Settings(), read_plan("default", "four-inputs"), policy),
        this_worker(Settings(clock="event"), default, policy),
        this_worker(Settings(partitions=8), default, policy),
        this_worker(Settings(), default, Policy(tiers, default.model.tiers)),
    ]
    for one, another in itertools.permutations(workers, 2):
        assert strangers(one, [another]) == [another]
    assert strangers(workers[0], [this_worker(Settings(flush_ms=7), default, policy)]) == []
