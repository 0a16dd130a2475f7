"""Values for tests: a builder has a sensible default for everything, so only what matters shows in a test."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from alerts.notification import Cause, Delta, Notification
from scoring.health import Answer, Driver


def a_notification(**overrides: Any) -> Notification:
    """acme's fall from green to yellow; its id is a hash of account and sequence, as the real one is."""
    notification = Notification(
        id="",
        account_id="acme",
        sequence=1,
        from_tier="green",
        to_tier="yellow",
        worse=True,
        before=78.4,
        after=61.2,
        change=-17.2,
        deltas=(
            Delta(component="usage", label="Usage", points=-12.0),
            Delta(component="tickets", label="Tickets", points=-5.2),
        ),
        cause=Cause(kind="expiry", words="412 events of 22 October left the 30-day window"),
        drivers=(Driver(component="usage", label="Usage", lost=20.5, words="no login in 15 days"),),
        mrr=5_000.0,
        plan="scale",
        as_of="2026-11-21T10:00:00Z",
        as_of_ms=1_795_255_200_000,
        model="default",
        model_version=1,
    )
    notification = msgspec.structs.replace(notification, **overrides)
    if notification.id:
        return notification
    seed = f"{notification.account_id}|{notification.sequence}"
    return msgspec.structs.replace(notification, id=hashlib.sha256(seed.encode()).hexdigest())


def an_answer(account_id: str = "acme", **overrides: Any) -> Answer:
    """An account at 61.2, yellow, in its first version."""
    answer = Answer(
        account_id=account_id,
        score=61.2,
        tier="yellow",
        as_of="2026-11-21T10:00:00Z",
        as_of_ms=1_795_255_200_000,
        model="default",
        model_version=1,
        generation=1,
        version=1,
        coverage=0.9,
        drivers=(Driver(component="usage", label="Usage", lost=20.5, words="no login in 15 days"),),
        contributions=(),
        facts={"usage_30d": 412.0, "last_usage_at": "2026-11-06T08:00:00Z", "nps": None},
        mrr=5_000.0,
        plan="scale",
    )
    return msgspec.structs.replace(answer, **overrides)
