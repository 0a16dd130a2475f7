"""PostHog's requests, taken apart into captured events: those of SDKs, and those of webhook destinations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.gateway.reading import BadRequest, Reading, Request, Vendor
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.bearer import bearer_key
from streams.gateway.vendors.fields import Untimely, check_count, decoded, instant_ms
from streams.gateway.vendors.posthog.captures import Capture, read_capture, refuse
from streams.gateway.vendors.posthog.packing import unpacked

PATHS = ("/i/v0/e", "/e", "/capture", "/batch", "/track", "/i/v1/analytics/events")
_MILLISECONDS_FROM = 1_600_000_000_000
"""The query's `_` is when the request was sent, in milliseconds. A smaller number is none: old SDKs wrote seconds."""


class _Properties(msgspec.Struct):
    token: Any = ""


class _Keyed(msgspec.Struct):
    """The fields that are read to find a source. SDKs write the project's key in any of these places."""

    api_key: Any = ""
    token: Any = ""
    properties: _Properties | list[Any] | str | None = None


_KEYED = msgspec.json.Decoder(_Keyed | list[_Keyed | list[Any] | str | float | bool | None])


def read(request: Request) -> Reading:
    """The events of a request. One that cannot be used does not harm the others.

    Raises:
        BadRequest: when the body cannot be unpacked, is not JSON, or holds no events.
    """
    assert isinstance(request.source, PostHogSource)
    reading = Reading()
    for capture in _captures(request):
        try:
            read_capture(capture, request.source, request.name, reading)
        except Untimely as untimely:
            refuse(capture, reading, "bad_timestamp", str(untimely))
    reading.aliases = list({(alias.kind, alias.id): alias for alias in reading.aliases}.values())
    return reading


def _captures(request: Request) -> Iterator[Capture]:
    body = decoded(unpacked(request.body, request.query))
    events = body.get("batch") if isinstance(body, dict) else body
    whole = body if isinstance(body, dict) else {}
    is_hook = isinstance(whole.get("event"), dict)
    if is_hook:
        events = [_of_hook(whole)]
    elif not isinstance(events, list):
        if "event" not in whole:
            raise BadRequest("the body must be an event, a list of events, or an object with a list called batch")
        events = [whole]
    check_count(len(events))
    sent_ms = None if is_hook else _sent_ms(request, whole)
    for position, each in enumerate(events):
        yield Capture(
            body=each if isinstance(each, dict) else {"": each},
            position=position,
            received_ms=request.received_ms,
            sent_ms=sent_ms,
        )


def _of_hook(body: dict[str, Any]) -> dict[str, Any]:
    """The event of a webhook destination, with the groups and the person that its body may have beside it."""
    event: dict[str, Any] = body["event"]
    return {**event, "groups": body.get("groups"), "person": body.get("person") or event.get("person")}


def _sent_ms(request: Request, body: dict[str, Any]) -> int | None:
    """When the request was sent, by the clock of the SDK; None when it does not say so.

    A request that is sent by hand, from an export, has none; then times are what they are.
    """
    header = request.headers.get("posthog-request-timestamp")
    for found in (body.get("sent_at"), _query_ms(request.query.get("_", "")), header):
        try:
            sent_ms = instant_ms(found, otherwise_ms=-1)
        except Untimely:
            continue
        if sent_ms >= 0:
            return sent_ms
    return None


def _query_ms(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) < 15
    return int(text) if is_number and int(text) > _MILLISECONDS_FROM else None


def key(request: Request) -> str:
    """The project's key that an SDK sends, or the header of a webhook destination: a bearer token, `x-vitals-key`,
    `api_key` or `token` in the query or in the body; "" without one."""
    given = bearer_key(request) or request.headers.get("x-vitals-key", "").strip()
    return given or request.query.get("api_key") or request.query.get("token") or _key_in_body(request)


def _key_in_body(request: Request) -> str:
    try:
        found = _KEYED.decode(unpacked(request.body, request.query))
    except (BadRequest, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, _Keyed):
            inner = each.properties.token if isinstance(each.properties, _Properties) else ""
            given = each.api_key or each.token or inner
            if given and isinstance(given, str):
                return given
    return ""


VENDOR = Vendor(read=read, key=key, paths=PATHS, in_answers={"status": "Ok", "results": {}})
"""SDKs that read `results` take an event that is not in it as stored."""
