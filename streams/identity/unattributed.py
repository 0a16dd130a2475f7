"""An event whose account is not known yet: the messages of the topic `unattributed`. Pure.

The topic is compacted: what is on it waits. The attribution process publishes an event under its account as soon as an
alias says which that is, and deletes it here once the input topic has acknowledged it.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from scoring.event.topics import INPUT_TOPICS
from streams.identity.alias import ID_MAX_CHARACTERS, ForeignId

_DIGEST_BYTES = 32


class Unattributed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event that waits for the account of one of `accounts`, best first. At least one.

    `value` is the JSON object to publish on the input `topic`, without `account_id`; `event` is its name. `source` is
    the name of the gateway's source that took it, `received_ms` when.
    """

    topic: str
    event: str
    value: bytes
    occurred_at_ms: int
    accounts: tuple[ForeignId, ...]
    source: str = ""
    received_ms: int = 0


def unattributed_key(event: Unattributed, event_id: str) -> bytes:
    """The key of an event on the topic, the same for each copy of it. `event_id` is its `id`.

    >>> ids = (ForeignId("a", "b"),)
    >>> event = Unattributed(topic="billing", event="paid", value=b"{}", occurred_at_ms=0, accounts=ids)
    >>> unattributed_key(event, "evt_1")
    b'a\\x00b\\x00billing\\x00paid\\x00evt_1'
    """
    first = event.accounts[0]
    if len(event_id) > ID_MAX_CHARACTERS:  # a topic takes no key of any length
        event_id = blake2b(event_id.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{first.kind}\0{first.id}\0{event.topic}\0{event.event}\0{event_id}".encode()


class NotUnattributed(ValueError):
    """A message that is no unattributed event. The text says why."""


_decoder = msgspec.json.Decoder(Unattributed)


def encode_unattributed(event: Unattributed) -> bytes:
    """The value of an event on the topic."""
    return msgspec.json.encode(event)


def decode_unattributed(value: bytes) -> Unattributed:
    """The event in a message of the topic.

    Raises:
        NotUnattributed: when it is none.
    """
    try:
        event = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnattributed(str(error)) from None
    if not event.accounts or event.topic not in INPUT_TOPICS:
        raise NotUnattributed("it names no id, or no input topic")
    return event
