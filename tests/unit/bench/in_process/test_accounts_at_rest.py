"""Accounts at rest: what is due of them, and what is to be written. Nothing here is timed."""

from __future__ import annotations

import pytest

from bench.in_process.accounts_at_rest import Templates, at_rest, copied, due, due_at, restored, warming_until
from bench.loop_turns import MODEL
from scoring.instants import DAY_MS
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan

INSTANT_MS = 20_000 * DAY_MS
ACCOUNTS = 90


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(load_preset(MODEL))


@pytest.fixture(scope="module")
def resting(plan: Plan) -> Templates:
    return at_rest(plan, INSTANT_MS)


def test_nothing_is_due_of_accounts_at_rest_for_days(resting: Templates) -> None:
    assert min(due_at(group) for group in resting.accounts) > INSTANT_MS + 2 * DAY_MS


def test_accounts_are_due_at_one_instant(plan: Plan) -> None:
    assert {due_at(group) for group in due(plan, INSTANT_MS).accounts} == {INSTANT_MS}


def test_restored_accounts_are_as_many_as_asked_for_and_have_nothing_to_write(plan: Plan, resting: Templates) -> None:
    partitions = restored(plan, copied(resting, ACCOUNTS))
    assert sum(len(partition.accounts) for partition in partitions) == ACCOUNTS
    assert not any(partition.has_pending for partition in partitions)


def test_a_warm_up_ends_at_the_instant_and_concerns_every_account(plan: Plan, resting: Templates) -> None:
    partitions = restored(plan, copied(warming_until(plan, resting, INSTANT_MS), ACCOUNTS))
    assert not any(partition.has_pending for partition in partitions)
    assert all(partition.advance(INSTANT_MS) for partition in partitions)
    assert sum(len(partition.take_flush(INSTANT_MS).scores) for partition in partitions) == ACCOUNTS
