"""What happens in the sample: drafts of events, and events with their times. Pure."""

from __future__ import annotations

import random
import zlib
from functools import lru_cache

import msgspec
import orjson

from scoring.instants import rfc3339
from vitals.local.sample_accounts import SampleAccount, Story

Value = str | int | float
_FEATURES = (
    ("dashboard_viewed", "dashboard", 30),
    ("search_performed", "search", 20),
    ("logged_in", "login", 16),
    ("report_created", "reports", 12),
    ("comment_added", "comments", 12),
    ("task_completed", "tasks", 12),
    ("integration_synced", "integrations", 10),
    ("report_exported", "export", 6),
    ("task_assigned", "tasks", 6),
    ("file_uploaded", "files", 6),
    ("filter_saved", "search", 4),
    ("mention_added", "comments", 4),
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
_NEW_FEATURES = (("assistant_asked", "assistant", 14, 80), ("automation_run", "automation", 9, 130))
"""With the age at which each was launched, in days before the end of the history; their use grows from then on."""
_ADVANCED = frozenset(("reports", "integrations", "api", "export", "alerts", "assistant", "automation"))
_CHOICES = (*((event, feature) for event, feature, _ in _FEATURES), *((each[0], each[1]) for each in _NEW_FEATURES))
_FADE_DAYS = 45
_ADOPTION_DAYS = 60
_SUBJECTS = (
    *("Export is slow", "Invoice shows the wrong address", "SSO login loops", "How do we add a team?"),
    *("Report misses yesterday", "API answers 429", "Webhook arrives twice", "Import stops at row 4,000"),
    *("Dashboard does not load on Monday", "Filter forgets its value", "Seats cannot be removed"),
)
_ERRORS = (
    "TimeoutError: report did not render in 30 s",
    "TypeError: cannot read properties of undefined",
    "HTTPError: 502 from integrations",
    "ValueError: unknown column in import",
)


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


def usage(account: SampleAccount, rng: random.Random, share: float = 1.0, age: float = 0.0) -> Draft:
    """One product event by one of the first `share` (0-1) of the account's users, `age` days before the end of the
    history."""
    event, feature = rng.choices(_CHOICES, _weights(account.story, int(age) // 7))[0]
    user = rng.randrange(max(1, round(account.users * share)))
    return Draft(
        topic="analytics",
        account_id=account.account_id,
        event=event,
        user_id=f"user-{user}@{account.account_id}.example",
        properties={"feature": feature, "plan": account.plan},
    )


@lru_cache(maxsize=1_000)
def _weights(story: Story, weeks: int) -> tuple[float, ...]:
    """How often each feature is used that many weeks before the end: new ones grow since their launch, advanced ones go
    first where an account declines, and grow with an account that grows."""
    age = 7.0 * weeks
    advanced = 1.0
    if story in (Story.DECLINING, Story.STORM, Story.RECOVERING):
        advanced = max(0.15, min(1.0, age / _FADE_DAYS))
    elif story is Story.GROWING:
        advanced = 0.4 + 1.2 * max(0.0, 1.0 - age / (2 * _ADOPTION_DAYS))
    known = [weight * (advanced if feature in _ADVANCED else 1.0) for _, feature, weight in _FEATURES]
    new = [
        weight * advanced * min(1.0, max(0.0, launched - age) / _ADOPTION_DAYS)
        for *_, weight, launched in _NEW_FEATURES
    ]
    return (*known, *new)


def last_visit(account: SampleAccount, number: int) -> Draft:
    """One of the account's users looks once more, or exports what is theirs."""
    event, feature = (("dashboard_viewed", "dashboard"), ("report_exported", "export"))[number % 2]
    user = number // 2 % account.users
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
    properties: dict[str, Value] = {"ticket_id": ticket_id, "severity": severity, "subject": _subject(ticket_id)}
    return Draft(topic="tickets", account_id=account.account_id, event="support_ticket_opened", properties=properties)


def ticket_resolved(account: SampleAccount, ticket_id: str, csat: int) -> Draft:
    """A ticket is resolved; `csat` is 1-5."""
    properties: dict[str, Value] = {"ticket_id": ticket_id, "csat": csat, "subject": _subject(ticket_id)}
    return Draft(topic="tickets", account_id=account.account_id, event="support_ticket_resolved", properties=properties)


def _subject(ticket_id: str) -> str:
    """A ticket's subject, always the same one."""
    return _SUBJECTS[zlib.crc32(ticket_id.encode()) % len(_SUBJECTS)]


def survey(account: SampleAccount, nps: int) -> Draft:
    """An answer, 0-10, to «would you recommend us?»."""
    return Draft(topic="tickets", account_id=account.account_id, event="survey_answered", properties={"nps": nps})


def billing(account: SampleAccount, event: str, *, seats: int | None = None) -> Draft:
    """A billing event. If it is about `seats`, it carries plan, seats and the resulting MRR."""
    properties: dict[str, Value] = {"amount": account.mrr}
    if seats is not None:
        properties = {"plan": account.plan, "seats": seats, "mrr": seats * account.mrr // account.seats}
    return Draft(topic="billing", account_id=account.account_id, event=event, properties=properties)
