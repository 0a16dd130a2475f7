"""Steady accounts: their use is one random process from the first day to the last, so nothing that happens is news.

Each has what a healthy account has beside its use: a subscription and its invoices; errors with 2 % of the use, for
every second account; and 0.7 tickets a month, solved within two days, for two of three.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from scoring.instants import DAY_MS, HOUR_MS
from tests.support.worlds.writing import Timed, Writer, day_start, instants, office_instant, poisson

FIRST_DAY = 19_723
"""1 January 2024, in days since 1970: a Monday."""
EVENTS = ("report_viewed", "record_saved", "export_run", "search_run", "comment_added", "login")
_ALL_DAY = (1.0 / 24,) * 24
_OFFICE = (0.0,) * 8 + (0.1,) * 10 + (0.0,) * 6
_OFFSETS = (-8, -5, 0, 0, 1, 2, 8)

Hours = Callable[[random.Random, int], tuple[float, ...]]
"""The mean of each hour of a day, given the days since 1970; asked once a day, in order."""


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of steady account. `weekly` is its mean of events a week, `users` how many people are behind them.

    `of_the_target`: the bounds are promised for it. `process` makes the hours of one account.
    """

    name: str
    weekly: float
    users: int
    process: Callable[[random.Random], Hours]
    of_the_target: bool = True
    sessions: bool = False


class Change(msgspec.Struct, frozen=True):
    """From `day` (after the first) on, use is `factor` of what it was: 0 is a stop. Nothing but use is sent then."""

    day: int
    factor: float


def _constant(a_week: float) -> Callable[[random.Random], Hours]:
    hours = tuple(a_week / 7 * share for share in _ALL_DAY)
    return lambda rng: lambda again, day: hours


def _on(is_on: Callable[[int], bool], a_day: float) -> Hours:
    hours, none = tuple(a_day * share for share in _OFFICE), (0.0,) * 24
    return lambda again, day: hours if is_on(day) else none


def _weekly(rng: random.Random) -> Hours:
    chosen = rng.randrange(5)
    return _on(lambda day: weekday(day) == chosen, 8.0)


def _bursts(rng: random.Random) -> Hours:
    """Sessions of two to eight events on business days, in weeks that differ: standard deviation 0.3 of the mean."""
    level = [1.0]

    def hours(again: random.Random, day: int) -> tuple[float, ...]:
        if weekday(day) == 0:
            level[0] = again.gammavariate(1 / 0.09, 0.09)
        return tuple(1.2 * level[0] * share for share in _OFFICE) if weekday(day) < 5 else (0.0,) * 24

    return hours


def weekday(day: int) -> int:
    """0 for Monday, of days since 1970.

    >>> weekday(FIRST_DAY)
    0
    """
    return (day + 3) % 7


def is_month_end(day: int) -> bool:
    """Whether it is one of the last three days of a month.

    >>> [is_month_end(FIRST_DAY + day) for day in (27, 28, 30, 31)]
    [False, True, True, False]
    """
    return (date(1970, 1, 1) + timedelta(days=day + 3)).day <= 3


RHYTHMS = (
    Rhythm(name="2 a week", weekly=2, users=1, process=_constant(2), of_the_target=False),
    Rhythm(name="5 a week", weekly=5, users=2, process=_constant(5)),
    Rhythm(name="20 a week", weekly=20, users=4, process=_constant(20)),
    Rhythm(name="100 a week", weekly=100, users=12, process=_constant(100)),
    Rhythm(name="1,000 a week", weekly=1_000, users=40, process=_constant(1_000)),
    Rhythm(name="weekly", weekly=9, users=2, process=_weekly),
    Rhythm(name="daily", weekly=28, users=3, process=lambda rng: _on(lambda day: True, 3.0)),
    Rhythm(name="business days", weekly=60, users=6, process=lambda rng: _on(lambda day: weekday(day) < 5, 12.0)),
    Rhythm(name="month-end", weekly=14, users=2, process=lambda rng: _on(is_month_end, 20.0)),
    Rhythm(name="bursts", weekly=30, users=3, process=_bursts, of_the_target=False, sessions=True),
)
BY_NAME = {rhythm.name: rhythm for rhythm in RHYTHMS}


def steady_account(
    rhythm: Rhythm, number: int, seed: int, days: int, change: Change | None = None, first_day: int = FIRST_DAY
) -> list[Timed]:
    """The events of a steady account over `days` days, ordered by time."""
    rng = random.Random(f"{rhythm.name} {number} {seed}")
    writer = Writer(f"{rhythm.name.replace(' ', '-').replace(',', '')}-{seed}-{number}")
    offset = rng.choice(_OFFSETS)
    hours = rhythm.process(rng)
    for day in range(days):
        factor = change.factor if change and day >= change.day else 1.0
        for at_ms in _use_of(rng, rhythm, hours, first_day + day, day_start(first_day, day, offset), factor):
            user = f"u{rng.randrange(rhythm.users)}"
            writer.write(at_ms, "analytics", rng.choice(EVENTS), user, key_feature=rng.random() < 0.5)
            if number % 2 and not change and rng.random() < 0.02:
                writer.write(at_ms + 500, "exceptions", "", user, type="TimeoutError")
    _subscription(writer, rng, rhythm, first_day, days)
    if number % 3 and not change:
        _tickets(writer, rng, first_day, days)
    return writer.events(until_ms=(first_day + days) * DAY_MS)


def _use_of(rng: random.Random, rhythm: Rhythm, hours: Hours, day: int, start_ms: int, factor: float) -> list[int]:
    means = hours(rng, day)
    found = [at_ms for at_ms in instants(rng, start_ms, means) if factor == 1.0 or rng.random() < factor]
    if rhythm.name in ("weekly", "daily") and any(means) and factor and (factor == 1.0 or rng.random() < factor):
        found.append(office_instant(rng, start_ms))  # they come each week, each day
    if not rhythm.sessions:
        return found
    return [at_ms + step * rng.randrange(30_000, 240_000) for at_ms in found for step in range(rng.randint(2, 8))]


def _subscription(writer: Writer, rng: random.Random, rhythm: Rhythm, first_day: int, days: int) -> None:
    seats, price = rhythm.users + rng.randint(0, rhythm.users), rng.choice((18, 29, 42))
    start_ms = first_day * DAY_MS - 8 * HOUR_MS
    writer.write(
        start_ms, "billing", "subscription_started", subscription_id="s1", plan="team", seats=seats, mrr=seats * price
    )
    for day in range(rng.randrange(30), days, 30):
        paid_ms = day_start(first_day, day) + 3 * HOUR_MS
        writer.write(paid_ms, "billing", "invoice_paid", amount=seats * price)


def _tickets(writer: Writer, rng: random.Random, first_day: int, days: int) -> None:
    for day in range(days):
        for each in range(poisson(rng, 0.7 / 30)):
            at_ms, ticket_id = office_instant(rng, day_start(first_day, day)), f"t{day}-{each}"
            writer.write(at_ms, "tickets", "support_ticket_opened", ticket_id=ticket_id, severity="normal")
            solved_ms = at_ms + rng.randrange(4 * HOUR_MS, 2 * DAY_MS)
            writer.write(solved_ms, "tickets", "support_ticket_resolved", ticket_id=ticket_id)
