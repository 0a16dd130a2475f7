"""The panel: what a model said of each account at each instant, beside what became of the account.

Rows that could not have warned anybody are excluded here, by reason, and counted. Arrays are aligned by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from scoring.instants import DAY_MS, FAR
from streams.backtest.outcomes import Outcomes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GONE, YOUNG, STANDING, NO_SCORE, UNKNOWN = "already_gone", "too_young", "in_a_standing", "no_score", "outcome_unknown"
REASONS = {
    GONE: "the outcome had come already, or the account had left",
    YOUNG: "the account was too young",
    STANDING: "the account was in a standing, such as cancelled",
    NO_SCORE: "the model had no score",
    UNKNOWN: "nobody knows what became of the account",
}
"""Why rows are excluded, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's answers by row, before anything is excluded. `account` and `instant` are indices; `score` is nan and
    `tier` -1 where there is none; tier 0 is the worst. `standing` is -1 for none. `facts` are nan where unknown."""

    model: str
    version: int
    tiers: tuple[str, ...]
    accounts: tuple[str, ...]
    first_event_ms: Ints
    instants_ms: Ints
    account: Ints
    instant: Ints
    score: Floats
    tier: Ints
    provisional: Bools
    standing: Ints
    facts: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    judgements: Mapping[str, Floats] = field(default_factory=dict)
    evidence: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Excluded:
    """How many rows were excluded for one reason, and of how many accounts."""

    rows: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows of accounts that were alive, known and old enough, each with a score.

    `outcome_ms` is the account's outcome by row (`FAR` for none), always after `at_ms`. Nothing later than
    `observed_until_ms` is known.
    """

    model: str
    version: int
    tiers: tuple[str, ...]
    accounts: tuple[str, ...]
    observed_until_ms: int
    account: Ints
    at_ms: Ints
    score: Floats
    tier: Ints
    provisional: Bools
    outcome_ms: Ints
    facts: Mapping[str, Floats]
    texts: Mapping[str, NDArray[Any]]
    judgements: Mapping[str, Floats]
    evidence: Mapping[str, Floats]
    excluded: Mapping[str, Excluded]

    @classmethod
    def of(cls, judged: Judged, outcomes: Outcomes, min_age_ms: int, *, unscored: bool = False) -> Self:
        """The panel of a model's answers. With `unscored`, rows without a score stay."""
        by_account = outcome_by_account(judged.accounts, outcomes)
        unknown = np.array([name in outcomes.unknown for name in judged.accounts], dtype=np.bool_)
        at_ms = judged.instants_ms[judged.instant]
        outcome_ms = by_account[judged.account]
        left_ms = np.array([outcomes.left_ms.get(name, FAR) for name in judged.accounts], dtype=np.int64)
        wrong = {
            GONE: (outcome_ms <= at_ms) | (left_ms[judged.account] <= at_ms),
            YOUNG: at_ms - judged.first_event_ms[judged.account] < min_age_ms,
            STANDING: judged.standing >= 0,
            NO_SCORE: np.isnan(judged.score) & (not unscored),
            UNKNOWN: unknown[judged.account],
        }
        keep = np.ones(len(at_ms), dtype=np.bool_)
        excluded: dict[str, Excluded] = {}
        for reason, rows in wrong.items():
            out = keep & rows
            excluded[reason] = Excluded(int(out.sum()), len(np.unique(judged.account[out])))
            keep &= ~rows
        return cls(
            model=judged.model,
            version=judged.version,
            tiers=judged.tiers,
            accounts=judged.accounts,
            observed_until_ms=outcomes.observed_until_ms,
            account=judged.account[keep],
            at_ms=at_ms[keep],
            score=judged.score[keep],
            tier=judged.tier[keep],
            provisional=judged.provisional[keep],
            outcome_ms=outcome_ms[keep],
            facts={name: values[keep] for name, values in judged.facts.items()},
            texts={name: values[keep] for name, values in judged.texts.items()},
            judgements={name: values[keep] for name, values in judged.judgements.items()},
            evidence={name: values[keep] for name, values in judged.evidence.items()},
            excluded=excluded,
        )

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Bools) -> Panel:
        """The panel of these rows only."""
        return replace(
            self,
            account=self.account[rows],
            at_ms=self.at_ms[rows],
            score=self.score[rows],
            tier=self.tier[rows],
            provisional=self.provisional[rows],
            outcome_ms=self.outcome_ms[rows],
            facts={name: values[rows] for name, values in self.facts.items()},
            texts={name: values[rows] for name, values in self.texts.items()},
            judgements={name: values[rows] for name, values in self.judgements.items()},
            evidence={name: values[rows] for name, values in self.evidence.items()},
        )

    def observed(self, days: int) -> Panel:
        """The rows whose next `days` were observed to the end; the others are censored."""
        return self.take(self.at_ms + days * DAY_MS <= self.observed_until_ms)

    def churned(self, days: int) -> Bools:
        """By row, whether the outcome came within `days`: later than the instant, and at the latest `days` after."""
        return self.outcome_ms - self.at_ms <= days * DAY_MS


def outcome_by_account(accounts: Sequence[str], outcomes: Outcomes) -> Ints:
    """The instant of each account's outcome, `FAR` for none. One after the end of observation is none."""
    found = (outcomes.at_ms.get(name, FAR) for name in accounts)
    limit = outcomes.observed_until_ms
    return np.array([at_ms if at_ms <= limit else FAR for at_ms in found], dtype=np.int64)
