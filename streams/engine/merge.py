"""The topics of one partition merged by message time, so that events are seen in the order in which they happened.

While a topic has more to come, the others wait for it, for a bounded time. By the wall clock nothing waits at the head
of the log. Under the event clock a topic that has just been read to its end is given `wait_seconds` to go on, and one
that is known to have more is given `BEHIND_SECONDS`, so that a history being streamed is seen in one order, whatever
the batches that it comes in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from streams.message import Message
from streams.topics import CONTROL_INDEX

RUN_MAX = 500
"""Messages of one topic handed over at once: the longest that the event loop is held."""
BUFFER_MAX = 5_000
"""Messages of one topic held back: beyond it the topic is not fetched."""
BEHIND_SECONDS = 30.0
"""Under the event clock, how long a topic that was not read to its end may keep the others waiting: a fetch that takes
longer than this, of what is known to be there, means that its broker is away."""
PENDING = -1
"""Stands for a topic's number when the turn has come of a tick that the partition keeps."""


class Merge:
    """The buffers of one partition, by topic number. Not thread-safe; times are monotonic seconds, given."""

    def __init__(self, topics: int, wait_seconds: float, *, waits_at_head: bool, now: float) -> None:
        self._queues: list[deque[Message]] = [deque() for _ in range(topics)]
        self._last_seen = [now] * topics
        self._at_end = [False] * topics
        self._wait_seconds = wait_seconds
        self._waits_at_head = waits_at_head

    def feed(self, topic_index: int, messages: Sequence[Message], now: float) -> None:
        """Add messages of a topic, in the order of their offsets."""
        self._queues[topic_index].extend(messages)
        self._last_seen[topic_index] = now

    def note_end(self, topic_index: int, *, at_end: bool) -> None:
        """Say whether the topic was read to the end of its log."""
        self._at_end[topic_index] = at_end

    def is_full(self, topic_index: int) -> bool:
        """Whether the topic should not be fetched for now."""
        return len(self._queues[topic_index]) >= BUFFER_MAX

    def holds(self, topic_index: int) -> bool:
        """Whether messages of the topic are held."""
        return bool(self._queues[topic_index])

    @property
    def held(self) -> int:
        """How many messages are held."""
        return sum(map(len, self._queues))

    def next_run(self, now: float, *, only_control: bool, before_ms: int = 0) -> tuple[int, list[Message]]:
        """The next messages, oldest first, all of one topic; an empty run when it is better to wait.

        They stay in the buffer until `took` says how many were taken. With `only_control` no event is handed out. With
        `before_ms`, nothing later than it is: `PENDING` when its turn has come. Of messages of one time, those of the
        topic with the smaller number go first, so a tick comes after the events of its instant.
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
        """The first `number` messages of the topic were taken."""
        queue = self._queues[topic_index]
        for _ in range(number):
            queue.popleft()
        if not queue:
            self._last_seen[topic_index] = now

    def _holds_up(self, topic_index: int, now: float) -> bool:
        """Whether an empty topic may still bring something older than what the others hold."""
        waited = now - self._last_seen[topic_index]
        if self._at_end[topic_index]:
            return self._waits_at_head and waited < self._wait_seconds
        return waited < (BEHIND_SECONDS if self._waits_at_head else self._wait_seconds)
