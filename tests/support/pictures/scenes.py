"""The scenes of the pictures: steps of a case, a storm and a digest, delivered by the real sinks."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from alerts.gathered import gathered_of
from alerts.notification import Cause
from alerts.sinks.http import http_client
from alerts.sinks.pace import Pace
from alerts.sinks.port import Message
from alerts.sinks.slack_app import SlackAppSink
from alerts.sinks.slack_web_api import SlackWebApi
from alerts.step import AlertStep
from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from scoring.result import Driver
from tests.builders import an_alert_step
from tests.fakes import InMemorySinkMemory, ManualClock
from tests.support.slack.api import CHANNEL, TOKEN, FakeSlackApi

PEOPLE = {"U024BE7LH": "Bo Lindqvist", "U0ANN4567": "Ann Okafor"}
OWNERS = {"bo@northwind.example": "U024BE7LH"}
NO_CHANGE: dict[str, Any] = {
    "from_tier": "",
    "before": None,
    "change": 0.0,
    "deltas": (),
    "cause": None,
    "next_tier": "",
}
"""A person's step is no change of the score."""
BEGUN_MS = 1_795_255_200_000  # 2026-11-21T10:00Z


def case() -> list[AlertStep]:
    """A case from its first step to its last: fell, acknowledged, worse, recovered."""
    opened = an_alert_step(
        account_id="Globex",
        severity="warning",
        tier="yellow",
        score=61.2,
        change=-17.2,
        words="Globex fell from green to yellow",
        cause=Cause(kind="expiry", words="412 events of 22 October left the 30-day window"),
        drivers=(
            Driver(component="usage", label="Usage", lost=20.5, words="no login in 15 days"),
            Driver(component="tickets", label="Tickets", lost=8.0, words="4 open, the oldest for 9 days"),
            Driver(component="seats", label="Seats", lost=4.1, words="11 of 40 active"),
        ),
        traits={"owner": "bo@northwind.example"},
        mrr=5_400.0,
        plan="scale",
        next_tier="red",
        next_at=rfc3339(BEGUN_MS + 5 * DAY_MS),
        until=rfc3339(BEGUN_MS + 7 * DAY_MS),
        action="Call the champion, and ask what changed in October",
    )
    acknowledged = _later(
        opened,
        2,
        1,
        step="acknowledged",
        status="acknowledged",
        reason="action",
        by="Ann Okafor (U0ANN4567)",
        until="",
        **NO_CHANGE,
    )
    worse = _later(
        opened,
        3,
        50,
        step="changed",
        reason="worse",
        severity="critical",
        tier="red",
        from_tier="yellow",
        score=41.0,
        before=61.2,
        change=-20.2,
        cause=Cause(kind="event", words="3 payments failed: card_expired"),
        next_tier="",
        until=rfc3339(BEGUN_MS + 98 * HOUR_MS),
    )
    recovered = _later(
        opened,
        4,
        120,
        step="resolved",
        status="resolved",
        reason="resolved",
        tier="green",
        from_tier="red",
        score=79.5,
        before=41.0,
        change=38.5,
        cause=Cause(kind="event", words="14 people signed in, and the invoice was paid"),
        next_tier="",
        until="",
    )
    return [opened, acknowledged, worse, recovered]


def many(count: int) -> list[AlertStep]:
    """Steps of many accounts, at about the same time."""
    names = ("Initech", "Umbrella", "Hooli", "Stark & Co", "Wayne", "Acme", "Soylent", "Tyrell", "Cyberdyne", "Wonka")
    steps = []
    for number in range(count):
        name = names[number] if number < len(names) else f"account-{number}"
        is_red = number % 3 == 0
        steps.append(
            an_alert_step(
                account_id=name,
                severity="critical" if is_red else "warning",
                tier="red" if is_red else "yellow",
                from_tier="yellow" if is_red else "green",
                score=38.5 + number % 7 if is_red else 58.0 + number % 9,
                change=-12.5 - number % 5,
                words=f"{name} fell",
                mrr=float(24_000 // (number + 1) // 10 * 10),
                traits={"owner": ("Bo", "Ann", "Cy")[number % 3]},
                as_of=rfc3339(BEGUN_MS + number * 1_000),
                as_of_ms=BEGUN_MS + number * 1_000,
            )
        )
    return steps


def digest() -> Message:
    """A day's news: a few falls, a failed payment, an account that recovered."""
    fell = many(4)
    failed = an_alert_step(
        account_id="Vandelay",
        rule="payment_failed",
        severity="warning",
        rule_kind="condition",
        label="Payment failed",
        words="Vandelay: payment failed",
        mrr=7_200.0,
        traits={"owner": "Ann"},
        tier="green",
        from_tier="",
    )
    well = case()[-1]
    return gathered_of([*fell, failed, well], "team/slack", "digest")


def storm() -> Message:
    """Too many at once."""
    return gathered_of(many(184), "team/slack", "storm")


async def delivered(*messages: Message) -> list[dict[str, Any]]:
    """What Slack has after the app delivered these: the channel's messages first, then the replies."""
    clock = ManualClock()
    with FakeSlackApi() as slack:
        async with http_client() as client:
            sink = SlackAppSink(
                SlackWebApi(client, slack.api, TOKEN),
                CHANNEL,
                InMemorySinkMemory(),
                people=OWNERS,
                pace=Pace(1.0, monotonic=clock.monotonic, sleep=clock.sleep),
            )
            for message in messages:
                await sink.deliver(message)
        return [*slack.top, *slack.replies]


def _later(first: AlertStep, number: int, hours: int, /, **changes: Any) -> AlertStep:
    at_ms = BEGUN_MS + hours * HOUR_MS
    fields = {"step_number": number, "sequence": number, "id": sha256(bytes([number])).hexdigest()[:32], **changes}
    return msgspec.structs.replace(first, as_of=rfc3339(at_ms), as_of_ms=at_ms, **fields)
