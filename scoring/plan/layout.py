"""The layout: what is kept of an account for some signals, and what each event touches of it.

Signals that look at the same events share what is kept. Each thing kept has an identity, a fingerprint of what it
means, by which it is found again in a changelog, under whatever model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from scoring.event.event import EventDecoder
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, duration_words, parse_duration
from scoring.model import schema
from scoring.plan import signals as compiled
from scoring.plan.event_order import EventOrder, is_ending
from scoring.plan.extractors import Amount, ItemOf, Latest, Misfit, Readers, StatedOf, Test, Text
from scoring.state.daily_totals import Ledger, Peak
from scoring.state.event_ids import last_day_of
from scoring.state.open_items import Register
from scoring.state.series import Edge, Series
from scoring.state.tally import Tally

ROUTES_MAX = 10_000
"""Event names whose route is remembered. With one more all are forgotten, so that names without number cost no memory,
and no name is slow for ever."""

Source = tuple[str, int]
"""What a signal is read from: a kind ("sum", "refs", "last", "last_at", "first", "ledger", "register", "tally", "age")
and its number."""


class Route(msgspec.Struct, frozen=True):
    """What an event of one topic and name touches, by number. `rare` is False when only `counts` and `values` are fed.

    A reader or test of None takes every event.
    """

    counts: tuple[int, ...]
    amounts: tuple[tuple[int, Amount], ...]
    values: tuple[tuple[int, Text], ...]
    ledgers: tuple[tuple[int, Amount | None], ...]
    last_at: tuple[tuple[int, Test | None], ...]
    lasts: tuple[tuple[int, Latest], ...]
    firsts: tuple[tuple[int, Test | None], ...]
    items: tuple[tuple[int, tuple[ItemOf, int]], ...]
    """The register, how to read the item, and the event's rank in it."""
    tallies: tuple[tuple[int, StatedOf], ...]
    alikes: tuple[tuple[int, Amount | None], ...]
    """The series of counts of whose events it is kept what they have in common."""
    rank: int
    """Of the event among those of one instant: see `EventOrder`."""


class Feed(msgspec.Struct, frozen=True):
    """Which events feed the thing with this number, and how to read them: `reader` answers the reader for an event's
    topic and name, `takes` whether there is one."""

    number: int
    takes: Callable[[str, str], bool]
    reader: Callable[[str, str], object]

    def of(self, topic: str, name: str) -> tuple[int, object]:
        """The number and the reader."""
        return self.number, self.reader(topic, name)


class Layout:
    """Numbers of series, windows and slots are positions in an `Account`'s lists. Frozen once the plan is compiled."""

    def __init__(self, resolution_ms: int, dedupe_ms: int, decoder: EventDecoder, order: EventOrder) -> None:
        self.resolution_ms = resolution_ms
        self.buckets_a_day = DAY_MS // resolution_ms
        self.dedupe_span = -(-dedupe_ms // resolution_ms)
        self.decoder = decoder
        self.order = order
        self.ledger_span = 0
        """The buckets after which no daily total matters."""
        self.span = 0
        """The buckets after which nothing in a tile matters."""
        self.misfits: Counter[Misfit] = Counter()
        """How many properties had the wrong type, by signal: the one thing here that goes on changing."""
        self.past: Counter[str] = Counter()
        """How often a bound was passed, by what was too many: "values", "items"; goes on changing, too."""
        self.count_series: list[Series] = []
        self.value_series: list[Series] = []
        self.alikes: set[int] = set()
        self.count_windows = 0
        self.value_windows = 0
        self.edges: list[Edge] = []
        self.ledgers: list[Ledger] = []
        self.peaks: list[Peak] = []
        self.registers: list[Register] = []
        self.tallies: list[Tally] = []
        self.last_slots: list[int] = []
        self.last_at_slots: list[int] = []
        self.first_slots: list[int] = []
        """The identities of what a slot keeps."""
        self.identities: dict[int, int] = {}
        """By identity, how many milliseconds a thing must have been kept to know all; 0 for latest values."""
        self._readers = Readers(decoder, self.misfits)
        self._numbers: dict[str, int] = {}
        self._windows: dict[tuple[str, int, int, int], int] = {}
        self._feeds: dict[str, list[Feed]] = {}
        self._routes: dict[tuple[str, str], Route] = {}

    def route(self, topic: str, name: str) -> Route:
        """What an event called `name` on `topic` touches."""
        key = (topic, name)
        route = self._routes.get(key)
        if route is None:
            if len(self._routes) >= ROUTES_MAX:
                self._routes.clear()
            route = self._routes[key] = self._route(topic, name)
        return route

    # --- what signals ask for; each answers a number

    def count_window(self, of: schema.Count) -> int:
        """A window that counts events."""
        return self._sum_window(f"count {_filter_key(of)}", of, of.window, self._readers.one(of.where), prior=of.prior)

    def alike(self, of: schema.Count) -> int:
        """The series of a count, of whose events it is kept what they have in common."""
        self.count_window(of)
        number = self._numbers[f"count {_filter_key(of)} {self.resolution_ms}"]
        if number not in self.alikes:
            self.alikes.add(number)
            one = self._readers.one(of.where)
            self._feed("alikes", number, of.takes, lambda topic, name: one)
        return number

    def amount_window(self, name: str, of: schema.Sum | schema.Mean) -> int:
        """A window that sums a property, in ten-thousandths."""
        amount = self._readers.amount(name, of.property, of.where)
        return self._sum_window(f"amount {_filter_key(of)} {of.property!r}", of, of.window, amount, prior=of.prior)

    def amounts_window(self, of: schema.Mean) -> int:
        """A window that counts the events that have a number in a property."""
        amount = self._readers.has_amount(of.property, of.where)
        return self._sum_window(f"amounts {_filter_key(of)} {of.property!r}", of, of.window, amount, prior=of.prior)

    def value_window(self, signal: str, of: schema.Distinct) -> int:
        """A window that collects different values."""
        key = f"values {_filter_key(of)} {of.of!r} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.value_series)
            self.value_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=False))
            text = self._readers.text(signal, of.of, of.where)
            self._feed("values", number, of.takes, lambda topic, name: text)
        return self._window(self.value_series[number], of.window, prior=of.prior)

    def last_slot(self, name: str, of: schema.Last) -> int:
        """A slot for the latest value of a property."""
        key = f"last {_filter_key(of)} {of.property!r} {of.type} {sorted(of.zero_on)}{_lowest(of)}"

        def takes(topic: str, event: str) -> bool:
            return is_ending(of, topic, event) or of.takes(topic, event)

        def reader(topic: str, event: str) -> object:
            return self._readers.latest(name, of, zeroes=is_ending(of, topic, event))

        return self._slot(key, self.last_slots, "lasts", takes, reader)

    def tally(self, name: str, of: schema.Last) -> Tally:
        """The latest value of a property by item."""
        key = f"tally {_filter_key(of)} {of.property!r} {of.by!r} {sorted(of.zero_on)}{_lowest(of)}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.tallies)
            self.tallies.append(Tally(number, fingerprint(key)))
            self._keep(fingerprint(key), 0)
            says, ends = (self._readers.stated(name, of, ends=each) for each in (False, True))
            self._feed(
                "tallies",
                number,
                lambda topic, event: of.takes(topic, event) or is_ending(of, topic, event),
                lambda topic, event: ends if is_ending(of, topic, event) else says,
            )
        return self.tallies[number]

    def last_at_slot(self, of: schema.LastAt | schema.SinceLast) -> int:
        """A slot for when the latest event occurred."""
        test = self._readers.test(of.where)
        key = f"last_at {_filter_key(of)}"
        return self._slot(key, self.last_at_slots, "last_at", of.takes, lambda topic, event: test)

    def first_slot(self, of: schema.Step) -> int:
        """A slot for when the first event occurred."""
        test = self._readers.test(of.where)
        key = f"first {sorted(of.topics)} {sorted(of.events)} {msgspec.json.encode(of.where).decode()}"
        return self._slot(key, self.first_slots, "firsts", of.takes, lambda topic, event: test)

    def ledger(self, of: schema.Peak | schema.Volatility | schema.Season, reach: int, *, steps_daily: bool) -> Ledger:
        """Daily totals that reach back so many days."""
        key = f"ledger {_filter_key(of)}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.ledgers)
            self.ledgers.append(Ledger(number, fingerprint(key)))
            one = self._readers.one(of.where)
            self._feed("ledgers", number, of.takes, lambda topic, event: one)
        ledger = self.ledgers[number]
        ledger.reach = max(ledger.reach, reach)
        ledger.steps_daily |= steps_daily
        self._keep(ledger.identity, ledger.reach * DAY_MS)
        return ledger

    def peak(self, of: schema.Peak) -> Peak:
        """The best window of daily totals."""
        window, within = parse_duration(of.window) // DAY_MS, parse_duration(of.within) // DAY_MS
        ledger = self.ledger(of, window + within, steps_daily=False)
        for peak in ledger.peaks:
            if (peak.window, peak.within) == (window, within):
                return peak
        peak = Peak(len(self.peaks), ledger, window, within)
        ledger.peaks.append(peak)
        self.peaks.append(peak)
        return peak

    def register(self, name: str, of: schema.Open) -> Register:
        """What is open, by id."""
        weights = sorted(of.weights.items()) if of.weigh_by else []
        key = f"open {_filter_key(of)} {of.item!r} {sorted(of.closed_by)} {of.weigh_by!r} {weights} {of.within}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.registers)
            span = parse_duration(of.within) // self.resolution_ms
            self.registers.append(Register(number, fingerprint(key), span, self.resolution_ms))
            self._keep(fingerprint(key), parse_duration(of.within))
            opens = self._readers.item(name, of, closes=False)
            closes = self._readers.item(name, of, closes=True)
            self._feed(
                "items",
                number,
                lambda topic, event: is_ending(of, topic, event) or of.takes(topic, event),
                lambda topic, event: (
                    (closes, self.order.rank_of(event, ends=True))
                    if is_ending(of, topic, event)
                    else (opens, self.order.rank_of(event, ends=False))
                ),
            )
        register = self.registers[number]
        register.steps_daily |= of.measure == "oldest"
        return register

    # --- how they are laid out

    def _sum_window(
        self, key: str, of: schema.Count | schema.Sum | schema.Mean, window: str, amount: Amount | None, *, prior: bool
    ) -> int:
        key = f"{key} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.count_series)
            self.count_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=True))
            self._feed("counts" if amount is None else "amounts", number, of.takes, lambda topic, name: amount)
        return self._window(self.count_series[number], window, prior=prior)

    def _window(self, series: Series, window: str, *, prior: bool) -> int:
        length = parse_duration(window) // self.resolution_ms
        newest, oldest = (length, 2 * length) if prior else (0, length)
        kind = "counts" if series.is_counts else "values"
        key = (kind, series.number, newest, oldest)
        if (number := self._windows.get(key)) is None:
            number = self._windows[key] = self.count_windows if series.is_counts else self.value_windows
            series.watch(number, newest, oldest, self.edges)
            if series.is_counts:
                self.count_windows += 1
            else:
                self.value_windows += 1
        self._keep(series.identity, series.span * self.resolution_ms)
        return number

    def _slot(
        self,
        key: str,
        slots: list[int],
        kind: str,
        takes: Callable[[str, str], bool],
        reader: Callable[[str, str], object],
    ) -> int:
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(slots)
            slots.append(fingerprint(key))
            self._keep(fingerprint(key), 0)
            self._feed(kind, number, takes, reader)
        return number

    def tile_goes(self, day: int) -> int:
        """The first bucket at which nothing of `day` matters any more, whatever happened on it: a tile that is gone is
        never wanted again."""
        return (day + 1) * self.buckets_a_day + self.span

    def ids_go(self, period: int) -> int:
        """The first bucket at which the ids of a period (see `Remembered`) are forgotten: the dedupe horizon after the
        day of their arrival; or, where that is not known, when an event of the period changes nothing any more."""
        span = self.dedupe_span if period >= 0 else max(self.dedupe_span, self.span, self.ledger_span)
        return (last_day_of(period) + 1) * self.buckets_a_day + span

    def _keep(self, identity: int, reach_ms: int) -> None:
        self.identities[identity] = max(reach_ms, self.identities.get(identity, 0))

    def _feed(
        self, kind: str, number: int, takes: Callable[[str, str], bool], reader: Callable[[str, str], object]
    ) -> None:
        self._feeds.setdefault(kind, []).append(Feed(number, takes, reader))

    def _route(self, topic: str, name: str) -> Route:
        fed = {
            kind: tuple(feed.of(topic, name) for feed in feeds if feed.takes(topic, name))
            for kind, feeds in self._feeds.items()
        }
        counts = tuple(number for number, _ in fed.pop("counts", ()))
        names = ("amounts", "values", "ledgers", "last_at", "lasts", "firsts", "items", "tallies", "alikes")
        fields: list[Any] = [counts, *(fed.get(kind, ()) for kind in names), self.order.rank(topic, name)]
        return Route(*fields)


def span_words(window: str, *, prior: bool) -> str:
    """«in 30 days», «in the 14 days before»."""
    span = duration_words(parse_duration(window))
    return f"in the {span} before" if prior else f"in {span}"


def _lowest(of: schema.Last) -> str:
    return "" if of.minimum is None else f" from {of.minimum!r}"


def _filter_key(of: schema.Filtered) -> str:
    where = f" {msgspec.json.encode(of.where).decode()}" if of.where else ""
    return f"{sorted(of.topics)} {sorted(of.events)} {sorted(of.exclude)} {sorted(of.also)}{where}"


def signal_sources(signal: compiled.Signal) -> tuple[Source, ...]:
    """What a compiled signal is read from: when nothing of it changed, neither did the signal."""
    match signal:
        case compiled.CountSignal():
            return (("sum", signal.window),)
        case compiled.SumSignal():
            return (("sum", signal.window),) if signal.of is None else (("sum", signal.window), ("sum", signal.of))
        case compiled.DistinctSignal():
            return (("refs", signal.window),)
        case compiled.LastSignal():
            return (("last", signal.slot),)
        case compiled.TallySignal():
            return (("tally", signal.tally.number),)
        case compiled.LastAtSignal():
            return (("last_at", signal.slot),)
        case compiled.SinceLastSignal():
            return ("last_at", signal.slot), TIME
        case compiled.AgeSignal():
            return AGE, TIME
        case compiled.DifferenceSignal():
            return (*signal_sources(signal.of), *signal_sources(signal.minus))
        case compiled.PeakSignal():
            return ("ledger", signal.peak.ledger.number), AGE, TIME
        case compiled.VolatilitySignal() | compiled.SeasonSignal():
            return ("ledger", signal.ledger.number), AGE, TIME
        case compiled.OpenSignal():
            return ("register", signal.register.number), TIME
        case compiled.MilestonesSignal():
            return (*(("first", slot) for slot, _, _, _ in signal.steps), AGE, TIME)
        case _:
            raise AssertionError(f"no sources are known of a {type(signal).__name__}")


TIME: Source = ("time", 0)
"""The signal may change with time alone, apart from what crosses the edges of windows."""
AGE: Source = ("age", 0)
"""The signal depends on the account's first event."""
