"""A JSON array of events, of any length: its elements, one a line, in the bytes in which they were written.

Where a stretch of the text is sound, `msgspec` splits it at once. Elsewhere it is looked through byte by byte, so that
one damaged element costs itself only. An element's number is its place in the array, from 1.
"""

from __future__ import annotations

import re
from array import array

import msgspec

from scoring.event.event import EVENT_MAX_BYTES
from streams.replay.forms.text import refused_line

PLACES_MAX = 1_000_000
"""The number of elements whose lines are known."""
STRETCH_BYTES = 64 * 1024
"""Text that is split at once."""
_TRIES = 4
"""The number of commas, from the end of a stretch, that may be those between two elements."""
_SPACE = b" \t\r\n"
_BETWEEN = re.compile(rb"[ \t\r\n]*")
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


class JsonArray:
    """Takes the text of an array. Mutable; holds one element, cut after `EVENT_MAX_BYTES`, and a chunk."""

    def __init__(self) -> None:
        self._rest = b""
        """Text that waits, at the beginning of an element."""
        self._line = 1
        self._elements = 0
        self._lines = array("I")
        self._begun = self._ended = False
        self._open: _OpenElement | None = None

    def feed(self, data: bytes) -> bytes:
        """See `Text`."""
        out: list[bytes] = []
        if not self._begun:
            start = data.index(b"[") + 1
            self._line += data.count(b"\n", 0, start)
            data, self._begun = data[start:], True
        for start in range(0, len(data), STRETCH_BYTES):
            self._feed(data[start : start + STRETCH_BYTES], out)
        return b"".join(out)

    def _feed(self, data: bytes, out: list[bytes]) -> None:
        text, self._rest = (data, self._rest) if self._ended else (self._rest + data, b"")
        is_tried = False
        while text and not self._ended:
            if self._open is None:
                if not is_tried:
                    text, is_tried = self._sound(text, out), True
                    if self._waits(text):
                        self._rest = text
                        return
                self._open = _OpenElement(self._line)
            text = self._damaged(text, out)
        if self._ended:
            out.append(self._after(text))

    def finish(self) -> bytes:
        """See `Text`. An array that never ends, as in a file that was cut, is a refusal."""
        if self._ended:
            return b""
        out: list[bytes] = []
        self._open = self._open or _OpenElement(self._line)
        self._damaged(self._rest, out)
        self._rest = b""
        if not self._ended:
            line, begun = self._line, self._open.line if self._open else self._line
            self._elements += 1
            self._note(begun)
            words = f"the array ends nowhere: the file was cut, or what begins on line {begun:,} is never closed"
            out.append(refused_line("malformed", f"{words} (the file ends on line {line:,})") + b"\n")
        return b"".join(out)

    def place(self, number: int) -> str:
        """See `Text`."""
        line = self._lines[number - 1] if 0 < number <= len(self._lines) else 0
        return f"element {number:,}{f', on line {line:,}' if line else ''}"

    def _sound(self, text: bytes, out: list[bytes]) -> bytes:
        """Take the elements that end in this text, if all of them are sound. Returns the rest."""
        end = len(text)
        for _ in range(_TRIES):
            end = text.rfind(b"}", 0, end)
            if end < 0:
                break
            after = _BETWEEN.match(text, end + 1)
            comma = after.end() if after else end
            if text[comma : comma + 1] != b",":
                continue
            try:
                found = _ELEMENTS.decode(b"[" + text[: end + 1] + b"]")
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            self._take(text[: end + 1], found, out)
            self._line += text.count(b"\n", 0, comma)
            return text[comma + 1 :]
        return text

    def _take(self, text: bytes, found: list[msgspec.Raw], out: list[bytes]) -> None:
        elements = list(map(bytes, found))
        self._elements += len(elements)
        room = PLACES_MAX - len(self._lines)
        if b"\n" in text or b"\r" in text:
            line, at = self._line, 0
            for element in elements[:room]:
                start = text.index(element, at)
                line += text.count(b"\n", at, start)
                self._lines.append(line)
                at = start + len(element)
                line += element.count(b"\n")
            elements = [element.replace(b"\n", b" ").replace(b"\r", b" ") for element in elements]
        else:
            self._lines.extend([self._line] * min(len(elements), room))
        out.append(b"\n".join(elements) + b"\n")

    def _waits(self, text: bytes) -> bool:
        """Whether this may be the beginning of a sound element, with no sign of the end of the array."""
        return len(text) <= EVENT_MAX_BYTES and b"]" not in text and b"}" not in text

    def _damaged(self, text: bytes, out: list[bytes]) -> bytes:
        """Take one element byte by byte. Returns what follows it."""
        element = self._open
        assert element is not None
        end = element.feed(text)
        self._line += text.count(b"\n", 0, end)
        if not element.is_whole:
            return b""
        self._open = None
        is_last = text[end - 1 : end] == b"]"
        is_missing = not element.text.strip(_SPACE)
        if not (is_last and is_missing):  # an empty array, or a comma after the last element
            self._elements += 1
            self._note(element.line)
            out.append(element.as_line() + b"\n")
        self._ended = is_last
        return text[end:]

    def _note(self, line: int) -> None:
        if len(self._lines) < PLACES_MAX:
            self._lines.append(line)

    def _after(self, text: bytes) -> bytes:
        """What follows the array: nothing but white space, or a refusal, once."""
        if self._rest or not text.strip(_SPACE + b"\0"):
            return b""
        self._rest = b"refused"
        self._elements += 1
        self._note(self._line)
        return (
            refused_line("malformed", f"the array ends on line {self._line:,}, and what follows was not read") + b"\n"
        )


class _OpenElement:
    """An element that is looked through byte by byte, in any number of pieces. `line` is where it begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.text = b""
        self.is_whole = False
        self._depth = 0
        self._in_string = self._is_escaped = False

    def feed(self, data: bytes) -> int:
        """Take the element's bytes from these. Returns how many were used, with the comma or bracket that ends it."""
        if not self.text:
            blank = _BETWEEN.match(data)
            at = blank.end() if blank else 0
            self.line += data.count(b"\n", 0, at)
        else:
            at = 0
        start = at
        if self._is_escaped and data:
            at, self._is_escaped = at + 1, False
        while found := (_INSIDE if self._in_string else _OUTSIDE).search(data, at):
            mark, at = found[0], found.end()
            if mark == b"\\":
                self._is_escaped = at == len(data)
                at += 1
            elif mark == b'"':
                self._in_string = not self._in_string
            elif mark in (b"{", b"["):
                self._depth += 1
            elif self._depth and mark != b",":
                self._depth -= 1
            elif not self._depth and mark != b"}":
                self.is_whole = True
                self._keep(data[start : at - 1])
                return at
        self._keep(data[start:])
        return len(data)

    def as_line(self) -> bytes:
        """The element on one line, or why it is none."""
        text = self.text.strip(_SPACE)
        if not text:
            return refused_line("malformed", "no element between two commas")
        if len(text) > EVENT_MAX_BYTES:
            return refused_line("oversize", f"the element has more than {EVENT_MAX_BYTES:,} bytes")
        try:
            _ANY.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return refused_line("malformed", f"not JSON: {error}")
        return text.replace(b"\n", b" ").replace(b"\r", b" ")

    def _keep(self, data: bytes) -> None:
        self.text = (self.text + data)[: EVENT_MAX_BYTES + 1]
