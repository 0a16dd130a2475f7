"""The sample's events: sixty days of history. Pure: the same book, seed and end give the same events.

`vitals.local.sample_live` continues after the end of the history.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

import msgspec
import orjson

from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from vitals.local.sample_accounts import SampleAccount, Story

HISTORY_DAYS = 60
SILENT_DAYS = 14
"""At the end of the history, the silent account's last active hour leaves the two-week windows."""
NEW_DAYS = 9
STOPPED_DAYS = 4
LAPSED_DAYS = 17

Value = str | int | float
_FEATURES = (
    ("dashboard_viewed", "dashboard", 30),
    ("search_performed", "search", 20),
    ("report_created", "reports", 12),
    ("comment_added", "comments", 12),
    ("task_completed", "tasks", 12),
    ("integration_synced", "integrations", 10),
    ("report_exported", "export", 6),
    ("task_assigned", "tasks", 6),
    ("file_uploaded", "files", 6),
    ("filter_saved", "search", 4),
    ("invite_sent", "invites", 4),
    ("template_used", "templates", 4),
    ("alert_created", "alerts", 3),
    ("share_link_created", "sharing", 3),
    ("dashboard_created", "dashboard", 2),
    ("import_finished", "import", 2),
    ("view_pinned", "dashboard", 2),
    ("webhook_added", "integrations", 1),
    ("api_key_created", "api", 1),
    ("settings_changed", "settings", 1),
)
_FEATURE_WEIGHTS = tuple(weight for *_, weight in _FEATURES)
_ERRORS = (
    "TimeoutError: report did not render in 30 s",
    "TypeError: cannot read properties of undefined",
    "HTTPError: 502 from integrations",
    "ValueError: unknown column in import",
)
# Local office hours: little before 8, a dip at noon, little after 18.
_HOUR_WEIGHTS = (1, 0, 0, 0, 0, 1, 2, 6, 30, 60, 70, 60, 35, 50, 65, 60, 50, 30, 10, 6, 4, 3, 2, 1)
_WEEKDAY_WEIGHTS = (1.0, 1.1, 1.1, 1.05, 0.9, 0.08, 0.06)
_THURSDAY = 3  # the first day of 1970


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event without its time."""

    topic: str
    account_id: str
    event: str
    user_id: str = ""
    properties: dict[str, Value] = {}


class SampleEvent(msgspec.Struct, frozen=True):
    """One message for an input topic; `value` is the event's JSON in the canonical shape."""

    topic: str
    account_id: str
    occurred_at_ms: int
    value: bytes


def sample_event(draft: Draft, occurred_at_ms: int, number: int) -> SampleEvent:
    """`draft` as an event at `occurred_at_ms`; `number` distinguishes two events of an account at the same time."""
    body: dict[str, object] = {
        "account_id": draft.account_id,
        "event": draft.event,
        "timestamp": rfc3339(occurred_at_ms),
        "id": f"{occurred_at_ms:x}-{number}",
    }
    if draft.user_id:
        body["user_id"] = draft.user_id
    if draft.properties:
        body["properties"] = draft.properties
    return SampleEvent(draft.topic, draft.account_id, occurred_at_ms, orjson.dumps(body))


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


def usage(account: SampleAccount, rng: random.Random, share: float = 1.0) -> Draft:
    """One product event by one of the first `share` (0-1) of the account's users."""
    event, feature, _ = rng.choices(_FEATURES, _FEATURE_WEIGHTS)[0]
    user = rng.randrange(max(1, round(account.users * share)))
    return Draft(
        topic="analytics",
        account_id=account.account_id,
        event=event,
        user_id=f"user-{user}@{account.account_id}.example",
        properties={"feature": feature, "plan": account.plan},
    )


def error(account: SampleAccount, rng: random.Random) -> Draft:
    """One exception seen by one of the account's users."""
    return Draft(
        topic="exceptions",
        account_id=account.account_id,
        event="$exception",
        user_id=f"user-{rng.randrange(account.users)}@{account.account_id}.example",
        properties={"message": rng.choice(_ERRORS), "severity": "error"},
    )


def ticket_opened(account: SampleAccount, ticket_id: str, severity: str) -> Draft:
    """A support ticket is opened."""
    properties: dict[str, Value] = {"ticket_id": ticket_id, "severity": severity}
    return Draft(topic="tickets", account_id=account.account_id, event="support_ticket_opened", properties=properties)


def ticket_resolved(account: SampleAccount, ticket_id: str, csat: int) -> Draft:
    """A ticket is resolved; `csat` is 1-5."""
    properties: dict[str, Value] = {"ticket_id": ticket_id, "csat": csat}
    return Draft(topic="tickets", account_id=account.account_id, event="support_ticket_resolved", properties=properties)


def survey(account: SampleAccount, nps: int) -> Draft:
    """An answer, 0-10, to «would you recommend us?»."""
    return Draft(topic="tickets", account_id=account.account_id, event="survey_answered", properties={"nps": nps})


def billing(account: SampleAccount, event: str, *, seats: int | None = None) -> Draft:
    """A billing event. If it is about `seats`, it carries plan, seats and the resulting MRR."""
    properties: dict[str, Value] = {"amount": account.mrr}
    if seats is not None:
        properties = {"plan": account.plan, "seats": seats, "mrr": seats * account.mrr // account.seats}
    return Draft(topic="billing", account_id=account.account_id, event=event, properties=properties)


class _Past:
    """The history of one account. Ages are days before `end_ms`."""

    def __init__(self, account: SampleAccount, seed: int, end_ms: int) -> None:
        self._account = account
        self._end_ms = end_ms
        self._rng = random.Random(f"{seed} history {account.account_id}")

    def drafts(self) -> Iterator[tuple[int, Draft]]:
        """Events with their times, unordered; some may be out of range."""
        yield from self._usage()
        yield from self._tickets()
        yield from self._surveys()
        yield from self._billing()
        if self._account.story is Story.SILENT:
            yield from self._last_export()

    def _usage(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        offset_ms = account.utc_offset_hours * HOUR_MS
        error_share = 0.03 if account.story in (Story.DECLINING, Story.RECOVERING) else 0.004
        last_day = (self._end_ms + offset_ms) // DAY_MS
        for day in range(last_day - HISTORY_DAYS, last_day + 1):
            activity = self._activity((self._end_ms + offset_ms - day * DAY_MS) / DAY_MS - 0.5)
            weekday = _WEEKDAY_WEIGHTS[(day + _THURSDAY) % 7]
            share = min(1.0, max(activity, 0.15))
            for _ in range(_poisson(rng, account.events_a_day * weekday * activity)):
                hour = rng.choices(range(24), _HOUR_WEIGHTS)[0]
                at_ms = day * DAY_MS + hour * HOUR_MS + rng.randrange(HOUR_MS) - offset_ms
                if not self._is_active(at_ms):
                    continue
                yield at_ms, usage(account, rng, share)
                if rng.random() < error_share:
                    yield at_ms + rng.randrange(60_000), error(account, rng)

    def _activity(self, age: float) -> float:
        """The share of the account's usual activity at an age."""
        match self._account.story:
            case Story.DECLINING:
                return float(self._account.decay ** max(0.0, 40 - age))
            case Story.GROWING:
                return 0.45 * 3 ** ((HISTORY_DAYS - max(age, 0.0)) / HISTORY_DAYS)
            case Story.RECOVERING:
                return 1.0 if age > 44 else 0.25 if age > 16 else 0.06
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
            case Story.NEW:
                return age < NEW_DAYS
            case _:
                return True

    def _last_export(self) -> Iterator[tuple[int, Draft]]:
        """Everyone's last visit, in the hour that leaves the two-week windows at the end of the history."""
        account, rng = self._account, self._rng
        hour_ms = self._end_ms // HOUR_MS * HOUR_MS - SILENT_DAYS * DAY_MS
        for user in range(account.users):
            for event, feature in (("dashboard_viewed", "dashboard"), ("report_exported", "export")):
                user_id = f"user-{user}@{account.account_id}.example"
                draft = Draft(
                    topic="analytics",
                    account_id=account.account_id,
                    event=event,
                    user_id=user_id,
                    properties={"feature": feature, "plan": account.plan},
                )
                yield hour_ms + rng.randrange(HOUR_MS), draft

    def _tickets(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        troubled = account.story in (Story.DECLINING, Story.RECOVERING)
        ages = [age + rng.random() for age in range(HISTORY_DAYS) if rng.random() < (0.18 if troubled else 0.035)]
        if account.story is Story.TICKETS:
            ages = [11.3, 5.2]
        if account.story is Story.SILENT:
            ages = [age for age in ages if age > SILENT_DAYS]
        for number, age in enumerate(ages):
            opened_ms = self._end_ms - int(age * DAY_MS)
            if not self._began(opened_ms):
                continue
            ticket_id = f"{account.account_id}-{number}"
            severity = rng.choices(("low", "normal", "high"), (3, 5, 2))[0]
            yield opened_ms, ticket_opened(account, ticket_id, severity)
            csat = rng.randint(2, 4) if troubled else rng.randint(4, 5)
            yield opened_ms + rng.randrange(4 * HOUR_MS, 60 * HOUR_MS), ticket_resolved(account, ticket_id, csat)

    def _surveys(self) -> Iterator[tuple[int, Draft]]:
        account, rng = self._account, self._rng
        low, high = {Story.DECLINING: (3, 6), Story.RECOVERING: (2, 5), Story.LAPSED: (4, 6)}.get(
            account.story, (8, 10)
        )
        for at_ms in self._each(20):
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
        fails = account.story in (Story.RECOVERING, Story.LAPSED)
        for at_ms in self._each(30):
            if self._began(at_ms):
                yield at_ms, billing(account, "payment_failed" if fails else "invoice_paid")

    def _each(self, days: int) -> Iterator[int]:
        """Times `days` apart; the first is at a random age."""
        for number in itertools.takewhile(lambda number: number * days < HISTORY_DAYS, itertools.count()):
            yield self._end_ms - int((number * days + self._rng.uniform(1, days)) * DAY_MS)

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
