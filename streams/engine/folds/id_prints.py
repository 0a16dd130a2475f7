"""Fingerprints of event ids: SipHash-2-4 with a key of the partition.

A sender chooses ids, and could look for two with one fingerprint: the second event would not count. Without the key,
which is in the partition's record alone, nobody can look for them. SipHash is made for that, and is quick in the native
fold. J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
"""

from __future__ import annotations

from siphash24 import siphash24

from streams.changelog.record_types import ID_KEY_BYTES

FIXED_KEY = bytes(ID_KEY_BYTES)
"""The key where nobody chooses one: in tests and measurements."""


def id_print(key: bytes, scoped_id: str) -> int:
    """The fingerprint of an id, 64 bits. Two ids of one account collide with probability 2⁻⁶⁴.

    >>> f"{id_print(bytes(range(16)), ''):x}"
    '726fdb47dd0e0e31'
    """
    return int.from_bytes(siphash24(scoped_id.encode(), key=key).digest(), "little")
