"""The one rule for ids of accounts, users, items and events; see `docs/events.md`. Pure.

An id is a text or a whole number. Different spellings of one id become the same text, and applying the rule again
changes nothing: so an id has the same fingerprint, and its account the same partition, everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

PLACEHOLDERS = frozenset(
    (
        "null",
        "(null)",
        "<null>",
        "undefined",
        "none",
        "<none>",
        "nil",
        "<nil>",
        "nan",
        "true",
        "false",
        "n/a",
        "#n/a",
        "{}",
        "[]",
        '""',
        "''",
        '"null"',
        "'null'",
        "(none)",
        "(not set)",
        "<no value>",
        "\\n",
        "#ref!",
        "#value!",
        "#null!",
        "#name?",
        "#num!",
        "#div/0!",
        "00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
    )
)
"""Placeholders that programs write for a missing id, in lower case; each `[object Name]` is another."""
_AN_OBJECT = re.compile(r"\[object [a-z]+\]")
"""How JavaScript prints an object, in lower case."""
SAFE_WHOLE = 2**53
"""Floats of this size or more are not exact: two ids could become one."""
INTEGER_MAX_BITS = 256
"""A whole number with more bits is not an id."""
_LONGEST = max(len(text) for text in PLACEHOLDERS if text[0] != "0")
_INVISIBLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff"
)
"""Invisible code points besides the categories Cc (control) and Cf (format)."""
_IS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")


def clean(text: str) -> str:
    """A text without invisible characters (zero width, soft hyphen, marks of direction, control), in Unicode's NFC,
    without white space around it.

    >>> clean(" acme\\u200b"), clean("Cafe\\u0301") == "Caf\\u00e9", clean("007")
    ('acme', True, '007')
    """
    text = text.strip()
    if text.isascii() and text.isprintable():
        return text
    return _clean_rarely(text)


def _clean_rarely(text: str) -> str:
    seen = "".join([char for char in text if category(char) not in ("Cc", "Cf")])
    return normalize("NFC", _IS_INVISIBLE.sub("", seen)).strip()


def text_id(text: str) -> str:
    """The id that a text is; "" when it is blank, or a placeholder.

    >>> text_id(" acme "), text_id("NULL"), text_id("")
    ('acme', '', '')
    """
    if len(text) > _LONGEST and "0" < text[0] != "[" and text[-1] != " " and text.isascii() and text.isprintable():
        return text  # as most event ids are; none of these is a placeholder
    text = clean(text)
    return "" if is_placeholder(text) else text


FAMILIAR_MAX_CHARACTERS = 200
"""Longer texts are not cached."""
familiar_id = lru_cache(maxsize=1 << 16)(text_id)
"""The same with a cache, for ids that repeat."""


def is_placeholder(text: str) -> bool:
    """Whether a cleaned text is a placeholder for a missing id."""
    if text[:1] == "[" and _AN_OBJECT.fullmatch(text.lower()):
        return True
    return (len(text) <= _LONGEST or text[0] == "0") and text.lower() in PLACEHOLDERS


def id_of(found: object) -> str:
    """The id in a value: a text by `text_id`, a whole number as its digits, 7.0 as "7"; "" for anything else.

    >>> id_of("t1"), id_of(7), id_of(7.0), id_of(-0.0)
    ('t1', '7', '7', '0')
    >>> id_of(7.5), id_of(True), id_of(None), id_of(1e300), id_of(["t1"])
    ('', '', '', '', '')
    """
    if isinstance(found, str):
        return familiar_id(found) if len(found) <= FAMILIAR_MAX_CHARACTERS else text_id(found)
    if isinstance(found, bool):
        return ""
    if isinstance(found, int):
        return str(found) if found.bit_length() <= INTEGER_MAX_BITS else ""
    if isinstance(found, float) and -SAFE_WHOLE < found < SAFE_WHOLE and found == int(found):
        return str(int(found))
    return ""


def value_of(found: object) -> str:
    """The key by which distinct values are counted: an id, or any other number; "" for anything else.

    >>> value_of("reports "), value_of(7.0), value_of(7.5), value_of(True)
    ('reports', '7', '7.5', '')
    """
    return id_of(found) or (str(found) if isinstance(found, float) else "")


def number_text(value: int | float) -> str:
    """A number, whole or not, as a text, different for different numbers; hexadecimal above 256 bits, where Python
    limits decimal conversion.

    >>> number_text(42), number_text(42.0)
    ('42', '42.0')
    """
    return f"{value:x}" if isinstance(value, int) and value.bit_length() > INTEGER_MAX_BITS else str(value)
