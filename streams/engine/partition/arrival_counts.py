"""Counts what arrives in a partition, for the guard. Cheap: an event costs an addition.

Input topics are counted event by event. Sources are read off an account's latest instants when it is written, so they
cost nothing for each event, and count once an account and flush.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from streams.arrivals import Arrivals
from streams.topics import TOPICS

HEARTBEAT_MS = 30_000
"""A message is due after this long even when nothing came: silence of a worker is not silence of a feed."""
LIVE_MS = 2 * DAY_MS
"""Events of a source that are older than this are history."""


class ArrivalCounts:
    """The counts of one partition since its last message. Mutable; owned by a `PartitionState`."""

    def __init__(self, number: int, plan: Plan) -> None:
        self.events = [0] * len(TOPICS)
        """Live events that were applied, by topic."""
        self.latest_ms = [0] * len(TOPICS)
        """When the last of them arrived."""
        self._number = number
        self._names = list(plan.primary.sources)
        self._slots = [source.slot for source in plan.primary.sources.values()]
        self._written = [0] * len(self._slots)
        self._since_ms = 0

    @property
    def has_sources(self) -> bool:
        """Whether the model has sources: else nothing is counted of what is written."""
        return bool(self._slots)

    def note_written(self, latest_at: Sequence[int], before: Sequence[int], as_of_ms: int) -> tuple[int, ...]:
        """Count the sources of which an account has newer events than `before`. `latest_at` has the latest event of
        each of its slots. Returns that of each source, in milliseconds, -1 for none."""
        instants = tuple([latest_at[slot] for slot in self._slots])
        if instants != before:
            for number in range(len(instants)):
                if instants[number] > before[number] and instants[number] > as_of_ms - LIVE_MS:
                    self._written[number] += 1
        return instants

    def take(self, now_ms: int, accounts: int) -> Arrivals | None:
        """The message about what came since the last one; None when nothing did and no heartbeat is due.

        The first call only begins to count: what a worker did before it had the partition is not known here.
        """
        since_ms, self._since_ms = self._since_ms, self._since_ms or now_ms
        has_news = any(self.events) or any(self._written)
        if not since_ms or (not has_news and now_ms - since_ms < HEARTBEAT_MS):
            return None
        events, written, latest_ms = self.events, self._written, self.latest_ms
        self.events, self._written = [0] * len(events), [0] * len(written)
        self._since_ms = now_ms
        return Arrivals(
            partition=self._number,
            from_ms=since_ms,
            to_ms=now_ms,
            accounts=accounts,
            topics={topic: count for topic, count in zip(TOPICS, events, strict=True) if count},
            sources={name: count for name, count in zip(self._names, written, strict=True) if count},
            latest_ms={topic: at for topic, at, count in zip(TOPICS, latest_ms, events, strict=True) if count},
        )
