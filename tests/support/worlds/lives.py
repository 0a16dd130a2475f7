"""The events of one account of a book: its usual use and noise, and what is seen before it leaves.

The noise, for those who stay and for those who leave: weeks that differ (standard deviation a quarter), slow growth or
decline, two holidays of one to two weeks, weekends, for one in ten a slump of six weeks that passes, phases of many
tickets, and payments that fail once and are made up for. One event in fifty arrives up to three days late.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import exp
from typing import NamedTuple

import msgspec

from scoring.instants import DAY_MS, HOUR_MS, SECOND_MS
from tests.support.worlds.book import FIRST_DAY, BookAccount, Kind, Way
from tests.support.worlds.rhythms import EVENTS, weekday
from tests.support.worlds.writing import Value, poisson

DECLINE_DAYS, LOWEST = 60, 0.1
"""A decline is a line from all to a tenth of the use, over so many days."""
STOP_DAYS = (10, 45)
STORM_DAYS, STORM_TICKETS = 45, 8.0
"""A storm is so many tickets a month; the half of them stays open."""
FAILING_DAYS = 28
"""Every seventh of these days a payment fails."""
TICKETS_A_MONTH, ERROR_SHARE, FAILING_SHARE = 0.4, 0.015, 0.03
_LATE_SHARE, _LATE_MS = 0.02, 3 * DAY_MS
_HOURS = (1,) * 8 + (8,) * 10 + (3,) * 6
_encode = msgspec.json.Encoder().encode


class Arrived(NamedTuple):
    """One line of the file, and when it arrived (milliseconds since 1970)."""

    received_ms: int
    line: bytes


class _Life:
    """One account, day by day. Mutable."""

    def __init__(self, account: BookAccount, days: int) -> None:
        self.account, self.days = account, days
        self.rng = random.Random(account.seed)
        self.found: list[Arrived] = []
        self.tickets = 0
        self.use = _levels(self.rng, account, days)
        self.happy = _phases(self.rng, days, poisson(self.rng, 0.7), 21)
        self.wait = self.rng.uniform(*STOP_DAYS)
        self.gamma = self.rng.gammavariate(1.0, 1.0)

    def write(self, at_ms: int, topic: str, name: str, user: str = "", **properties: Value) -> None:
        if at_ms >= (FIRST_DAY + self.days) * DAY_MS:
            return
        late_ms = self.rng.randrange(_LATE_MS) if self.rng.random() < _LATE_SHARE else self.rng.randrange(SECOND_MS)
        body: dict[str, object] = {"topic": topic, "account_id": self.account.account_id, "timestamp": at_ms}
        if name:
            body["event"] = name
        if user:
            body["user_id"] = user
        body["received_at"] = at_ms + late_ms
        if properties:
            body["properties"] = properties
        self.found.append(Arrived(at_ms + late_ms, _encode(body) + b"\n"))

    def at(self, day: int) -> int:
        """An instant of the account's day; mostly in the office's hours."""
        hour = self.rng.choices(range(24), _HOURS)[0] - self.account.offset_hours
        return max(FIRST_DAY * DAY_MS, (FIRST_DAY + day) * DAY_MS + hour * HOUR_MS + self.rng.randrange(HOUR_MS))

    def left(self, day: int) -> int:
        """Days until it leaves; many when it does not, or has returned."""
        leaves = self.account.leaves_day
        return leaves - day if leaves >= 0 and day < leaves else 1_000_000

    # --- what it does on a day

    def level(self, day: int) -> float:
        """Its use as a share of the usual, before it leaves."""
        left = self.left(day)
        match self.account.way:
            case Way.DECLINE:
                return min(1.0, LOWEST + (1.0 - LOWEST) * left / DECLINE_DAYS)
            case Way.STOP:
                return 0.0 if left < self.wait else 1.0
            case Way.TICKETS:
                return 0.7 if left < 20 else 1.0
            case Way.PAYMENTS:
                return 0.6 if left < 15 else 1.0
            case _:
                return 1.0

    def use_product(self, day: int) -> None:
        level, rng = self.level(day), self.rng
        people = max(1, round(self.account.seats * (0.3 + 0.7 * level)))
        for _ in range(poisson(rng, self.account.rate / 7 * self.use[day] * level)):
            at_ms, user = self.at(day), f"u{rng.randrange(people)}"
            self.write(at_ms, "analytics", rng.choice(EVENTS), user, key_feature=rng.random() < 0.5)
            if rng.random() < ERROR_SHARE:
                self.write(at_ms + 500, "exceptions", "", user, type="TimeoutError")

    def ask(self, day: int) -> None:
        in_storm = self.account.way is Way.TICKETS and self.left(day) < STORM_DAYS
        mean = TICKETS_A_MONTH * self.gamma / 30 + self.happy[day] * 2.5 / 21 + (STORM_TICKETS / 30 if in_storm else 0)
        for _ in range(poisson(self.rng, mean)):
            self.tickets += 1
            at_ms, ticket_id = self.at(day), f"t{self.tickets}"
            severity = self.rng.choices(("low", "normal", "high", "urgent"), (3, 5, 4, 2) if in_storm else (4, 6, 1, 0))
            self.write(at_ms, "tickets", "support_ticket_opened", ticket_id=ticket_id, severity=severity[0])
            if in_storm and self.rng.random() < 0.5:
                continue
            solved: dict[str, Value] = {"ticket_id": ticket_id}
            if self.rng.random() < 0.3:
                solved["csat"] = self.rng.randint(1, 4) if in_storm else self.rng.choice((3, 4, 5, 5))
            solved_ms = at_ms + round(self.rng.expovariate(1 / 36) * HOUR_MS)
            self.write(solved_ms, "tickets", "support_ticket_resolved", "", **solved)

    def pay(self, day: int) -> None:
        amount, left = self.account.seats * self.account.price, self.left(day)
        if self.account.way is Way.PAYMENTS and left <= FAILING_DAYS:
            if left % 7 == 3:
                self.write(self.at(day), "billing", "payment_failed", amount=amount)
        elif (day - self.account.first_day) % 30 == 29:
            if self.rng.random() < FAILING_SHARE:
                self.write(self.at(day), "billing", "payment_failed", amount=amount)
                self.write(self.at(day + self.rng.randint(2, 5)), "billing", "invoice_paid", amount=amount)
            else:
                self.write(self.at(day), "billing", "invoice_paid", amount=amount)

    def subscribe(self, day: int) -> None:
        account = self.account
        at_ms = (FIRST_DAY + day) * DAY_MS + 8 * HOUR_MS
        self.write(
            at_ms,
            "billing",
            "subscription_started",
            subscription_id="s1",
            plan=account.plan,
            seats=account.seats,
            mrr=account.seats * account.price,
        )
        self.write(at_ms + SECOND_MS, "billing", "account_updated", segment=account.segment)

    def cancel(self, day: int) -> None:
        at_ms = (FIRST_DAY + day) * DAY_MS + 12 * HOUR_MS
        self.write(at_ms, "billing", "subscription_canceled", subscription_id="s1")
        for after in range(1, 8):  # they come to fetch their data
            if self.account.kind is Kind.PRODUCT and self.rng.random() < 0.1:
                self.write(self.at(day + after), "analytics", "export_run", "u0")


def events_of(account: BookAccount, days: int) -> list[Arrived]:
    """All events of one account, ordered by arrival."""
    life = _Life(account, days)
    subscribes = account.kind is not Kind.TICKETS
    for day in range(account.first_day, days):
        if day in (account.first_day, account.returns_day) and subscribes:
            life.subscribe(day)
        if day == account.leaves_day:
            life.cancel(day)
        if account.leaves_day >= 0 and day >= account.leaves_day and not 0 <= account.returns_day <= day:
            continue
        if account.kind is Kind.PRODUCT:
            life.use_product(day)
        if account.kind is not Kind.INVOICES:
            life.ask(day)
        if account.kind is not Kind.TICKETS:
            life.pay(day)
    return sorted(life.found)


def _levels(rng: random.Random, account: BookAccount, days: int) -> Sequence[float]:
    """The use of each day as a share of the usual: all noise that has nothing to do with leaving."""
    growth, weekends = rng.gauss(0, 0.0006), rng.choice((0.05, 0.3, 1.0))
    weeks = [rng.gammavariate(16, 1 / 16) for _ in range(days // 7 + 1)]
    levels = []
    for day in range(days):
        week_day = weekday(FIRST_DAY + day)
        share = weekends if week_day >= 5 else (7 - 2 * weekends) / 5
        levels.append(weeks[day // 7] * share * exp(growth * (day - account.first_day)))
    for length, lowest in ((rng.randint(7, 14), 0.1), (rng.randint(7, 14), 0.4)):
        first = rng.randrange(days)
        for day in range(first, min(days, first + length)):
            levels[day] *= lowest
    if rng.random() < 0.1:
        first = rng.randrange(days)
        for day in range(first, min(days, first + 42)):
            levels[day] *= 0.35
    return levels


def _phases(rng: random.Random, days: int, count: int, length: int) -> Sequence[int]:
    """How many phases each day is in."""
    found = [0] * days
    for _ in range(count):
        first = rng.randrange(days)
        for day in range(first, min(days, first + length)):
            found[day] += 1
    return found
