"""The base of all compiled shapes: a judgement 0-100 of signals, or None without evidence.

The formulas are those of the model file; `scoring.model.schema.components` states each in one sentence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scoring.model.model import Model
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.plan.signals.sources import SourceSignal
from scoring.result import Fact
from scoring.state.account import Account

CohortNorm = Mapping[str, float]
"""The cohort norm: the maximum over all accounts, by signal name. Empty while there is none."""
Judgements = Sequence[float | None]


class Judged:
    """The judgements of an account under one model, and the evidence 0-1 of each, by the component's number.

    Mutable; written only by `ScorePlan`, for the owner. Evidence is 1 where the model has no `evidence`, judged or not.
    """

    __slots__ = ("evidence", "judgements")

    def __init__(self, judgements: Iterable[float | None]) -> None:
        self.judgements: list[float | None] = list(judgements)
        self.evidence: list[float] = [1.0] * len(self.judgements)

    def copy(self) -> Judged:
        """An independent copy."""
        copy = Judged(self.judgements)
        copy.evidence = list(self.evidence)
        return copy


class Shape(ABC):
    """One compiled shape.

    `others` are the judgements and evidence of components earlier in the plan's order; only blends read them.
    """

    @abstractmethod
    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        """0-100 (`capped`: -100 to 100), or None without evidence."""

    @abstractmethod
    def text(self, facts: Facts, others: Judgements) -> str:
        """Its signals, in words."""

    def rejudge(self, judgement: float | None, others: Judged) -> float | None:
        """The judgement when other components have new judgements; `judgement` is its current one."""
        return judgement

    def own_evidence(self, account: Account, others: Judged) -> float:
        """The evidence 0-1 that lies in the shape."""
        return 1.0

    def own_evidence_from(self, facts: Mapping[str, Fact], others: Judged) -> float:
        """The same by facts, by signal name."""
        return 1.0


class ComponentParts(msgspec.Struct, frozen=True):
    """The input for compiling components: the compiled signals and sources, the components' numbers, and `norms`, which
    collects the signals of the cohort norm under names that begin with `norm_prefix`."""

    model: Model
    signals: Mapping[str, Signal]
    sources: Mapping[str, SourceSignal]
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
