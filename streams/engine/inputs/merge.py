"""Merges the topics of one partition by message time, so that events are applied in the order in which they happened.

While a topic has more to come, the others wait for it, for a bounded time. Under the wall clock nothing waits at the
end of the log. Under the event clock the others wait `wait_seconds` for a topic that was just read to its end, and
`BEHIND_SECONDS` for one that is known to have more, so that a streamed history has one order, however it is batched.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from streams.engine.inputs.topic_buffer import RUN_MAX, TopicBuffer
from streams.message import Message
from streams.message_batch import MessageBatch
from streams.topics import CONTROL_INDEX

BEHIND_SECONDS = 30.0
"""Under the event clock, how long the others wait for a topic that was not read to its end. If a fetch of messages
that exist takes longer, the broker is down."""
PENDING = -1
"""Returned instead of a topic index when a deferred tick is next."""
MERGED = -2
"""Returned instead of a topic index when the messages are of several."""
MERGED_ABOUT = 100
"""About how many messages a merged run has: more are not quicker, and a turn of the event loop should not be long."""
_NO_LIMIT_MS = (1 << 62) - 1


class Merge:
    """The buffers of one partition, by topic index. Not thread-safe. Times are monotonic seconds, passed in."""

    def __init__(self, topics: int, wait_seconds: float, *, waits_at_head: bool, now: float) -> None:
        self._buffers = [TopicBuffer() for _ in range(topics)]
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

    def note_end(self, topic_index: int, *, at_end: bool) -> None:
        """Note whether the topic was read to the end of its log."""
        self._at_end[topic_index] = at_end

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

    def run_of_one(self, now: float, *, only_control: bool, before_ms: int = 0) -> tuple[int, bytes, list[Message]]:
        """As `next_run`, with the topic index of each message."""
        index, run = self.next_run(now, only_control=only_control, before_ms=before_ms)
        return index, bytes([max(index, 0)]) * len(run), run

    def merged_run(self, now: float, *, only_control: bool, before_ms: int = 0) -> tuple[int, bytes, list[Message]]:
        """As `next_run`, but `MERGED` with events of several topics, in the order in which calls of `next_run` would
        give them; with the topic index of each. They end before a message of `control`, and with the last one of a
        topic that was made: what follows is not known before it is taken.

        Raises:
            UnreadableMessage: as `next_run`.
        """
        events = self._buffers[:CONTROL_INDEX]
        if not only_control and not any(
            buffer.is_empty and self._holds_up(index, now) for index, buffer in enumerate(self._buffers)
        ):
            control = self._buffers[CONTROL_INDEX]
            last_ms = min(
                before_ms or _NO_LIMIT_MS,
                _NO_LIMIT_MS if control.is_empty else control.head_ms,
                *(each for buffer in events if (each := buffer.time_of(MERGED_ABOUT)) is not None),
            )
            topics, run = _merged([(index, *buffer.until(last_ms)) for index, buffer in enumerate(events)])
            if run and all(buffer.is_readable for buffer in self._buffers):
                return MERGED, topics[:RUN_MAX], run[:RUN_MAX]
        return self.run_of_one(now, only_control=only_control, before_ms=before_ms)

    def took_merged(self, topics: bytes, now: float) -> None:
        """Remove messages of these topics, as many as each has."""
        for topic_index in set(topics):
            self.took(topic_index, topics.count(topic_index), now)

    def took(self, topic_index: int, number: int, now: float) -> None:
        """Remove the first `number` messages of the topic: they were applied."""
        buffer = self._buffers[topic_index]
        buffer.take(number)
        if buffer.is_empty:
            self._last_seen[topic_index] = now

    def _holds_up(self, topic_index: int, now: float) -> bool:
        """Whether to wait for an empty topic, which may still bring older messages than the others hold."""
        waited = now - self._last_seen[topic_index]
        if self._at_end[topic_index]:
            return self._waits_at_head and waited < self._wait_seconds
        return waited < (BEHIND_SECONDS if self._waits_at_head else self._wait_seconds)


def _merged(parts: Sequence[tuple[int, list[Message], bool]]) -> tuple[bytes, list[Message]]:
    """The first messages of several topics, (index, messages, whether more may follow that are not known), merged by
    time; those of one topic stay in their order. Ends with the last one of a topic of which more may follow."""
    times: list[int] = []
    messages: list[Message] = []
    topics = bytearray()
    ends: list[int] = []
    for index, some, is_at_end in parts:
        if some:
            # One that is earlier than what came before it in its topic follows that at once.
            times.extend(accumulate([message.timestamp for message in some], max))
            messages += some
            topics += bytes([index]) * len(some)
            if is_at_end:
                ends.append(len(messages) - 1)
    order = sorted(range(len(messages)), key=times.__getitem__)
    if ends:
        del order[min(map(order.index, ends)) + 1 :]
    return bytes([topics[place] for place in order]), [messages[place] for place in order]
