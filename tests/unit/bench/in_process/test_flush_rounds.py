"""Rounds of one event an account. Nothing here is timed."""

from __future__ import annotations

from bench.in_process.accounts_at_rest import EventMessage
from bench.in_process.flush_rounds import Sent, Sizes, Transitions, made_history, measure_round, take_in
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition


def test_a_round_writes_and_answers_every_account_apart() -> None:
    plan = Plan(load_preset("default"))
    partition = new_partition(0, Settings(partitions=1, clock="event"), plan, 1)
    transitions, sizes = Transitions(), Sizes()
    assert take_in(partition, made_history(5, 20), transitions) == 100
    assert len(transitions.changing) + len(transitions.others) == 100
    assert len(transitions.bodies) >= len(transitions.changing) > 0  # timers change tiers too
    measure_round(partition, 0, Sizes())
    for number in (1, 2):
        round_ = measure_round(partition, number, sizes)
        assert round_.changed == 5
        assert 0 < round_.answered <= 5
    assert sizes.accounts == 10
    assert sizes.records["head"] == 10


def test_an_event_is_of_its_topic() -> None:
    sent = next(made_history(5, 1))
    assert isinstance(sent, Sent)
    assert isinstance(sent.message, EventMessage)
    assert sent.topic_index == 2  # the first of every account is its subscription
