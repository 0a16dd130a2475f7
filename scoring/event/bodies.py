"""A message body as JSON, for rare cases, and the error for rejected input. Not for the hot path."""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec

from scoring.event.envelopes import envelope_of

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""The UTF-8 byte order mark, which producers on Windows send. No JSON text starts with one of its bytes."""
_BODY = msgspec.json.Decoder()
_KINDS: dict[type, str] = {
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}


class Rejected(ValueError):
    """Unusable input. `reason` is one of a small closed set of codes; the text explains it to people."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def kind_of(found: object) -> str:
    """The type of a JSON value, in words.

    >>> kind_of(7), kind_of(True), kind_of(None)
    ('a number', 'a truth value', 'null')
    """
    return _KINDS.get(type(found), "null")


def table_of(properties: object) -> dict[str, Any]:
    """The properties of an event: an object, an object written as a text, or {}. Not for the hot path.

    >>> table_of({"a": 1}), table_of('{"a": 1}'), table_of([])
    ({'a': 1}, {'a': 1}, {})
    """
    try:
        found = _BODY.decode(properties) if isinstance(properties, str) and properties else properties
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def body_of(value: bytes) -> dict[str, Any]:
    """The JSON object in a message that was decoded; {} when there is none. Not for the hot path."""
    try:
        body = _BODY.decode(value.lstrip(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def whole_body(value: bytes | None) -> dict[str, Any]:
    body = body_of(value or b"")
    return {**body, "properties": table_of(body.get("properties"))}


def refuse_envelope(value: bytes | None) -> None:
    """Reject a vendor's envelope, naming it; every other body passes."""
    try:
        body = _BODY.decode((value or b"").lstrip(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if words := envelope_of(body):
        refuse_packed(words)


def refuse_packed(words: str) -> NoReturn:
    raise Rejected(
        "needs_gateway",
        f"{words} is for the gateway, which makes events of it: send it to `vitals gateway` (docs/connect), or send "
        f"one event a message, with account_id, event and timestamp",
    )
