"""An account whose state is in a kernel, and its evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoring.model.frozen import Frozen, Readers
from scoring.plan.components.base import CohortNorm
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.state.account import Account

if TYPE_CHECKING:
    from streams.engine.folds.kernel_fold import KernelFold

_KEPT = frozenset(("as_of_ms", "next_due"))
"""What is read with every event, and asked of the kernel each time."""
_FIELDS = tuple(name for name in Account.__slots__ if name not in _KEPT)
_NOTHING = Frozen({})


class KernelAccount(Account):
    """An `Account` to read. Its fields are empty until one is read: then all are exported from the kernel, and stay
    until the kernel changes the account. Belongs to a `KernelFold`. The number is given back with the object."""

    __slots__ = ("_fold", "_is_exported", "number", "reading")

    def __init__(self, fold: KernelFold, number: int) -> None:
        self.number = number
        """The account's number in the kernel."""
        self.reading = fold.readings.of(number)
        self._fold = fold
        self._is_exported = False

    def __del__(self) -> None:
        self._fold.native.free(self.number)

    def __getattr__(self, name: str) -> Any:
        """Called for an empty field."""
        if name not in _FIELDS or self._is_exported:
            raise AttributeError(name)
        exported = self._fold.export(self)
        for field in _FIELDS:
            setattr(self, field, getattr(exported, field))
        self._is_exported = True
        return getattr(self, name)

    @property
    def as_of_ms(self) -> int:  # type: ignore[override]
        """Milliseconds since 1970."""
        return self._fold.native.as_of_ms(self.number)

    @property
    def next_due(self) -> int:  # type: ignore[override]
        """The first bucket at which the signals may change by themselves."""
        return self._fold.native.next_due(self.number)

    def forget_exported(self) -> None:
        """Empty the fields, because the kernel changes the account."""
        if self._is_exported:
            self._is_exported = False
            for field in _FIELDS:
                delattr(self, field)


class KernelScores:
    """`Scores` of an account in a kernel."""

    __slots__ = ("_fold", "_frozen", "_held", "_number", "_versions")

    def __init__(self, fold: KernelFold, account: KernelAccount) -> None:
        self._fold = fold
        self._number = account.number
        self._held: list[Evaluation | None] = [None] * len(fold.plan.score_plans)
        """The latest evaluation by each score plan."""
        self._versions = [-1] * len(fold.plan.score_plans)
        """Their versions in the kernel, -1 for none."""
        self._frozen = _NOTHING

    def refresh(self, plan: ScorePlan, account: Account, norm: CohortNorm) -> Evaluation | None:
        """See `Scores.refresh`."""
        fold, place = self._fold, plan.number
        fold.use_norm(norm)
        now = fold.native.refreshed(self._number, place, self._versions[place])
        if now is None:
            return self._held[place]
        evaluation, version = fold.evaluation_of(plan, now)
        self._held[place], self._versions[place] = evaluation, version
        return evaluation

    def freeze(self, plan: ScorePlan, frozen: Frozen) -> None:
        """See `Scores.freeze`."""
        self._frozen = frozen
        self._fold.kernel.freeze(self._number, frozen)

    def captured(self, plan: ScorePlan, account: Account, readers: Readers, before: Frozen) -> Frozen:
        """See `Scores.captured`."""
        copy = self.copy()
        copy.refresh(plan, account, self._fold.norm)
        return copy.captured(plan, account, readers, before)

    def copy(self) -> ScoreCache:
        """A cache of the reference, in which all is to be judged."""
        copy = ScoreCache(self._fold.plan.score_plans)
        if self._frozen:
            copy.freeze(self._fold.plan.primary, self._frozen)
        return copy
