"""The numbers of a partition's flushes: the last one taken, and which are acknowledged."""

from __future__ import annotations


class FlushNumbers:
    """Counts the flushes of one partition, from 1. Mutable; owned by a `PartitionState`."""

    def __init__(self) -> None:
        self.last = 0
        self.acknowledged = 0
        """Every flush of this writer up to this number is acknowledged."""
        self.acknowledged_by_epoch: dict[int, int] = {}
        """By epoch, the last acknowledged flush of each earlier writer that wrote some current head."""
