"""What sending a dead letter again means, or why it cannot be sent again. Pure."""

from __future__ import annotations

import msgspec

from scoring.event.event import EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from streams.dead_letters.entry import Letter
from streams.message import KEY_MAX_BYTES, own_origin
from streams.topics import UNATTRIBUTED

_DECODER = EventDecoder()


class ToTopic(msgspec.Struct, frozen=True, kw_only=True):
    """To be published on an input topic under its account, with its time and origin.

    An event without an id of its own gets one made of `origin`, so that a second replay does not count twice.
    """

    topic: str
    account_id: str
    value: bytes
    time_ms: int
    origin: bytes


class ToWaiting(msgspec.Struct, frozen=True):
    """To be put on `unattributed` again, where it waits for its account."""

    key: bytes
    value: bytes


class ToSource(msgspec.Struct, frozen=True):
    """To be read again as a request to this source of the gateway."""

    source: str


class Kept(msgspec.Struct, frozen=True):
    """Not sent again. `words` says why, and what to do."""

    words: str


Plan = ToTopic | ToWaiting | ToSource | Kept


def planned(letter: Letter, *, now_ms: int, again: bool = False, as_source: str = "") -> Plan:
    """What to do with a letter. `again` takes those that were sent again before; `as_source` has the source read what
    an input topic refused, such as a vendor's envelope."""
    found = letter.letter
    if letter.replayed_ms and not again:
        return Kept("it was sent again already: --again sends it once more")
    if letter.is_cut:
        kept = len(found.value or b"")
        return Kept(f"only {kept:,} of its {found.value_bytes:,} bytes were kept: have the sender send it again")
    if found.value is None:
        return Kept("it has no value: there is nothing to send")
    if found.source or as_source:
        return ToSource(as_source or found.source)
    if found.topic == UNATTRIBUTED and found.key and len(found.key) < KEY_MAX_BYTES:
        return ToWaiting(found.key, found.value)
    if found.topic not in INPUT_TOPICS:
        return Kept(f"it is of the topic {found.topic}: give the command again that it came from")
    try:
        event = _DECODER.decode(found.topic, found.value, found.timestamp_ms, now_ms)
    except Rejected as rejected:
        advice = ": --as SOURCE has a source of the gateway read it" if rejected.reason == "needs_gateway" else ""
        return Kept(f"it would be refused again, {rejected.reason}: {rejected}{advice}")
    return ToTopic(
        topic=found.topic,
        account_id=event.account_id,
        value=found.value,
        time_ms=found.timestamp_ms,
        origin=own_origin(found.topic, found.partition, found.offset),
    )
