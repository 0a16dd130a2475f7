"""The messages of the topic `workspace`: from bytes, and to bytes. Pure."""

from __future__ import annotations

import msgspec

from streams.workspace.limits import fault_of
from streams.workspace.records import ApiKey, Note, Preferences, Record, Sentiment, Share, View, key_of, kind_of

KINDS: dict[str, type[Record]] = {kind_of(kind): kind for kind in (Note, Sentiment, View, Share, ApiKey, Preferences)}
_DECODER: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class NoRecord(ValueError):
    """A message that is neither a record nor the removal of one. The text says why."""


def record_of(key: bytes | None, value: bytes | None) -> tuple[str, Record | None]:
    """The key of a message and its record; None where it removes that of its key.

    >>> record_of(b"note\\x00n1", None)
    ('note\\x00n1', None)

    Raises:
        NoRecord: when it says nothing that can be used.
    """
    try:
        name = (key or b"").decode()
        record = _DECODER.decode(value) if value else None
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise NoRecord(f"no record: {error}") from None
    kind, zero, _ = name.partition("\0")
    if not zero or kind not in KINDS:
        raise NoRecord(f"the key begins with {kind[:20]!r}, which is no kind of record")
    if record is not None:
        if key_of(record) != name:
            raise NoRecord("the key is not that of the record")
        if fault := fault_of(record):
            raise NoRecord(fault)
    return name, record


def encode_record(record: Record) -> bytes:
    """The value of a record; its key is `key_of`."""
    return msgspec.json.encode(record)
