"""The plain tier history: a worker under the event clock, in memory, which `scoring.fold.account_tiers` must equal.

It judges after every event, at every timer, and at each declared instant, for which it makes a cohort norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush

from scoring.event.event import Event
from scoring.fold.cohort import merge_norms
from scoring.fold.fold import Outcome, advance, apply
from scoring.fold.tier_changes import TierChange, TierHistory
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account

STEP_EVENTS = 5_000


def tier_history(
    plan: Plan,
    events: Sequence[Event],
    end_ms: int,
    declared_ms: Iterable[int] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> TierHistory:
    """Fold `events`, ordered by time, up to and including `end_ms`, and collect each tier change.

    At each of `declared_ms` (milliseconds, any order; instants after `end_ms` or before every event have no effect) a
    cohort norm is made over all accounts seen until then, and all are judged by it, after the events of that very
    instant. An account's first score is not a change, nor is the first after a standing. While an account cannot be
    judged for another reason, it keeps its last tier.
    """
    fold = _Fold(plan)
    declared = sorted({instant for instant in declared_ms if instant <= end_ms}, reverse=True)
    for done, event in enumerate(events, 1):
        if event.occurred_at_ms > end_ms:
            break
        while declared and declared[-1] < event.occurred_at_ms:
            fold.declare(declared.pop())
        fold.apply(event)
        if done % STEP_EVENTS == 0:
            progress(done)
    while declared:
        fold.declare(declared.pop())
    fold.advance(end_ms)
    progress(len(events))
    return TierHistory(accounts=frozenset(fold.accounts), changes=tuple(sorted(fold.changes)))


class _Fold:
    """The accounts of a cohort, judged as time advances, with their tiers and due timers."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.accounts: dict[str, Account] = {}
        self.changes: list[TierChange] = []
        self._scores: dict[str, ScoreCache] = {}
        self._tiers: dict[str, int] = {}
        self._norm: dict[str, float] = {}
        self._timers: list[tuple[int, str]] = []
        self._scheduled: dict[str, int] = {}

    def apply(self, event: Event) -> None:
        """Apply one event at its own time, after every timer due until then."""
        at_ms, name = event.occurred_at_ms, event.account_id
        self.advance(at_ms)
        account = self.accounts.get(name)
        if account is None:
            account = self.accounts[name] = Account(self.plan.sizes, at_ms)
            self._scores[name] = ScoreCache(self.plan.score_plans)
        if apply(self.plan, account, event, at_ms) is not Outcome.DUPLICATE:
            self._judge(name, account)
            if self._due_ms(account) < self._scheduled.get(name, FAR):
                self._schedule(name, account)

    def advance(self, until_ms: int) -> None:
        """Judge each account whose timer is due at or before `until_ms`, at its own exact instant."""
        timers = self._timers
        while timers and timers[0][0] <= until_ms:
            due_ms, name = heappop(timers)
            if self._scheduled[name] != due_ms:
                continue
            account = self.accounts[name]
            if advance(self.plan, account, due_ms):
                self._judge(name, account)
            self._schedule(name, account)

    def declare(self, instant_ms: int) -> None:
        """Make a cohort norm for an instant, and judge every account by it."""
        self.advance(instant_ms)
        for account in self.accounts.values():
            advance(self.plan, account, instant_ms)
        self._norm = merge_norms(self.plan.norm_part(account) for account in self.accounts.values())
        for name, account in self.accounts.items():
            self._judge(name, account)

    def _judge(self, name: str, account: Account) -> None:
        primary = self.plan.primary
        judged = self._scores[name].refresh(primary, account, self._norm)
        if judged is None:
            if primary.standing_of(account):
                self._tiers.pop(name, None)
            return
        before = self._tiers.get(name, judged.tier)
        self._tiers[name] = judged.tier
        if before != judged.tier:
            names = primary.tier_names
            self.changes.append(
                TierChange(at_ms=account.as_of_ms, account_id=name, from_tier=names[before], to_tier=names[judged.tier])
            )

    def _due_ms(self, account: Account) -> int:
        return FAR if account.next_due >= FAR else account.next_due * self.plan.resolution_ms

    def _schedule(self, name: str, account: Account) -> None:
        self._scheduled[name] = due_ms = self._due_ms(account)
        if due_ms != FAR:
            heappush(self._timers, (due_ms, name))
