"""Recognises the encoding and the kind of a file by its first bytes."""

from __future__ import annotations

import codecs
import re

HEAD_BYTES = 4
"""`foreign_encoding` needs this many of the first bytes."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_KINDS = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zX", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"PAR1", "a Parquet file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLi", "an SQLite database"),
)
_FIELD = re.compile(rb'"[^"]*"\s*:')
"""The start of a line inside a JSON object that is written over several lines."""


def without_byte_order_mark(data: bytes) -> bytes:
    """`data`, the start of a UTF-8 file, without the byte order mark that some programs write.

    >>> without_byte_order_mark(b"\\xef\\xbb\\xbf{}"), without_byte_order_mark(b"{}")
    (b'{}', b'{}')
    """
    return data.removeprefix(codecs.BOM_UTF8)


def foreign_encoding(head: bytes) -> str:
    """The name of the encoding of a file with these first bytes; "" for UTF-8 and anything that looks like it.

    UTF-16 and UTF-32 are also recognised without a byte order mark, by the zeros around a first ASCII character.

    >>> foreign_encoding("{".encode("utf-16")), foreign_encoding("{ }".encode("utf-16-le")), foreign_encoding(b"{}")
    ('UTF-16', 'UTF-16', '')
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) >= 4 and head[:4].count(0) == 3 and (head[0] or head[3]):
        return "UTF-32"
    if len(head) >= 2 and head[:2].count(0) == 1:
        return "UTF-16"
    return ""


def foreign_kind(head: bytes) -> str:
    """What kind of file has these first bytes, as text; "" for anything that may be text.

    >>> foreign_kind(b"PK\\x03\\x04...."), foreign_kind(b"{}")
    ('a zip archive or a spreadsheet', '')
    """
    return next((words for magic, words in _KINDS if head.startswith(magic)), "")


def format_advice(line: bytes) -> str:
    """What is wrong with a file whose first line is not one event, and how to fix it; "" if that is not clear.

    >>> format_advice(b'account_id,event,timestamp')
    'it looks like CSV: call the file .csv, or give --format csv'
    """
    text = line.strip()
    if text.startswith(b"["):
        return "it is a list: write one event per line, or one array in the whole file"
    if text.startswith(b"{") and text.endswith(b"},"):
        return "a comma follows it, as in a JSON array: write one event per line, as `jq -c '.[]'` does"
    is_part = text[:1] == b"}" or _FIELD.match(text) is not None
    if is_part or (text.startswith(b"{") and (len(text) == 1 or not text.endswith(b"}"))):
        return "its JSON spans several lines: write each event on one line, as `jq -c .` does"
    if text.startswith(b"{"):
        return ""
    if text.startswith(b"<"):
        return "it looks like XML or HTML: write each event as a JSON object on a line of its own"
    if any(mark in text for mark in (b",", b";", b"\t")):
        return "it looks like CSV: call the file .csv, or give --format csv"
    return ""
