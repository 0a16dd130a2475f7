"""Flat bytes: numbers, texts and lists of numbers one after another, little-endian, without names.

Any program can read and write them without a library. A *list of numbers* is its length, then blocks of at most 64
numbers: each block is the width of its numbers (1, 2, 4 or 8 bytes, as few as will do) and the numbers. With a negative
one among them all have a sign, and the width has its highest bit set. So equal lists have equal bytes, most numbers
take one byte, and a block is read and written at once.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

_BLOCK = 64
_U16, _U32, _I64 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<q")
_WIDTHS = ((1, "B", "b"), (2, "H", "h"), (4, "I", "i"), (8, "Q", "q"))
_SIGNED = 128
_TYPECODES = {width: unsigned for width, unsigned, _ in _WIDTHS} | {
    width | _SIGNED: signed for width, _, signed in _WIDTHS
}
INSTANT_MAX = (1 << 32) * 1000 - 1
"""The last instant that a record may name, in milliseconds: buckets of seconds have 32 bits. February 2106."""
_IS_BIG_ENDIAN = struct.pack("=H", 1) == struct.pack(">H", 1)
_LONG = 255
"""Begins a length of four bytes: shorter ones take a single byte."""
_NARROW = [bytes((length, 1)) for length in range(_BLOCK + 1)]
"""The beginning of a list whose numbers are all below 256."""


class DamagedRecord(ValueError):
    """A record that no release has written like this. The text ends with what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(f"a record of the changelog is damaged: {what}; start a new VITALS_GROUP to rebuild the state")


def length_bytes(length: int) -> bytes:
    """The length of what follows."""
    return bytes((length,)) if length < _LONG else bytes((_LONG,)) + _U32.pack(length)


def numbers_bytes(numbers: Sequence[int]) -> bytes:
    """A list of numbers of at most 63 bits, and a sign.

    >>> [numbers_bytes(numbers).hex() for numbers in ([7, 1], [256], [-1], [])]
    ['02010701', '01020001', '0181ff', '00']
    """
    length = len(numbers)
    if not length:
        return b"\0"
    if length <= _BLOCK:
        least, greatest = min(numbers), max(numbers)
        if least >= 0 and greatest < 256:
            return _NARROW[length] + bytes(numbers)
        return bytes((length,)) + _block(numbers, least, greatest)
    blocks = [length_bytes(length)]
    for begin in range(0, length, _BLOCK):
        block = numbers[begin : begin + _BLOCK]
        blocks.append(_block(block, min(block), max(block)))
    return b"".join(blocks)


def words_bytes(typecode: str, numbers: Sequence[int] | Sequence[float]) -> bytes:
    """Numbers of eight bytes each, without their length; `typecode` is "q", "Q" or "d"."""
    return array_bytes(array(typecode, numbers))


def array_bytes(numbers: array[int] | array[float]) -> bytes:
    """The numbers of an array as bytes, without their number."""
    if _IS_BIG_ENDIAN:
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()


def text_bytes(text: str) -> bytes:
    """A text: the length of its UTF-8, and that."""
    encoded = text.encode()
    return length_bytes(len(encoded)) + encoded


def steps_bytes(ascending: Sequence[int]) -> bytes:
    """Ascending numbers: the first, in eight bytes, and each one's distance from the one before."""
    if not ascending:
        return b"\0"
    steps = [0]
    before = ascending[0]
    for number in ascending:
        steps.append(number - before)
        before = number
    return numbers_bytes(steps[1:]) + _I64.pack(ascending[0])


def _block(numbers: Sequence[int], least: int, greatest: int) -> bytes:
    for width, unsigned, signed in _WIDTHS:
        bits = 8 * width
        if least >= 0 and greatest >> min(bits, 63) == 0:
            return bytes((width,)) + array_bytes(array(unsigned, numbers))
        if least < 0 and max(greatest, -1 - least) >> (bits - 1) == 0:
            return bytes((width | _SIGNED,)) + array_bytes(array(signed, numbers))
    raise OverflowError(f"{least} to {greatest} does not fit into a record: a number has 63 bits and a sign")


class Reader:
    """Reads flat bytes from `at` to `end`, in order. Everything raises `DamagedRecord` for what cannot be. Mutable."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    def take(self, length: int) -> int:
        """Pass over this many bytes. Returns where they begin."""
        begin = self.at
        if length > self.end - begin:
            raise DamagedRecord("it is too short")
        self.at = begin + length
        return begin

    def byte(self) -> int:
        return self.data[self.take(1)]

    def length(self) -> int:
        """A length; at least one byte follows for each."""
        length = self.data[self.take(1)]
        if length == _LONG:
            length = int(_U32.unpack_from(self.data, self.take(4))[0])
            if length < _LONG:
                raise DamagedRecord("a length is written in more bytes than it needs")
        if length > self.end - self.at:
            raise DamagedRecord("it is too short")
        return length

    def signed(self) -> int:
        """A number of eight bytes with a sign."""
        return int(_I64.unpack_from(self.data, self.take(8))[0])

    def instant(self) -> int:
        """An instant in eight bytes, 0 to `INSTANT_MAX`."""
        at = self.signed()
        if not 0 <= at <= INSTANT_MAX:
            raise DamagedRecord("an instant is out of the calendar")
        return at

    def number(self) -> int:
        """A number of eight bytes without a sign."""
        begin = self.take(8)
        return int.from_bytes(self.data[begin : begin + 8], "little")

    def words(self, typecode: str, length: int) -> array[int]:
        """This many numbers of eight bytes: "q" with a sign, "Q" without."""
        begin = self.take(8 * length)
        words: array[int] = array(typecode)
        words.frombytes(self.data[begin : self.at])
        if _IS_BIG_ENDIAN:
            words.byteswap()
        return words

    def floats(self, length: int) -> array[float]:
        """This many floating-point numbers of eight bytes."""
        begin = self.take(8 * length)
        floats = array("d")
        floats.frombytes(self.data[begin : self.at])
        if _IS_BIG_ENDIAN:
            floats.byteswap()
        return floats

    def numbers(self) -> list[int]:
        """A list of numbers."""
        length = self.length()
        if not length:
            return []
        if length <= _BLOCK:
            return self._block(length)
        found: list[int] = []
        while len(found) < length:
            found.extend(self._block(min(_BLOCK, length - len(found))))
        return found

    def steps(self, most: int) -> list[int]:
        """Ascending numbers from 0 to `most`, without equal ones."""
        steps = self.numbers()
        if not steps:
            return steps
        number = self.signed()
        found: list[int] = []
        for place, step in enumerate(steps):
            if (step != 0) if place == 0 else (step <= 0):
                raise DamagedRecord("numbers do not ascend")
            number += step
            if not 0 <= number <= most:
                raise DamagedRecord("a number of a record is out of range")
            found.append(number)
        return found

    def text(self) -> str:
        """A text."""
        begin = self.take(self.length())
        try:
            return self.data[begin : self.at].decode()
        except UnicodeDecodeError:
            raise DamagedRecord("a text is not UTF-8") from None

    def finish(self) -> None:
        """Check that nothing is left."""
        if self.at != self.end:
            raise DamagedRecord(f"{self.end - self.at} bytes are left over")

    def _block(self, length: int) -> list[int]:
        width = self.data[self.take(1)]
        if width == 1:
            begin = self.take(length)
            return list(self.data[begin : begin + length])
        if width not in _TYPECODES:
            raise DamagedRecord(f"no number has the width {width}")
        begin = self.take((width & ~_SIGNED) * length)
        numbers: array[int] = array(_TYPECODES[width])
        numbers.frombytes(self.data[begin : self.at])
        if _IS_BIG_ENDIAN:
            numbers.byteswap()
        if width == 8 and max(numbers) >> 63:
            raise DamagedRecord("a number has more than 63 bits")
        return list(numbers)
