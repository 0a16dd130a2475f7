"""Merges the topics of one partition by message time, so that events are applied in the order in which they happened.

While a topic has more to come, the others wait for it, for a bounded time. Under the wall clock nothing waits at the
end of the log. Under the event clock the others wait `wait_seconds` for a topic that was just read to its end, and
`BEHIND_SECONDS` for one that is known to have more, so that a streamed history has one order, however it is batched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from streams.message import Message
from streams.topics import CONTROL_INDEX

RUN_MAX = 500
"""Messages of one topic in one run: it bounds how long the event loop is held."""
BUFFER_MAX = 5_000
"""Buffered messages of one topic: from this number on the topic is not fetched."""
BEHIND_SECONDS = 30.0
"""Under the event clock, how long the others wait for a topic that was not read to its end. If a fetch of messages
that exist takes longer, the broker is down."""
PENDING = -1
"""Returned instead of a topic index when a deferred tick is next."""


class Merge:
    """The buffers of one partition, by topic index. Not thread-safe. Times are monotonic seconds, passed in."""

    def __init__(self, topics: int, wait_seconds: float, *, waits_at_head: bool, now: float) -> None:
        self._queues: list[deque[Message]] = [deque() for _ in range(topics)]
        self._last_seen = [now] * topics
        self._at_end = [False] * topics
        self._wait_seconds = wait_seconds
        self._waits_at_head = waits_at_head

    def feed(self, topic_index: int, messages: Sequence[Message], now: float) -> None:
        """Add messages of a topic, in offset order."""
        self._queues[topic_index].extend(messages)
        self._last_seen[topic_index] = now

    def note_end(self, topic_index: int, *, at_end: bool) -> None:
        """Note whether the topic was read to the end of its log."""
        self._at_end[topic_index] = at_end

    def is_full(self, topic_index: int) -> bool:
        """Whether fetches from the topic should pause."""
        return len(self._queues[topic_index]) >= BUFFER_MAX

    def holds(self, topic_index: int) -> bool:
        """Whether messages of the topic are buffered."""
        return bool(self._queues[topic_index])

    @property
    def held(self) -> int:
        """The number of buffered messages."""
        return sum(map(len, self._queues))

    def next_run(self, now: float, *, only_control: bool, before_ms: int = 0) -> tuple[int, list[Message]]:
        """The next messages, oldest first, all of one topic; an empty run when it is better to wait.

        They stay in the buffer until `took` removes them. With `only_control` no event is returned. With `before_ms`
        nothing later than it is returned, and `PENDING` when nothing earlier is left. Of messages with the same time,
        those of the topic with the smaller index go first, so a tick comes after the events of its instant.
        """
        if only_control:
            return CONTROL_INDEX, list(self._queues[CONTROL_INDEX])[:RUN_MAX]
        heads: list[tuple[int, int]] = []
        for index, queue in enumerate(self._queues):
            if queue:
                heads.append((queue[0].timestamp, index))
            elif self._holds_up(index, now):
                return index, []
        heads.sort()
        if before_ms and (not heads or heads[0] >= (before_ms, CONTROL_INDEX)):
            return PENDING, []
        if not heads:
            return CONTROL_INDEX, []
        best = heads[0][1]
        limit = min(heads[1:2] + ([(before_ms, CONTROL_INDEX)] if before_ms else []), default=None)
        run: list[Message] = []
        for message in self._queues[best]:
            if len(run) >= RUN_MAX or (limit is not None and (message.timestamp, best) > limit):
                break
            run.append(message)
        return best, run

    def took(self, topic_index: int, number: int, now: float) -> None:
        """Remove the first `number` messages of the topic: they were applied."""
        queue = self._queues[topic_index]
        for _ in range(number):
            queue.popleft()
        if not queue:
            self._last_seen[topic_index] = now

    def _holds_up(self, topic_index: int, now: float) -> bool:
        """Whether to wait for an empty topic, which may still bring older messages than the others hold."""
        waited = now - self._last_seen[topic_index]
        if self._at_end[topic_index]:
            return self._waits_at_head and waited < self._wait_seconds
        return waited < (BEHIND_SECONDS if self._waits_at_head else self._wait_seconds)
