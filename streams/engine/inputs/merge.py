"""Merges the topics of one partition by message time, so that events are applied in the order in which they happened.

While a topic has more to come, the others wait for it, for a bounded time. Under the wall clock nothing waits at the
end of the log. Under the event clock the others wait `wait_seconds` for a topic that was just read to its end, and
`BEHIND_SECONDS` for one that is known to have more, so that a streamed history has one order, however it is batched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from streams.engine.inputs.native_buffer import NativeBuffer
from streams.engine.inputs.topic_buffer import TopicBuffer
from streams.message import Message
from streams.message_batch import MessageBatch
from streams.topics import CONTROL_INDEX

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

BEHIND_SECONDS = 30.0
"""Under the event clock, how long the others wait for a topic that was not read to its end. If a fetch of messages
that exist takes longer, the broker is down."""
PENDING = -1
"""Returned instead of a topic index when a deferred tick is next."""
_NO_LIMIT_MS = (1 << 62) - 1


class Span(NamedTuple):
    """Events that are not later than `last_ms`, the earliest of them at `first_ms`."""

    first_ms: int
    last_ms: int


class Merge:
    """The buffers of one partition, by topic index. Not thread-safe. Times are monotonic seconds, passed in."""

    def __init__(
        self, topics: int, wait_seconds: float, *, waits_at_head: bool, now: float, inputs: Inputs | None = None
    ) -> None:
        """`inputs`: where the kernel's loop finds the messages; None without it."""
        self.inputs = inputs
        self._is_native = inputs is not None
        """Whether `inputs` has all that is held."""
        self._buffers: list[TopicBuffer | NativeBuffer] = [
            TopicBuffer() if inputs is None else NativeBuffer(inputs, index) for index in range(topics)
        ]
        self._last_seen = [now] * topics
        self._at_end = [False] * topics
        self._wait_seconds = wait_seconds
        self._waits_at_head = waits_at_head

    def feed(self, topic_index: int, batches: Sequence[MessageBatch], now: float) -> None:
        """Add batches of a topic, in offset order."""
        buffer = self._buffers[topic_index]
        buffer.feed(batches)
        if not buffer.is_empty:
            self._last_seen[topic_index] = now
            self._note(topic_index, now)

    def note_end(self, topic_index: int, *, at_end: bool) -> None:
        """Note whether the topic was read to the end of its log."""
        self._at_end[topic_index] = at_end

    @property
    def is_behind(self) -> bool:
        """Whether some topic has more than was read."""
        return not all(self._at_end)

    def is_full(self, topic_index: int) -> bool:
        """Whether fetches from the topic should pause."""
        return self._buffers[topic_index].is_full

    def holds(self, topic_index: int) -> bool:
        """Whether messages of the topic are buffered, or one that cannot be read."""
        return not self._buffers[topic_index].is_empty

    @property
    def held(self) -> int:
        """The number of buffered messages; see `TopicBuffer.held`."""
        return sum([buffer.held for buffer in self._buffers])

    def next_run(self, now: float, *, only_control: bool, before_ms: int = 0) -> tuple[int, list[Message]]:
        """The next messages, oldest first, all of one topic; an empty run when it is better to wait.

        They stay in the buffer until `took` removes them. With `only_control` no event is returned. With `before_ms`
        nothing later than it is returned, and `PENDING` when nothing earlier is left. Of messages with the same time,
        those of the topic with the smaller index go first, so a tick comes after the events of its instant.

        Raises:
            UnreadableMessage: when it is the next of its topic. Each further call raises it.
        """
        if only_control:
            control = self._buffers[CONTROL_INDEX]
            return CONTROL_INDEX, [] if control.is_empty else control.run(_NO_LIMIT_MS)
        best, best_ms, limit, limit_ms = -1, _NO_LIMIT_MS, -1, _NO_LIMIT_MS
        for index, buffer in enumerate(self._buffers):
            if buffer.is_empty:
                if self._holds_up(index, now):
                    return index, []
            elif best < 0 or buffer.head_ms < best_ms:
                limit, limit_ms = best, best_ms
                best, best_ms = index, buffer.head_ms
            elif limit < 0 or buffer.head_ms < limit_ms:
                limit, limit_ms = index, buffer.head_ms
        if before_ms and (best < 0 or best_ms > before_ms or (best_ms == before_ms and best >= CONTROL_INDEX)):
            return PENDING, []
        if best < 0:
            return CONTROL_INDEX, []
        if before_ms and (limit < 0 or limit_ms > before_ms):
            limit, limit_ms = CONTROL_INDEX, before_ms
        # At the very time of the limit only the topic with the smaller index goes first.
        return best, self._buffers[best].run(limit_ms if best <= limit or limit < 0 else limit_ms - 1)

    def span(self, now: float, *, before_ms: int = 0) -> Span | None:
        """Of which time the next events are that may be taken of `inputs` one after the other: the earliest first, of
        equally early ones that of the topic with the smaller index. Until a topic has no more, they come in the order
        of calls of `next_run`. None when that has to be asked: for a message of `control` or one that the kernel
        cannot read, and because it is better to wait."""
        if not self._is_native:
            return None
        first_ms, last_ms = _NO_LIMIT_MS + 1, before_ms or _NO_LIMIT_MS
        for index, buffer in enumerate(self._buffers):
            if buffer.is_empty:
                if self._holds_up(index, now):
                    return None
            elif index == CONTROL_INDEX:
                last_ms = min(last_ms, buffer.head_ms)
            else:
                first_ms = min(first_ms, buffer.head_ms)
        return Span(first_ms, last_ms) if first_ms <= last_ms else None

    def took(self, topic_index: int, number: int, now: float) -> None:
        """Remove the first `number` messages of the topic: they were applied."""
        self._buffers[topic_index].take(number)
        self._note(topic_index, now)

    def took_inputs(self, now: float) -> None:
        """Note that messages of events were taken of `inputs`."""
        for index, buffer in enumerate(self._buffers[:CONTROL_INDEX]):
            if isinstance(buffer, NativeBuffer) and not buffer.is_empty:
                buffer.look()
                self._note(index, now)

    def _note(self, topic_index: int, now: float) -> None:
        """Note what a topic that held something holds now."""
        buffer = self._buffers[topic_index]
        if buffer.is_empty:
            self._last_seen[topic_index] = now
        if isinstance(buffer, NativeBuffer):
            if buffer.is_broken:
                self._buffers[topic_index], self._is_native = buffer.plain(), False
        elif buffer.is_empty and self.inputs is not None:
            self._buffers[topic_index] = NativeBuffer(self.inputs, topic_index)
            self._is_native = all(isinstance(each, NativeBuffer) for each in self._buffers)

    def _holds_up(self, topic_index: int, now: float) -> bool:
        """Whether to wait for an empty topic, which may still bring older messages than the others hold."""
        waited = now - self._last_seen[topic_index]
        if self._at_end[topic_index]:
            return self._waits_at_head and waited < self._wait_seconds
        return waited < (BEHIND_SECONDS if self._waits_at_head else self._wait_seconds)
