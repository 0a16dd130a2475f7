"""The messages of the topic `dead-letters`: letters, and marks that say which were sent again. Pure.

A mark is a message of the same topic, so it is kept as long as its letter, and needs no right beyond those for letters.
"""

from __future__ import annotations

import re

import msgspec

from streams.dead_letter import DeadLetter

_ID = re.compile(r"(\d{1,9}):(\d{1,18})", re.ASCII)


class LetterId(msgspec.Struct, frozen=True, order=True):
    """Where a dead letter lies on the topic: its id for people, «0:17»."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"


def letter_id(text: str) -> LetterId:
    """The id in a text.

    >>> str(letter_id("0:17"))
    '0:17'

    Raises:
        ValueError: when it is none.
    """
    if (found := _ID.fullmatch(text.strip())) is None:
        raise ValueError(f"{text[:40]!r} is not the id of a dead letter: give partition and offset, like 0:17")
    return LetterId(int(found[1]), int(found[2]))


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """The dead letter `letter` was sent again at `replayed_ms` by `author`."""

    letter: LetterId
    replayed_ms: int
    author: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter, and when it was sent again: 0 for never. `died_ms` is when it came to lie on the topic."""

    id: LetterId
    letter: DeadLetter
    died_ms: int
    replayed_ms: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the value was kept."""
        return self.letter.value_bytes > len(self.letter.value or b"")

    @property
    def origin(self) -> str:
        """Where it came from, for people: «analytics 3:17», or the name of the gateway's source.

        An input topic's partition and offset are those of the message that could not be used.
        """
        found = self.letter
        return found.source or f"{found.topic} {found.partition}:{found.offset}"


_letters = msgspec.json.Decoder(DeadLetter)
_marks = msgspec.json.Decoder(Replayed)
_encode = msgspec.json.Encoder().encode


def entry_of(value: bytes | None) -> DeadLetter | Replayed | None:
    """What a message of the topic is; None for what is neither, such as one of a later version."""
    for decoder in (_letters, _marks):
        try:
            return decoder.decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None


def encode_mark(mark: Replayed) -> bytes:
    """A mark as the value of a message.

    >>> entry_of(encode_mark(Replayed(letter=LetterId(0, 17), replayed_ms=5, author="ann"))).author
    'ann'
    """
    return _encode(mark)
