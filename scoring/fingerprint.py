"""A 64-bit fingerprint of a text, stable across processes and releases because it is stored in state."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b


def fingerprint(text: str) -> int:
    """The first eight bytes of BLAKE2b, big-endian. Two texts of one account collide with probability 2⁻⁶⁴.

    >>> f"{fingerprint('acme'):x}"
    '302657b33c4da281'
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=1 << 16)
def fingerprint_of_value(value: str) -> int:
    """The same with a cache, for texts that repeat."""
    return fingerprint(value)
