"""Recognises the envelopes that vendors' webhooks put around events, to reject them with a clear error. Pure.

An envelope is recognised by several fields at once, and only after a message was rejected anyway: an ordinary event
may have an `action` or `data` field, too.
"""

from __future__ import annotations

from typing import Any

_SENTRY_DATA = frozenset(("event", "error", "issue", "issue_alert", "metric_alert", "installation", "comment_id"))


def envelope_of(body: object) -> str:
    """The kind of envelope, in words; "" for an unknown one."""
    if isinstance(body, list):
        return "a list of events" if any(isinstance(each, dict) for each in body) else ""
    return _of_object(body) if isinstance(body, dict) else ""


def packed(value: bytes) -> str:
    """How bytes that are not JSON are packed, in words; "" when unknown."""
    if value.startswith(b"\x1f\x8b"):
        return "a gzipped body"
    return "a form with the events in its field data" if value.startswith(b"data=") else ""


def _of_object(body: dict[str, Any]) -> str:
    kind, data = body.get("type"), body.get("data")
    named = kind if isinstance(kind, str) else ""
    batch = body.get("batch")
    if body.get("object") in ("event", "v2.core.event") and named:
        return "a Stripe event"
    if named.startswith("zen:event-type:") or _has_table(body.get("input"), "ticket_event"):
        return "a Zendesk event"
    if isinstance(body.get("action"), str) and isinstance(data, dict) and _is_sentrys(body, data):
        return "a Sentry webhook"
    if named == "notification_event" and isinstance(data, dict):
        return "an Intercom notification"
    if isinstance(batch, list) and all(isinstance(each, dict) for each in batch):
        return "a batch of events"
    if isinstance(body.get("specversion"), str) and named and "source" in body:
        return "a CloudEvents envelope"
    if "subscriptionType" in body and "portalId" in body:
        return "a HubSpot notification"
    if "detail-type" in body and "source" in body and isinstance(body.get("detail"), dict):
        return "an EventBridge envelope"
    if isinstance(data, str) and "distinct_id" in body and "token" in body:
        return "a message of PostHog's own capture"
    if _has_table(body, "event") and _has_table(body, "person"):
        return "a PostHog webhook"
    if _is_standard_webhook(body, named):
        return "a Standard Webhooks envelope"
    return ""


def _has_table(found: object, field: str) -> bool:
    return isinstance(found, dict) and isinstance(found.get(field), dict)


def _is_sentrys(body: dict[str, Any], data: dict[str, Any]) -> bool:
    return isinstance(body.get("installation"), dict) or not _SENTRY_DATA.isdisjoint(data)


def _is_standard_webhook(body: dict[str, Any], named: str) -> bool:
    return bool(named) and isinstance(body.get("data"), dict) and set(body) - {"id"} == {"type", "timestamp", "data"}
