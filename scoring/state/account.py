"""The state of one account, and one step of the fold: `Account.apply`.

All of it is commutative: counts add up, sets unite, the latest value wins by a total order on events. So any
permutation of the same events gives the same state. The one mutable thing of the core; whoever holds an `Account`
owns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from scoring.event.event import Event, scoped_id
from scoring.fingerprint import fingerprint, fingerprint_of_value
from scoring.instants import DAY_MS, FAR
from scoring.model.schema.bounds import VALUES_MAX
from scoring.state.event_ids import Remembered, period_of_block
from scoring.state.life import Stretch, is_borne_out, joined
from scoring.state.tiles import Alike, Counts, Tile, Values

if TYPE_CHECKING:
    from scoring.plan.layout import Route
    from scoring.plan.plan import Plan
    from scoring.plan.score_plan import Evaluation
    from scoring.state.open_items import Item
    from scoring.state.series import Series


USER_MAX_CHARACTERS = 200
"""Of a user's id that are kept to tell whether there is one user alone."""


class Outcome(IntEnum):
    """What an event did to its account."""

    APPLIED = 0
    DUPLICATE = 1
    EXPIRED = 2
    """Too old for any window: only values that are last by time, and daily totals, may have changed."""


LastValue = tuple[int, int, float | str]
"""(occurred_at_ms, what decides among the events of that instant, value); see `EventOrder.tie`."""


class Account:
    """Everything known of one account. Buckets and sums hold at `cursor`, the bucket of `as_of_ms`."""

    __slots__ = (
        "as_of_ms",
        "bests",
        "changed_blocks",
        "changed_days",
        "crossings",
        "cursor",
        "dropped_days",
        "earlier",
        "first_ms",
        "firsts",
        "forget",
        "forgot_item",
        "has_between",
        "is_borne_out",
        "is_past_bounds",
        "judged",
        "judgements",
        "last_at",
        "lasts",
        "latest_ms",
        "left",
        "measured_by",
        "newest_day",
        "oldest_day",
        "refs",
        "registers",
        "registers_changed",
        "remembered",
        "stale",
        "sums",
        "tallies",
        "tiles",
        "totals",
        "wake",
    )

    def __init__(self, plan: Plan, as_of_ms: int) -> None:
        self.as_of_ms = as_of_ms
        self.cursor = as_of_ms // plan.resolution_ms
        self.wake = FAR
        """The first bucket after `cursor` at which the signals may change by themselves."""
        self.first_ms = FAR
        self.latest_ms = -1
        """The first and the last event of the latest stretch of its life; see `scoring.state.life`."""
        self.is_borne_out = self.has_between = False
        self.earlier: list[Stretch] = []
        """The stretches before it."""
        self.tiles: dict[int, Tile] = {}
        self.totals: list[dict[int, int]] = [{} for _ in plan.ledgers]
        self.bests: list[tuple[int, int, int] | None] = [None] * len(plan.peaks)
        self.lasts: list[LastValue | None] = [None] * len(plan.last_slots)
        self.last_at: list[int] = [-1] * len(plan.last_at_slots)
        self.firsts: list[int] = [FAR] * len(plan.first_slots)
        self.registers: list[dict[int, Item]] = [{} for _ in plan.registers]
        self.tallies: list[dict[int, Item]] = [{} for _ in plan.tallies]
        self.registers_changed = False
        self.remembered = Remembered()
        self.sums: list[int] = [0] * plan.count_windows
        self.refs: list[dict[int, int]] = [{} for _ in range(plan.value_windows)]
        self.crossings: list[int] = [FAR] * len(plan.edges)
        """By edge, the first bucket after `cursor` at which something crosses it."""
        self.forget = FAR
        """No tile and no id can be dropped before this bucket."""
        self.oldest_day = FAR
        self.newest_day = -1
        """No tile is of a day outside these two, inclusive."""
        self.left: list[tuple[int, int, int]] = []
        """What left the windows in the latest move: (count window, day, events)."""
        self.changed_days: set[int] = set()
        self.dropped_days: set[int] = set()
        self.changed_blocks: set[int] = set()
        self.is_past_bounds = self.forgot_item = False
        """Whether some bound of `scoring.model.schema.bounds` was ever passed since it was read."""
        self.stale = -1
        """Bits of the components that must be judged again; see `ScorePlan.refresh`."""
        self.judgements: list[list[float | None]] = [[None] * len(view.components) for view in plan.views]
        self.judged: list[Evaluation | None] = [None] * len(plan.views)
        """By view, the judgements and the score of the last refresh, and the cohort norm that they are by."""
        self.measured_by: list[Mapping[str, float] | None] = [None] * len(plan.views)

    def apply(
        self,
        plan: Plan,
        event: Event,
        as_of_ms: int,
        *,
        times: int = 1,
        arrived_ms: int = -1,
        origin: int = 0,
        id_is_its_own: bool = False,
        tile_holds_it: bool = False,
        totals_hold_it: bool = False,
    ) -> Outcome:
        """One step of the fold: judge at `as_of_ms` (never earlier than before) and take `event` in.

        `arrived_ms` is when it arrived, where that is known: its id is then remembered for the model's dedupe horizon
        from there; else, for as long as the event could count. `origin` tells the message that brought it from all
        others of the account; it is kept with the id. With `id_is_its_own`, the id was restored from a record that this
        very message had put it into. With `tile_holds_it` or `totals_hold_it`, the event's day was restored from a
        record that counts it already. Then only the rest is done. `times` counts an event without an id as so many of
        it. Cost: independent of the history. Nothing is scored here: `ScorePlan.refresh` does.
        """
        if as_of_ms > self.as_of_ms:
            self.advance(plan, as_of_ms)
        at = event.occurred_at_ms
        if event.event_id:
            period = arrived_ms // DAY_MS if arrived_ms >= 0 else period_of_block(at // DAY_MS)
            if not self._remember(plan, scoped_id(event), period, origin) and not id_is_its_own:
                return Outcome.DUPLICATE
        if at > self.latest_ms and (self.is_borne_out or at // DAY_MS == self.latest_ms // DAY_MS):
            self.latest_ms = at
        elif at < self.first_ms or not self.is_borne_out:
            self.live(plan, (*self.stretches, (at, at, False)))
        route = plan.route(event.topic, event.name)
        if route.last_at:
            self._note_last_at(plan, route, event)
        if route.lasts or route.firsts or route.items or route.tallies:
            self._apply_rest(plan, route, event)
        day = at // DAY_MS
        if route.ledgers and not totals_hold_it:
            self._add_to_ledgers(plan, route, event, day, times)
        if tile_holds_it:
            return Outcome.APPLIED
        bucket = at // plan.resolution_ms
        if plan.span and bucket <= self.cursor - plan.span:
            for series, value_of in route.values:  # their day may be in reach still, and its bound be passed by them
                self._add_value(plan, series, value_of(event), bucket, day)
            return Outcome.EXPIRED
        for series in route.counts:
            self._count(plan, series, times, bucket, day)
        for series, amount_of in route.amounts:
            if amount := amount_of(event):
                self._count(plan, series, amount * times, bucket, day)
        for series, value_of in route.values:
            self._add_value(plan, series, value_of(event), bucket, day)
        for series, amount_of_it in route.alikes:
            if amount_of_it is None or amount_of_it(event):
                self._note_alike(plan, series, event, bucket, day, times)
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
        stale = plan.touches_time
        for series in plan.series:
            stale |= series.cross(self, cursor, bucket)
        self.stale |= stale
        self._forget(plan)
        self.wake = plan.next_wake(self)
        return True

    def fork(self, plan: Plan) -> Account:
        """A copy to try things on, at the same instant: what happens to it never reaches this one.

        Tiles are shared but for the day of the instant; so on a fork only that day's events may be applied.
        """
        fork = Account(plan, self.as_of_ms)
        fork.wake, fork.first_ms, fork.latest_ms = self.wake, self.first_ms, self.latest_ms
        fork.earlier, fork.has_between = list(self.earlier), self.has_between
        fork.is_borne_out = self.is_borne_out
        fork.tiles = dict(self.tiles)
        today = self.as_of_ms // DAY_MS
        if (tile := self.tiles.get(today)) is not None:
            fork.tiles[today] = tile.copy()
        fork.totals = [dict(totals) for totals in self.totals]
        fork.bests, fork.lasts, fork.last_at = list(self.bests), list(self.lasts), list(self.last_at)
        fork.firsts, fork.registers = list(self.firsts), [dict(items) for items in self.registers]
        fork.tallies = [dict(items) for items in self.tallies]
        fork.sums, fork.refs = list(self.sums), [dict(refs) for refs in self.refs]
        fork.is_past_bounds = self.is_past_bounds
        fork.crossings, fork.forget = list(self.crossings), self.forget
        fork.oldest_day, fork.newest_day = self.oldest_day, self.newest_day
        fork.stale, fork.judged, fork.measured_by = self.stale, list(self.judged), list(self.measured_by)
        fork.judgements = [list(judgements) for judgements in self.judgements]
        return fork

    @property
    def stretches(self) -> list[Stretch]:
        """The stretches of its life, ascending; none before its first event."""
        return [] if self.first_ms == FAR else [*self.earlier, (self.first_ms, self.latest_ms, self.has_between)]

    @property
    def oldest_ms(self) -> int:
        """Its oldest event, FAR before any."""
        return self.earlier[0][0] if self.earlier else self.first_ms

    def live(self, plan: Plan, stretches: Iterable[Stretch]) -> None:
        """Have lived in these stretches, of which there is at least one."""
        *self.earlier, latest = joined(stretches, plan.pause_ms)
        first_ms, self.latest_ms, self.has_between = latest
        self.is_borne_out = is_borne_out(latest)
        if first_ms != self.first_ms:
            self.first_ms = first_ms
            self.stale |= plan.touches_age
            self._wake_by(plan.next_age_wake(self))
        if plan.ledgers:
            self._wake_by(plan.next_ledger_wake(self))

    def tile(self, plan: Plan, day: int) -> Tile:
        """The tile of a day, made when there was none, and marked as changed."""
        tile = self.tiles.get(day)
        if tile is None:
            tile = self.tiles[day] = Tile(len(plan.count_series), len(plan.value_series))
            self.dropped_days.discard(day)
            self.oldest_day = min(self.oldest_day, day)
            self.newest_day = max(self.newest_day, day)
            self._forget_by(plan.tile_goes(day))
        self.changed_days.add(day)
        return tile

    def note_written(self) -> None:
        """All that changed is on record: what changes from now on is new."""
        self.changed_days.clear()
        self.dropped_days.clear()
        self.changed_blocks.clear()
        self.registers_changed = False
        self.remembered.changed.clear()
        self.remembered.dropped.clear()

    def _remember(self, plan: Plan, event_id: str, period: int, origin: int) -> bool:
        goes = plan.ids_go(period)
        if goes <= self.cursor:
            return True  # so old that it changes nothing that a copy would change again
        before = self.remembered.count
        if not self.remembered.put(period, fingerprint(event_id), origin):
            return False
        if self.remembered.count < before:
            plan.past["ids"] += before + 1 - self.remembered.count
        self._forget_by(goes)
        return True

    def _count(self, plan: Plan, series: int, amount: int, bucket: int, day: int) -> None:
        cursor = self.cursor
        shape = plan.count_series[series]
        if bucket <= cursor - shape.span:
            return
        tile = self.tile(plan, day)
        counts = tile.counts[series]
        if counts is None:
            counts = tile.counts[series] = Counts()
        if counts.add(bucket, amount):
            shape.fill(self, bucket)
        for number, newest, oldest, touches in shape.windows:
            if cursor - oldest < bucket <= cursor - newest:
                self.sums[number] += amount
                self.stale |= touches

    def _note_alike(self, plan: Plan, series: int, event: Event, bucket: int, day: int, times: int) -> None:
        """Note what an event, which was counted, has in common with the others of its day."""
        if bucket <= self.cursor - plan.count_series[series].span:
            return
        counts = self.tiles[day].counts[series]
        if counts is None:
            raise AssertionError("an event that is counted is in its day's tile")
        alike = counts.alike
        if alike is None:
            alike = counts.alike = Alike()
        alike.add(event.name, event.user_id[:USER_MAX_CHARACTERS], times)

    def _add_value(self, plan: Plan, series: int, value: str, bucket: int, day: int) -> None:
        shape = plan.value_series[series]
        if not value or (day + 1) * plan.buckets_a_day <= self.cursor - shape.span + 1:
            return
        tile = self.tile(plan, day)
        values = tile.values[series]
        if values is None:
            values = tile.values[series] = Values()
        print_of_value = fingerprint_of_value(value)
        if print_of_value >= values.ceiling:
            plan.past["values"] += 1
        if not values.add(bucket, print_of_value):
            return
        shape.fill(self, bucket)
        for number, newest, oldest, touches in shape.windows:
            if self.cursor - oldest < bucket <= self.cursor - newest:
                refs = self.refs[number]
                if print_of_value in refs:
                    refs[print_of_value] += 1
                else:
                    refs[print_of_value] = 1
                    self.stale |= touches
        if values.size > VALUES_MAX:
            self._lower(plan, shape, values)

    def _lower(self, plan: Plan, shape: Series, values: Values) -> None:
        """A day has too many values: let those go that do not fit."""
        self.is_past_bounds = True
        gone = values.lower(VALUES_MAX)
        plan.past["values"] += len(gone)
        for bucket, value in gone:
            for number, newest, oldest, touches in shape.windows:
                if self.cursor - oldest < bucket <= self.cursor - newest:
                    refs = self.refs[number]
                    refs[value] -= 1
                    if not refs[value]:
                        del refs[value]
                    self.stale |= touches

    def _add_to_ledgers(self, plan: Plan, route: Route, event: Event, day: int, times: int) -> None:
        today = self.as_of_ms // DAY_MS
        for number, amount_of in route.ledgers:
            if amount_of is None or amount_of(event):
                plan.ledgers[number].add(self, day, today, times)
                self.stale |= plan.touches_ledger[number]
        self._wake_by(plan.next_ledger_wake(self))

    def _note_last_at(self, plan: Plan, route: Route, event: Event) -> None:
        at = event.occurred_at_ms
        bucket = at // plan.resolution_ms
        for slot, test in route.last_at:
            held = self.last_at[slot]
            if at > held and (test is None or test(event)):
                self.last_at[slot] = at
                if held >= 0 and max(0, self.cursor - held // plan.resolution_ms) // plan.buckets_a_day == (
                    max(0, self.cursor - bucket) // plan.buckets_a_day
                ):
                    continue  # as many whole days as before, and the wake before the next one stands
                # Fewer whole days, which are full at another time of the day.
                self._wake_by(plan.next_silence_wake(self))
                self.stale |= plan.touches_last_at[slot]

    def _apply_rest(self, plan: Plan, route: Route, event: Event) -> None:
        at = event.occurred_at_ms
        tie = -1
        for slot, latest_of in route.lasts:
            value = latest_of(event)
            held = self.lasts[slot]
            if value is None or (held is not None and at < held[0]):
                continue
            if tie < 0:
                tie = plan.order.tie(route.rank, event)
            if held is None or (at, tie, value) > held:
                self.lasts[slot] = (at, tie, value)
                self.stale |= plan.touches_last[slot]
        for slot, test in route.firsts:
            if at < self.firsts[slot] and (test is None or test(event)):
                self.firsts[slot] = at
                self.stale |= plan.touches_first[slot]
        for number, (item_of, rank) in route.items:
            item = item_of(event)
            register = plan.registers[number]
            if item is not None and register.put(self, at, plan.order.tie(rank, event), *item):
                plan.past["items"] += self.forgot_item
                self.forgot_item = False
                self.stale |= plan.touches_register[number]
                self._wake_by(max(self.cursor + 1, register.next_wake(self)))
        for number, stated_of in route.tallies:
            stated = stated_of(event)
            if stated is not None and plan.tallies[number].put(self, at, plan.order.tie(route.rank, event), *stated):
                plan.past["items"] += self.forgot_item
                self.forgot_item = False
                self.stale |= plan.touches_tally[number]

    def _forget_by(self, bucket: int) -> None:
        if bucket < self.forget:
            self.forget = bucket
            self._wake_by(bucket)

    def _wake_by(self, bucket: int) -> None:
        self.wake = min(self.wake, bucket)

    def _forget(self, plan: Plan) -> None:
        """Drop what is out of reach of every signal."""
        if self.cursor >= self.forget:
            self._drop_tiles(plan)
        today = self.as_of_ms // DAY_MS
        if plan.ledgers and self.oldest_ms // DAY_MS <= today - plan.ledger_reach:
            for ledger in plan.ledgers:
                ledger.drop(self, today)
        for register in plan.registers:
            register.drop(self)

    def _drop_tiles(self, plan: Plan) -> None:
        for day in [day for day in self.tiles if plan.tile_goes(day) <= self.cursor]:
            del self.tiles[day]
            self.changed_days.discard(day)
            self.dropped_days.add(day)
        for period in [each for each in self.remembered.periods if plan.ids_go(each) <= self.cursor]:
            self.remembered.forget(period)
        self.bound_tiles(plan)

    def bound_tiles(self, plan: Plan) -> None:
        """Work out again the bounds over all tiles, and over the ids."""
        self.oldest_day = min(self.tiles, default=FAR)
        self.newest_day = max(self.tiles, default=-1)
        self.forget = plan.tile_goes(self.oldest_day) if self.tiles else FAR
        for period in self.remembered.periods:
            self.forget = min(self.forget, plan.ids_go(period))
