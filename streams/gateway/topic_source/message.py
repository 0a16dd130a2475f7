"""A message that holds a CloudEvent, as a request: in the form that CloudEvents have over HTTP. Pure."""

from __future__ import annotations

from urllib.parse import quote

from scoring.instants import rfc3339
from streams.gateway.reading import BadRequest, Request
from streams.gateway.sources.schema import CloudEventsSource
from streams.gateway.vendors.cloudevents import PREFIX
from streams.message import Message

KAFKA_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"


def request_of(name: str, source: CloudEventsSource, message: Message, now_ms: int) -> Request:
    """A message of the source `name` as a request that arrives at `now_ms`.

    Its headers `ce_*` become `ce-*`. The key counts as the event's `partitionkey`, and the time of the message as its
    `time`, where the event has none of its own.

    Raises:
        BadRequest: when a header is not UTF-8.
    """
    headers: dict[str, str] = {}
    for header, value in message.headers:
        lower = header.lower()
        if lower.startswith(KAFKA_PREFIX):
            headers[PREFIX + lower.removeprefix(KAFKA_PREFIX)] = quote(_text(header, value), safe="")
        elif lower == _CONTENT_TYPE:
            headers[_CONTENT_TYPE] = _text(header, value)
    is_event = any(each.startswith(PREFIX) for each in headers) or _CONTENT_TYPE in headers
    if is_event and message.key:
        headers.setdefault(f"{PREFIX}partitionkey", quote(message.key.decode(errors="replace"), safe=""))
    if is_event and message.timestamp > 0:
        headers.setdefault(f"{PREFIX}time", quote(rfc3339(message.timestamp), safe=""))
    return Request(name=name, source=source, body=message.value or b"", headers=headers, received_ms=now_ms)


def _text(header: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError:
        raise BadRequest(f"the header {header} is not UTF-8") from None
