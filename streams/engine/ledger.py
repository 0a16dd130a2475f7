"""The ledger of a partition: its accounts and their MRR by tier, by standing and without a score, and its open cases.

Money is whole cents, so that sums are exact in any order: tiers, standings and what has no score are together always
the total.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from scoring.plan.plan import Plan

Case = tuple[str, str]
"""(rule, status) of an open case."""
MRR_MAX = 1e12
"""A larger amount is an error in the data."""


class Entry(Protocol):
    """What the ledger knows of an account. Only `Ledger` writes it."""

    tier: int
    """The tier's number, -1 without a score, below that a standing (`standing_tier`)."""
    mrr: float
    """In the currency's units per month; 0 when it is unknown."""
    cases: tuple[Case, ...]


def standing_tier(number: int) -> int:
    """The number that stands for a standing in place of a tier's, and back: -2 for the first; -1 is none.

    >>> [standing_tier(number) for number in (-1, 0, 1, -2, -3)]
    [-1, -2, -3, 0, 1]
    """
    return -1 if number == -1 else -2 - number


def cents_of(mrr: float) -> int:
    """An amount in whole cents.

    >>> cents_of(1500.5), cents_of(-0.01), cents_of(1e300)
    (150050, -1, 100000000000000)
    """
    return round(min(max(mrr, -MRR_MAX), MRR_MAX) * 100) if mrr else 0


class Ledger:
    """Mutable; owned by a `Scorer`."""

    def __init__(self, plan: Plan) -> None:
        live = plan.primary
        self.tier_accounts = [0] * len(live.tier_names)
        self.tier_cents = [0] * len(live.tier_names)
        self.standing_accounts = [0] * len(live.standings)
        self.standing_cents = [0] * len(live.standings)
        self.unscored_cents = 0
        self.total_cents = 0
        self.open_cases: Counter[Case] = Counter()

    def begin(self, entry: Entry) -> None:
        """Count an account that was just restored."""
        self._count(entry, 1)
        self.open_cases.update(entry.cases)

    def note(self, entry: Entry, tier: int, mrr: float) -> None:
        """Note an account's tier and MRR."""
        if tier == entry.tier and mrr == entry.mrr:
            return
        self._count(entry, -1)
        entry.tier, entry.mrr = tier, mrr
        self._count(entry, 1)

    def note_cases(self, entry: Entry, cases: tuple[Case, ...]) -> None:
        """Note an account's open cases."""
        if cases == entry.cases:
            return
        self.open_cases.subtract(entry.cases)
        self.open_cases.update(cases)
        entry.cases = cases

    def _count(self, entry: Entry, times: int) -> None:
        cents, tier = times * cents_of(entry.mrr), entry.tier
        self.total_cents += cents
        if tier >= 0:
            self.tier_accounts[tier] += times
            self.tier_cents[tier] += cents
        elif tier < -1:
            number = standing_tier(tier)
            self.standing_accounts[number] += times
            self.standing_cents[number] += cents
        else:
            self.unscored_cents += cents
