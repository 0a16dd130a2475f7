"""Segment's and RudderStack's requests, taken apart into calls: a webhook's one or many, and those of SDKs. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from streams.gateway.reading import BadRequest, Reading, Request, TooMuch, Vendor
from streams.gateway.sources.schema import SegmentSource
from streams.gateway.vendors.bearer import bearer_key
from streams.gateway.vendors.fields import Untimely, check_count, decoded, encode, object_at
from streams.gateway.vendors.segment.calls import Call, read_call, refuse

_CALLS = ("track", "identify", "group", "page", "screen", "alias")
_TYPES = {written: name for name in _CALLS for written in (name, name[0])}
"""The call that a path of the tracking API is for."""
_MANY = ("batch", "b", "import")
_METRICS = "m"
"""What Segment's browser library counts about itself."""
_BEACON = "/beacon"
"""Where RudderStack's SDK sends what a browser has left when a page is closed: the key is in the query."""
PATHS = (*(f"/v1/{name}" for name in (*_TYPES, *_MANY, _METRICS)), f"{_BEACON}/v1/batch")


CONTEXTS_MAX_BYTES = 10_000_000
"""A context beside a batch is that of each of its calls: together they are no more than a body may be."""


class _Keyed(msgspec.Struct):
    """The one field that is read to find a source."""

    writeKey: str = ""  # noqa: N815  # named as on the wire


_KEYED = msgspec.json.Decoder(_Keyed)


def read(request: Request) -> Reading:
    """The calls of a webhook or of an SDK. One that cannot be used does not harm the others."""
    assert isinstance(request.source, SegmentSource)
    reading = Reading()
    path = request.path.rstrip("/")
    name = path.removeprefix(_BEACON).removeprefix("/v1/") if path in PATHS else ""
    if name == _METRICS:
        return reading
    for call in _calls(request, name):
        try:
            read_call(call, request.source, request.name, reading)
        except Untimely as untimely:
            refuse(call, reading, "bad_timestamp", str(untimely))
    reading.aliases = list({(alias.kind, alias.id): alias for alias in reading.aliases}.values())
    return reading


def _calls(request: Request, path: str) -> Iterator[Call]:
    body = decoded(request.body)
    batch = body.get("batch") if isinstance(body, dict) else body
    whole = body if isinstance(body, dict) and isinstance(batch, list) else {}
    if not isinstance(batch, list):
        if not isinstance(body, dict) or "batch" in body:
            raise BadRequest("the body must be a call, a list of calls, or an object with a list called batch")
        batch = [body]
    check_count(len(batch))
    context = object_at(whole, "/context")
    if context and len(encode(context)) * len(batch) > CONTEXTS_MAX_BYTES:
        raise TooMuch("the context of the batch is too large to be that of each call: send it with fewer calls")
    for position, each in enumerate(batch):
        call = each if isinstance(each, dict) else {"": each}
        yield Call(
            body={**call, "context": {**context, **object_at(call, "/context")}} if context else call,
            position=position,
            kind=_TYPES.get(path, ""),
            received_ms=request.received_ms,
            sent_at=whole.get("sentAt"),
            is_direct=path != "" or bool(whole),
        )


def key(request: Request) -> str:
    """The write key of an SDK: the user of Basic authentication, a bearer token, a header `x-vitals-key`, or `writeKey`
    in the query or the body; "" without one."""
    given = bearer_key(request) or request.headers.get("x-vitals-key", "").strip() or request.query.get("writeKey")
    if given:
        return given
    try:
        return _KEYED.decode(request.body).writeKey
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


VENDOR = Vendor(read=read, scheme="segment", key=key, paths=PATHS, in_answers={"success": True})
