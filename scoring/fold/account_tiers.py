"""The tier changes of one account over its whole history: those of `scoring.fold.tier_changes`, account by account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring.event.event import Event
from scoring.fold.fold import Outcome, advance, apply
from scoring.fold.tier_changes import TierChange
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account

DeclaredNorm = tuple[int, Mapping[str, float]]
"""A declared instant and the cohort norm of all accounts seen until then."""


class AccountTiers:
    """Judges one account after every event, at every timer and at each declared instant. Mutable."""

    def __init__(self, plan: Plan, account_id: str, first_ms: int) -> None:
        self.changes: list[TierChange] = []
        self._plan = plan
        self._account_id = account_id
        self._account = Account(plan.sizes, first_ms)
        self._score = ScoreCache(plan.score_plans)
        self._norm: Mapping[str, float] = {}
        self._tier = -1

    def fold(self, events: Iterable[Event], norms: Sequence[DeclaredNorm], end_ms: int) -> None:
        """Fold all its events, ordered by time, until `end_ms`, inclusive. `norms` are ascending, none after the
        end."""
        first_ms = self._account.as_of_ms
        waiting = [norm for norm in reversed(norms) if norm[0] >= first_ms]
        if len(waiting) < len(norms):
            self._norm = norms[len(norms) - len(waiting) - 1][1]
        for event in events:
            at_ms = event.occurred_at_ms
            if at_ms > end_ms:
                break
            while waiting and waiting[-1][0] < at_ms:
                self._declare(waiting.pop())
            self._advance(at_ms)
            if apply(self._plan, self._account, event, at_ms) is not Outcome.DUPLICATE:
                self._judge()
        while waiting:
            self._declare(waiting.pop())
        self._advance(end_ms)

    def _declare(self, norm: DeclaredNorm) -> None:
        instant_ms = norm[0]
        self._advance(instant_ms)
        self._norm = norm[1]
        advance(self._plan, self._account, instant_ms)
        self._judge()

    def _advance(self, until_ms: int) -> None:
        """Judge at each timer that is due at or before `until_ms`."""
        account, resolution_ms = self._account, self._plan.resolution_ms
        while account.next_due < FAR and account.next_due * resolution_ms <= until_ms:
            if advance(self._plan, account, account.next_due * resolution_ms):
                self._judge()

    def _judge(self) -> None:
        primary = self._plan.primary
        judged = self._score.refresh(primary, self._account, self._norm)
        if judged is None:
            if primary.standing_of(self._account):
                self._tier = -1
            return
        before, self._tier = self._tier, judged.tier
        if before not in (-1, judged.tier):
            names = primary.tier_names
            self.changes.append(
                TierChange(
                    at_ms=self._account.as_of_ms,
                    account_id=self._account_id,
                    from_tier=names[before],
                    to_tier=names[judged.tier],
                )
            )
