"""What every compiled shape of component is: a judgement 0-100 of signals, or None when there is no evidence.

The formulas are those of the model file's shapes; `scoring.model.schema.components` says each in one sentence.
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
"""The cohort norm: the greatest of all accounts, by signal name. Empty while nobody has one."""
Judgements = Sequence[float | None]


class Shape(ABC):
    """One compiled shape.

    `others` are the judgements of the components before it in the plan's order, by number: only a blend looks at them.
    """

    @abstractmethod
    def judge(self, account: Account, norm: CohortNorm, others: Judgements) -> float | None:
        """0-100 (`capped`: -100 to 100), or None without evidence."""

    @abstractmethod
    def text(self, facts: Facts, others: Judgements) -> str:
        """What it looks at, in words."""

    def judge_anew(self, judgement: float | None, others: Judgements) -> float | None:
        """The judgement, given the one that it made, when other components judge otherwise."""
        return judgement


class ComponentParts(msgspec.Struct, frozen=True):
    """What a model's components are compiled from: its compiled signals, its components' numbers, and `norms`, which
    collects the signals of the cohort norm; their names there begin with `norm_prefix`."""

    model: Model
    signals: Mapping[str, Signal]
    numbers: Mapping[str, int]
    norm_prefix: str
    norms: dict[str, Signal]
    meanings: dict[str, int]
    shapes: dict[str, Shape]

    def amount(self, of: float | str) -> Signal | float:
        """A number, or the signal of that name."""
        return self.signals[of] if isinstance(of, str) else of

    def optional(self, name: str) -> Signal | None:
        """The signal of a name, None for ""."""
        return self.signals[name] if name else None


def bounded(judgement: float, lower: float = 0.0) -> float:
    """A judgement kept within `lower` to 100."""
    return min(100.0, max(lower, judgement))
