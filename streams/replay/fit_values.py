"""The values of properties as they are sent: their types, and a few of their texts. Whatever a model reads of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scoring.event.event import READ_ANYWAY

WORDS_MAX, WORD_CHARACTERS = 12, 30
"""The number of texts that are kept of a property, and the length of the longest."""
_IGNORED = frozenset(READ_ANYWAY.values())


class PropertyValues(msgspec.Struct, kw_only=True):
    """How often a property was a number, a number written as a text, another text, or something else; the greatest
    number; and a few short texts, the first in the alphabet. Mutable; a commutative monoid."""

    numbers: int = 0
    numbers_as_text: int = 0
    texts: int = 0
    others: int = 0
    greatest: float = 0.0
    words: list[str] = []

    def note(self, raw: bytes, times: int) -> None:
        """Note a value, as JSON, that stands for `times` events."""
        first = raw[:1]
        if first == b'"':
            text = _text(raw)
            if _number(text) is not None:
                self.numbers_as_text += times
            else:
                self.texts += times
                self._keep(text)
        elif first in b"-0123456789":
            self.numbers += times
            self.greatest = max(self.greatest, _number(raw.decode()) or 0.0)
        else:
            self.others += times

    def merge(self, other: PropertyValues) -> None:
        """Add the values of other events."""
        self.numbers += other.numbers
        self.numbers_as_text += other.numbers_as_text
        self.texts += other.texts
        self.others += other.others
        self.greatest = max(self.greatest, other.greatest)
        for word in other.words:
            self._keep(word)

    def _keep(self, word: str) -> None:
        if len(word) > WORD_CHARACTERS or word in self.words:
            return
        if len(self.words) < WORDS_MAX or word < self.words[-1]:
            self.words = sorted([*self.words, word])[:WORDS_MAX]


class _Sent(msgspec.Struct):
    properties: dict[str, msgspec.Raw] | None = None


_DECODE = msgspec.json.Decoder(_Sent).decode


def sent_properties(value: bytes) -> Iterator[tuple[str, bytes]]:
    """The properties in a message or a line that are not null, as JSON; without those that belong to libraries."""
    try:
        sent = _DECODE(value).properties or {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # properties may be a text, or an empty list
        return
    for name, found in sent.items():
        raw = bytes(found)
        if not name.startswith("$") and name not in _IGNORED and raw != b"null":
            yield name, raw


def _text(raw: bytes) -> str:
    try:
        return str(msgspec.json.decode(raw, type=str))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _number(text: str) -> float | None:
    """The number that a text is, as JSON writes numbers, perhaps with spaces around it; None when it is none."""
    try:
        return float(msgspec.json.decode(text.strip(), type=float))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
