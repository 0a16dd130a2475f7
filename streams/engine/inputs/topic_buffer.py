"""What one topic's partition has brought and is not applied yet: batches, and the first messages of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from streams.errors import UnreadableMessage
from streams.message import Message
from streams.message_batch import MessageBatch

RUN_MAX = 500
"""Messages that are made at once, all others are bytes of their batches; so a run has no more, and that bounds how long
the event loop is held."""
BUFFER_MAX = 5_000
"""Messages of one topic's partition that are held: from this number on it is not fetched."""
BUFFER_BYTES_MAX = 4 * 1024 * 1024
"""Uncompressed bytes of their batches: from this number on it is not fetched either."""
_ERROR_MS = -(1 << 62)
"""The time of a message that cannot be read: before all others, so that it is noticed at once."""


class TopicBuffer:
    """The buffer of one topic. Mutable; owned by a `Merge`. No method but `run` raises."""

    def __init__(self) -> None:
        self.is_empty = True
        self.head_ms = 0
        """The time of the first message. Without meaning when there is none."""
        self._messages: list[Message] = []
        self._at = 0
        """Where the first message is in `_messages`: those before it were taken."""
        self._batches: deque[MessageBatch] = deque()
        self._reader: Iterator[Message] | None = None
        """Reads the first batch; None before it was begun."""
        self._unread = 0
        """The most messages that the first batch, if it was begun, may hold behind those that were made."""
        self._waiting = 0
        """The same of the batches that were not begun."""
        self._bytes = 0
        """Of all batches that are held, or whose messages are."""
        self._bytes_read = 0
        """Of those of them that were read to their ends."""
        self._error: UnreadableMessage | None = None

    @property
    def held(self) -> int:
        """The most messages that may be held: their number where batches hold as many as they say."""
        return len(self._messages) - self._at + self._unread + self._waiting

    @property
    def is_full(self) -> bool:
        """Whether the topic should not be fetched."""
        return self.held >= BUFFER_MAX or self._bytes >= BUFFER_BYTES_MAX

    def feed(self, batches: Sequence[MessageBatch]) -> None:
        """Add batches, in offset order."""
        for batch in batches:
            self._batches.append(batch)
            self._waiting += batch.count
            self._bytes += batch.size
        if self.is_empty:
            self._read_on()

    def run(self, last_ms: int) -> list[Message]:
        """The first message, and those behind it up to the first that is later than `last_ms`. They stay.

        Raises:
            UnreadableMessage: when it is the first.
        """
        messages, end = self._messages, self._at + 1
        if self._error is not None and not messages:
            raise self._error
        while end < len(messages) and messages[end].timestamp <= last_ms:
            end += 1
        return messages[self._at : end]

    def take(self, number: int) -> None:
        """Remove the first `number` messages, which a run had."""
        self._at += number
        if self._at < len(self._messages):
            self.head_ms = self._messages[self._at].timestamp
        else:
            self._read_on()

    def pass_to(self, offset: int) -> None:
        """Remove the messages with a smaller offset."""
        while self._messages and self._messages[self._at].offset < offset:
            self.take(1)

    def _read_on(self) -> None:
        """Make the next messages. All that were made were taken."""
        messages: list[Message] = []
        self._messages, self._at = messages, 0
        self._bytes -= self._bytes_read
        self._bytes_read = 0
        while self._batches and self._error is None and len(messages) < RUN_MAX:
            self._read_first(messages)
        self.is_empty = not messages and self._error is None
        if messages:
            self.head_ms = messages[0].timestamp
        elif self._error is not None:
            self.head_ms = _ERROR_MS

    def _read_first(self, messages: list[Message]) -> None:
        """Add messages of the first batch, and drop it when it was read to its end."""
        batch, before = self._batches[0], len(messages)
        if self._reader is None:
            self._reader = batch.messages()
            self._unread = batch.count
            self._waiting -= batch.count
        is_at_end = False
        try:
            for message in self._reader:  # by `extend`, those before an error would be lost
                messages.append(message)
                if len(messages) == RUN_MAX:
                    break
            else:
                is_at_end = True
        except UnreadableMessage as error:  # the messages before it are in `messages`, and go first
            self._error = error
        self._unread -= len(messages) - before
        if is_at_end:
            self._batches.popleft()
            self._bytes_read += batch.size
            self._reader = None
            self._unread = 0
