"""Moves an event to another account: its bytes, with another `account_id`. Pure.

The worker forwards what still arrives for a merged account, and `vitals alias merge` publishes again what the log has.
Both make the same bytes of one message, so an event that both move counts once.
"""

from __future__ import annotations

import msgspec

from scoring.event.bodies import BYTE_ORDER_MARK, Rejected
from scoring.event.event import Event
from scoring.event.ids import id_of

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()


def moved(value: bytes, event: Event, into: str, partition: int, offset: int) -> bytes:
    """The message of an event that belonged to `event.account_id`, under the account `into`.

    `event` is what the decoder made of `value`; `partition` and `offset` are those of its message. An event without
    an id gets one made of them, and one without a timestamp gets its time, which its new message no longer has.

    >>> event = Event("old", "billing", "paid", 946684800000, "", "", None)
    >>> moved(b'{"event":"paid","account_id":"old"}', event, "acme", 2, 17)
    b'{"account_id":"acme","id":"billing-2-17","timestamp":946684800000,"event":"paid"}'
    """
    return under_account(
        value,
        into,
        was=event.account_id,
        event_id="" if event.event_id else f"{event.topic}-{partition}-{offset}",
        occurred_at_ms=event.occurred_at_ms,
    )


def under_account(
    value: bytes, account_id: str, *, was: str = "", event_id: str = "", occurred_at_ms: int = 0
) -> bytes:
    """The JSON object `value` with `account_id` as its first field, and the values of all others as they are.

    Args:
        value: an event that the decoder takes, or would with an account.
        was: the account so far. A `$group_key` that names it names the new one, or its `$group_set` would not be read.
        event_id: the `id` to set; "" leaves it.
        occurred_at_ms: its `timestamp`, if it has none; 0 leaves it without.

    Raises:
        Rejected: when `value` is no JSON object.

    >>> under_account(b'{"event": "login", "id": "7"}', "acme")
    b'{"account_id":"acme","event":"login","id":"7"}'
    """
    fields = _fields_of(value)
    for name in ("account_id", *(("id",) if event_id else ())):
        fields.pop(name, None)
    first = {"account_id": _raw(account_id)}
    if event_id:
        first["id"] = _raw(event_id)
    if occurred_at_ms and bytes(fields.get("timestamp", b"null")) == b"null":
        fields.pop("timestamp", None)
        first["timestamp"] = _raw(occurred_at_ms)
    if was and "properties" in fields:
        fields["properties"] = _regrouped(fields["properties"], was, account_id)
    return msgspec.json.encode({**first, **fields})


def _fields_of(value: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _FIELDS.decode(value.lstrip(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("malformed", f"not a JSON object: {error}") from None


def _regrouped(properties: msgspec.Raw, was: str, account_id: str) -> msgspec.Raw:
    try:
        found = _FIELDS.decode(properties)
    except msgspec.DecodeError:
        return properties  # a text or a list
    if "$group_key" not in found or id_of(_ANY.decode(found["$group_key"])) != was:
        return properties
    return _raw({**found, "$group_key": _raw(account_id)})


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
