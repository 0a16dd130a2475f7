"""Readings of accounts that a kernel holds: what an answer and the engine read of them, without an `Account`.

    readings = Readings(kernel)            # once for a kernel
    reading = readings.of(number)          # cheap; valid as long as the account has this number

`reading` is a `scoring.explain.reading.Reading`; nothing is exported, and it is up to date whenever it is asked.

- an answer: `content_of(plan, account_id, reading, judged, norm, …)`, with an `Evaluation`
- a notification: `account_now(plan, account_id, reading, judged, norm)` and `transition_of(plan, reading, …)` of
  `alerts.transition`; its cause is that of `streams.kernel.forecasting`
- signals that warm up: `reading.oldest_ms`, `reading.as_of_ms`, `reading.is_settled(name)`
- sources: `reading.latest_at[source.slot]`, -1 before any, for arrivals and for what a norm says of sources. A
  `SourceSignal` itself takes an `Account` only
- one signal of the primary model: `reading.number(name)`, whole where the reference's number is
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scoring.plan.score_plan import ScorePlan
from scoring.plan.signs import DayInCommon, SignRule
from scoring.result import Detail, Fact, Sign
from streams.kernel.kernel import Kernel


class Readings:
    """Makes readings of a kernel's accounts, and holds what all of them share. Immutable."""

    def __init__(self, kernel: Kernel) -> None:
        primary = kernel.plan.primary
        self.kernel, self.native = kernel, kernel.native
        self.detailed = primary.groups.detailed
        self.places_of_detailed = tuple([kernel.places[name] for name, _ in self.detailed])
        self.sources = tuple(primary.sources)
        self.slots = tuple([source.slot for source in primary.sources.values()])
        self.rules = tuple([rule.name for rule in primary.rules])
        self.watches = tuple([watch.name for watch in primary.watches])

    def of(self, number: int) -> KernelReading:
        """A reading of an account."""
        return KernelReading(self, number)


class KernelReading:
    """A reading of one account: see `scoring.explain.reading.Reading`. Each call asks the kernel."""

    __slots__ = ("_native", "_number", "_of")

    def __init__(self, of: Readings, number: int) -> None:
        self._of = of
        self._native = of.native
        self._number = number

    @property
    def as_of_ms(self) -> int:
        return self._native.as_of_ms(self._number)

    @property
    def first_ms(self) -> int:
        return self._native.first_events(self._number)[0]

    @property
    def oldest_ms(self) -> int:
        return self._native.first_events(self._number)[1]

    @property
    def age_ms(self) -> int:
        return self._native.age_ms(self._number)

    @property
    def latest_at(self) -> tuple[int, ...]:
        return self._native.latest_at(self._number)

    def facts(self) -> dict[str, Fact]:
        return dict(zip(self._of.kernel.places, self._native.facts(self._number, 0), strict=True))

    def details(self) -> dict[str, Detail]:
        details: dict[str, Detail] = {}
        found = self._native.signals(self._number, 0, self._of.places_of_detailed)
        for (name, signal), (_, behind) in zip(self._of.detailed, found, strict=True):
            detail = signal.detail(behind) if behind else None
            if detail is not None:
                details[name] = detail
        return details

    def number(self, signal: str) -> float | None:
        return self._native.signal_number(self._number, self._of.kernel.places[signal])

    def fact(self, signal: str) -> Fact:
        return self._native.signals(self._number, 0, (self._of.kernel.places[signal],))[0][0]

    def is_settled(self, signal: str) -> bool:
        return self._native.is_settled(self._number, self._of.kernel.places[signal])

    def standing(self) -> str:
        return self._of.kernel.standing_of(self._number, self._primary)

    def holding(self) -> tuple[str, ...]:
        return tuple([self._of.rules[rule] for rule in self._native.holding(self._number)])

    def watched(self) -> tuple[str, ...]:
        return tuple([self._of.watches[watch] for watch in self._native.watched(self._number)])

    def sources(self) -> dict[str, str]:
        shown = self._native.shown_at(self._number, self._of.slots)
        return {name: text for name, text in zip(self._of.sources, shown, strict=True) if text}

    def past_bounds(self) -> tuple[str, ...]:
        return self._of.kernel.past_bounds(self._number)

    def signs(self, without: Collection[str]) -> tuple[Sign, ...]:
        rules = self._of.kernel.plan.signs
        signs = [rule.sign_in(self._days(rule)) for rule in rules if rule.signal not in without]
        return tuple([sign for sign in signs if sign is not None])

    @property
    def _primary(self) -> ScorePlan:
        return self._of.kernel.plan.primary

    def _days(self, rule: SignRule) -> Iterable[DayInCommon]:
        """The days with events that a sign looks at, ascending."""
        span = rule.span(self.as_of_ms)
        day = span.start
        while (found := self._native.day_of_events(self._number, rule.series, day, span.stop)) is not None:
            yield DayInCommon(*found[1:])
            day = found[0] + 1
