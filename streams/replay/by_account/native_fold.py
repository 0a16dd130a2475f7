"""The accounts of a partition in the kernel, under one plan; what it leaves to the reference is None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scoring.fold.account_tiers import DeclaredNorm
from scoring.fold.history import Steps
from scoring.fold.tier_changes import TierChange
from scoring.plan.plan import Plan
from streams.kernel.history import INSTANT_MAX, Columns, NativeHistory
from streams.kernel.table_writer import NotInKernel
from streams.replay.by_account.partition import AccountEvents, Partition
from streams.replay.by_account.shown import Scored, Shown


class NativeFold:
    """Mutable; each process has one for each plan."""

    def __init__(self, plan: Plan, routes: Sequence[tuple[str, str]], instants_ms: Sequence[int]) -> None:
        """`routes` are topics and names by number.

        Raises:
            NotInKernel: see `NativeHistory`.
        """
        self._plan = plan
        self._routes = routes
        self._instants_ms = tuple(instants_ms)
        self._history = NativeHistory(plan)

    def shown(
        self,
        partition: Partition,
        of: AccountEvents,
        signals: Sequence[str],
        norms: tuple[tuple[float | None, ...], ...],
    ) -> Iterator[tuple[int, Shown]] | None:
        """The account at each instant from its first event on; `norms` are by instant, as `norms_of` has them."""
        self._learn(of)
        places = self._history.places(signals)
        rows = self._history.rows(_columns_of(of), partition.whole, self._instants_ms, places, norms)
        if rows is None:
            return None
        return (
            (instant, Shown(first_ms, None if scored is None else Scored(*scored), standing, rules, facts))
            for instant, first_ms, scored, standing, rules, facts in rows
        )

    def norm_parts(self, partition: Partition, of: AccountEvents) -> list[tuple[int, dict[str, float]]] | None:
        """The account's part of the norm at each instant from its first event on."""
        self._learn(of)
        return self._history.norm_parts(_columns_of(of), partition.whole, self._instants_ms)

    def tier_changes(
        self, partition: Partition, of: AccountEvents, norms: Sequence[DeclaredNorm], end_ms: int
    ) -> list[TierChange] | None:
        """The account's tier changes, from events that were all kept whole."""
        messages = [partition.whole[place] for place in of.users]
        declared = tuple([(instant_ms, self._history.norm(norm)) for instant_ms, norm in norms])
        found = self._history.tier_changes(of.known[0], messages, declared, end_ms)
        names = self._plan.primary.tier_names
        return (
            found
            if found is None
            else [
                TierChange(at_ms=at_ms, account_id=of.account_id, from_tier=names[before], to_tier=names[then])
                for at_ms, before, then in found
            ]
        )

    def norms_of(self, norms: Sequence[Mapping[str, float]]) -> tuple[tuple[float | None, ...], ...]:
        """The cohort norms of the instants, for `shown`."""
        return tuple([self._history.norm(norm) for norm in norms])

    def _learn(self, of: AccountEvents) -> None:
        for route in set(of.routes):
            if not route & 1 and not self._history.knows(route >> 1):
                self._history.learn(route >> 1, Steps(self._plan, *self._routes[route >> 1]))


def native_folds(
    plans: Sequence[Plan], routes: Sequence[tuple[str, str]], instants_ms: Sequence[int], *, uses_kernel: bool
) -> list[NativeFold | None]:
    """A fold for each plan, None for those that the kernel cannot do. Instants may be of any year."""
    uses_kernel = uses_kernel and all(0 <= instant_ms <= INSTANT_MAX for instant_ms in instants_ms)
    folds: list[NativeFold | None] = []
    for plan in plans:
        try:
            folds.append(NativeFold(plan, routes, instants_ms) if uses_kernel else None)
        except NotInKernel:
            folds.append(None)
    return folds


def _columns_of(of: AccountEvents) -> Columns:
    return Columns(of.known, of.occurred, of.routes, of.prints, of.users)
