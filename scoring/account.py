"""The state of one account, and one step of the fold: `Account.apply`.

All of it is commutative: counts add up, sets unite, the latest value wins by a total order on events. So any
permutation of the same events gives the same state. The one mutable thing of the core; whoever holds an `Account`
owns it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from scoring.events import Event
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS
from scoring.series import FAR
from scoring.windows import Counts, Tile, Values

if TYPE_CHECKING:
    from scoring.plan import Plan, Route

SEEN_MAX = 4_096
"""Ids remembered of one day: beyond it the oldest are forgotten, so that a tile stays under 40 KB."""
VALUES_MAX = 4_096
"""Pairs of bucket and value in a day and series: beyond it new values are not added."""


class Outcome(IntEnum):
    """What an event did to its account."""

    APPLIED = 0
    DUPLICATE = 1
    EXPIRED = 2
    """Too old for any window: only values that are last by time, and daily totals, may have changed."""


LastValue = tuple[int, int, float | str]
"""(occurred_at_ms, fingerprint of the event that breaks ties, value)"""


class Account:
    """Everything known of one account. Buckets and sums hold at `cursor`, the bucket of `as_of_ms`."""

    __slots__ = (
        "as_of_ms",
        "changed_blocks",
        "changed_days",
        "crossings",
        "cursor",
        "dropped_days",
        "first_ms",
        "forget",
        "judgements",
        "last_at",
        "lasts",
        "left",
        "newest_day",
        "oldest_day",
        "refs",
        "seen",
        "sums",
        "tier",
        "tiles",
        "totals",
        "totals_best",
        "value",
        "wake",
    )

    def __init__(self, plan: Plan, as_of_ms: int) -> None:
        self.as_of_ms = as_of_ms
        self.cursor = as_of_ms // plan.resolution_ms
        self.wake = FAR
        """The first bucket after `cursor` at which the signals may change by themselves."""
        self.first_ms = FAR
        self.tiles: dict[int, Tile] = {}
        self.totals: list[dict[int, int]] = [{} for _ in plan.ledgers]
        self.totals_best: list[tuple[int, int, int] | None] = [None] * len(plan.ledgers)
        self.lasts: list[LastValue | None] = [None] * len(plan.last_slots)
        self.last_at: list[int] = [-1] * len(plan.last_at_slots)
        self.seen: set[int] = set()
        self.sums: list[int] = [0] * plan.count_windows
        self.refs: list[dict[int, int]] = [{} for _ in range(plan.value_windows)]
        self.crossings: list[int] = [FAR] * len(plan.edges)
        """By edge, the first bucket after `cursor` at which something crosses it."""
        self.forget = FAR
        """No tile can be dropped before this bucket."""
        self.oldest_day = FAR
        self.newest_day = -1
        """No tile is of a day outside these two, inclusive."""
        self.left: list[tuple[int, int, int]] = []
        """What left the windows in the latest move: (count window, day, events)."""
        self.changed_days: set[int] = set()
        self.dropped_days: set[int] = set()
        self.changed_blocks: set[int] = set()
        self.value: float | None = None
        self.tier = -1
        self.judgements: list[float | None] = []

    def apply(
        self, plan: Plan, event: Event, as_of_ms: int, *, tile_holds_it: bool = False, totals_hold_it: bool = False
    ) -> Outcome:
        """One step of the fold: judge at `as_of_ms` (never earlier than before) and take `event` in.

        With `tile_holds_it` or `totals_hold_it`, the event's day was restored from a record that counts it already,
        and only the rest is done. Cost: independent of the history. Nothing is scored here: `plan.judge` does.
        """
        if as_of_ms > self.as_of_ms:
            self.advance(plan, as_of_ms)
        if event.event_id and not self._remember(plan, event.event_id) and not tile_holds_it:
            return Outcome.DUPLICATE
        at = event.occurred_at_ms
        if at < self.first_ms:
            self.first_ms = at
            self._wake_by(plan.next_age_wake(self))
        route = plan.route(event.topic, event.name)
        for slot in route.last_at:
            if at > self.last_at[slot]:
                self.last_at[slot] = at
                self._wake_by(plan.next_silence_wake(self))
        for slot, read in route.lasts:
            self._keep_last(slot, event, read(event.properties))
        day = at // DAY_MS
        if route.ledgers and not totals_hold_it:
            for ledger in route.ledgers:
                plan.ledgers[ledger].add(self, day, self.as_of_ms // DAY_MS)
            self._wake_by(plan.next_ledger_wake(self))
        if tile_holds_it:
            return Outcome.APPLIED
        bucket = at // plan.resolution_ms
        if plan.span and bucket <= self.cursor - plan.span:
            return Outcome.EXPIRED
        if route.counts:
            self._count(plan, route, bucket, day)
        for series, value_of in route.values:
            self._add_value(plan, series, value_of(event), bucket, day)
        return Outcome.APPLIED

    def advance(self, plan: Plan, as_of_ms: int) -> bool:
        """Move the instant of judgement on to `as_of_ms`; True when signals may have changed by it.

        An instant that is not later than the current one changes nothing.
        """
        if as_of_ms <= self.as_of_ms:
            return False
        self.as_of_ms = as_of_ms
        cursor = self.cursor
        bucket = as_of_ms // plan.resolution_ms
        if bucket == cursor:
            return False
        self.cursor = bucket
        if bucket < self.wake:
            return False
        self.left.clear()
        for series in plan.series:
            series.cross(self, cursor, bucket)
        if bucket >= self.forget:
            self._drop_tiles()
        self.wake = plan.next_wake(self)
        return True

    def tile(self, plan: Plan, day: int) -> Tile:
        """The tile of a day, made when there was none, and marked as changed."""
        tile = self.tiles.get(day)
        if tile is None:
            tile = self.tiles[day] = Tile(len(plan.count_series), len(plan.value_series))
            self.dropped_days.discard(day)
            self.oldest_day = min(self.oldest_day, day)
            self.newest_day = max(self.newest_day, day)
        self.changed_days.add(day)
        return tile

    def _remember(self, plan: Plan, event_id: str) -> bool:
        print_of_id = fingerprint(event_id)
        if print_of_id in self.seen:
            return False
        self.seen.add(print_of_id)
        arrival = self.as_of_ms // DAY_MS
        tile = self.tile(plan, arrival)
        tile.seen.append(print_of_id)
        if len(tile.seen) > SEEN_MAX:
            self.seen.difference_update(tile.seen[: SEEN_MAX // 2])
            del tile.seen[: SEEN_MAX // 2]
        self._keep_tile(tile, (arrival + 1) * plan.buckets_a_day + plan.dedupe_span)
        return True

    def _count(self, plan: Plan, route: Route, bucket: int, day: int) -> None:
        cursor = self.cursor
        for series in route.counts:
            shape = plan.count_series[series]
            if bucket <= cursor - shape.span:
                continue
            tile = self.tile(plan, day)
            counts = tile.counts[series]
            if counts is None:
                counts = tile.counts[series] = Counts()
            if counts.add(bucket):
                shape.fill(self, bucket)
                self._keep_tile(tile, bucket + shape.span)
            for index, newest, oldest in shape.windows:
                if cursor - oldest < bucket <= cursor - newest:
                    self.sums[index] += 1

    def _add_value(self, plan: Plan, series: int, value: str, bucket: int, day: int) -> None:
        shape = plan.value_series[series]
        if not value or bucket <= self.cursor - shape.span:
            return
        tile = self.tile(plan, day)
        values = tile.values[series]
        if values is None:
            values = tile.values[series] = Values()
        print_of_value = fingerprint(value)
        if values.size >= VALUES_MAX or not values.add(bucket, print_of_value):
            return
        shape.fill(self, bucket)
        self._keep_tile(tile, bucket + shape.span)
        for index, newest, oldest in shape.windows:
            if self.cursor - oldest < bucket <= self.cursor - newest:
                refs = self.refs[index]
                refs[print_of_value] = refs.get(print_of_value, 0) + 1

    def _keep_tile(self, tile: Tile, bucket: int) -> None:
        if tile.expires == 0:
            self.forget = min(self.forget, bucket)
            self._wake_by(bucket)
        tile.expires = max(tile.expires, bucket)

    def _keep_last(self, slot: int, event: Event, value: float | str | None) -> None:
        if value is None:
            return
        held = self.lasts[slot]
        if held is not None and event.occurred_at_ms < held[0]:
            return
        tie = fingerprint(f"{event.event_id}\0{event.name}\0{value!r}")
        if held is None or (event.occurred_at_ms, tie) > held[:2]:
            self.lasts[slot] = (event.occurred_at_ms, tie, value)

    def _wake_by(self, bucket: int) -> None:
        self.wake = min(self.wake, bucket)

    def _drop_tiles(self) -> None:
        for day in [day for day, tile in self.tiles.items() if tile.expires <= self.cursor]:
            self.seen.difference_update(self.tiles.pop(day).seen)
            self.changed_days.discard(day)
            self.dropped_days.add(day)
        self.bound_tiles()

    def bound_tiles(self) -> None:
        """Work out again the bounds over all tiles."""
        self.forget = min((tile.expires for tile in self.tiles.values()), default=FAR)
        self.oldest_day = min(self.tiles, default=FAR)
        self.newest_day = max(self.tiles, default=-1)
