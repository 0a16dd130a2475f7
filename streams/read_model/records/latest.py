"""The latest closes, not compressed: a day more is appended to them, and the many older ones stay as they are."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

LATEST_MAX = 8
"""With more days than this, all are packed together again."""
SIZE_BYTES = 2
T = TypeVar("T")


class Latest(msgspec.Struct, array_like=True):
    """Days after the older ones, with the same model and components as these ones' last span. Mutable.

    `key` is the checksum of model and components, `end` the day after the last one, `last` the numbers of the last one
    (the older days' where there is none here), and `rows` has each day's differences to the one before, day after day.
    """

    key: int = 0
    end: int = 0
    last: Sequence[int] = ()
    tiers: list[tuple[int, str]] = []
    mrr: list[tuple[int, float | None]] = []
    rows: list[int] = []

    @property
    def days(self) -> int:
        """How many there are."""
        return sum(count for count, _ in self.tiers)

    def takes(self, key: int, width: int, begin: int, count: int) -> bool:
        """Whether `count` days of this key, with `width` numbers each, may be added from `begin` on."""
        is_same = key == self.key and width == len(self.last)
        return is_same and begin == self.end and self.days + count <= LATEST_MAX

    def add(self, count: int, numbers: Sequence[int], tier: str, mrr: float | None) -> None:
        """`count` days with these numbers."""
        self.rows.extend(number - before for number, before in zip(numbers, self.last, strict=True))
        self.rows.extend([0] * ((count - 1) * len(numbers)))
        lengthen(self.tiers, count, tier)
        lengthen(self.mrr, count, mrr)
        self.last = numbers
        self.end += count

    def column(self, at: int) -> list[int]:
        """The differences of one column; 0 is the score's."""
        return self.rows[at :: len(self.last)] if self.last else []


_DECODER = msgspec.msgpack.Decoder(Latest)
_ENCODER = msgspec.msgpack.Encoder()


def key_of(model: str, components: Sequence[str]) -> int:
    """The checksum of a model and its components."""
    return zlib.crc32("\0".join((model, *components)).encode())


def join(latest: Latest, older: bytes) -> bytes:
    """Both as bytes; see `split`."""
    packed = _ENCODER.encode(latest)
    return len(packed).to_bytes(SIZE_BYTES, "little") + packed + older


def split(packed: bytes) -> tuple[Latest, bytes]:
    """What `join` joined. Raises `msgspec.DecodeError` when it is anything else."""
    end = SIZE_BYTES + int.from_bytes(packed[:SIZE_BYTES], "little")
    return _DECODER.decode(packed[SIZE_BYTES:end]), packed[end:]


def lengthen(runs: list[tuple[int, T]], count: int, value: T) -> None:
    """Add `count` of `value` to the end of runs."""
    if runs and runs[-1][1] == value:
        runs[-1] = (runs[-1][0] + count, value)
    else:
        runs.append((count, value))


def shorten(runs: list[tuple[int, T]], count: int) -> None:
    """Take `count` from the beginning of runs."""
    while count > 0:
        length, value = runs[0]
        if length > count:
            runs[0] = (length - count, value)
            return
        count -= length
        del runs[0]
