"""The accounts that the kernel's loop may change by itself, while Python does not look at them.

An account enters when nothing about it needs Python for an event: what Python knows of it then is mirrored natively.
The loop changes what is native, and the mirror. A `StoredAccount` catches up before it is read, and leaves before it is
changed.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import NamedTuple

from alerts.lifecycle.policy import Policy
from scoring.instants import FAR
from scoring.plan.components.base import CohortNorm
from scoring.plan.score_plan import Evaluation
from streams.engine.folds.fold import Fold
from streams.engine.folds.kernel_account import KernelAccount, KernelScores
from streams.engine.folds.kernel_fold import KernelFold
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.table import CASES
from streams.engine.stored_account import Mirror, StoredAccount
from streams.kernel.kernel import evaluation_of
from streams.kernel.worker import Fired, Judged, Looked, version_of, worker_of
from streams.topics import CONTROL_INDEX

_EVERYTHING = (float("-inf"), float("inf"))
_START = 64


class Noted(NamedTuple):
    """A message that the loop applied, and that Python has to judge: its account, which has left and is as it was
    before but for its state, whether it is late, whether it is history."""

    stored: StoredAccount
    is_late: bool
    is_history: bool


class NativeLoop:
    """Mutable; owned by a `PartitionState`. It is the `Mirror` of the accounts that have entered."""

    def __init__(self, fold: KernelFold, policy: Policy | None, *, is_event_clock: bool) -> None:
        """`policy` has the rules, None where no account gets cases."""
        self._of = fold.accounts
        self.native = worker_of(fold.accounts.kernel, fold.decoder, is_event_clock=is_event_clock)
        self.taken = 0
        """The messages that were taken natively."""
        self._gives_cases = policy is not None
        if policy is not None:
            self.native.set_bounds(policy.bounds)
        self.plan = fold.plan
        self._accounts: list[StoredAccount | None] = [None] * _START
        """By number in the kernel."""
        self._unsent: tuple[int, ...] = ()
        self._mirror: Mirror = weakref.proxy(self)
        """What accounts have of the loop: they do not own it. A circle of references would keep a partition that was
        revoked for ever, since restored state is frozen against garbage collection."""

    def account(self, number: int) -> StoredAccount:
        """The account with this number, which has entered."""
        stored = self._accounts[number]
        assert stored is not None
        return stored

    def judge_by(self, norm: CohortNorm, slots: tuple[int, ...]) -> None:
        """The cohort norm, and the slots of sources that no account has sent."""
        self.use_norm(norm)
        if slots != self._unsent:
            self.native.set_unsent(slots)
            self._unsent = slots

    def begin(self, stored: StoredAccount) -> int:
        """Let the loop change an account without any event, which it is about to enter by itself. Returns its
        number."""
        number = native_account(stored).number
        self._hold(number, stored)
        return number

    def enter(self, stored: StoredAccount, *, may_be_warming: bool) -> None:
        """Let the loop change the account, if it is plain. Call when Python is done with it. `may_be_warming`: some
        signals are warming up, of this account or of others."""
        evaluation = stored.evaluation
        if stored.mirror is not None or not self._is_plain(stored, evaluation):
            return
        account, scores = _native_parts(stored)
        if scores.latest is not evaluation:  # it was judged at a later instant, and that was no cause of anything
            return
        cases = stored.matters.get(CASES)
        low, high = _EVERYTHING if cases is None else cases.band
        number = account.number
        self.native.enter(
            number,
            stored.account_id.encode("utf-8", "surrogatepass"),
            tuple(stored.applied_offsets[:CONTROL_INDEX]),
            stored.heard_ms,
            stored.timer_ms,
            min([matter.next_due_ms for matter in stored.matters.values()], default=FAR),
            stored.tier,
            low,
            high,
            stored.mrr,
            scores.version,
        )
        if isinstance(cases, CasesMatter) and evaluation is not None:
            tracks = cases.tracks(evaluation.value, may_be_warming=may_be_warming)
            if tracks is not None:
                self.native.track(number, *tracks)
        self._hold(number, stored)

    def catch_up(self, stored: StoredAccount) -> None:
        """Let the account be as the loop left it."""
        account, scores = _native_parts(stored)
        behind = self.native.caught_up(account.number, scores.version)
        if behind is not None:
            self._adopt(stored, *behind)

    def leave(self, stored: StoredAccount) -> None:
        """Catch up; from now on Python may change the account."""
        self.catch_up(stored)
        self._forget(stored)

    def use_norm(self, norm: CohortNorm) -> None:
        """Judge by this cohort norm from here on."""
        self._of.use_norm(norm)

    def fire(self, stored: StoredAccount) -> tuple[int, int]:
        """Advance an account that has entered to its timer, if nothing but its score can come of that. Returns what
        became of it, as a `Fired`, and its next timer; after NOTABLE the account has left."""
        number = _native_parts(stored)[0].number
        fired, timer_ms = self.native.fire(number, stored.timer_ms)
        if fired == Fired.NOTABLE:
            self.noted(number)
        return fired, timer_ms

    def noted(self, number: int) -> Noted:
        """What the loop stopped at as notable."""
        stored = self.account(number)
        behind = self.native.noted(_native_parts(stored)[1].version)
        self._adopt(stored, *behind[:4])
        self._forget(stored)
        return Noted(stored, *behind[4:])

    def _hold(self, number: int, stored: StoredAccount) -> None:
        if number >= len(self._accounts):
            self._accounts.extend([None] * max(number, len(self._accounts)))
        self._accounts[number], stored.mirror = stored, self._mirror

    def _forget(self, stored: StoredAccount) -> None:
        number = _native_parts(stored)[0].number
        self.native.leave(number)
        self._accounts[number] = stored.mirror = None
        stored.head_part = b""

    def _adopt(
        self,
        stored: StoredAccount,
        applied: Sequence[int],
        heard_ms: int,
        judged: Judged | None,
        looked: Looked | None,
    ) -> None:
        account, scores = _native_parts(stored)
        account.forget_exported()
        stored.applied_offsets[:CONTROL_INDEX] = applied
        stored.heard_ms = heard_ms
        if judged is not None:
            evaluation = evaluation_of(self.plan.primary, *judged)
            scores.adopt(evaluation, version_of(judged))
            stored.evaluation = evaluation
            stored.set_baseline(stored.baseline_tier, evaluation)
        _record(stored, looked)

    def _is_plain(self, stored: StoredAccount, evaluation: Evaluation | None) -> bool:
        """Whether an event can concern nothing but the account's state, its score, and when it is due."""
        if stored.account is None or stored.told_override is not None or not stored.ahead.is_empty:
            return False
        if evaluation is None:
            # Matters look at each event of an account without a score, and a standing ends what the next one is
            # compared with.
            return not stored.matters and not stored.baseline_tier and stored.tier < 0
        if stored.judged is not evaluation:
            return False
        if stored.baseline_tier != self.plan.primary.tier_names[evaluation.tier]:
            return False
        if len(stored.matters) > 1:
            return False
        return CASES in stored.matters if stored.matters or self._gives_cases else True


def native_loop_of(fold: Fold, policy: Policy | None, *, is_event_clock: bool) -> NativeLoop | None:
    """The loop over a fold's accounts, under these rules; None where each message takes Python's way."""
    if isinstance(fold, KernelFold) and not fold.plan.shadows:
        return NativeLoop(fold, policy, is_event_clock=is_event_clock)
    return None


def _record(stored: StoredAccount, looked: Looked | None) -> None:
    """Let the account's cases have what looks have recorded; None for nothing."""
    if looked is not None:
        cases = stored.matters[CASES]
        assert isinstance(cases, CasesMatter)
        cases.recorded(*looked)


def native_account(stored: StoredAccount) -> KernelAccount:
    """The decoded account, which is in the kernel."""
    account = stored.account
    if not isinstance(account, KernelAccount):
        raise AssertionError("only accounts of the kernel's fold enter")
    return account


def _native_parts(stored: StoredAccount) -> tuple[KernelAccount, KernelScores]:
    scores = stored.scores
    assert isinstance(scores, KernelScores)
    return native_account(stored), scores
