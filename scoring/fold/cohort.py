"""Folds many accounts without an engine: the reference that replay, tests and the streaming worker agree on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scoring.event.event import Event
from scoring.fold.fold import Outcome, advance, apply
from scoring.plan.plan import Plan
from scoring.state.account import Account


def merge_norms(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The maximum of each signal. A commutative monoid with zero {}: partitions may be merged in any order.

    >>> merge_norms([{"usage": 3.0}, {"usage": 5.0, "errors": 1.0}])
    {'usage': 5.0, 'errors': 1.0}
    """
    merged: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            merged[name] = max(value, merged.get(name, value))
    return merged


class Cohort:
    """All accounts under one plan. Mutable. Events must come ordered by `occurred_at`, or be late."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.accounts: dict[str, Account] = {}

    def apply(self, event: Event) -> Outcome:
        """Apply one event, judged at its own time or, when it is late, at the account's current instant."""
        account = self.accounts.get(event.account_id)
        if account is None:
            account = self.accounts[event.account_id] = Account(self.plan.sizes, event.occurred_at_ms)
        return apply(self.plan, account, event, event.occurred_at_ms)

    def advance(self, as_of_ms: int) -> None:
        """Advance every account's instant of judgement to `as_of_ms`."""
        for account in self.accounts.values():
            advance(self.plan, account, as_of_ms)

    def norm(self) -> dict[str, float]:
        """The cohort norm over all accounts, each at its current instant."""
        return merge_norms(self.plan.norm_part(account) for account in self.accounts.values())
