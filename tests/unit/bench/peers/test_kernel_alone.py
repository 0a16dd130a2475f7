"""The bound for the kernel judges as the bound for the engine does."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bench.events import make_events
from bench.peers.kernel_alone import Fold
from bench.peers.no_engine import fold
from scoring.instants import parse_instant
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.kernel.kernel import NO_EXTENSION, is_built

UNTIL_MS = parse_instant("2026-11-21T10:00:00Z")


class Sent(NamedTuple):
    value: bytes
    timestamp: int
    offset: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 0


@pytest.mark.skipif(not is_built(), reason=NO_EXTENSION)
def test_the_kernel_has_every_score_of_the_reference_after_the_same_messages() -> None:
    plan = Plan(load_preset("default"))
    accounts: dict[str, tuple[Account, ScoreCache]] = {}
    native = Fold(plan)
    for sent in make_events(3_000, 50, UNTIL_MS):
        message = Sent(sent.value, sent.occurred_at_ms)
        fold(plan, accounts, sent.topic, [message], UNTIL_MS)
        assert native.take(sent.topic, [message], UNTIL_MS) == 1
    assert native.numbers.keys() == accounts.keys()
    for name, (account, scores) in accounts.items():
        assert native.kernel.refresh(native.numbers[name], plan.primary) == scores.refresh(plan.primary, account, {})
