"""Sentry's webhooks: errors become `$exception` events. Pure.

The webhooks `error` and `event_alert` may describe the same error: both give the same name and id, so it counts once.
An `issue` may be that of many accounts and names none, so it is ignored, as are alerts on metrics, comments and
installations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from streams.gateway.reading import Ignored, Reading, Request, Vendor
from streams.gateway.signatures.sentry import SCHEME
from streams.gateway.sources.schema import SentrySource
from streams.gateway.vendors.fields import clean_id, decoded_object, fingerprint, object_at, text_at
from streams.gateway.vendors.inbound import NO_ACCOUNT, candidates, event, kind_of, refuse, timely, without_fields
from streams.identity.alias import ACCOUNT

TEXT_MAX_CHARACTERS = 200
_ANSWER_SECONDS = 0.8  # Sentry waits one second, and gives a webhook up after a thousand timeouts
_EXCEPTION = "$exception"
_RESOURCE = "sentry-hook-resource"
_EVENTS = {"error": "error", "event_alert": "event"}
"""The webhooks that hold an event of Sentry, and where."""
_NO_ERRORS = frozenset(("warning", "info", "debug", "sample"))
_USER_FIELDS = ("id", "email", "username")
_DROPPED = frozenset(
    ("stacktrace", "threads", "breadcrumbs", "request", "modules", "debug_meta", "_meta", "ip_address", "geo")
)
"""What a dead letter does not keep of an error."""
_NO_ERROR_TYPES = frozenset(("transaction", "feedback", "generic"))


def read(request: Request) -> Reading:
    """A webhook of Sentry.

    Raises:
        BadRequest: when the body is not a JSON object.
    """
    body = decoded_object(request.body)
    reading = Reading()
    resource = request.headers.get(_RESOURCE, "").strip().lower() or _resource_of(body)
    found = object_at(body, f"/data/{_EVENTS[resource]}") if resource in _EVENTS else {}
    if what := _without_use(resource, body, found):
        reading.ignored.append(Ignored(what=what))
    else:
        _read_event(request, body, found, reading)
    return reading


def _without_use(resource: str, body: dict[str, Any], found: dict[str, Any]) -> str:
    """What a webhook is that is no error; "" for an error."""
    if not found:
        return f"{resource or 'unknown'}.{text_at(body, '/action') or 'unknown'}"
    level, kind = text_at(found, "/level").lower(), text_at(found, "/type").lower()
    if level in _NO_ERRORS:
        return f"{resource} of level {level}"
    return f"{resource} of type {kind}" if kind in _NO_ERROR_TYPES else ""


def _resource_of(body: dict[str, Any]) -> str:
    """The resource of a body whose header a proxy dropped."""
    data = object_at(body, "/data")
    return next((resource for resource, part in _EVENTS.items() if isinstance(data.get(part), dict)), "")


def _read_event(request: Request, body: dict[str, Any], found: dict[str, Any], reading: Reading) -> None:
    source, kept = request.source, partial(without_fields, body, _DROPPED)
    tag_name = source.tag_name if isinstance(source, SentrySource) else "account_id"
    user = object_at(found, "/user")
    accounts = candidates(
        source,
        found,
        *((ACCOUNT, value) for value in tagged(found.get("tags"), tag_name)),
        *((kind_of(source, "sentry", "user"), user.get(field)) for field in _USER_FIELDS),
    )
    if not accounts:
        words = f'no tag {tag_name} and no user: call Sentry.setTag("{tag_name}", …) where the account is known'
        refuse(reading, NO_ACCOUNT, words, kept)
        return
    at_ms = timely(reading, request, kept, found.get("datetime"), found.get("timestamp"))
    if at_ms is None:
        return
    reading.events.append(
        event(
            request,
            _EXCEPTION,
            topic="exceptions",
            at_ms=at_ms,
            event_id=clean_id(found.get("event_id")) or fingerprint(found),
            accounts=accounts,
            user=next((cleaned for field in _USER_FIELDS if (cleaned := clean_id(user.get(field)))), ""),
            properties=_properties(found),
        )
    )


def tagged(tags: object, name: str) -> Iterator[object]:
    """The values of a tag in a list of pairs or of {key, value}, or in a map.

    >>> list(tagged([["os", "Linux"], ["account_id", "acme"]], "account_id"))
    ['acme']
    """
    if isinstance(tags, dict):
        tags = list(tags.items())
    for tag in tags if isinstance(tags, list) else ():
        match tag:
            case [key, value] | (key, value) if key == name:
                yield value
            case {"key": key, "value": value} if key == name:
                yield value


def _properties(found: dict[str, Any]) -> dict[str, Any]:
    exception = object_at(found, "/exception/values/0")
    kind = text_at(exception, "/type") or text_at(found, "/metadata/type")
    message = text_at(exception, "/value") or text_at(found, "/metadata/value", "/message", "/title")
    handled = object_at(exception, "/mechanism").get("handled")
    return {
        "type": kind[:TEXT_MAX_CHARACTERS],
        "message": message[:TEXT_MAX_CHARACTERS],
        "level": text_at(found, "/level"),
        "handled": handled if isinstance(handled, bool) else None,
        "environment": text_at(found, "/environment") or next(tagged(found.get("tags"), "environment"), None),
        "release": text_at(found, "/release"),
        "platform": text_at(found, "/platform"),
        "issue_id": clean_id(found.get("issue_id")),
    }


VENDOR = Vendor(read=read, scheme=SCHEME, answer_seconds=_ANSWER_SECONDS)
