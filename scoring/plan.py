"""The plan: a model compiled, once, to what an event touches and how a score is read.

`Plan` is immutable after it is made and is shared by all accounts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from scoring import components as shapes
from scoring import signals as compiled
from scoring import spec
from scoring.account import Account
from scoring.events import NUMBER_LIMIT, Event, EventDecoder, number_text
from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, duration_words, parse_duration
from scoring.model import Model
from scoring.series import FAR, Edge, Ledger, Series

ROUTES_MAX = 10_000
"""Event names whose route is remembered; more are worked out each time, so that hostile names cost no memory."""
TEXT_MAX_CHARACTERS = 200


class Route(msgspec.Struct, frozen=True):
    """What an event of one topic and name touches, by number."""

    counts: tuple[int, ...]
    values: tuple[tuple[int, Callable[[Event], str]], ...]
    lasts: tuple[tuple[int, Callable[[Any], float | str | None]], ...]
    last_at: tuple[int, ...]
    ledgers: tuple[int, ...]


class Component(msgspec.Struct, frozen=True):
    """A component with its weight, as it is judged and shown."""

    name: str
    label: str
    weight: float
    shape: shapes.Shape


class Plan:
    """A compiled model. Numbers of series, windows and slots are positions in an `Account`'s lists."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.resolution_ms = model.resolution_ms
        self.buckets_a_day = DAY_MS // model.resolution_ms
        self.dedupe_span = -(-parse_duration(model.header.dedupe) // model.resolution_ms)
        self.count_series: list[Series] = []
        self.value_series: list[Series] = []
        self.count_windows = 0
        self.value_windows = 0
        self.edges: list[Edge] = []
        self.ledgers: list[Ledger] = []
        self.last_slots: list[tuple[str, spec.Last]] = []
        self.last_at_slots: list[int] = []
        self._feeds: list[tuple[spec._Filtered, str, int]] = []
        self._value_readers: list[Callable[[Event], str]] = []
        self._numbers: dict[str, int] = {}
        self.decoder = _decoder(model)
        self.window_of: dict[str, int] = {}
        """The count window of each `count` signal, by the signal's name."""
        self.spans = {
            name: duration_words(parse_duration(signal.window)).removesuffix("s").replace(" ", "-")
            for name, signal in model.signals.items()
            if isinstance(signal, spec.Count)
        }
        """«30-day»: the length of each `count` signal's window in words."""
        self.signals: dict[str, compiled.Signal] = {}
        for name, signal in model.signals.items():
            if not isinstance(signal, spec.Difference):
                self.signals[name] = self._compile_signal(name, signal)
        for name, signal in model.signals.items():
            if isinstance(signal, spec.Difference):
                of, minus = self.signals[signal.of], self.signals[signal.minus]
                self.signals[name] = compiled.DifferenceSignal(signal.label or name, of, minus)
        self.signals = {name: self.signals[name] for name in model.signals}
        self.components = tuple(self._compile_component(name, each) for name, each in model.components.items())
        self.weights = tuple(component.weight for component in self.components)
        self.adds_up = model.header.combine == "sum"
        self.tier_names = tuple(tier.name for tier in model.tiers)
        self._tier_bounds = [tier.lower for tier in model.tiers]
        self.norm_signals = tuple(
            dict.fromkeys(
                component.signal
                for component in model.components.values()
                if isinstance(component, spec.ShareOfMax | spec.InverseShareOfMax)
            )
        )
        self.series = (*self.count_series, *self.value_series)
        self.span = max((series.span for series in self.series), default=0)
        # In buckets, rounded up: the first bucket at which an account is old enough.
        self._age_marks = sorted(
            {
                -(-parse_duration(component.min_history) // self.resolution_ms)
                for component in model.components.values()
                if isinstance(component, spec.Trend)
            }
        )
        self._steps_daily = any(isinstance(signal, spec.Age) for signal in model.signals.values())
        self._silence_slots = tuple(
            signal.slot for signal in self.signals.values() if isinstance(signal, compiled.SinceLastSignal)
        )
        self._routes: dict[tuple[str, str], Route] = {}

    def route(self, topic: str, name: str) -> Route:
        """What an event called `name` on `topic` touches."""
        key = (topic, name)
        route = self._routes.get(key)
        if route is None:
            route = self._route(topic, name)
            if len(self._routes) < ROUTES_MAX:
                self._routes[key] = route
        return route

    def tier_of(self, value: float) -> int:
        """The tier's number, 0 the worst, of a score 0-100; half-open, on the unrounded value."""
        return bisect_right(self._tier_bounds, value) - 1

    def judge(self, account: Account, maxima: shapes.Maxima) -> list[float | None]:
        """Every component's judgement, in the model's order."""
        return [component.shape.judge(account, maxima) for component in self.components]

    def value(self, judgements: list[float | None]) -> float | None:
        """The score 0-100 of judgements; None without evidence, or when a model that adds points lacks one."""
        if self.adds_up:
            total = 0.0
            for weight, judgement in zip(self.weights, judgements, strict=True):
                if judgement is None:
                    return None
                total += weight * judgement
            return min(100.0, max(0.0, total / 100.0))
        total = evidence = 0.0
        for weight, judgement in zip(self.weights, judgements, strict=True):
            if judgement is not None:
                total += weight * judgement
                evidence += weight
        return min(100.0, max(0.0, total / evidence)) if evidence else None

    def facts(self, account: Account) -> dict[str, compiled.Fact]:
        """Every signal by name, in the model's order."""
        return {name: signal.fact(account) for name, signal in self.signals.items()}

    def signals_of(self, component: str) -> list[str]:
        """The names of the signals that a component judges, differences resolved."""
        of = self.model.components[component]
        named = [getattr(of, field, "") for field in ("signal", "prior", "per", "needs")]
        named += [rule.signal for rule in of.when]
        for name in list(named):
            if isinstance(difference := self.model.signals.get(name), spec.Difference):
                named += [difference.of, difference.minus]
        return [name for name in dict.fromkeys(named) if name]

    def norm_part(self, account: Account) -> dict[str, float]:
        """What an account brings to the cohort norm; the norm is the greatest of each over all accounts."""
        return {name: self.signals[name].read(account) or 0.0 for name in self.norm_signals}

    def next_wake(self, account: Account) -> int:
        """The first bucket after the account's cursor at which its signals may change by themselves, FAR if never."""
        wake = min(account.forget, min(account.crossings, default=FAR))
        wake = min(wake, self.next_ledger_wake(account)) if self.ledgers else wake
        wake = min(wake, self.next_age_wake(account), self.next_silence_wake(account))
        return max(wake, account.cursor + 1)

    def next_age_wake(self, account: Account) -> int:
        """The next bucket at which the account's age passes a mark that a component looks at."""
        if account.first_ms == FAR:
            return FAR
        first = account.first_ms // self.resolution_ms
        age = max(0, account.cursor - first)
        marks = (mark for mark in self._age_marks if mark > age)
        step = (age // self.buckets_a_day + 1) * self.buckets_a_day if self._steps_daily else FAR
        return first + min(next(marks, FAR), step)

    def next_ledger_wake(self, account: Account) -> int:
        """The next bucket at which some peak may fall because a day of it falls out of reach."""
        today = account.as_of_ms // DAY_MS
        days = (ledger.next_wake(account, today) for ledger in self.ledgers)
        return min(days, default=FAR) * self.buckets_a_day

    def next_silence_wake(self, account: Account) -> int:
        """The next bucket at which the days since some last event grow by one."""
        wake = FAR
        for slot in self._silence_slots:
            at = account.last_at[slot]
            if at >= 0:
                last = at // self.resolution_ms
                days = max(0, account.cursor - last) // self.buckets_a_day
                wake = min(wake, last + (days + 1) * self.buckets_a_day)
        return wake

    def restore(self, account: Account) -> None:
        """Work out what is not kept in records (sums, distinct values, wake) from the account's tiles and totals."""
        account.bound_tiles()
        for series in self.series:
            for window, newest, oldest in series.windows:
                if series.is_counts:
                    account.sums[window] = series.total(account, newest, oldest)
                else:
                    account.refs[window] = series.refs(account, newest, oldest)
            series.restore(account)
        account.seen = {print_of_id for tile in account.tiles.values() for print_of_id in tile.seen}
        account.wake = self.next_wake(account)

    def _compile_signal(self, name: str, signal: spec.Signal) -> compiled.Signal:
        label = signal.label or name
        match signal:
            case spec.Count():
                self.window_of[name] = self._count_window(signal)
                return compiled.CountSignal(label, self.window_of[name], _span_words(signal))
            case spec.Distinct():
                return compiled.DistinctSignal(label, self._value_window(signal), _span_words(signal))
            case spec.Last():
                self._feeds.append((signal, "last", len(self.last_slots)))
                self.last_slots.append((name, signal))
                return compiled.LastSignal(label, len(self.last_slots) - 1)
            case spec.LastAt():
                return compiled.LastAtSignal(label, self._last_at_slot(signal))
            case spec.SinceLast():
                return compiled.SinceLastSignal(label, self._last_at_slot(signal), self.resolution_ms)
            case spec.Age():
                return compiled.AgeSignal(label, self.resolution_ms)
            case spec.Peak():
                return compiled.PeakSignal(label, self._ledger(signal))
            case spec.Difference():
                raise AssertionError("differences are compiled after the signals that they are of")

    def _count_window(self, signal: spec.Count) -> int:
        key = f"count {_filter_key(signal)} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.count_series)
            self.count_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=True))
            self._feeds.append((signal, "count", number))
        newest, oldest = self._reach(signal)
        self.count_series[number].watch(self.count_windows, newest, oldest, self.edges)
        self.count_windows += 1
        return self.count_windows - 1

    def _value_window(self, signal: spec.Distinct) -> int:
        key = f"values {_filter_key(signal)} {signal.of!r} {self.resolution_ms}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.value_series)
            self.value_series.append(Series(number, fingerprint(key), self.buckets_a_day, is_counts=False))
            self._value_readers.append(_value_reader(signal.of, self.decoder))
            self._feeds.append((signal, "values", number))
        newest, oldest = self._reach(signal)
        self.value_series[number].watch(self.value_windows, newest, oldest, self.edges)
        self.value_windows += 1
        return self.value_windows - 1

    def _reach(self, signal: spec.Count | spec.Distinct) -> tuple[int, int]:
        length = parse_duration(signal.window) // self.resolution_ms
        return (length, 2 * length) if signal.prior else (0, length)

    def _last_at_slot(self, signal: spec.LastAt | spec.SinceLast) -> int:
        key = f"last_at {_filter_key(signal)}"
        if (number := self._numbers.get(key)) is None:
            number = self._numbers[key] = len(self.last_at_slots)
            self.last_at_slots.append(fingerprint(key))
            self._feeds.append((signal, "last_at", number))
        return number

    def _ledger(self, signal: spec.Peak) -> Ledger:
        window, within = parse_duration(signal.window) // DAY_MS, parse_duration(signal.within) // DAY_MS
        key = f"ledger {_filter_key(signal)} {window} {within}"
        ledger = Ledger(len(self.ledgers), fingerprint(key), window, within)
        self._feeds.append((signal, "ledger", ledger.number))
        self.ledgers.append(ledger)
        return ledger

    def _route(self, topic: str, name: str) -> Route:
        fed: dict[str, list[int]] = {"count": [], "values": [], "last": [], "last_at": [], "ledger": []}
        for signal, kind, number in self._feeds:
            zeroes = isinstance(signal, spec.Last) and name in signal.zero_on and topic in signal.topics
            if signal.takes(topic, name) or zeroes:
                fed[kind].append(number)
        return Route(
            counts=tuple(fed["count"]),
            values=tuple((number, self._value_readers[number]) for number in fed["values"]),
            lasts=tuple(
                (number, _last_reader(self.last_slots[number][1], name, self.decoder)) for number in fed["last"]
            ),
            last_at=tuple(fed["last_at"]),
            ledgers=tuple(fed["ledger"]),
        )

    def _compile_component(self, name: str, component: spec.Component) -> Component:
        signals = self.signals
        signal = signals[component.signal]
        shape: shapes.Shape
        match component:
            case spec.ShareOfMax():
                shape = shapes.ShareOfMax(component.signal, signal, inverse=False)
            case spec.InverseShareOfMax():
                shape = shapes.ShareOfMax(component.signal, signal, inverse=True)
            case spec.Capped():
                shape = shapes.Capped(signal, component.cap)
            case spec.VsOwnPeak():
                shape = shapes.VsOwnPeak(signal, signals[component.peak])
            case spec.Trend():
                history_ms = parse_duration(component.min_history)
                shape = shapes.Trend(signal, signals[component.prior], component.full, history_ms, self.resolution_ms)
            case spec.Ratio():
                shape = shapes.Ratio(signal, signals[component.of] if isinstance(component.of, str) else component.of)
            case spec.Linear():
                shape = shapes.Linear(signal, component.points, signals[component.per] if component.per else None)
        if component.needs or component.when:
            needs = signals[component.needs] if component.needs else None
            rules = tuple((signals[rule.signal], rule.at_least, rule.judgement, rule.words) for rule in component.when)
            shape = shapes.Excepted(shape, needs, rules)
        return Component(name, component.label or name, component.weight, shape)


def _decoder(model: Model) -> EventDecoder:
    lasts = [signal for signal in model.signals.values() if isinstance(signal, spec.Last)]
    values = [signal.of for signal in model.signals.values() if isinstance(signal, spec.Distinct)]
    minimums = {signal.property: signal.minimum for signal in lasts if signal.minimum is not None}
    return EventDecoder(
        [signal.property for signal in lasts] + [of for of in values if of not in ("user", "event")], minimums
    )


def _filter_key(signal: spec._Filtered) -> str:
    return f"{sorted(signal.topics)} {sorted(signal.events)} {sorted(signal.exclude)} {sorted(signal.also)}"


def _span_words(signal: spec.Count | spec.Distinct) -> str:
    span = duration_words(parse_duration(signal.window))
    return f"in the {span} before" if signal.prior else f"in {span}"


def _value_reader(of: str, decoder: EventDecoder) -> Callable[[Event], str]:
    if of == "user":
        return attrgetter("user_id")
    if of == "event":
        return attrgetter("name")
    read = decoder.reader(of)

    def value(event: Event) -> str:
        found = read(event.properties)
        return number_text(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""

    return value


def _last_reader(signal: spec.Last, name: str, decoder: EventDecoder) -> Callable[[Any], float | str | None]:
    if name in signal.zero_on:
        return lambda properties: 0.0
    read = decoder.reader(signal.property)

    def number(properties: Any) -> float | None:
        found = read(properties)
        if isinstance(found, bool) or not isinstance(found, int | float) or abs(found) > NUMBER_LIMIT:
            return None
        return float(found)

    def text(properties: Any) -> str | None:
        found = read(properties)
        return found[:TEXT_MAX_CHARACTERS] if found is not UNSET and isinstance(found, str) else None

    return text if signal.type == "text" else number
