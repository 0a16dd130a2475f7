"""Floods: long lives of a few accounts, from a seed. Bursts and silences, late and repeated events, forks, norms, and
judgements that stand still; every step is compared."""

from __future__ import annotations

import random
from functools import cached_property
from typing import Any

from scoring.event.event import Event
from scoring.model.frozen import Frozen
from tests.builders import Sent, at_ms
from tests.kernel.both import Both, BothCohort
from tests.kernel.flood_models import flood_plan
from tests.oracle import DAY_MS
from tests.properties.strategies import NAMES, PROPERTIES

FUTURE_MS = at_ms("2100-01-01T00:00Z")
BEGINS_MS = at_ms("2026-01-05T07:59:30Z")
USERS = tuple(f"user-{number}" for number in range(40))
HOUR_MS = 3_600_000


class Flood:
    """One flood. The same seed makes the same one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.plan = flood_plan(seed)
        self.now_ms = BEGINS_MS
        self.by_wall_clock = seed % 4 > 1
        self._sent: list[Event] = []

    @cached_property
    def cohort(self) -> BothCohort:
        """Both folds, once they are wanted: a recording has no use for the kernel."""
        return BothCohort(self.plan)

    def run(self, events: int) -> None:
        """Fold so many events, with what happens between them."""
        for number in range(events):
            self.wait()
            both = self._apply(number)
            self._between(both)
        for both in self.cohort.accounts.values():
            both.advance_by_timers(self.now_ms + 40 * DAY_MS)

    def wait(self) -> None:
        """Mostly seconds, sometimes hours or days, seldom months."""
        luck = self._random.random()
        if luck < 0.9:
            self.now_ms += self._random.choice((0, 1, 400, 7_000, 90_000, HOUR_MS))
        elif luck < 0.98:
            self.now_ms += self._random.randrange(3 * DAY_MS)
        else:
            self.now_ms += self._random.choice((8, 31, 61, 200)) * DAY_MS

    def _apply(self, number: int) -> Both:
        event = self.event(number)
        self._sent.append(event)
        if self.by_wall_clock:
            return self.cohort.apply(event, self.now_ms, arrived_ms=self.now_ms)
        return self.cohort.apply(event, event.occurred_at_ms)

    def event(self, number: int) -> Event:
        """A new event, late now and then; or one that was there already."""
        choose = self._random.choice
        if self._sent and self._random.random() < 0.1:
            return choose(self._sent[-200:])
        topic = choose(tuple(NAMES))
        properties: dict[str, Any] = dict(choose(PROPERTIES[topic]))
        if topic == "tickets" and self._random.random() < 0.5:
            properties["ticket_id"] = f"t{self._random.randrange(30)}"
        body: dict[str, Any] = {
            "account_id": choose(("acme", "acme", "globex")),
            "event": choose(NAMES[topic]),
            "timestamp": self._instant(),
            "user_id": choose(USERS),
            "properties": properties,
        }
        if number % 4:
            body["id"] = f"e{number}"
        sent = Sent(topic, body)
        return self.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)

    def _instant(self) -> int:
        """Mostly now; late now and then, or at the very instant of another event."""
        if self._sent and self._random.random() < 0.15:
            return self._random.choice(self._sent[-5:]).occurred_at_ms
        lates = (0, 0, 0, 0, 1, 61_000, 5 * HOUR_MS, 3 * DAY_MS, 33 * DAY_MS, 100 * DAY_MS)
        return self.now_ms - self._random.randrange(self._random.choice(lates) + 1)

    def _between(self, both: Both) -> None:
        """What may happen between two events."""
        luck = self._random.random()
        if luck < 0.04:
            both.advance_by_timers(self.now_ms, most=10)
        elif luck < 0.06:
            self._fork(both)
        elif luck < 0.08:
            both.freeze(self._frozen())
        elif luck < 0.10:
            self.cohort.set_norm(self.plan.norm_part(both.account))
            both.compare()

    def _fork(self, both: Both) -> None:
        """A copy lives on for a while, and the account does not notice."""
        copy = both.fork()
        copy.advance_by_timers(both.account.as_of_ms + self._random.randrange(50 * DAY_MS), most=5)
        copy.free()
        both.compare()

    def _frozen(self) -> Frozen:
        """Some judgements and rules, or none."""
        primary, choose = self.plan.primary, self._random.choice
        if self._random.random() < 0.4:
            return Frozen({})
        held = {each.name: (choose((None, 0.0, 37.5, 100.0)), choose((1.0, 0.5))) for each in primary.components[::2]}
        return Frozen(held, {each.name: choose((True, False)) for each in primary.rules[::2]})


def flood(seed: int, events: int = 120) -> None:
    """Fold one flood in both; raises `tests.kernel.both.Difference` where they differ."""
    Flood(seed).run(events)
