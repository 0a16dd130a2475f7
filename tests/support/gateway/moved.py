"""What events of a vendor's reader do to a score: the signals of the default model that they move."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.fold.fold import advance, apply
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.gateway.reading import Inbound
from tests.support.gateway.decoded import under_its_account

AFTER_MS = 60_000


def moved(events: Iterable[Inbound], *, preset: str = "default") -> dict[str, object]:
    """The signals that these events of one account move, with their values a minute after the last of them."""
    ordered = sorted(events, key=lambda each: each.occurred_at_ms)
    plan = Plan(load_preset(preset))
    begin_ms, end_ms = ordered[0].occurred_at_ms, ordered[-1].occurred_at_ms + AFTER_MS
    without, account = Account(plan.sizes, begin_ms), Account(plan.sizes, begin_ms)
    for each in ordered:
        value = under_its_account(each, "acme")
        apply(plan, account, plan.decoder.decode(each.topic, value, 0, end_ms), each.occurred_at_ms)
    advance(plan, account, end_ms)
    advance(plan, without, end_ms)
    before = plan.facts(without)
    return {name: fact for name, fact in plan.facts(account).items() if fact != before[name]}
