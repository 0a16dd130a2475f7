"""An event that a source read and the check then refused, in its dead letter. Pure.

The value of such a letter is the event, not what the vendor sent. So a header says what else is needed to publish it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.gateway.reading import Inbound
from streams.identity.alias import ForeignId

EVENT_HEADER = ":event"


class _Read(msgspec.Struct, frozen=True):
    topic: str
    event: str
    occurred_at_ms: int
    accounts: tuple[ForeignId, ...]
    is_complete: bool


_decode = msgspec.json.Decoder(_Read).decode


def event_header(event: Inbound) -> dict[str, str]:
    """The header of an event's dead letter."""
    read = _Read(event.topic, event.event, event.occurred_at_ms, event.accounts, event.is_complete)
    return {EVENT_HEADER: msgspec.json.encode(read).decode()}


def event_in(headers: Mapping[str, str], value: bytes) -> Inbound | None:
    """The event in a dead letter; None if the value is what the vendor sent.

    >>> event = Inbound(topic="billing", event="paid", value=b"{}", occurred_at_ms=7, accounts=(ForeignId("a", "b"),))
    >>> event_in(event_header(event), b"{}") == event, event_in({}, b"{}")
    (True, None)
    """
    if not (written := headers.get(EVENT_HEADER)):
        return None
    try:
        read = _decode(written.encode())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return Inbound(
        topic=read.topic,
        event=read.event,
        value=value,
        occurred_at_ms=read.occurred_at_ms,
        accounts=read.accounts,
        is_complete=read.is_complete,
    )
