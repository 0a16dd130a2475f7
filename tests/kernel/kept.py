"""What an account keeps by day, in both folds: series, ceilings, what events have in common, ids, timers."""

from __future__ import annotations

from itertools import chain

from scoring.event.event import Event
from scoring.fold.fold import apply, restore
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.event_ids import Chunk
from scoring.state.tiles import NO_CEILING, Alike, Tile
from streams.kernel.effects import packed_event
from tests.kernel.both import Both, Said


class BothKept(Both):
    """One account in both folds; what it keeps by day is compared beside all else."""

    def compare(self) -> None:
        super().compare()
        account, native, number = self.account, self.kernel.native, self.number
        self._same(Said("the timers", (account.next_purge, tuple(account.edge_timers)), native.timers(number)))
        self._same(Said("the series", series_of(self.plan, account), list(native.series(number))))
        self._same(Said("the ceilings", ceilings_of(self.plan, account), list(native.ceilings(number))))
        self._same(Said("the alikes", alikes_of(account), list(native.alikes(number))))
        self._same(Said("the ids", ids_of(account), native.ids(number)))

    def restore(self) -> None:
        """Compute what records do not store again, in both."""
        self.step = "restored"
        restore(self.plan, self.account)
        self.kernel.native.restore(self.number)
        self.compare()

    def replay(self, event: Event, as_of_ms: int, *, its_own: bool, in_tile: bool, in_totals: bool) -> None:
        """Apply an event that restored records may hold in part already."""
        self.step = f"replayed {event}"
        ours = apply(
            self.plan,
            self.account,
            event,
            as_of_ms,
            is_new=its_own,
            tile_holds_it=in_tile,
            totals_hold_it=in_totals,
        )
        packed = packed_event(self.plan, event, flags=2 * its_own + 4 * in_tile + 8 * in_totals)
        self._same(Said("the outcome", int(ours), self.kernel.native.apply(self.number, packed, as_of_ms)))
        self.compare()


def tiles_of(account: Account) -> list[Tile]:
    """The tiles, ascending by day."""
    return [account.tiles[day] for day in sorted(account.tiles)]


def series_of(plan: Plan, account: Account) -> list[tuple[list[int], list[int]]]:
    """(buckets, contents) by count series, then by value series; ascending by bucket, then by value."""
    found: list[tuple[list[int], list[int]]] = []
    for series in plan.count_series:
        counts = [kept for tile in tiles_of(account) if (kept := tile.counts[series.number]) is not None]
        buckets = list(chain.from_iterable(each.buckets for each in counts))
        found.append((buckets, list(chain.from_iterable(each.numbers for each in counts))))
    for series in plan.value_series:
        pairs = [
            (bucket, value)
            for tile in tiles_of(account)
            if (each := tile.values[series.number]) is not None
            for bucket, held in zip(each.buckets, each.sets, strict=True)
            for value in sorted(held)
        ]
        found.append(([bucket for bucket, _ in pairs], [value for _, value in pairs]))
    return found


def ceilings_of(plan: Plan, account: Account) -> list[tuple[tuple[int, int], ...]]:
    """(day, ceiling) of the days that had too many values, by value series."""
    return [
        tuple(
            (day, kept.ceiling)
            for day in sorted(account.tiles)
            if (kept := account.tiles[day].values[series.number]) is not None and kept.ceiling < NO_CEILING
        )
        for series in plan.value_series
    ]


def alikes_of(account: Account) -> list[tuple[int, int, str, str, int]]:
    """(day, count series, event, user, events)."""
    found: list[tuple[int, int, Alike]] = []
    for day in sorted(account.tiles):
        for number, counts in enumerate(account.tiles[day].counts):
            if counts is not None and counts.alike is not None:
                found.append((day, number, counts.alike))
    return [(day, number, alike.event, alike.user, alike.number) for day, number, alike in found]


def ids_of(account: Account) -> tuple[int, dict[int, list[int]], tuple[tuple[int, dict[int, list[int]]], ...]]:
    """(number of the next chunk, the open one, the closed ones with their numbers); each chunk by period."""
    ids = account.event_ids
    closed = tuple((number, by_period(ids.closed[number])) for number in sorted(ids.closed))
    return ids.next_number, by_period(ids.open), closed


def by_period(chunk: Chunk) -> dict[int, list[int]]:
    """The fingerprints of a chunk."""
    return {period: list(prints) for period, prints in chunk.periods.items()}
