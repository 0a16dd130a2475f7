"""The bytes of tables: eight bytes a word, little-endian. `native/plan/table_reader.c` reads them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from scoring.instants import FAR

BITS_MAX = 128
"""Components and conditions of all models together."""
T = TypeVar("T")
_WHOLE, _WORD, _REAL = struct.Struct("<q"), struct.Struct("<Q"), struct.Struct("<d")
_MASK = (1 << 64) - 1


class NotInKernel(Exception):
    """The kernel cannot do what a model asks for; the text says what. The reference can."""


class TableWriter:
    """Appends values in the order in which they are read. Mutable."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def whole(self, *numbers: int) -> None:
        """Whole numbers of at most 64 bits, with a sign."""
        for number in numbers:
            if not -FAR * 2 <= number < FAR * 2:
                raise NotInKernel(f"a number of the model is beyond 64 bits: {number}")
            self._parts.append(_WHOLE.pack(number))

    def word(self, number: int) -> None:
        """A whole number of 64 bits, without a sign."""
        self._parts.append(_WORD.pack(number))

    def real(self, *numbers: float) -> None:
        """Real numbers; NaN stands for none."""
        self._parts.extend(_REAL.pack(number) for number in numbers)

    def bits(self, mask: int) -> None:
        """A mask, in two words, the lower first."""
        if mask >> BITS_MAX:
            raise NotInKernel(f"the models have more than {BITS_MAX} components and conditions together")
        self._parts += (struct.pack("<Q", mask & _MASK), struct.pack("<Q", mask >> 64))

    def text(self, text: str) -> None:
        """A text: its length in bytes, then its UTF-8, filled up to a whole word."""
        encoded = text.encode()
        self.whole(len(encoded))
        self._parts.append(encoded.ljust(-(-len(encoded) // 8) * 8, b"\0"))

    def wholes(self, numbers: Sequence[int]) -> None:
        """A sequence of whole numbers, with its length before."""
        self.whole(len(numbers), *numbers)

    def reals(self, numbers: Sequence[float]) -> None:
        """A sequence of real numbers, with its length before."""
        self.whole(len(numbers))
        self.real(*numbers)

    def masks(self, masks: Sequence[int]) -> None:
        """A sequence of masks, with its length before."""
        self.whole(len(masks))
        for mask in masks:
            self.bits(mask)

    def each(self, items: Iterable[T], write: Callable[[T], None]) -> None:
        """A sequence of anything, with its length before."""
        held = list(items)
        self.whole(len(held))
        for item in held:
            write(item)

    def counted(self, items: Iterable[T]) -> list[T]:
        """The items of a sequence that is written by the caller, with its length before."""
        held = list(items)
        self.whole(len(held))
        return held

    def bytes(self) -> bytes:
        """All that was written."""
        return b"".join(self._parts)
