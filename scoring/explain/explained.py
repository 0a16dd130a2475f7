"""An account at its instant, as those need it who say what became of its score and why: a port, and its implementation
over an `Account`."""

from __future__ import annotations

from typing import Protocol

from scoring.explain.cause import Points, cause_of
from scoring.explain.forecast import tier_forecast_of
from scoring.explain.reading import AccountReading, Reading
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.result import TierForecast, TransitionCause
from scoring.state.account import Account


class Explained(Protocol):
    """One account, and its evaluations. Valid until it changes."""

    @property
    def reading(self) -> Reading:
        """What it is."""
        ...

    def judged(self, norm: CohortNorm) -> Evaluation | None:
        """Its evaluation by the primary model."""
        ...

    def points(self, judged: Evaluation) -> dict[str, float]:
        """The points of an evaluation by the primary model: `ScorePlan.points`."""
        ...

    def cause(
        self, judged: Evaluation | None, norm: CohortNorm, kind: str, before: Points, after: Points
    ) -> TransitionCause:
        """Why its score changed between these points, in its latest change: `scoring.explain.cause.cause_of`."""
        ...

    def tier_forecast(self, judged: Evaluation, norm: CohortNorm) -> TierForecast | None:
        """Its next change of tier if nothing more arrives: `scoring.explain.forecast.tier_forecast_of`."""
        ...


class ExplainedAccount:
    """`Explained` over an `Account`."""

    __slots__ = ("_account", "_plan", "_scores", "reading")

    def __init__(self, plan: Plan, account: Account, scores: ScoreCache) -> None:
        self.reading: Reading = AccountReading(plan, account)
        self._plan = plan
        self._account = account
        self._scores = scores

    def judged(self, norm: CohortNorm) -> Evaluation | None:
        return self._scores.refresh(self._plan.primary, self._account, norm)

    def points(self, judged: Evaluation) -> dict[str, float]:
        return self._plan.primary.points(judged)

    def cause(
        self, judged: Evaluation | None, norm: CohortNorm, kind: str, before: Points, after: Points
    ) -> TransitionCause:
        return cause_of(self._plan, self._account, judged, norm, kind, before, after)

    def tier_forecast(self, judged: Evaluation, norm: CohortNorm) -> TierForecast | None:
        return tier_forecast_of(self._plan, self._account, self._scores, norm, judged)
