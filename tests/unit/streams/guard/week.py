"""A made-up week of arrivals, minute by minute, folded as the guard's app does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from scoring.instants import HOUR_MS, MINUTE_MS
from streams.arrivals import Arrivals
from streams.guard.rates import KEEP_MS, WINDOW_MS, Limits, Window
from streams.guard.watch import Decision, Watch, with_falls
from tests.builders import at_ms

MONDAY = at_ms("2026-03-02T00:00Z")
LIMITS = Limits(expected=20.0, least_ms=15 * MINUTE_MS, share=0.05, accounts=10, within_ms=10 * MINUTE_MS)
Rates = Callable[[int], Mapping[str, float]]
"""Events a minute by topic, at an instant."""


class Run:
    """A guard over virtual time. Events come evenly; a step is half a minute, and all partitions report at each."""

    STEP_MS = MINUTE_MS // 2

    def __init__(
        self,
        rates: Rates,
        *,
        begin: int = MONDAY,
        partitions: int = 1,
        accounts: int = 400,
        zone: str = "UTC",
        **topics: tuple[str, ...],
    ) -> None:
        self.watch = Watch(msgspec.structs.replace(LIMITS, zone=zone), partitions, topics)
        self.windows: dict[int, Window] = {}
        self.decisions: list[Decision] = []
        self.now_ms = begin
        self.silent: set[int] = set()
        """Partitions whose worker is down."""
        self._rates = rates
        self._partitions = partitions
        self._accounts = accounts
        self._due: dict[str, float] = {}
        self._told_ms = dict.fromkeys(range(partitions), begin)

    def read(self, begin_ms: int) -> Window:
        """As the tables, which forget."""
        return self.windows.get(begin_ms, {}) if begin_ms > self.now_ms - KEEP_MS else {}

    def until(self, end: int) -> list[Decision]:
        """Go on to an instant. Returns the decisions on the way."""
        before = len(self.decisions)
        while self.now_ms < end:
            self.step()
        return self.decisions[before:]

    def step(self) -> None:
        self.now_ms += self.STEP_MS
        counts: dict[str, int] = {}
        for topic, rate in self._rates(self.now_ms).items():
            due = self._due.get(topic, 0.0) + rate * self.STEP_MS / MINUTE_MS
            counts[topic], self._due[topic] = int(due), due - int(due)
        for number in range(self._partitions):
            if number in self.silent:
                continue
            # What came while no worker read is read by the next one, at once.
            self.take(
                Arrivals(
                    partition=number,
                    from_ms=self.now_ms - self.STEP_MS,
                    to_ms=self.now_ms,
                    accounts=self._accounts // self._partitions,
                    topics={topic: each for topic, count in counts.items() if (each := count if number == 0 else 0)},
                    sources={},
                )
            )

    def take(self, message: Arrivals) -> None:
        begin = message.to_ms - message.to_ms % WINDOW_MS
        window = self.watch.take(message, self.read(begin))
        if window is None:
            return
        self.windows[begin] = window
        for decision in self.watch.decide(self.read):
            self.watch.apply(decision)
            self.decisions.append(decision)
        self.watch.judged()

    def fall(self, number: int) -> list[Decision]:
        """So many accounts fall, now."""
        begin = self.now_ms - self.now_ms % WINDOW_MS
        self.windows[begin] = with_falls(self.read(begin), number)
        decided = self.watch.decide_on_fleet(self.read, self.now_ms)
        for decision in decided:
            self.watch.apply(decision)
        self.decisions += decided
        return decided


def hour_of_week(at: int) -> int:
    """The hour of the week, Monday 0:00 UTC being 0."""
    return (at - MONDAY) // HOUR_MS % 168


def working_hours(rate: float, otherwise: float = 0.0) -> Callable[[int], float]:
    """A rate from nine to five on weekdays."""

    def rate_at(at: int) -> float:
        day, hour = divmod(hour_of_week(at), 24)
        return rate if day < 5 and 9 <= hour < 17 else otherwise

    return rate_at
