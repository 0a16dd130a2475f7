"""An event under another account: what merged accounts and late aliases have in common. Pure."""

from __future__ import annotations

import msgspec

from scoring.event.bodies import BYTE_ORDER_MARK
from scoring.event.ids import id_of

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def under_account(value: bytes, account_id: str, event_id: str = "", *, was: str = "") -> bytes:
    """The JSON object `value`, an event of any shape of docs/events.md, as one of `account_id`.

    The account comes first, and any other top-level account or, with `event_id`, id is left out. All else keeps its
    bytes, except a `$group_key` in the properties that names `was`, the account before: the traits in `$group_set`
    count only for the account that it names.

    >>> under_account(b'{"event": "login", "account_id": "old", "mrr": 1.50}', "new")
    b'{"account_id":"new","event":"login","mrr":1.50}'
    >>> under_account(b'{"event": "login"}', "new", "analytics/0/17")
    b'{"account_id":"new","id":"analytics/0/17","event":"login"}'

    Raises:
        ValueError: when it is not a JSON object.
    """
    try:
        fields = _OBJECT.decode(value.lstrip(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"an event is a JSON object: {error}") from None
    account = msgspec.Raw(msgspec.json.encode(account_id))
    first = {"account_id": account}
    if event_id:
        first["id"] = msgspec.Raw(msgspec.json.encode(event_id))
    if (properties := fields.get("properties")) is not None:
        fields["properties"] = _regrouped(properties, account, was)
    return msgspec.json.encode(first | {name: each for name, each in fields.items() if name not in first})


def _regrouped(properties: msgspec.Raw, account: msgspec.Raw, was: str) -> msgspec.Raw:
    """The properties, with the group of a `$groupidentify` renamed to the account; anything else as it is."""
    if not was or b"$group_key" not in bytes(properties):
        return properties
    try:
        fields = _OBJECT.decode(properties)
        if id_of(msgspec.json.decode(fields["$group_key"])) != was:
            return properties
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return properties
    return msgspec.Raw(msgspec.json.encode(fields | {"$group_key": account}))
