"""Copies of an account: what happens to one never reaches the other."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from scoring.fold.fold import advance, apply
from scoring.fold.fork import fork
from scoring.model.loader import PRESETS, load_preset
from scoring.state.account import Account
from tests.builders import an_exception, subscription, ticket, usage
from tests.support.watched_account import DAY, HOUR, NOON, Watched

SHARED = ("event_ids", "changed_blocks", "changed_days", "items_changed", "expired_counts")
"""What a fork is without."""


def fields(account: Account) -> dict[str, Any]:
    found = {name: getattr(account, name) for name in Account.__slots__ if name not in SHARED}
    tiles = {day: [vars_of(each) for each in (*tile.counts, *tile.values)] for day, tile in account.tiles.items()}
    return copy.deepcopy(found | {"tiles": tiles})


def vars_of(thing: Any) -> Any:
    return None if thing is None else {name: getattr(thing, name) for name in type(thing).__slots__ if name != "alike"}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_fork_is_the_same_and_what_it_sees_changes_it_alone(preset: str) -> None:
    account = Watched(load_preset(preset), NOON)
    account.see(
        usage(at=NOON - 20 * DAY, user_id="ann"),
        usage(at=NOON - HOUR, user_id="bob"),
        ticket(at=NOON - DAY, ticket=17),
        subscription(at=NOON - DAY, mrr=5, plan="pro"),
        an_exception(at=NOON - 2 * HOUR),
    )
    before = fields(account.account)
    other = fork(account.plan, account.account)
    assert fields(other) == before
    for sent in (usage(at=NOON, user_id="eve"), ticket(at=NOON, ticket=18), an_exception(at=NOON)):
        apply(account.plan, other, account.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50), NOON)
    advance(account.plan, other, NOON + 40 * DAY)
    assert fields(other) != before
    assert fields(account.account) == before
