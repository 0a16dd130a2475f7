"""PagerDuty, Events API v2: an incident a case, opened, acknowledged and resolved with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import httpx
import msgspec

from alerts.gathered import Gathered
from alerts.message_text import message_text
from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryRefused, Message
from alerts.step import AlertStep

SUMMARY_LIMIT = 1_024
Action = Literal["trigger", "acknowledge", "resolve"]
_SEVERITIES: Mapping[str, str] = {"critical": "critical", "warning": "warning", "info": "info", "good": "info"}
_ACTIONS: Mapping[str, Action] = {"acknowledged": "acknowledge", "resolved": "resolve", "retracted": "resolve"}
_SHOWN = ("opened", "changed", "escalated", "snooze_ended", *_ACTIONS)
_OVER = ("resolved", "retracted")


class EventContent(msgspec.Struct, frozen=True):
    """What an incident says."""

    summary: str
    source: str
    severity: str
    timestamp: str
    group: str
    custom_details: dict[str, str]


class Link(msgspec.Struct, frozen=True):
    """A link beside an incident."""

    href: str
    text: str


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"content": "payload"}):
    """The body of a post. `dedup_key` is the case's id: whatever is sent again changes the same incident."""

    routing_key: str
    event_action: Action
    dedup_key: str
    content: EventContent | None = None
    client: str = ""
    client_url: str = ""
    links: tuple[Link, ...] = ()


class PagerDutySink:
    """Sends each step of a case as an event. PagerDuty drops what it has by the case's id, so an incident is opened and
    resolved at most once, also when answers are lost.

    Steps are never gathered: an incident whose end lies in a message about many would stay open. Good news pages
    nobody.
    """

    is_gathering = False

    def __init__(self, url: str, routing_key: str, client: httpx.AsyncClient, *, name: str = "pagerduty") -> None:
        self.name = name
        self._url = url
        self._routing_key = routing_key
        self._client = client

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`: also that a person acknowledged it, and no good news."""
        return step.severity != "good" and step.step in _SHOWN

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`, `post_json` and `judge`."""
        body = msgspec.json.encode(event_of(message, self._routing_key))
        reply = await post_json(self._client, self._url, body, {}, is_url_secret=False)
        judge(reply, self._routing_key)


def event_of(message: Message, routing_key: str) -> Event:
    """The event that says `message`."""
    text = message_text(message)
    step = message if isinstance(message, AlertStep) else None
    key = step.case_id if step is not None and step.case_id else message.id
    action = _action(step)
    if action != "trigger":
        return Event(routing_key=routing_key, event_action=action, dedup_key=key)
    severity = _SEVERITIES[text.severity]
    if step is not None and step.status == "escalated" and severity == "warning":
        severity = "error"
    links = (Link(text.page, "Account"), Link(text.playbook, "Playbook"))
    details = {
        "cause": text.cause,
        "score": text.score,
        "MRR": text.mrr,
        "owner": text.owner,
        "drivers": "; ".join(text.drivers),
        "recommended": text.action,
        "rule": "" if step is None else step.rule,
        "counts": "; ".join(text.counts),
    }
    content = EventContent(
        summary=text.headline[:SUMMARY_LIMIT],
        source=text.account_id or "vitals",
        severity=severity,
        timestamp=message.to if isinstance(message, Gathered) else message.as_of,
        group="" if step is None else step.rule,
        custom_details={name: value for name, value in details.items() if value},
    )
    return Event(
        routing_key=routing_key,
        event_action=action,
        dedup_key=key,
        content=content,
        client="Vitals",
        client_url=text.page,
        links=tuple(link for link in links if link.href),
    )


def _action(step: AlertStep | None) -> Action:
    if step is None:
        return "trigger"
    # A summary after a snooze may say that the case ended meanwhile.
    return "resolve" if step.status in _OVER else _ACTIONS.get(step.step, "trigger")


def judge(reply: Reply, routing_key: str) -> None:
    """Return if `reply`, which is neither 408, 425, 429 nor 5xx, says that PagerDuty took the event (202).

    Raises:
        DeliveryRefused: on 400 and 413, which concern the event.
        ChannelUnavailable: on everything else, also a 400 that rejects the routing key.
    """
    if 200 <= reply.status < 300:
        return
    words = reply.summary.replace(routing_key, "…") if routing_key else reply.summary
    if "routing" in reply.body.lower() or reply.status not in (400, 413):
        raise ChannelUnavailable(
            f"answered {words}: check the routing key (an integration of kind Events API v2), and that its service is "
            "active.",
            reason="auth",
        )
    raise DeliveryRefused(f"answered {words}: PagerDuty does not accept this event.")
