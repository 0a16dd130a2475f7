"""The evaluations of one account, as those see them that ask for them."""

from __future__ import annotations

from typing import Protocol

from scoring.model.frozen import Frozen, Readers
from scoring.plan.components.base import CohortNorm
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.state.account import Account


class Scores(Protocol):
    """The latest evaluation of one account by each score plan. `ScoreCache` is one."""

    def refresh(self, plan: ScorePlan, account: Account, norm: CohortNorm) -> Evaluation | None:
        """The account's score; None in a standing, and when nothing can be judged. The same object as before, when
        nothing changed that it depends on."""
        ...

    def freeze(self, plan: ScorePlan, frozen: Frozen) -> None:
        """From now on `frozen` stands still, and nothing else."""
        ...

    def captured(self, plan: ScorePlan, account: Account, readers: Readers, before: Frozen) -> Frozen:
        """What stands still from now on, of an account that was just refreshed."""
        ...

    def copy(self) -> ScoreCache:
        """An independent cache, for a fork of the account."""
        ...
