"""Finds the line of a key in a TOML text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_NAMES = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAMES})\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(rf"\s*({_NAMES})\s*=")
_EACH_NAME = re.compile(_NAME)
_TEXT_OR_COMMENT = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|\#.*""")
_LONG_QUOTES = ('"""', "'''")


def line_of(text: str, key: str) -> int:
    """The line, from 1, of a key such as `signals.usage.window` or `floors.silent.when[1].below`; 0 when there is none.

    It is the line of the key itself, or of the nearest enclosing thing that starts a line: keys inside an inline table
    get the line where that table starts. A table that exists only in the names of others (`components`, beside
    `[components.usage]`) gets the line of the first of them.

    >>> line_of('[model]\\nname = "x"', "model.name")
    2
    """
    _, line = place_of([text], key)
    return line


def place_of(texts: Sequence[str], key: str) -> tuple[int, int]:
    """The number of a text, from 0, and a line of it as `line_of`: of the first text that has the most of the key."""
    every = [_Lines(text).of for text in texts]
    while key:
        plain = key.replace("[0]", "")
        for number, lines in enumerate(every):
            if line := lines.get(key) or lines.get(plain):
                return number, line
            inside = [line for known, line in lines.items() if known.startswith((f"{plain}.", f"{plain}["))]
            if inside:
                return number, min(inside)
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return 0, 0


class _Lines:
    """The first line of each key, table header and element of an array of tables, by its path.

    The content of multi-line strings is skipped. The first element also has its path without `[0]`.
    """

    def __init__(self, text: str) -> None:
        self.of: dict[str, int] = {}
        self._table = ""
        self._key = ""
        self._lengths: dict[str, int] = {}
        self._depth = 0
        quotes = ""
        for number, line in enumerate(text.split("\n"), start=1):
            if quotes:
                quotes = "" if quotes in line else quotes
                continue
            self._read(number, line)
            quotes = next((mark for mark in _LONG_QUOTES if line.count(mark) % 2), "")

    def _read(self, number: int, line: str) -> None:
        if self._depth:
            if self._depth == 1 and line.lstrip().startswith("{"):
                self._note(self._next(self._key), number)
        elif header := _HEADER.fullmatch(line):
            self._table = self._path(header[2])
            self._note(self._table, number)
            if header[1] == "[[":
                self._table = self._next(self._table)
                self._note(self._table, number)
            return
        elif key := _KEY.match(line):
            self._key = f"{self._table}.{_joined(key[1])}".removeprefix(".")
            self._note(self._key, number)
        bare = _TEXT_OR_COMMENT.sub("", line)
        self._depth = max(0, self._depth + bare.count("[") - bare.count("]"))

    def _next(self, array: str) -> str:
        """The path of the next element of an array."""
        self._lengths[array] = self._lengths.get(array, 0) + 1
        return f"{array}[{self._lengths[array] - 1}]"

    def _path(self, names: str) -> str:
        """The path of a table: inside an array of tables it is in the latest element."""
        path = ""
        for name in _EACH_NAME.findall(names):
            path = f"{path}.{_joined(name)}".removeprefix(".")
            if path in self._lengths and path != _joined(names):
                path = f"{path}[{self._lengths[path] - 1}]"
        return path

    def _note(self, path: str, number: int) -> None:
        self.of.setdefault(path, number)
        self.of.setdefault(path.replace("[0]", ""), number)


def _joined(names: str) -> str:
    """The parts of a dotted key, without their quotes."""
    return ".".join(name.strip("\"'") for name in _EACH_NAME.findall(names))
