"""Batches for aiokafka's producer that the kernel fills, many records a call; without the kernel aiokafka does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.deployment.environment import wants_kernel
from streams.engine.flush import Pair
from streams.kernel.batch_filling import fill, finish
from streams.kernel.kernel import is_built

Fill = Callable[[list[Pair], int], tuple[Any, int]]
"""(records, begin): a closed batch of as many of them from `begin` on as fit, for `send_batch`, and how many. At least
one, unless the first is too long for any batch."""


class FilledBatch:
    """A batch as the producer takes it: it stands for aiokafka's `BatchBuilder`, and its bytes are the same.

    Mutable: the producer says who sends it.
    """

    def __init__(self, content: bytearray, records: int) -> None:
        self._content, self._records = content, records
        self._at_ms = int(time.time() * 1_000)
        self._sender = (-1, -1, 0)
        self._is_finished = False

    def close(self) -> None:
        """It is."""

    def closed(self) -> bool:
        return True

    def append(self, **_: object) -> None:
        """None: it takes no more."""

    def size(self) -> int:
        """In bytes."""
        return len(self._content)

    def record_count(self) -> int:
        return self._records

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._sender = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytearray:
        """Its bytes, which stay the same when it is sent again."""
        if not self._is_finished:
            finish(self._content, self._records, self._at_ms, *self._sender)
            self._is_finished = True
        return self._content


def fill_of(producer: Any, most_bytes: int) -> Fill:
    """How batches of at most `most_bytes` are filled for a producer that does not compress: by the kernel where it is
    built, unless it is turned off."""
    if isinstance(producer, AIOKafkaProducer) and is_built() and wants_kernel():
        return natively(most_bytes)
    return by_producer(producer)


def natively(most_bytes: int) -> Fill:
    """Filled by the kernel."""

    def filled(pairs: list[Pair], begin: int) -> tuple[FilledBatch, int]:
        content, records = fill(pairs, begin, most_bytes)
        return FilledBatch(content, records), records

    return filled


def by_producer(producer: Any) -> Fill:
    """Filled by the producer's own batches, whose limit it knows."""

    def filled(pairs: list[Pair], begin: int) -> tuple[Any, int]:
        batch, at = producer.create_batch(), begin
        while at < len(pairs) and batch.append(key=pairs[at][0], value=pairs[at][1], timestamp=None) is not None:
            at += 1
        batch.close()
        return batch, at - begin

    return filled
