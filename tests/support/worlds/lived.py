"""Accounts whose days are written down: use at a rate that a test states day by day, and single events beside it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from tests.support.worlds.judged import Step, Walk
from tests.support.worlds.rhythms import EVENTS, FIRST_DAY, weekday
from tests.support.worlds.writing import Timed, Writer, office_instant, poisson

Rate = Callable[[int], float]
"""The mean of product events of a day, by days after the first."""


class Lived:
    """An account that subscribes on its first day, and uses the product as `rate` says. Mutable.

    With `evenly`, each day has its rate, rounded, at even steps of time; else a Poisson process in office hours. There
    are `users` people behind it.
    """

    def __init__(self, rate: Rate, days: int, *, seed: int = 1, users: int = 5, evenly: bool = False) -> None:
        self.days = days
        self._writer, self._rng = Writer("acme"), random.Random(seed)
        self.write(-0.3, "billing", "subscription_started", subscription_id="s1", seats=users, mrr=100, plan="team")
        for day in range(days):
            count = round(rate(day)) if evenly else poisson(self._rng, rate(day))
            for number in range(count):
                at_ms = day_ms(day) + (number * DAY_MS) // count if evenly else office_instant(self._rng, day_ms(day))
                user = f"u{number % users}" if evenly else f"u{self._rng.randrange(users)}"
                self._writer.write(at_ms, "analytics", EVENTS[number % len(EVENTS)], user)

    def write(self, day: float, topic: str, name: str, **properties: str | int | float) -> None:
        """One event at a day after the first; a fraction is an hour of it."""
        self._writer.write(day_ms(0) + round(day * DAY_MS), topic, name, "", **properties)

    def fail(self, share: float, from_day: int) -> None:
        """From a day on, so many product events end in an error that is sent."""
        for event in self._writer.events():
            if event.topic == "analytics" and event.at_ms >= day_ms(from_day) and self._rng.random() < share:
                self._writer.write(event.at_ms + 500, "exceptions", "", type="TimeoutError")

    @property
    def events(self) -> list[Timed]:
        return self._writer.events(until_ms=day_ms(self.days))

    def judged(self, plan: Plan, from_day: float) -> tuple[list[Step], Sequence[Timed]]:
        """Each step from a day to the end, and the events in between, by the number in the step."""
        events, from_ms = self.events, day_ms(0) + round(from_day * DAY_MS)
        count = sum(event.at_ms <= from_ms for event in events)
        walk = Walk(plan)
        walk.fold(events[:count])
        return list(walk.judged(events[count:], from_ms, day_ms(self.days))), events[count:]

    def scores(self, plan: Plan, days: Iterable[int]) -> list[float]:
        """The score at the end of each of these days, in order, without the days on which there is none."""
        walk, done, events, found = Walk(plan), 0, self.events, []
        for day in days:
            count = sum(event.at_ms < day_ms(day + 1) for event in events)
            walk.fold(events[done:count])
            done = count
            if (score := walk.at(day_ms(day + 1) - 1).score) is not None:
                found.append(score)
        return found


def day_ms(day: int) -> int:
    """The start of a day after the first, in milliseconds since 1970."""
    return (FIRST_DAY + day) * DAY_MS


def moves(steps: Iterable[Step], events: Sequence[Timed], topic: str = "") -> list[float]:
    """The points by which each event moved the score; with `topic`, only of its events."""
    return [
        step.score - step.before
        for step in steps
        if step.before is not None and step.score is not None and topic in ("", events[step.event].topic)
    ]


def business(a_day: float) -> Rate:
    """So many events on Monday to Friday."""
    return lambda day: a_day if weekday(FIRST_DAY + day) < 5 else 0.0


HOUR = HOUR_MS / DAY_MS
"""An hour, in days."""
