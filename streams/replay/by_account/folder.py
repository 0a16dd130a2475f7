"""The second pass: folds the accounts of a partition between the instants, and hands each account to a sink."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from scoring.event.event import Event
from scoring.fold.account_tiers import AccountTiers, DeclaredNorm
from scoring.fold.fold import advance, apply
from scoring.fold.history import HistoryFold, IdHorizon, Steps
from scoring.fold.tier_changes import TierChange, TierHistory
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.replay.by_account.account_steps import AccountSteps, AlertSteps, RuledPlan, counted
from streams.replay.by_account.native_fold import native_folds
from streams.replay.by_account.partition import AccountEvents, Partition, event_of
from streams.replay.by_account.shown import Shown, Shows
from streams.replay.by_account.sinks import NormSink, SnapshotSink

SLICE = 50_000
"""Events of an account that are objects at once: it bounds what a giant account needs beside its columns."""
Norms = Sequence[Mapping[str, float]]
"""The cohort norm of each instant."""


class Sink(Protocol):
    """Takes the results of each account under one plan, at each instant from its first event on."""

    @property
    def signals(self) -> Sequence[str]:
        """The signals of the plan whose facts it takes."""
        ...

    def begin(self, account_id: str) -> None: ...

    def add(self, instant: int, shown: Shown) -> None: ...


class Folder:
    """Folds partitions. `routes` are topics and names by number. Mutable; each process has one."""

    def __init__(
        self,
        plans: Sequence[Plan],
        routes: Sequence[tuple[str, str]],
        instants_ms: Sequence[int],
        *,
        uses_kernel: bool = False,
    ) -> None:
        self._plans = plans
        self._native = native_folds(plans, routes, instants_ms, uses_kernel=uses_kernel)
        self._routes = routes
        self._instants_ms = instants_ms
        self._folds = [HistoryFold(plan) for plan in plans]
        self._steps: list[list[Steps | None]] = [[None] * len(routes) for _ in plans]
        self._decoder = plans[0].decoder

    def fold(self, partition: Partition, sinks: Sequence[Sink], norms: Sequence[Norms]) -> None:
        """Fold every account under every plan; `sinks` and `norms` are by plan."""
        shows = [Shows(plan, sink.signals) for plan, sink in zip(self._plans, sinks, strict=True)]
        native_norms = [
            () if native is None else native.norms_of(of_plan)
            for native, of_plan in zip(self._native, norms, strict=True)
        ]
        for of in partition.accounts():
            events = _LazyEvents(self, partition, of)
            for number, sink in enumerate(sinks):
                sink.begin(of.account_id)
                native = self._native[number]
                shown = None if native is None else native.shown(partition, of, sink.signals, native_norms[number])
                if shown is None:
                    shown = self._judged(number, events, shows[number], norms[number])
                for instant, each in shown:
                    sink.add(instant, each)

    def norm_parts(self, partition: Partition, sinks: Sequence[NormSink]) -> None:
        """Fold every account under every plan, for its part of the cohort norm at each instant."""
        for of in partition.accounts():
            events = _LazyEvents(self, partition, of)
            for number, (plan, sink) in enumerate(zip(self._plans, sinks, strict=True)):
                native = self._native[number]
                parts = None if native is None else native.norm_parts(partition, of)
                if parts is None:
                    parts = [(instant, plan.norm_part(account)) for instant, account in self._shown(number, events)]
                for instant, part in parts:
                    sink.add(instant, part)

    def snapshots(self, partition: Partition, sinks: Sequence[SnapshotSink], norms: Sequence[Norms]) -> None:
        """Fold every account under every plan, with its days and ids: snapshots read signs and bounds."""
        for of in partition.accounts():
            for number, sink in enumerate(sinks):
                self._fold_with_tiles(number, partition, of, sink, norms[number])

    def tier_histories(self, partition: Partition, norms: Sequence[Norms], end_ms: int) -> list[TierHistory]:
        """The tier changes of every account, by plan. The instants are declared, for plans with a cohort norm."""
        declared = self._declared(norms)
        accounts: set[str] = set()
        changes: list[list[TierChange]] = [[] for _ in self._plans]
        for of in partition.accounts():
            accounts.add(of.account_id)
            for number, plan in enumerate(self._plans):
                native = self._native[number]
                found = None if native is None else native.tier_changes(partition, of, declared[number], end_ms)
                if found is None:
                    tiers = AccountTiers(plan, of.account_id, of.known[0])
                    tiers.fold(self._whole_events(partition, of), declared[number], end_ms)
                    found = tiers.changes
                changes[number] += found
        return [TierHistory(accounts=frozenset(accounts), changes=tuple(each)) for each in changes]

    def alert_steps(
        self, partition: Partition, ruled: Sequence[RuledPlan], norms: Norms, since_ms: int, end_ms: int
    ) -> list[AlertSteps]:
        """What alert rules decide about every account from `since_ms` on, in the order of `ruled` and its policies,
        under the only plan. The instants are declared, as for `tier_histories`."""
        (declared,) = self._declared([norms])
        found = [[AlertSteps(first_ms={}, told=[]) for _ in each.policies] for each in ruled]
        for of in partition.accounts():
            for each, parts in zip(ruled, found, strict=True):
                account = AccountSteps(each.plan, each.policies, of.account_id, of.known[0])
                account.fold(self._whole_events(partition, of), declared, end_ms)
                for part, steps in zip(parts, account.steps, strict=True):
                    part.add(counted(steps, since_ms))
                    part.first_ms[of.account_id] = of.known[0]
        return [part for parts in found for part in parts]

    def _declared(self, norms: Sequence[Norms]) -> list[list[DeclaredNorm]]:
        """The declared instants with their norms, by plan; none for plans without a cohort norm."""
        return [
            list(zip(self._instants_ms, of_plan, strict=True)) if plan.norm_signals else []
            for plan, of_plan in zip(self._plans, norms, strict=True)
        ]

    def _whole_events(self, partition: Partition, of: AccountEvents) -> Iterator[Event]:
        """All events, which were kept whole."""
        for begin in range(0, len(of.occurred), SLICE):
            for event in self.events(partition, of, begin, min(begin + SLICE, len(of.occurred))):
                assert event is not None
                yield event

    def _judged(self, number: int, events: _LazyEvents, shows: Shows, norms: Norms) -> Iterator[tuple[int, Shown]]:
        """The account as it is shown at each instant, by the reference."""
        plan = self._plans[number]
        cache = ScoreCache(plan.score_plans)
        for instant, account in self._shown(number, events):
            yield instant, shows.show(account, cache.refresh(plan.primary, account, norms[instant]))

    def _shown(self, number: int, events: _LazyEvents) -> Iterator[tuple[int, Account]]:
        """The account at each instant from its first event on; each valid until the next."""
        fold, of = self._folds[number], events.of
        fold.begin(of.known[0], has_copies=of.has_copies)
        done = 0
        for instant, instant_ms in enumerate(self._instants_ms):
            until = bisect_right(of.known, instant_ms, done)
            while done < until:
                end = min(until, done + SLICE)
                found = events.between(done, end)
                steps = self._steps_of(number, of.routes[done:end], found)
                columns = (of.known[done:end], of.occurred[done:end], steps, of.prints[done:end], of.users[done:end])
                fold.add(*columns, found)
                done = end
            if done:
                yield instant, fold.show(instant_ms)

    def _fold_with_tiles(
        self, number: int, partition: Partition, of: AccountEvents, sink: SnapshotSink, norms: Norms
    ) -> None:
        """The same by the plain fold. Time advances first, so that few events find their window open."""
        plan, account, horizon, done = self._plans[number], Account(self._plans[number].sizes, of.known[0]), None, 0
        if of.has_copies:
            horizon = IdHorizon(plan)
        for instant, instant_ms in enumerate(self._instants_ms):
            until = bisect_right(of.known, instant_ms, done)
            if until:
                advance(plan, account, instant_ms)
            while done < until:
                end = min(until, done + SLICE)
                for place, event in enumerate(self.events(partition, of, done, end), done):
                    assert event is not None
                    print_of_id = of.prints[place]
                    if (
                        horizon is None
                        or not print_of_id
                        or not horizon.is_copy(print_of_id, event.occurred_at_ms, of.known[place])
                    ):
                        apply(plan, account, event, instant_ms, is_new=True)
                done = end
            if until:
                sink.add(of.account_id, instant, account, plan.primary.score(account, norms[instant]))

    def events(self, partition: Partition, of: AccountEvents, begin: int, end: int) -> list[Event | None]:
        """The whole events among these, None in the place of any other."""
        whole, decoder = partition.whole, self._decoder
        return [
            event_of(decoder, whole[of.users[place]]) if of.routes[place] & 1 else None for place in range(begin, end)
        ]

    def _steps_of(self, number: int, routes: Sequence[int], events: Sequence[Event | None]) -> list[Steps]:
        found: list[Steps] = []
        steps = self._steps[number]
        for route, event in zip(routes, events, strict=True):
            step = steps[route >> 1]
            if step is None:
                step = self._make_steps(number, route >> 1, event)
            found.append(step)
        return found

    def _make_steps(self, number: int, route: int, event: Event | None) -> Steps:
        if not route:
            assert event is not None
            return Steps(self._plans[number], event.topic, event.name)
        steps = self._steps[number][route] = Steps(self._plans[number], *self._routes[route])
        return steps


class _LazyEvents:
    """The events of an account as objects, made once for all plans when first asked for, unless they are too many."""

    def __init__(self, folder: Folder, partition: Partition, of: AccountEvents) -> None:
        self.of = of
        self._folder = folder
        self._partition = partition
        self._all: list[Event | None] | None = None

    def between(self, begin: int, end: int) -> list[Event | None]:
        """The events from `begin` to before `end`, None in the place of any that is not whole."""
        length = len(self.of.occurred)
        if length > SLICE:
            return self._folder.events(self._partition, self.of, begin, end)
        if self._all is None:
            self._all = self._folder.events(self._partition, self.of, 0, length)
        return self._all[begin:end]
