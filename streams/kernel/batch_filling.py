"""Record batches of Kafka that the kernel fills, uncompressed; see `native/batch/filled.h`."""

from __future__ import annotations

Pair = tuple[bytes, bytes | None]
"""(key, value); a value of None is a tombstone."""


def fill(pairs: list[Pair], begin: int, most_bytes: int) -> tuple[bytearray, int]:
    """A batch of the records from `begin` on that stay below `most_bytes`, at least one, and their number. Its header
    is empty. Only where the kernel is built."""
    from streams.kernel._native import fill_batch

    return fill_batch(pairs, begin, most_bytes)


def finish(content: bytearray, records: int, at_ms: int, producer_id: int, producer_epoch: int, sequence: int) -> None:
    """Fill in its header: the number of its records, their instant, and their producer, or -1, -1 and 0."""
    from streams.kernel._native import finish_batch

    finish_batch(content, records, at_ms, producer_id, producer_epoch, sequence)
