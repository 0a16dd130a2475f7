"""The sample's events: two hundred days of history. Pure: the same book, seed and end give the same events.

`vitals.local.sample_live` continues after the end of the history.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

from scoring.instants import DAY_MS, HOUR_MS
from vitals.local.sample_accounts import SampleAccount, Story
from vitals.local.sample_events import (
    Draft,
    SampleEvent,
    billing,
    error,
    last_visit,
    sample_event,
    survey,
    ticket_opened,
    ticket_resolved,
    usage,
)
from vitals.local.sample_success import success

HISTORY_DAYS = 200
"""Long enough that the default model knows what is usual for an account."""
SILENT_DAYS = 14
"""At the end of the history, the silent account's last active hour leaves the two-week windows."""
LAST_VISIT_DAYS = 6.5
"""How many usual days of use are in that hour: enough that the account stays yellow until it leaves."""
NEW_DAYS = 9
STOPPED_DAYS = 4
LAPSED_DAYS = 33
CANCELLED_DAYS = 12
TROUBLED_DAYS = 45
"""Since when an account in trouble has had more errors and tickets, and worse answers."""
_EXACT = (Story.SILENT, Story.RECOVERING)
"""Where chance would decide on which side of a bound the account stands at the end."""
_TROUBLED = (Story.DECLINING, Story.RECOVERING)

# Local office hours: little before 8, a dip at noon, little after 18.
_HOUR_WEIGHTS = (1, 0, 0, 0, 0, 1, 2, 6, 30, 60, 70, 60, 35, 50, 65, 60, 50, 30, 10, 6, 4, 3, 2, 1)
_WEEKDAY_WEIGHTS = (1.0, 1.1, 1.1, 1.05, 0.9, 0.08, 0.06)
_THURSDAY = 3  # the first day of 1970


def history(book: tuple[SampleAccount, ...], seed: int, end_ms: int) -> list[SampleEvent]:
    """All events of the book in the `HISTORY_DAYS` before `end_ms`, exclusive, ordered by time.

    The silent account's fall is due at `end_ms` if that is a whole hour, else at the whole hour before.
    """
    start_ms = end_ms - HISTORY_DAYS * DAY_MS
    dated = [
        (occurred_at_ms, draft)
        for account in book
        for occurred_at_ms, draft in _Past(account, seed, end_ms).drafts()
        if start_ms <= occurred_at_ms < end_ms
    ]
    dated.sort(key=lambda pair: (pair[0], pair[1].account_id))
    return [sample_event(draft, at_ms, number) for number, (at_ms, draft) in enumerate(dated)]


class _Past:
    """The history of one account. Ages are days before `end_ms`."""

    def __init__(self, account: SampleAccount, seed: int, end_ms: int) -> None:
        self._account = account
        self._seed = seed
        self._end_ms = end_ms
        self._rng = random.Random(f"{seed} history {account.account_id}")

    def drafts(self) -> Iterator[tuple[int, Draft]]:
        """Events with their times, unordered; some may be out of range."""
        yield from self._billing()
        yield from success(self._account, self._seed, self._end_ms, HISTORY_DAYS)
        if self._account.story is Story.UNUSED:
            return
        yield from self._usage()
        yield from self._tickets()
        yield from self._surveys()
        if self._account.story is Story.SILENT:
            yield from self._last_export()

    def _usage(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        offset_ms = account.utc_offset_hours * HOUR_MS
        last_day = (self._end_ms + offset_ms) // DAY_MS
        for day in range(last_day - HISTORY_DAYS, last_day + 1):
            activity = self._activity((self._end_ms + offset_ms - day * DAY_MS) / DAY_MS - 0.5)
            weekday = _WEEKDAY_WEIGHTS[(day + _THURSDAY) % 7]
            share = min(1.0, max(activity, 0.15))
            error_share = 0.03 if self._is_troubled(day * DAY_MS) else 0.004
            mean = account.events_a_day * weekday * activity
            for _ in range(round(mean) if account.story in _EXACT else _poisson(rng, mean)):
                hour = rng.choices(range(24), _HOUR_WEIGHTS)[0]
                at_ms = day * DAY_MS + hour * HOUR_MS + rng.randrange(HOUR_MS) - offset_ms
                if not self._is_active(at_ms):
                    continue
                yield at_ms, usage(account, rng, share, (self._end_ms - at_ms) / DAY_MS)
                if rng.random() < error_share:
                    yield at_ms + rng.randrange(60_000), error(account, rng)

    def _activity(self, age: float) -> float:
        """The share of the account's usual activity at an age."""
        match self._account.story:
            case Story.DECLINING:
                return float(self._account.decay ** max(0.0, TROUBLED_DAYS - age))
            case Story.GROWING:
                return 0.6 * 2 ** ((HISTORY_DAYS - max(age, 0.0)) / HISTORY_DAYS)
            case Story.RECOVERING:
                return 1.0 if age > 44 else 0.35 if age > 16 else 0.1
            case Story.RETURNED:
                return 0.2 if 36 < age < 75 else 1.0
            case _:
                return 1.0

    def _is_active(self, at_ms: int) -> bool:
        """Whether the account used the product at all then."""
        age = (self._end_ms - at_ms) / DAY_MS
        match self._account.story:
            case Story.SILENT:
                return age > SILENT_DAYS
            case Story.RECOVERING:
                return age > STOPPED_DAYS
            case Story.LAPSED:
                return age > LAPSED_DAYS
            case Story.CANCELLED:
                return age > CANCELLED_DAYS
            case Story.NEW:
                return age < NEW_DAYS
            case _:
                return True

    def _last_export(self) -> Iterator[tuple[int, Draft]]:
        """Everyone's last visit, in the hour that leaves the two-week windows at the end of the history."""
        account, rng = self._account, self._rng
        hour_ms = self._end_ms // HOUR_MS * HOUR_MS - SILENT_DAYS * DAY_MS
        for number in range(round(LAST_VISIT_DAYS * account.events_a_day)):
            yield hour_ms + rng.randrange(HOUR_MS), last_visit(account, number)

    def _tickets(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        in_trouble = TROUBLED_DAYS if account.story in _TROUBLED else 0
        chances = [0.1 if age < in_trouble else 0.035 for age in range(HISTORY_DAYS)]
        ages = [age + rng.random() for age, chance in enumerate(chances) if rng.random() < chance]
        if account.story is Story.TICKETS:
            ages = [11.3, 5.2]
        if account.story in _EXACT:
            ages = [age for age in ages if age > 2 * TROUBLED_DAYS]
        if account.story is Story.RECOVERING:
            ages += [33.4, 21.7]
        for number, age in enumerate(ages):
            opened_ms = self._end_ms - int(age * DAY_MS)
            if not (self._began(opened_ms) and self._is_active(opened_ms)):
                continue
            ticket_id = f"{account.account_id}-{number}"
            severity = rng.choices(("low", "normal", "high"), (3, 5, 2))[0]
            yield opened_ms, ticket_opened(account, ticket_id, severity)
            csat = rng.randint(2, 4) if age < in_trouble else rng.randint(4, 5)
            yield opened_ms + rng.randrange(4 * HOUR_MS, 60 * HOUR_MS), ticket_resolved(account, ticket_id, csat)

    def _surveys(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        ranges = {
            Story.DECLINING: (3, 6),
            Story.RECOVERING: (4, 4),
            Story.LAPSED: (4, 6),
            Story.SILENT: (9, 9),
        }
        low, high = ranges.get(account.story, (8, 10))
        for at_ms in self._each(40):
            if self._is_active(at_ms):
                yield at_ms, survey(account, rng.randint(low, high))

    def _billing(self) -> Iterator[tuple[int, Draft]]:
        """The subscription as the first event of the history (or of the new account), invoices, and failed payments."""
        account = self._account
        began_ms = self._end_ms - (NEW_DAYS if account.story is Story.NEW else HISTORY_DAYS) * DAY_MS
        growing = account.story is Story.GROWING
        seats = account.seats * 3 // 4 if growing else account.seats
        yield began_ms, billing(account, "subscription_started", seats=seats)
        if growing:
            yield self._end_ms - 20 * DAY_MS, billing(account, "seat_count_set", seats=account.seats)
        if account.story is Story.CONTRACTED:
            yield self._end_ms - 24 * DAY_MS, billing(account, "seat_count_set", seats=account.seats * 3 // 5)
        if account.story is Story.CANCELLED:
            yield self._end_ms - CANCELLED_DAYS * DAY_MS, billing(account, "subscription_canceled")
        for at_ms in self._each(30):
            is_gone = not self._is_active(at_ms)
            if self._began(at_ms) and not (is_gone and account.story is Story.CANCELLED):
                fails = is_gone and account.story is Story.LAPSED
                yield at_ms, billing(account, "payment_failed" if fails else "invoice_paid")

    def _each(self, days: int) -> Iterator[int]:
        """Times `days` apart; the first is at a random age."""
        for number in itertools.takewhile(lambda number: number * days < HISTORY_DAYS, itertools.count()):
            yield self._end_ms - int((number * days + self._rng.uniform(1, days)) * DAY_MS)

    def _is_troubled(self, at_ms: int) -> bool:
        return self._account.story in _TROUBLED and at_ms > self._end_ms - TROUBLED_DAYS * DAY_MS

    def _began(self, at_ms: int) -> bool:
        return self._account.story is not Story.NEW or at_ms > self._end_ms - NEW_DAYS * DAY_MS


def _poisson(rng: random.Random, mean: float) -> int:
    """A Poisson-distributed number; for a mean above 30 by the normal approximation."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number
