"""A shape that needs a source: no evidence while no account ever sent it."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.plan.components.base import CohortNorm, Judged, Judgements, Shape
from scoring.plan.facts import Facts
from scoring.plan.signals.sources import SourceSignal
from scoring.result import Fact
from scoring.state.account import Account


class Sourced(Shape):
    """A shape with its exceptions, as long as its source is connected."""

    def __init__(self, shape: Shape, source: SourceSignal) -> None:
        self.shape = shape
        self.source = source

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        if not self.source.is_connected(account, norm):
            return None
        return self.shape.judge(account, norm, others)

    def own_evidence(self, account: Account, others: Judged) -> float:
        return self.shape.own_evidence(account, others)

    def own_evidence_from(self, facts: Mapping[str, Fact], others: Judged) -> float:
        return self.shape.own_evidence_from(facts, others)

    def text(self, facts: Facts, others: Judgements) -> str:
        if facts.norm.get(self.source.name, 0.0) > 0.0:
            return self.shape.text(facts, others)
        return self.source.text(facts)

    def rejudge(self, judgement: float | None, others: Judged) -> float | None:
        return None if judgement is None else self.shape.rejudge(judgement, others)
