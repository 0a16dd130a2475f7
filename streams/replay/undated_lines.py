"""Lines of an event file without a timestamp: which other field may hold their time, and what the user asked for."""

from __future__ import annotations

import msgspec

from alerts.text import plain
from streams.errors import UserError

Fields = dict[str, msgspec.Raw]

NOW = "now"
REFUSE = "refuse"
WORDS = 'Lines without a timestamp: "refuse", "now", or the field with their time, such as properties.time.'
"""The help of `--undated`."""
_LIKELY = (
    *("time", "ts", "@timestamp", "datetime", "date", "created_at", "createdAt", "created", "occurred_at"),
    *("occurredAt", "event_time", "eventTime", "sent_at", "sentAt", "received_at", "receivedAt", "originalTimestamp"),
)
_VALUE_LIMIT = 40
_FIELDS = msgspec.json.Decoder(Fields)


class UndatedPolicy(msgspec.Struct, frozen=True):
    """What to do with a line without a timestamp: reject it, date it now (`is_now`), or take `field`, a dotted path."""

    field: str = ""
    is_now: bool = False


REJECT_UNDATED = UndatedPolicy()


def parse_undated(text: str) -> UndatedPolicy:
    """The meaning of `--undated`; "" rejects.

    Raises:
        UserError: when it is not the path of a field.
    """
    if text in ("", REFUSE):
        return REJECT_UNDATED
    if text == NOW:
        return UndatedPolicy(is_now=True)
    if not all(text.split(".")):
        raise UserError(f"--undated {text!r} is not a field: give refuse, now, or a path like properties.time.")
    return UndatedPolicy(field=text)


def is_undated(fields: Fields) -> bool:
    """Whether the line has no timestamp; null counts as none."""
    return bytes(fields.get("timestamp", b"null")) == b"null"


def value_at(fields: Fields, path: str) -> msgspec.Raw | None:
    """The value at `path` in a line; None if it is missing or null. A top-level name that contains dots wins."""
    if path in fields:
        found: msgspec.Raw | None = fields[path]
    else:
        name, _, rest = path.partition(".")
        found = value_at(_inner(fields[name]), rest) if rest and name in fields else None
    return None if found is None or bytes(found) == b"null" else found


def undated_text(fields: Fields, asked: str) -> str:
    """Why a line without a timestamp is rejected: which other field looks like a time, and what to do.

    >>> undated_text({"created_at": msgspec.Raw(b'"2026-01-01"')}, "")
    'no timestamp, but created_at: "2026-01-01"; to use it, give --undated created_at'
    """
    if asked:
        return f"no timestamp, and no {plain(asked, _VALUE_LIMIT)} either, which --undated names"
    paths = [*_LIKELY, *(f"properties.{name}" for name in ("timestamp", *_LIKELY))]
    for path in paths:
        value = value_at(fields, path)
        if value is not None:
            words = plain(bytes(value).decode(errors="replace"), _VALUE_LIMIT)
            return f"no timestamp, but {path}: {words}; to use it, give --undated {path}"
    return "no timestamp: give it one, name the field that holds it in --undated, or publish it with --undated now"


def _inner(value: msgspec.Raw) -> Fields:
    try:
        return _FIELDS.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
