"""The layout: the state that signals need of an account, and what each event changes in it.

Signals that read the same events share state. Each piece of state has an identity, a fingerprint of its meaning, by
which it is found in a changelog under any model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from scoring.event.event import EventDecoder
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, FAR, parse_duration
from scoring.plan.daily_readers import DailyReaders
from scoring.plan.event_order import EventOrder
from scoring.plan.extractors import Amount, Extractors, Text
from scoring.plan.properties.property import TypeMismatch
from scoring.plan.routes import Routes, Takes
from scoring.state.daily_totals import DailyTotals
from scoring.state.event_ids import last_day_of
from scoring.state.open_items import KeptItems
from scoring.state.series import Edge, Series
from scoring.state.tally import Tally

ItemsT = TypeVar("ItemsT", bound=KeptItems)


class Layout:
    """Numbers of series, windows and slots are positions in an `Account`'s lists. Frozen once the plan is compiled.

    Signals ask for state by a key that contains its whole meaning; equal keys share one piece of state.
    """

    def __init__(self, resolution_ms: int, dedupe_ms: int, decoder: EventDecoder, order: EventOrder) -> None:
        self.resolution_ms = resolution_ms
        self.buckets_a_day = DAY_MS // resolution_ms
        self.dedupe_span = -(-dedupe_ms // resolution_ms)
        self.decoder = decoder
        self.order = order
        self.totals_span = 0
        """Daily totals matter for this many buckets."""
        self.span = 0
        """The content of a tile matters for this many buckets."""
        self.type_mismatches: Counter[TypeMismatch] = Counter()
        """How many properties had the wrong type, by signal. Mutable, unlike the rest."""
        self.past: Counter[str] = Counter()
        """How often a bound was passed, by bound ("values", "items"). Mutable, too."""
        self.count_series: list[Series] = []
        self.value_series: list[Series] = []
        self.alikes: set[int] = set()
        self.count_windows = 0
        self.value_windows = 0
        self.edges: list[Edge] = []
        self.daily_totals: list[DailyTotals] = []
        self.daily_readers = DailyReaders()
        self.open_items: list[KeptItems] = []
        self.tallies: list[Tally] = []
        self.latest_value_slots: list[int] = []
        self.latest_at_slots: list[int] = []
        self.first_at_slots: list[int] = []
        """The identities of what a slot keeps."""
        self.identities: dict[int, int] = {}
        """By identity, how many milliseconds the state must have been kept to be complete; 0 for latest values."""
        self.age_marks_ms: set[int] = set()
        """Ages of an account at which something changes."""
        self.day_marks_of_age: set[int] = set()
        """The same, in days from the day of its first event."""
        self.steps_with_age = False
        """Whether some signal changes with each whole day of age."""
        self.silences: set[int] = set()
        """The slots of latest events whose age is counted in whole days."""
        self.day_silences: set[int] = set()
        """The same, in days of UTC."""
        self.instants: set[int] = set()
        """The slots of latest values that are instants, whose distance is counted in days of UTC."""
        self.extractors = Extractors(decoder, self.type_mismatches)
        self.routes = Routes(order)
        self._numbers: dict[str, int] = {}
        self._windows: dict[tuple[bool, int, int, int], int] = {}

    # --- state that signals ask for

    def counts(self, key: str, takes: Takes, amount: Amount | None) -> Series:
        """A series of counts, or of amounts when `amount` is given."""
        key = f"{key} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.count_series)
            self.count_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=True))
            self.routes.feed("counts" if amount is None else "amounts", number, takes, lambda topic, name: amount)
        return self.count_series[number]

    def values(self, key: str, takes: Takes, text: Text) -> Series:
        """A series of distinct values."""
        key = f"{key} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.value_series)
            self.value_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=False))
            self.routes.feed("values", number, takes, lambda topic, name: text)
        return self.value_series[number]

    def window(self, series: Series, window: str, *, prior: bool) -> int:
        """The number of a window over a series, among those of counts or of values."""
        length = parse_duration(window) // self.resolution_ms
        newest, oldest = (length, 2 * length) if prior else (0, length)
        key = (series.is_counts, series.number, newest, oldest)
        if (number := self._windows.get(key)) is None:
            number = self._windows[key] = self.count_windows if series.is_counts else self.value_windows
            series.watch(number, newest, oldest, self.edges)
            if series.is_counts:
                self.count_windows += 1
            else:
                self.value_windows += 1
        self._keep(series.identity, series.span * self.resolution_ms)
        return number

    def last_slot(self, key: str, takes: Takes, extractor: Callable[[str, str], object]) -> int:
        """A slot for the latest value of a property."""
        return self._slot(key, self.latest_value_slots, "latest_values", takes, extractor)

    def last_at_slot(self, key: str, takes: Takes, extractor: Callable[[str, str], object]) -> int:
        """A slot for when the latest event occurred."""
        return self._slot(key, self.latest_at_slots, "latest_at", takes, extractor)

    def first_slot(self, key: str, takes: Takes, extractor: Callable[[str, str], object]) -> int:
        """A slot for when the first event occurred."""
        return self._slot(key, self.first_at_slots, "first_at", takes, extractor)

    def tally(self, key: str, takes: Takes, extractor: Callable[[str, str], object]) -> Tally:
        """The latest value of a property by item."""
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.tallies)
            self.tallies.append(Tally(number, fingerprint(key)))
            self._keep(fingerprint(key), 0)
            self.routes.feed("tallies", number, takes, extractor)
        return self.tallies[number]

    def totals(
        self, key: str, takes: Takes, one: Amount | None, reach: int, *, steps_daily: bool, lag: int = FAR
    ) -> DailyTotals:
        """Daily totals that reach back `reach` days; a signal of the past does not read the last `lag` of them."""
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.daily_totals)
            self.daily_totals.append(DailyTotals(number, fingerprint(key)))
            self.routes.feed("daily_totals", number, takes, lambda topic, name: one)
        daily = self.daily_totals[number]
        daily.reach = max(daily.reach, reach)
        daily.steps_daily |= steps_daily
        daily.lag = min(daily.lag, lag)
        self._keep(daily.identity, daily.reach * DAY_MS)
        return daily

    def items(
        self,
        key: str,
        kind: type[ItemsT],
        reach_ms: int,
        takes: Takes,
        extractor: Callable[[str, str], object],
    ) -> ItemsT:
        """State of items by id; events older than `reach_ms` no longer count."""
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.open_items)
            span = reach_ms // self.resolution_ms
            self.open_items.append(kind(number, fingerprint(key), span, self.resolution_ms))
            self._keep(fingerprint(key), reach_ms)
            self.routes.feed("items", number, takes, extractor)
        open_items = self.open_items[number]
        assert isinstance(open_items, kind)
        return open_items

    # --- how long it is kept

    def tile_goes(self, day: int) -> int:
        """The first bucket at which nothing of `day` can matter any more, so that a dropped tile is never needed
        again."""
        return (day + 1) * self.buckets_a_day + self.span

    def ids_go(self, period: int) -> int:
        """The first bucket at which the ids of a period (see `EventIds`) are forgotten: the dedupe horizon after the
        day of their arrival; or, where that is not known, when an event of the period changes nothing any more."""
        span = self.dedupe_span if period >= 0 else max(self.dedupe_span, self.span, self.totals_span)
        return (last_day_of(period) + 1) * self.buckets_a_day + span

    def _slot(
        self, key: str, slots: list[int], kind: str, takes: Takes, extractor: Callable[[str, str], object]
    ) -> int:
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(slots)
            slots.append(fingerprint(key))
            self._keep(fingerprint(key), 0)
            self.routes.feed(kind, number, takes, extractor)
        return number

    def _keep(self, identity: int, reach_ms: int) -> None:
        self.identities[identity] = max(reach_ms, self.identities.get(identity, 0))
