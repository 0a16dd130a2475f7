"""`partition_of` agrees with the default partitioner of the Java client."""

from __future__ import annotations

import pytest

from streams.topics import partition_of

# Keys and their murmur2, a signed 32-bit number, from the Java client's own tests.
JAVA_MURMUR2 = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize("partitions", [1, 2, 4, 7, 12, 1_000])
@pytest.mark.parametrize(("key", "murmur2"), JAVA_MURMUR2)
def test_a_key_goes_where_the_java_client_sends_it(key: bytes, murmur2: int, partitions: int) -> None:
    without_sign = murmur2 & 0x7FFFFFFF  # Java: Utils.toPositive
    assert partition_of(key, partitions) == without_sign % partitions


def test_every_partition_is_used() -> None:
    used = {partition_of(b"account-%d" % number, 4) for number in range(100)}
    assert used == {0, 1, 2, 3}
