"""The base of all compiled shapes: a judgement 0-100 of signals, or None without evidence.

The formulas are those of the model file; `scoring.model.schema.components` states each in one sentence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import msgspec

from scoring.model.model import Model
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.state.account import Account

CohortNorm = Mapping[str, float]
"""The cohort norm: the maximum over all accounts, by signal name. Empty while there is none."""
Judgements = Sequence[float | None]


class Shape(ABC):
    """One compiled shape.

    `others` are the judgements of components earlier in the plan's order, by number; only blends read them.
    """

    @abstractmethod
    def judge(self, account: Account, norm: CohortNorm, others: Judgements) -> float | None:
        """0-100 (`capped`: -100 to 100), or None without evidence."""

    @abstractmethod
    def text(self, facts: Facts, others: Judgements) -> str:
        """Its signals, in words."""

    def rejudge(self, judgement: float | None, others: Judgements) -> float | None:
        """The judgement when other components have new judgements; `judgement` is its current one."""
        return judgement


class ComponentParts(msgspec.Struct, frozen=True):
    """The input for compiling components: the compiled signals, the components' numbers, and `norms`, which collects
    the signals of the cohort norm under names that begin with `norm_prefix`."""

    model: Model
    signals: Mapping[str, Signal]
    numbers: Mapping[str, int]
    norm_prefix: str
    norms: dict[str, Signal]
    meanings: dict[str, int]
    shapes: dict[str, Shape]

    def amount(self, of: float | str) -> Signal | float:
        """The number, or the signal with that name."""
        return self.signals[of] if isinstance(of, str) else of

    def optional(self, name: str) -> Signal | None:
        """The signal with a name, None for ""."""
        return self.signals[name] if name else None


def bounded(judgement: float, lower: float = 0.0) -> float:
    """A judgement limited to `lower` to 100."""
    return min(100.0, max(lower, judgement))
