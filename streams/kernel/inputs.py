"""The batches of one partition's topics that were read and not taken, held for the kernel's loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streams.kernel._native import Inputs as Inputs


class TakenMessage(NamedTuple):
    """`streams.message.Message`, made of a record of a batch."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def new_inputs() -> Inputs:
    """Nothing, of every topic, by its place in `streams.topics.TOPICS`."""
    from streams.kernel import _native

    return _native.Inputs(TakenMessage)
