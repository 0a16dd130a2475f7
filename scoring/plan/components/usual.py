"""The judgement of a value against the account's own usual one."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model import schema
from scoring.model.interpolation import along
from scoring.plan.components.base import CohortNorm, ComponentParts, Judged, Judgements, Shape
from scoring.plan.facts import Facts, number_in
from scoring.plan.signals.base import Signal
from scoring.result import Fact
from scoring.state.account import Account

DISPERSION_MAX = 16.0


class VsUsual(Shape):
    """Along a line at (signal + k) / (max(usual, least) + k), with k = prior × dispersion."""

    def __init__(
        self,
        signal: Signal,
        usual: Signal,
        points: tuple[tuple[float, float], ...],
        *,
        prior: float,
        dispersion: Signal | None,
        least: float,
    ) -> None:
        self.signal = signal
        self.usual = usual
        self.points = points
        self.prior = prior
        self.dispersion = dispersion
        self.least = least

    @staticmethod
    def compile(parts: ComponentParts, of: schema.VsUsual) -> VsUsual:
        """The shape of a table."""
        return VsUsual(
            parts.signals[of.signal],
            parts.signals[of.usual],
            of.points,
            prior=of.prior,
            dispersion=parts.optional(of.dispersion),
            least=of.least,
        )

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        x, usual = self.signal.number(account), self.usual.number(account)
        if x is None or usual is None:
            return None
        k = self._k(None if self.dispersion is None else self.dispersion.number(account))
        whole = max(usual, self.least) + k
        return along(self.points, (x + k) / whole) if whole > 0 else None

    def own_evidence(self, account: Account, others: Judged) -> float:
        dispersion = None if self.dispersion is None else self.dispersion.number(account)
        return self._evidence(self.usual.number(account), dispersion)

    def own_evidence_from(self, facts: Mapping[str, Fact], others: Judged) -> float:
        dispersion = None if self.dispersion is None else number_in(facts, self.dispersion.name)
        return self._evidence(number_in(facts, self.usual.name), dispersion)

    def text(self, facts: Facts, others: Judgements) -> str:
        usual = facts.number(self.usual.name)
        if usual is None:
            return f"{self.signal.text(facts)}; what is usual is not known yet"
        usual = max(usual, self.least)
        said = f"{usual:,g}" if usual < 1e5 else f"{usual:,.0f}"
        return f"{self.signal.text(facts)}; usually {'within ' if self.signal.is_silence else ''}{said}"

    def _k(self, dispersion: float | None) -> float:
        """The prior times the dispersion, which counts as 1 when it is unknown."""
        return self.prior if dispersion is None else self.prior * min(DISPERSION_MAX, max(1.0, dispersion))

    def _evidence(self, usual: float | None, dispersion: float | None) -> float:
        if not self.prior:
            return 1.0
        return usual / (usual + self._k(dispersion)) if usual is not None and usual > 0 else 0.0
