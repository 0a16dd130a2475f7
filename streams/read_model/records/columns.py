"""Columns of small whole numbers that change little from one to the next, as bytes that compress well."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import TypeAlias

Column: TypeAlias = "array[int]"
"""Of "i": the first number, then each one's difference to the one before."""
_NARROW, _WIDE = "h", "i"


def hundredths(value: float) -> int:
    """`value` in hundredths, whole: what two decimals show.

    >>> hundredths(64.125), hundredths(-0.2)
    (6412, -20)
    """
    return round(value * 100)


def column(numbers: Iterable[int]) -> Column:
    """
    >>> list(column([40, 41, 41, 39]))
    [40, 1, 0, -2]
    """
    before, differences = 0, array(_WIDE)
    for number in numbers:
        differences.append(number - before)
        before = number
    return differences


def pack_columns(columns: Iterable[Column]) -> tuple[bytes, bool]:
    """All columns one after the other; all low bytes come first, then the next, which compresses best. Also whether
    the numbers are wide (four bytes, else two)."""
    joined = array(_WIDE)
    for each in columns:
        joined.extend(each)
    try:
        packed, is_wide = array(_NARROW, joined), False
    except OverflowError:
        packed, is_wide = joined, True
    if sys.byteorder == "big":
        packed.byteswap()
    data, width = packed.tobytes(), packed.itemsize
    return b"".join(data[at::width] for at in range(width)), is_wide


def unpack_columns(data: bytes, is_wide: bool) -> Column:
    """The numbers of all columns, as `pack_columns` had them; narrow ones in an array of these.

    >>> unpack_columns(*pack_columns([array("i", [1, -2]), array("i", [300])])).tolist()
    [1, -2, 300]
    """
    numbers = array(_WIDE if is_wide else _NARROW)
    width = numbers.itemsize
    together = bytearray(len(data))
    for at in range(width):
        together[at::width] = data[at * len(data) // width : (at + 1) * len(data) // width]
    numbers.frombytes(bytes(together))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
