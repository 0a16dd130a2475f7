"""One account, judged as a worker would: at every timer, just before and just after each event, and with each norm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from scoring.fold.fold import advance, apply
from scoring.instants import DAY_MS, FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from tests.support.worlds.writing import Timed

Norm = Mapping[str, float]
Norms = Mapping[int, Norm]
"""The cohort norm that is made at the start of each day, by days since 1970."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """What an account is at an instant. `score` is None for an account without a score, and `tier` then -1.

    With an event, `before` is the score just before it at the same instant, and `event` the message's index; else -1.
    """

    at_ms: int
    score: float | None
    tier: int
    before: float | None = None
    event: int = -1


class Walk:
    """Folds one account under one plan. Mutable."""

    def __init__(self, plan: Plan, norms: Norms | None = None) -> None:
        self.plan = plan
        self.norm: Norm = {}
        self._norms = norms or {}
        self._scores = ScoreCache(plan.score_plans)
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """The account, after its first event."""
        assert self._account is not None, "no event yet"
        return self._account

    def fold(self, events: Sequence[Timed]) -> None:
        """Apply events without judging."""
        for event in events:
            self._apply(event)

    def judged(self, events: Iterable[Timed], from_ms: int, until_ms: int) -> Iterator[Step]:
        """One step at `from_ms`, and each that follows until `until_ms`; `events` are those in between."""
        yield self.at(from_ms)
        for number, event in enumerate(events):
            yield from self._to(event.at_ms)
            advance(self.plan, self.account, event.at_ms)
            before = self._step(event.at_ms).score
            self._apply(event)
            after = self._step(event.at_ms)
            yield Step(event.at_ms, after.score, after.tier, before, number)
        yield from self._to(until_ms)

    def at(self, at_ms: int) -> Step:
        """The account at an instant, after everything until then."""
        advance(self.plan, self.account, at_ms)
        self.norm = self._norms.get(at_ms // DAY_MS, self.norm)
        return self._step(at_ms)

    def _apply(self, event: Timed) -> None:
        decoded = self.plan.decoder.decode(event.topic, event.value, 0, FAR)
        if self._account is None:
            self._account = Account(self.plan.sizes, event.at_ms)
        apply(self.plan, self._account, decoded, event.at_ms)

    def _to(self, until_ms: int) -> Iterator[Step]:
        """The timers and new norms until then, each at its own instant."""
        plan, account = self.plan, self.account
        while True:
            timer_ms = FAR if account.next_due >= FAR else account.next_due * plan.resolution_ms
            norm_ms = (account.as_of_ms // DAY_MS + 1) * DAY_MS if self._norms else FAR
            due_ms = min(timer_ms, norm_ms)
            if due_ms > until_ms:
                return
            moved = advance(plan, account, due_ms)
            if due_ms == norm_ms and (norm := self._norms.get(due_ms // DAY_MS)) is not None:
                self.norm, moved = norm, True
            if moved:
                yield self._step(due_ms)

    def _step(self, at_ms: int) -> Step:
        judged = self._scores.refresh(self.plan.primary, self.account, self.norm)
        if judged is None:
            return Step(at_ms, None, -1)
        return Step(at_ms, judged.value, judged.tier)


def norm_parts(plan: Plan, events: Sequence[Timed], days: Iterable[int]) -> dict[int, dict[str, float]]:
    """One account's part in the cohort norm at the start of each of these days (since 1970, in order)."""
    walk, done, parts = Walk(plan), 0, {}
    for day in days:
        rest = done
        while rest < len(events) and events[rest].at_ms < day * DAY_MS:
            rest += 1
        walk.fold(events[done:rest])
        done = rest
        if done:
            advance(plan, walk.account, day * DAY_MS)
            parts[day] = plan.norm_part(walk.account)
    return parts
