"""CloudEvents by the project's own library: binary, structured and batched. Pure.

Those of Kafka come here too, in the form of HTTP, which `streams.gateway.topic_source.message` gives them.

The library invents what is missing, an id, and now as the time. So what is required is checked before it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import BaseCloudEventException, CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat

from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import instant_of
from streams.gateway.reading import BadRequest, Inbound, Reading, Refused, Request, Vendor
from streams.gateway.sources.schema import AccountRule, CloudEventsSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.bearer import bearer_key
from streams.gateway.vendors.fields import check_count, chosen_topic, decoded, encode, stamp

ACCOUNTS = tuple(AccountRule(pointer=pointer) for pointer in ("/data/account_id", "/partitionkey", "/subject"))
"""Where the account stands, unless the source has rules of its own."""
STRUCTURED, BATCHED = "application/cloudevents", "application/cloudevents-batch"
PREFIX = "ce-"
FROM_MESSAGE = ("partitionkey", "time")
"""What a message of Kafka lends to an event that lacks it: its key and its time, in headers as those of HTTP."""
_REQUIRED = ("id", "source", "specversion", "type")
_JSON = re.compile(r"(application|text)/([\w.-]+\+)?json")
_FORMAT = JSONFormat()
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class _Unusable(ValueError):
    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def read(request: Request) -> Reading:
    """The events of a request. A batch is taken event by event: one that cannot be used is refused alone.

    Raises:
        BadRequest: when it is not a CloudEvent, in JSON, at all.
    """
    media_type = _media_type(request.headers.get("content-type", ""))
    if media_type.startswith(BATCHED):
        _check_format(media_type, BATCHED)
        return _batch(request)
    if media_type.startswith(STRUCTURED):
        _check_format(media_type, STRUCTURED)
        return _each(request, [request.body])
    if any(name.startswith(PREFIX) for name in request.headers):
        return _reading([(request.body, lambda: _binary(request))])
    body = decoded(request.body)  # a structured one that is sent as plain JSON, as some do
    if isinstance(body, list):
        return _batch(request)
    if isinstance(body, dict) and "specversion" in body:
        return _each(request, [request.body])
    raise BadRequest(
        f"this is not a CloudEvent: send it with headers ce-*, or whole with content-type {STRUCTURED}+json"
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _check_format(media_type: str, mode: str) -> None:
    if media_type not in (mode, f"{mode}+json"):
        raise BadRequest(f"CloudEvents in {media_type} are not read: send {mode}+json")


def _batch(request: Request) -> Reading:
    body = decoded(request.body)
    if isinstance(body, dict):  # of a dead letter: the one event of a batch that could not be used
        return _each(request, [request.body])
    if not isinstance(body, list):
        raise BadRequest("a batch of CloudEvents must be a JSON list")
    check_count(len(body))
    return _each(request, [bytes(raw) for raw in _raws.decode(request.body.removeprefix(b"\xef\xbb\xbf"))])


def _each(request: Request, bodies: list[bytes]) -> Reading:
    return _reading([(body, lambda body=body: _structured(request, body)) for body in bodies])  # type: ignore[misc]


def _reading(parts: list[tuple[bytes, Callable[[], Inbound]]]) -> Reading:
    """What each part makes; each is refused by itself."""
    reading = Reading()
    for position, (value, make) in enumerate(parts):
        try:
            reading.events.append(msgspec.structs.replace(make(), position=position))
        except _Unusable as unusable:
            refused = Refused(reason=unusable.reason, words=str(unusable), value=value, position=position)
            reading.refused.append(refused)
    return reading


def _structured(request: Request, body: bytes) -> Inbound:
    found = _decoded(body)
    if not isinstance(found, dict):
        raise _Unusable("invalid", "a CloudEvent must be an object")
    given = {name: value for name, value in found.items() if value is not None}
    for name in FROM_MESSAGE:
        if name not in given and (value := request.headers.get(PREFIX + name)):
            given[name] = unquote(value)
    return _inbound(request, _made(given, lambda: _FORMAT.read(None, encode(given))), is_timed="time" in given)


def _decoded(body: bytes) -> Any:
    try:
        return decoded(body)
    except BadRequest as bad:
        raise _Unusable("malformed", str(bad)) from None


def _is_json(content_type: str | None) -> bool:
    return not content_type or _JSON.fullmatch(_media_type(content_type)) is not None


def _binary(request: Request) -> Inbound:
    headers = {name: value for name, value in request.headers.items() if name.startswith(PREFIX)}
    given = {name.removeprefix(PREFIX): unquote(value) for name, value in headers.items()}
    if content_type := request.headers.get("content-type", ""):
        headers["content-type"] = content_type
    if request.body and _is_json(content_type):
        _decoded(request.body)  # the library takes for a text what is not JSON, and lone surrogates for characters
    event = _made(given, lambda: from_binary(HTTPMessage(headers, request.body), _FORMAT))
    return _inbound(request, event, is_timed="time" in given)


def _made(given: Mapping[str, object], make: Callable[[], BaseCloudEvent]) -> BaseCloudEvent:
    """The event that the library makes of these attributes, or the library's words on why it makes none."""
    if missing := [name for name in _REQUIRED if name not in given]:
        raise _Unusable("invalid", f"the CloudEvent has no {missing[0]}: id, source, specversion and type are required")
    try:
        if "time" in given:
            any_stamp_ms(given["time"])  # for words that say how to write it
        return make()
    except Untimely as untimely:
        raise _Unusable("bad_timestamp", str(untimely)) from None
    except CloudEventValidationError as invalid:
        words = "; ".join(f"{name}: {errors[0]}" for name, errors in invalid.errors.items())
        raise _Unusable("invalid", f"not a valid CloudEvent: {words}") from None
    except (BaseCloudEventException, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _Unusable("invalid", f"not a valid CloudEvent: {error}") from None


def _inbound(request: Request, event: BaseCloudEvent, *, is_timed: bool) -> Inbound:
    source = request.source
    assert isinstance(source, CloudEventsSource)
    name, data = event.get_type(), _data(event)
    whole: dict[str, Any] = {**event.get_attributes(), "data": data}
    accounts = accounts_by(source.account or ACCOUNTS, whole)
    if not accounts:
        pointers = ", ".join(rule.pointer for rule in source.account or ACCOUNTS)
        raise _Unusable("no_account", f"no account at {pointers}: send it there, or set `account` of the source")
    moment = event.get_time()
    try:
        occurred_at_ms = instant_of(moment) if is_timed and moment is not None else request.received_ms
        written = stamp(occurred_at_ms)
    except OverflowError:
        raise _Unusable("bad_timestamp", "the time is beyond the calendar") from None
    value = {"event": name, "timestamp": written, "id": _id(event), "properties": data}
    return Inbound(
        topic=chosen_topic(name, source.topics, "analytics"),
        event=name,
        value=encode(value),
        occurred_at_ms=occurred_at_ms,
        accounts=accounts,
    )


def _id(event: BaseCloudEvent) -> str:
    """`source` and `id`, which together are unique. A source is a URI, which has no spaces."""
    return f"{event.get_source().replace(' ', '%20')} {event.get_id()}"


def _data(event: BaseCloudEvent) -> dict[str, Any]:
    content_type, data = event.get_datacontenttype(), event.get_data()
    if content_type is not None and not _is_json(content_type):
        raise _Unusable("not_json", f"data in {_media_type(content_type)} is not read: send JSON")
    if isinstance(data, bytes) and data:
        data = _decoded(data)
    if data is None or data == b"":
        return {}
    if not isinstance(data, dict):
        raise _Unusable("invalid", "data must be a JSON object, with the properties")
    return data


VENDOR = Vendor(read=read, key=bearer_key)
