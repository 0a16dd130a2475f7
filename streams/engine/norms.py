"""Ticks and cohort norms of one partition: the awaited norm, the messages that wait for it, and the parts of a norm.

Under the event clock a declared instant waits for its norm, so that every run gives the same result.
"""

from __future__ import annotations

from scoring.fold.cohort import merge_norms
from streams.changelog.record_types import Pending
from streams.control.messages import Norm, NormPart, decode_control
from streams.message import Message


class Norms:
    """Mutable; owned by a `Partition`."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.awaiting_ms = 0
        """The declared instant whose norm is awaited, 0 when none is."""
        self.parts: dict[int, dict[int, dict[str, float]]] = {}
        """By instant and partition; only partition 0 receives parts."""
        self.pending: list[Pending] = []

    @property
    def must_wait(self) -> bool:
        """Whether a message that advances time has to wait for its turn."""
        return bool(self.awaiting_ms or self.pending)

    @property
    def pending_ms(self) -> int:
        """The instant of the first pending message, 0 when there is none."""
        return decode_control(self.pending[0].value).instant_ms if self.pending else 0

    def put_off(self, message: Message) -> None:
        """Defer a message until its turn."""
        self.pending.append(Pending(message.offset, message.timestamp, message.key, message.value))

    def merge(self, part: NormPart) -> Norm | None:
        """Add a part. Returns the norm with the last part of an instant, None before."""
        parts = self.parts.setdefault(part.instant_ms, {})
        parts[part.partition] = part.values
        if len(parts) < self.partitions:
            return None
        self.parts = {instant: parts for instant, parts in self.parts.items() if instant > part.instant_ms}
        return Norm(instant_ms=part.instant_ms, values=merge_norms(parts.values()))

    def arrived(self, norm: Norm) -> None:
        """Note that a norm arrived: stop waiting for it, or for an earlier one."""
        if norm.instant_ms >= self.awaiting_ms:
            self.awaiting_ms = 0
