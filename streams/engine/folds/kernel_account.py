"""Accounts whose state is in a kernel, and their evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scoring.explain.cause import Points
from scoring.explain.reading import Reading
from scoring.model.frozen import Frozen, Readers
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_cache import Scores, captured_of
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.result import TierForecast, TransitionCause
from scoring.state.account import Account
from streams.changelog import account_codec, own_records
from streams.changelog.own_records import Name
from streams.engine.folds.fold import WriteMode
from streams.kernel.forecasting import cause_of, tier_forecast_of
from streams.kernel.kernel import Kernel, evaluation_of
from streams.kernel.reading import Readings
from streams.topics import TOPICS

_NO_OFFSETS = (-1,) * len(TOPICS)
_KEPT = frozenset(("as_of_ms", "next_due"))
"""What is read with every event, and asked of the kernel each time."""
_FIELDS = tuple(name for name in Account.__slots__ if name not in _KEPT)


class KernelAccounts:
    """A kernel, and what its accounts need of it. Mutable; owned by a `KernelFold`."""

    def __init__(self, plan: Plan) -> None:
        """
        Raises:
            NotInKernel: when the extension is not built, or the model asks for something that the kernel cannot do.
        """
        self.plan = plan
        self.kernel = Kernel(plan)
        self.native = self.kernel.native
        self.native.set_limits(*own_records.limits())
        self.readings = Readings(self.kernel)
        self.norm: CohortNorm | None = None
        """The cohort norm of all judgements; None before the first."""

    def use_norm(self, norm: CohortNorm) -> None:
        """Judge by this norm from here on. Norms are compared by identity, as by a `ScoreCache`."""
        if norm is not self.norm:
            self.norm = norm
            self.kernel.set_norm(norm)

    def encoded(self, number: int, offsets: Sequence[int], held: Iterable[Name], how: WriteMode) -> Any:
        """The state of an account, its own records, and the bodies of those to write: `Kernel.encode`."""
        names = tuple([(name & 3, name >> 2) for name in held])
        return self.native.encode(number, tuple(offsets), names, how)

    def export(self, number: int) -> Account:
        """The whole state of an account as a plain one, to read."""
        state, _, chunks = self.encoded(number, _NO_OFFSETS, (), WriteMode.VIEW)
        exported = account_codec.decode_state(self.plan, state, [(chunk, body) for _, chunk, body in chunks])
        exported.expired_counts = self.native.expired_counts(number)
        return exported


class KernelAccount(Account):
    """An `Account` to read. Its fields are empty until one is read: then all are exported from the kernel, and stay
    until the kernel changes the account. The number is given back with the object."""

    __slots__ = ("_is_exported", "_of", "number", "reading")

    def __init__(self, of: KernelAccounts, number: int) -> None:
        self.number = number
        """The account's number in the kernel."""
        self.reading = of.readings.of(number)
        self._of = of
        self._is_exported = False

    def __del__(self) -> None:
        self._of.native.free(self.number)

    def __getattr__(self, name: str) -> Any:
        """Called for an empty field."""
        if name not in _FIELDS or self._is_exported:
            raise AttributeError(name)
        exported = self._of.export(self.number)
        for field in _FIELDS:
            setattr(self, field, getattr(exported, field))
        self._is_exported = True
        return getattr(self, name)

    @property
    def as_of_ms(self) -> int:  # type: ignore[override]
        """Milliseconds since 1970."""
        return self._of.native.as_of_ms(self.number)

    @property
    def next_due(self) -> int:  # type: ignore[override]
        """The first bucket at which the signals may change by themselves."""
        return self._of.native.next_due(self.number)

    def forget_exported(self) -> None:
        """Empty the fields, because the kernel changes the account."""
        if self._is_exported:
            self._is_exported = False
            for field in _FIELDS:
                delattr(self, field)


class KernelScores:
    """`Scores` of an account in a kernel."""

    __slots__ = ("_held", "_number", "_of", "_versions")

    def __init__(self, of: KernelAccounts, account: KernelAccount) -> None:
        self._of = of
        self._number = account.number
        self._held: list[Evaluation | None] = [None] * len(of.plan.score_plans)
        """The latest evaluation by each score plan."""
        self._versions = [-1] * len(of.plan.score_plans)
        """Their versions in the kernel, -1 for none."""

    def refresh(self, plan: ScorePlan, account: Account, norm: CohortNorm) -> Evaluation | None:
        """See `Scores.refresh`."""
        of, place = self._of, plan.number
        of.use_norm(norm)
        now = of.native.refreshed(self._number, place, self._versions[place])
        if now is None:
            return self._held[place]
        if now:
            self._held[place], self._versions[place] = evaluation_of(plan, now[:8], now[8], now[9]), now[7]
        else:
            self._held[place], self._versions[place] = None, -1
        return self._held[place]

    @property
    def latest(self) -> Evaluation | None:
        """The latest evaluation by the primary model that was asked for."""
        return self._held[0]

    @property
    def version(self) -> int:
        """Its version in the kernel, -1 for none."""
        return self._versions[0]

    def adopt(self, evaluation: Evaluation, version: int) -> None:
        """Hold an evaluation by the primary model that the kernel has made since."""
        self._held[0], self._versions[0] = evaluation, version

    def freeze(self, plan: ScorePlan, frozen: Frozen) -> None:
        """See `Scores.freeze`."""
        self._of.kernel.freeze(self._number, frozen)

    def captured(self, plan: ScorePlan, account: Account, readers: Readers, before: Frozen) -> Frozen:
        """See `Scores.captured`."""
        native, number = self._of.native, self._number
        judgements, evidence = native.judgements(number, plan.number), native.evidence(number, plan.number)
        return captured_of(plan, judgements, evidence, self._of.readings.of(number).holding(), readers, before)


class ExplainedKernelAccount:
    """`Explained` over an account in a kernel. Nothing is exported."""

    __slots__ = ("_account", "_of", "_scores", "reading")

    def __init__(self, of: KernelAccounts, account: KernelAccount, scores: Scores) -> None:
        self.reading: Reading = account.reading
        self._of = of
        self._account = account
        self._scores = scores

    def judged(self, norm: CohortNorm) -> Evaluation | None:
        """See `Explained.judged`."""
        return self._scores.refresh(self._of.plan.primary, self._account, norm)

    def cause(
        self, judged: Evaluation | None, norm: CohortNorm, kind: str, before: Points, after: Points
    ) -> TransitionCause:
        """See `Explained.cause`."""
        return cause_of(self._of.kernel, self._account.number, judged, norm, kind, before, after)

    def tier_forecast(self, judged: Evaluation, norm: CohortNorm) -> TierForecast | None:
        """See `Explained.tier_forecast`."""
        self._of.use_norm(norm)
        return tier_forecast_of(self._of.kernel, self._account.number, norm)
