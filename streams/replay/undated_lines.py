"""Lines of an event file without a timestamp: what else in them may be their time, and what was asked for."""

from __future__ import annotations

import msgspec

from alerts.text import plain
from streams.errors import UserError

Fields = dict[str, msgspec.Raw]

NOW = "now"
REFUSE = "refuse"
WORDS = 'Lines without a timestamp: "refuse", "now", or the field that holds their time: created_at, properties.time.'
"""The help of `--undated`."""
_LIKELY = (
    *("time", "ts", "@timestamp", "datetime", "date", "created_at", "createdAt", "created", "occurred_at"),
    *("occurredAt", "event_time", "eventTime", "sent_at", "sentAt", "received_at", "receivedAt", "originalTimestamp"),
)
_VALUE_LIMIT = 40
_FIELDS = msgspec.json.Decoder(Fields)


class Undated(msgspec.Struct, frozen=True):
    """What becomes of a line without a timestamp: it is refused, or dated `is_now`, or by `field`, a path with dots."""

    field: str = ""
    is_now: bool = False


REFUSED = Undated()


def parse_undated(text: str) -> Undated:
    """What `--undated` asks for; "" refuses.

    Raises:
        UserError: when it is no path of a field.
    """
    if text in ("", REFUSE):
        return REFUSED
    if text == NOW:
        return Undated(is_now=True)
    if not all(text.split(".")):
        raise UserError(f"--undated {text!r} is no field: give refuse, now, or a path like properties.time.")
    return Undated(field=text)


def is_undated(fields: Fields) -> bool:
    """Whether the line has no timestamp; null is none."""
    return bytes(fields.get("timestamp", b"null")) == b"null"


def value_at(fields: Fields, path: str) -> msgspec.Raw | None:
    """What stands at `path` in a line, None when nothing or null does. A name with dots in it is found at the top."""
    if path in fields:
        found: msgspec.Raw | None = fields[path]
    else:
        name, _, rest = path.partition(".")
        found = value_at(_inner(fields[name]), rest) if rest and name in fields else None
    return None if found is None or bytes(found) == b"null" else found


def undated_words(fields: Fields, asked: str) -> str:
    """Why a line without a timestamp is refused: what else in it looks like a time, and what to do.

    >>> undated_words({"created_at": msgspec.Raw(b'"2026-01-01"')}, "")
    'no timestamp, but created_at: "2026-01-01"; to take it, give --undated created_at'
    """
    if asked:
        return f"no timestamp, and no {plain(asked, _VALUE_LIMIT)} either, which --undated names"
    paths = [*_LIKELY, *(f"properties.{name}" for name in ("timestamp", *_LIKELY))]
    for path in paths:
        value = value_at(fields, path)
        if value is not None:
            words = plain(bytes(value).decode(errors="replace"), _VALUE_LIMIT)
            return f"no timestamp, but {path}: {words}; to take it, give --undated {path}"
    return "no timestamp: give it one, name the field that holds it in --undated, or publish it with --undated now"


def _inner(value: msgspec.Raw) -> Fields:
    try:
        return _FIELDS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
