"""The tier changes of a whole history under one plan, and the differences between two such lists.

`tier_history` judges when a worker would under the event clock: after every event, at every timer, and at each
declared instant, for which it makes a cohort norm. No IO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Literal

import msgspec

from scoring.event.event import Event
from scoring.fold.cohort import merge_norms
from scoring.fold.fold import Outcome, advance, apply
from scoring.instants import DAY_MS, FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account

MOVED_WITHIN_MS = 7 * DAY_MS
"""Two changes of an account between the same tiers count as one that moved when they are at most this far apart."""
STEP_EVENTS = 5_000


class TierChange(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """An account changed from one tier to another at `at_ms` (milliseconds since 1970)."""

    at_ms: int
    account_id: str
    from_tier: str
    to_tier: str


class TierHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All tier changes, ordered by time, then account, and the ids of all accounts seen."""

    accounts: frozenset[str]
    changes: tuple[TierChange, ...]


class TierDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A tier change that the second history adds, lacks, or has at another instant.

    `before_ms` is its instant in the first history, None when it was added; `after_ms` that in the second, None when it
    was removed.
    """

    account_id: str
    change: Literal["added", "removed", "moved"]
    from_tier: str
    to_tier: str
    before_ms: int | None
    after_ms: int | None


class TierComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The differences, ordered by time, then account, and how many tier changes are `unchanged`."""

    differences: tuple[TierDifference, ...]
    unchanged: int

    def count(self, change: Literal["added", "removed", "moved"]) -> int:
        """The number of differences of this kind."""
        return sum(difference.change == change for difference in self.differences)

    @property
    def touched(self) -> frozenset[str]:
        """The accounts with any difference."""
        return frozenset(difference.account_id for difference in self.differences)


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


def compare(
    before: Iterable[TierChange], after: Iterable[TierChange], within_ms: int = MOVED_WITHIN_MS
) -> TierComparison:
    """Compare two histories.

    Changes of an account between the same tiers at the same instant are unchanged. Of the rest, the nearest pairs at
    most `within_ms` apart count as one that moved (the earliest of equally near ones first).

    >>> fall = TierChange(account_id="acme", at_ms=0, from_tier="green", to_tier="red")
    >>> later = TierChange(account_id="acme", at_ms=5, from_tier="green", to_tier="red")
    >>> [(each.change, each.before_ms, each.after_ms) for each in compare([fall], [later]).differences]
    [('moved', 0, 5)]
    >>> [(each.change, each.before_ms, each.after_ms) for each in compare([fall], [later], 4).differences]
    [('removed', 0, None), ('added', None, 5)]
    """
    earlier, later = _instants(before), _instants(after)
    differences: list[TierDifference] = []
    unchanged = 0
    for key in earlier.keys() | later.keys():
        was, now = earlier.get(key, set()), later.get(key, set())
        unchanged += len(was & now)
        differences += _differences(key, was - now, now - was, within_ms)
    return TierComparison(differences=tuple(sorted(differences, key=_order)), unchanged=unchanged)


_Key = tuple[str, str, str]
"""(account_id, from_tier, to_tier)"""


def _instants(changes: Iterable[TierChange]) -> dict[_Key, set[int]]:
    found: dict[_Key, set[int]] = {}
    for change in changes:
        found.setdefault((change.account_id, change.from_tier, change.to_tier), set()).add(change.at_ms)
    return found


def _differences(key: _Key, was: set[int], now: set[int], within_ms: int) -> Iterator[TierDifference]:
    account_id, from_tier, to_tier = key

    def difference(
        change: Literal["added", "removed", "moved"], before_ms: int | None, after_ms: int | None
    ) -> TierDifference:
        return TierDifference(
            account_id=account_id,
            change=change,
            from_tier=from_tier,
            to_tier=to_tier,
            before_ms=before_ms,
            after_ms=after_ms,
        )

    near = sorted((abs(old - new), old, new) for old in was for new in now if abs(old - new) <= within_ms)
    for _, old, new in near:
        if old in was and new in now:
            was.remove(old)
            now.remove(new)
            yield difference("moved", old, new)
    yield from (difference("removed", old, None) for old in was)
    yield from (difference("added", None, new) for new in now)


def _order(difference: TierDifference) -> tuple[int, str, str, str, str]:
    instants = [each for each in (difference.before_ms, difference.after_ms) if each is not None]
    return (min(instants), difference.account_id, difference.from_tier, difference.to_tier, difference.change)
