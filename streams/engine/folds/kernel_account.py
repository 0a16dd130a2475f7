"""Accounts whose state is in a kernel, and their evaluations."""

from __future__ import annotations

import struct
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
from streams.changelog.account_codec import Encoded
from streams.changelog.own_records import ITEMS, Name, name_of
from streams.kernel.answer_texts import name_answers, name_baseline
from streams.kernel.forecasting import cause_of, tier_forecast_of
from streams.kernel.kernel import Kernel, WrittenRecords, evaluation_of
from streams.kernel.reading import Readings

_KEPT = frozenset(("as_of_ms", "next_due"))
"""What is read with every event, and asked of the kernel each time."""
NAME = struct.Struct("<QQ")
"""The name of an own record for the kernel: its number, and its kind."""
_ALL_BITS = (1 << 64) - 1
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
        name_baseline(self.kernel)
        name_answers(self.kernel)
        self.norm: CohortNorm | None = None
        """The cohort norm of all judgements; None before the first."""

    def use_norm(self, norm: CohortNorm) -> None:
        """Judge by this norm from here on. Norms are compared by identity, as by a `ScoreCache`."""
        if norm is not self.norm:
            self.norm = norm
            self.kernel.set_norm(norm)

    def export(self, number: int) -> Account:
        """The whole state of an account as a plain one, to read."""
        exported = account_codec.decode_state(self.plan, *self.native.view(number))
        exported.expired_counts = self.native.expired_counts(number)
        return exported


class KernelAccount(Account):
    """An `Account` to read. Its fields are empty until one is read: then all are exported from the kernel, and stay
    until the kernel changes the account. The number is given back with the object."""

    __slots__ = ("_is_exported", "_names", "_of", "_own", "number", "reading")

    def __init__(self, of: KernelAccounts, number: int) -> None:
        self.number = number
        """The account's number in the kernel."""
        self.reading = of.readings.of(number)
        self._of = of
        self._own: set[Name] = set()
        self._names = b""
        """The same, as the kernel takes them."""
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

    def names_of(self, own: set[Name]) -> bytes:
        """The names of its own records, as the kernel takes them. Quick for those that it was last written with."""
        if own is not self._own:
            self._own, self._names = own, packed_names(own)
        return self._names

    def written(self, records: WrittenRecords, held: set[Name]) -> Encoded:
        """The records that the kernel made; `held` are those that it had before."""
        self.forget_exported()
        names, others, head = records
        if names is not None:
            held = self._own = unpacked_names(names)
            self._names = names
        return Encoded(head, dict(others), held)

    def forget_exported(self) -> None:
        """Empty the fields, because the kernel changes the account."""
        if self._is_exported:
            self._is_exported = False
            for field in _FIELDS:
                delattr(self, field)


def packed_names(own: set[Name]) -> bytes:
    """The names of own records, as the kernel takes them."""
    return b"".join([NAME.pack(name >> 2 & _ALL_BITS, name & 3) for name in sorted(own)])


def unpacked_names(names: bytes) -> set[Name]:
    """The names of own records that the kernel gives."""
    return {name_of(kind, _number(kind, bits)) for bits, kind in NAME.iter_unpack(names)}


def _number(kind: int, bits: int) -> int:
    """The identity of items is a number without a sign, all others have one."""
    return bits if kind == ITEMS or bits <= _ALL_BITS >> 1 else bits - _ALL_BITS - 1


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

    def points(self, judged: Evaluation) -> dict[str, float]:
        """See `Explained.points`."""
        return self._of.kernel.points(judged)

    def cause(
        self, judged: Evaluation | None, norm: CohortNorm, kind: str, before: Points, after: Points
    ) -> TransitionCause:
        """See `Explained.cause`."""
        return cause_of(self._of.kernel, self._account.number, judged, norm, kind, before, after)

    def tier_forecast(self, judged: Evaluation, norm: CohortNorm) -> TierForecast | None:
        """See `Explained.tier_forecast`."""
        self._of.use_norm(norm)
        return tier_forecast_of(self._of.kernel, self._account.number, norm)
