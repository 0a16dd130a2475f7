"""The changes of tier in a whole history under one plan, and what differs between those of two plans.

`tier_history` judges when the worker would under the event clock: after every event, whenever a signal changes by
itself, and at each declared instant, for which it makes a cohort norm. Nothing is read or written here.
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
"""Two changes of an account between the same tiers that are at most so far apart are one that moved."""
STEP_EVENTS = 5_000


class TierChange(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """An account went from a tier to another one at `at_ms` (milliseconds since 1970)."""

    at_ms: int
    account_id: str
    from_tier: str
    to_tier: str


class TierHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All changes of tier, by time and then by account, and the ids of all accounts that were seen."""

    accounts: frozenset[str]
    changes: tuple[TierChange, ...]


class TierDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A change of tier that the second history adds, lacks, or has at another instant.

    `before_ms` is its instant in the first history, None when it was added; `after_ms` that in the second one, None
    when it was removed.
    """

    account_id: str
    change: Literal["added", "removed", "moved"]
    from_tier: str
    to_tier: str
    before_ms: int | None
    after_ms: int | None


class TierComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, by time and then by account, and how many changes of tier are `unchanged`."""

    differences: tuple[TierDifference, ...]
    unchanged: int

    def count(self, change: Literal["added", "removed", "moved"]) -> int:
        """How many differences are of this kind."""
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
    """Fold `events`, which come in the order of their time, up to `end_ms`, inclusive, and note each change of tier.

    At each of `declared_ms` (milliseconds, any order; later than `end_ms` or earlier than every event says nothing)
    a cohort norm is made over all accounts seen until then, and all are judged by it; an event at that very instant
    comes before. An account's first score is no change; while it cannot be judged, its last tier stays.
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
    """The accounts of a cohort, judged as time goes on; the tiers that they had, and the timers to come."""

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
        """Take in one event, at its own time, after every timer until then."""
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
        """Judge each account whose timer is due at `until_ms` or before, at its own exact instant."""
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
        """Make a cohort norm for an instant, and judge everybody by it."""
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
    """What `after` adds, lacks and has elsewhere.

    Changes of an account between the same tiers at the same instant are unchanged. Of the others the nearest two that
    are at most `within_ms` apart are one that moved (of equally near ones the earliest), then the nearest of the rest.

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
