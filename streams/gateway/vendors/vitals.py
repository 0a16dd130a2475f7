"""Our own events: one JSON object, a list, or one a line; and the two posts of Agentry, analytics and logs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from scoring.event.event import EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from streams.gateway.keys import given_key
from streams.gateway.reading import BadRequest, Inbound, Reading, Refused, Request, Vendor
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.fields import EVENTS_MAX, check_count, clean_id, encode, fingerprint, stamp
from streams.identity.alias import ACCOUNT, ForeignId

PATHS = ("/v1/events", "/v1/analytics/{project}", "/v1/logs/{project}")
TOPICS = {**{name: name for name in INPUT_TOPICS}, "exception": "exceptions", "ticket": "tickets"}
"""What an event may call its topic."""
MESSAGE_CHARACTERS = 200
_LINES = ("ndjson", "jsonl", "json-seq", "jsonlines")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BREAKS_MAX = 10 * EVENTS_MAX
"""Of lines, with blank ones."""
_AROUND = b"\x1e \t\r\n"
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_any = msgspec.json.Decoder().decode
_decoder = EventDecoder()


class _Named(msgspec.Struct, gc=False):
    topic: Any = None
    event: Any = None


class _Stamps(msgspec.Struct, gc=False):
    timestamp: Any = None
    originalTimestamp: Any = None  # noqa: N815  # named as on the wire
    sentAt: Any = None  # noqa: N815
    receivedAt: Any = None  # noqa: N815


_named = msgspec.json.Decoder(_Named).decode
_stamps = msgspec.json.Decoder(_Stamps).decode


def read(request: Request) -> Reading:
    """The events of a request. Each keeps all its fields; what has no id or no time gets them.

    Raises:
        BadRequest: when it is not JSON at all.
    """
    reading, seen = Reading(), Counter[str]()
    for position, raw in enumerate(_items(request)):
        try:
            reading.events.append(_inbound(request, raw, position, seen))
        except Rejected as error:
            refused = Refused(reason=error.reason, words=str(error), value=raw, position=position)
            reading.refused.append(refused)
    return reading


def _items(request: Request) -> Iterator[bytes]:
    body = _bare(request.body)
    if not body:
        raise BadRequest("the body is empty: send one event as JSON, a list of events, or one a line")
    if body.startswith(b"["):
        try:
            found = _list(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadRequest(f"the body is not a JSON list: {error}") from None
        check_count(len(found))
        return (bytes(raw) for raw in found)
    if b"\n" in body and _is_lines(request, body):
        breaks = body.count(b"\n")
        check_count(breaks if breaks > _BREAKS_MAX else 0)
        lines = [line for each in body.splitlines() if (line := _bare(each))]
        check_count(len(lines))
        return iter(lines)
    return iter((body,))


def _bare(text: bytes) -> bytes:
    """A body or a line without white space and record separators around it, and without byte order marks before it.

    Files that were written one after the other may have a mark in each.
    """
    return text.strip(_AROUND).lstrip(_BYTE_ORDER_MARK).strip(_AROUND)


def _is_lines(request: Request, body: bytes) -> bool:
    if any(word in request.headers.get("content-type", "") for word in _LINES):
        return True
    first = body.split(b"\n", 1)[0].strip()
    return first.startswith(b"{") and first.endswith(b"}") and _is_json(first)


def _is_json(text: bytes) -> bool:
    try:
        _fields(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _inbound(request: Request, raw: bytes, position: int, seen: Counter[str]) -> Inbound:
    topic = _topic(request, raw)
    if request.source.account:
        return _by_rules(request, raw, position, topic, seen)
    event = _decoder.decode(topic, raw, request.received_ms, request.received_ms)
    body = _whole(raw)
    is_undated = event.occurred_at_ms == request.received_ms and _is_undated(raw)
    if is_undated or not event.event_id:
        raw = _completed(request, raw, body, position, event.event_id, is_undated, seen)
    if request.path.startswith("/v1/logs/"):
        raw = _without_traces(raw)
    accounts = (ForeignId(ACCOUNT, event.account_id),)
    return Inbound(
        topic=topic,
        event=event.name,
        value=raw,
        occurred_at_ms=event.occurred_at_ms,
        accounts=accounts,
        position=position,
        is_complete=True,
    )


def _whole(raw: bytes) -> Any:
    """All of an event. A value that cannot be read would be refused by a worker whose model names it.

    Raises:
        Rejected: when something in it cannot be read.
    """
    try:
        body = _any(raw)
        if isinstance(body, dict) and isinstance(written := body.get("properties"), str) and written:
            _any(written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("malformed", f"not JSON: {error}") from None
    return body


def _by_rules(request: Request, raw: bytes, position: int, topic: str, seen: Counter[str]) -> Inbound:
    """An event whose account stands where the source's rules say."""
    body = _whole(raw)
    if not isinstance(body, dict):
        raise Rejected("invalid", "an event must be a JSON object")
    accounts = accounts_by(request.source.account, body)
    if not accounts:
        where = " or ".join(rule.pointer for rule in request.source.account)
        raise Rejected("no_account", f"there is no id at {where}, where this source says whose an event is")
    body.pop("account_id", None)
    event = _decoder.decode(topic, encode({**body, "account_id": "x"}), request.received_ms, request.received_ms)
    is_undated = event.occurred_at_ms == request.received_ms and _is_undated(raw)
    value = _completed(request, encode(body), body, position, event.event_id, is_undated, seen)
    return Inbound(
        topic=topic,
        event=event.name,
        value=value,
        occurred_at_ms=event.occurred_at_ms,
        accounts=accounts,
        position=position,
    )


def _topic(request: Request, raw: bytes) -> str:
    """The input topic of an event: its own `topic`, else what the path, the query or the source says."""
    try:
        named = _named(raw)
    except (msgspec.DecodeError, RecursionError):
        return "analytics"  # it is not JSON, or no object: the decoder says so
    if (given := named.topic) is not None:
        if not isinstance(given, str) or given.strip() not in TOPICS:
            raise Rejected("unknown_topic", f"the event's topic is not one of {', '.join(INPUT_TOPICS)}")
        return TOPICS[given.strip()]
    if (by_name := request.source.topics.get(named.event if isinstance(named.event, str) else "")) is not None:
        return by_name
    if request.path.startswith("/v1/logs/"):
        return "exceptions"
    if request.path.startswith("/v1/analytics/"):
        return "analytics"
    if (asked := request.query.get("topic", "")) in TOPICS:
        return TOPICS[asked]
    raise Rejected("no_topic", f"the event names no topic: give `topic`, one of {', '.join(INPUT_TOPICS)}")


def _is_undated(raw: bytes) -> bool:
    """Whether an event that has the time of its arrival has it for want of another."""
    stamps = _stamps(raw)
    return stamps == _Stamps()


def _completed(
    request: Request, raw: bytes, body: Any, position: int, event_id: str, is_undated: bool, seen: Counter[str]
) -> bytes:
    """The event with the id and the timestamp that it lacks.

    The id is made of the content, and of how many equal events stand before it in the request; so a request that is
    sent again has the same ids. Without a timestamp equal events are taken for several, whenever they come: the time of
    arrival is part of the content then, unless the request has an `Idempotency-Key`.
    """
    fields = _fields(raw)
    if is_undated:
        fields["timestamp"] = msgspec.Raw(b'"' + stamp(request.received_ms).encode() + b'"')
    if not event_id:
        made = _made_id(request, body, position, is_undated)
        seen[made] += 1
        made = f"{made}-{seen[made]}" if seen[made] > 1 else made
        fields["id"] = msgspec.Raw(encode(made))
    return encode(fields)


def _made_id(request: Request, body: Any, position: int, is_undated: bool) -> str:
    if given := clean_id(request.headers.get("idempotency-key")):
        return f"{given}-{position}"
    content = fingerprint(body)
    return f"{content}-{request.received_ms}" if is_undated else content


def _without_traces(raw: bytes) -> bytes:
    """A log without its stack, and with the beginning of its message: models can use no more."""
    fields = _any(raw)
    fields.pop("stack", None)
    if isinstance(message := fields.get("message"), str):
        fields["message"] = message[:MESSAGE_CHARACTERS]
    return encode(fields)


VENDOR = Vendor(read=read, key=given_key, paths=PATHS, reads_answers=True)
