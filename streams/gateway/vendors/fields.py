"""What all vendors' readers do with JSON: find, clean, date, write and fingerprint. Pure."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec

from scoring.event.ids import id_of
from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import rfc3339
from streams.gateway.reading import BadRequest, TooMuch
from streams.identity.alias import ID_MAX_CHARACTERS, ForeignId

MISSING = msgspec.UNSET
EVENTS_MAX = 20_000
"""The most events of one request: reading them takes the time of all others."""
_FINGERPRINT_BYTES = 16
_EARLIEST_MS, _LATEST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999: what `stamp` can write."""
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


def decoded(body: bytes) -> Any:
    """The JSON in a body, with or without a byte order mark.

    Raises:
        BadRequest: when it is empty, or not JSON in UTF-8.
    """
    if not body.strip():
        raise BadRequest("the body is empty: send JSON")
    try:
        return _decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from None


def decoded_object(body: bytes) -> dict[str, Any]:
    """The same, when it must be an object.

    Raises:
        BadRequest: when it is not JSON, or not an object.
    """
    found = decoded(body)
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    return found


def check_count(count: int) -> None:
    """Check that a request holds no more events than it may.

    Raises:
        TooMuch: when not.
    """
    if count > EVENTS_MAX:
        raise TooMuch(f"it has {count:,} events, and {EVENTS_MAX:,} are the most: split it into several requests")


def encode(value: object) -> bytes:
    """A value as JSON. A float that JSON does not have becomes null.

    >>> encode({"event": "login", "seats": 3})
    b'{"event":"login","seats":3}'
    """
    return _encode(value)


def fingerprint(content: object) -> str:
    """An id made of content, for what has none: equal content has one id, whatever the order of its keys.

    Bytes are taken as they are; anything else as the JSON that it would be.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    >>> fingerprint(b"{}")
    'content-2afb9b83f9314e5d029766197f539792'
    """
    text = content if isinstance(content, bytes) else _encode_sorted(content)
    return f"content-{blake2b(text, digest_size=_FINGERPRINT_BYTES).hexdigest()}"


@lru_cache(maxsize=1_024)
def pointer_parts(pointer: str) -> tuple[str, ...]:
    """The parts of a JSON pointer (RFC 6901); none for "", which is the whole.

    >>> pointer_parts("/data/a~1b/0"), pointer_parts("")
    (('data', 'a/b', '0'), ())

    Raises:
        ValueError: when it is not a pointer; the text says how to write one.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON pointer: it begins with a slash, like /data/account_id")
    parts = pointer[1:].split("/")
    for part in parts:
        if "~" in part.replace("~0", "").replace("~1", ""):
            raise ValueError(f"{pointer!r} is not a JSON pointer: write ~0 for ~ and ~1 for a slash in a name")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def found_at(body: object, pointer: str) -> Any:
    """The value at a JSON pointer; `MISSING` where there is none. null is a value.

    >>> found_at({"data": [{"id": 7}]}, "/data/0/id"), found_at({"data": []}, "/data/0") is MISSING
    (7, True)
    """
    found = body
    for part in pointer_parts(pointer):
        if isinstance(found, dict):
            found = found.get(part, MISSING)
        elif isinstance(found, list) and _is_index(part) and int(part) < len(found):
            found = found[int(part)]
        else:
            return MISSING
    return found


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and (part == "0" or part[0] != "0") and len(part) < 10


def text_at(body: object, *pointers: str) -> str:
    """The first of these values that is a text and not blank, without white space around it; "" when there is none."""
    for pointer in pointers:
        found = found_at(body, pointer)
        if isinstance(found, str) and (text := found.strip()):
            return text
    return ""


def object_at(body: object, pointer: str) -> dict[str, Any]:
    """The object at a JSON pointer; an empty one where there is anything else."""
    found = found_at(body, pointer)
    return found if isinstance(found, dict) else {}


def clean_id(found: object) -> str:
    """The id in a value by the rule of docs/events.md; "" for what is none, and for one of more than 200 characters.

    >>> clean_id(" cus_1 "), clean_id(42), clean_id("null"), clean_id(None)
    ('cus_1', '42', '', '')
    """
    cleaned = id_of(found)
    return cleaned if len(cleaned) <= ID_MAX_CHARACTERS else ""


def id_at(body: object, *pointers: str) -> str:
    """The first of these values that is an id, cleaned; "" when there is none.

    >>> id_at({"org": None, "detail": {"org": 7}}, "/org", "/detail/org")
    '7'
    """
    return next((cleaned for pointer in pointers if (cleaned := clean_id(found_at(body, pointer)))), "")


def known_ids(*candidates: tuple[str, object]) -> tuple[ForeignId, ...]:
    """The ids in pairs of (kind, value), in their order, each once, without the values that are none.

    >>> known_ids(("account", " acme "), ("stripe.customer", None), ("account", "acme"))
    (ForeignId(kind='account', id='acme'),)
    """
    ids = (ForeignId(kind, cleaned) for kind, found in candidates if (cleaned := clean_id(found)))
    return tuple(dict.fromkeys(ids))


def instant_ms(*candidates: object, otherwise_ms: int) -> int:
    """The first of these timestamps that is given, in milliseconds: seconds, milliseconds or ISO 8601.

    Those that are `MISSING`, None or a blank text are not given. With none it is `otherwise_ms`, mostly the arrival.

    >>> instant_ms(None, 1_772_359_200, otherwise_ms=0), instant_ms("", otherwise_ms=5)
    (1772359200000, 5)

    Raises:
        Untimely: when it cannot be read; the text says why.
    """
    for found in candidates:
        if found is MISSING or found is None or (isinstance(found, str) and not found.strip()):
            continue
        at_ms = any_stamp_ms(found)
        if not _EARLIEST_MS <= at_ms <= _LATEST_MS:
            raise Untimely("timestamp is out of the calendar's range")
        return at_ms
    return otherwise_ms


def stamp(at_ms: int) -> str:
    """An instant as the `timestamp` of an event."""
    return rfc3339(at_ms)


def without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are neither None, `MISSING` nor a blank text.

    >>> without_empty({"a": 0, "b": None, "c": "", "d": False})
    {'a': 0, 'd': False}
    """
    return {name: value for name, value in values.items() if value not in (None, MISSING, "")}


def chosen_topic(name: str, topics: dict[str, str], otherwise: str) -> str:
    """The input topic of an event by its name: what the source's `topics` says, else `otherwise`.

    >>> chosen_topic("seat_added", {"seat_added": "billing"}, "analytics")
    'billing'
    """
    return topics.get(name, otherwise)


__all__ = [
    "EVENTS_MAX",
    "MISSING",
    "Untimely",
    "check_count",
    "chosen_topic",
    "clean_id",
    "decoded",
    "decoded_object",
    "encode",
    "fingerprint",
    "found_at",
    "id_at",
    "instant_ms",
    "known_ids",
    "object_at",
    "pointer_parts",
    "stamp",
    "text_at",
    "without_empty",
]
