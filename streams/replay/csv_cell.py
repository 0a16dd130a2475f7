"""Cells of a CSV file that people open in a spreadsheet: text from outside must not become a formula."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def cell(value: object) -> object:
    """`value` as a cell: text that a spreadsheet would read as a formula gets an apostrophe in front.

    That is text that begins with = + - @, a tab or a line break. Numbers stay as they are, also as text. Control
    characters, which could move a terminal's cursor, become spaces.

    >>> cell('=HYPERLINK("http://x")'), cell("-1+2"), cell("-12.5"), cell(-3.0), cell("acme"), cell(None)
    ('\\'=HYPERLINK("http://x")', "'-1+2", '-12.5', -3.0, 'acme', None)
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub(" ", value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
